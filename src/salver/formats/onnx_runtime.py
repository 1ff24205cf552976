"""onnxruntime, set up: sessions, the process's one pool of threads, and its messages in our words."""

from __future__ import annotations

import os
import re
import threading
from typing import Any, Final

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as native

from salver.core.errors import BadInput, Unsupported
from salver.formats.onnx_options import OnnxOptions

_CREATING = threading.Lock()
"""onnxruntime does not promise that sessions may be made from several threads at once."""


def _unlock() -> None:
    """A forked child has none of the threads that might hold the lock."""
    global _CREATING
    _CREATING = threading.Lock()


os.register_at_fork(after_in_child=_unlock)

_SILENT: Final = 4
"""onnxruntime's log level for what ends the process: everything less is raised, and said by us."""

_LEVELS: Final = {
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
    "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "none": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
}
_PREAMBLE: Final = re.compile(r"\[ONNXRuntimeError\] : \d+ : \w+ : |Load model from .*? failed:")
_ORIGIN: Final = re.compile(r".*Status Message: |\S+\.(?:cc|h):\d+ [^(]*\([^)]*\) (?:const )?", re.DOTALL)

_pool: int | None = None
"""The size of the process's one pool of threads, once it is made."""


def _share_threads(intra_op_threads: int) -> None:
    """Makes the process's one pool, unless it is there. Called under the lock."""
    global _pool
    if _pool is None:
        ort.set_global_thread_pool_sizes(intra_op_threads, 1)
        _pool = intra_op_threads


def open_session(model: str | bytes, options: OnnxOptions, name: str = "") -> Any:
    """A session over a file or a model's bytes; `name` is what messages call it.

    Raises BadInput for what is no model, Unsupported for one that uses what onnxruntime lacks."""
    name = name or (model if isinstance(model, str) else "the model")
    available = ort.get_available_providers()
    for provider in options.providers:
        if provider not in available:
            raise BadInput(f"execution provider '{provider}' is not installed; there are {', '.join(available)}")
    providers = [(name, dict(options.provider_options.get(name, {}))) for name in options.providers]
    with _CREATING:
        if options.shared_threads is not None:
            _share_threads(options.shared_threads)
        settings = _settings(options)
        try:
            return ort.InferenceSession(model, settings, providers=providers, enable_fallback=0)
        except native.NotImplemented as error:
            raise Unsupported(f"{name} uses what onnxruntime {ort.__version__} lacks: {sentence(error)}") from error
        except Exception as error:
            raise BadInput(f"{name} is not an ONNX model that can be loaded: {sentence(error)}") from error


def _settings(options: OnnxOptions) -> Any:
    """Where the process has its one pool, onnxruntime lets no session have threads of its own."""
    settings = ort.SessionOptions()
    settings.log_severity_level = _SILENT
    settings.graph_optimization_level = _LEVELS[options.optimisation]
    if _pool is None:
        settings.intra_op_num_threads = options.intra_op_threads
        settings.inter_op_num_threads = options.inter_op_threads
    else:
        settings.use_per_session_threads = False
    # Threads that wait by spinning take the cores of their neighbours.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not options.prepack:
        settings.add_session_config_entry("session.disable_prepacking", "1")
    for name, size in options.free_dimensions.items():
        settings.add_free_dimension_override_by_name(name, size)
    return settings


def sentence(error: Exception) -> str:
    """The useful part of an onnxruntime message: no codes, no source files, one line."""
    text = _ORIGIN.sub("", _PREAMBLE.sub("", str(error)))
    return " ".join(text.split())[:500]
