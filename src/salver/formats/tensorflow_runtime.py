"""TensorFlow: the only file that imports it, so import this one late. Graphs, sessions, and calls into them.

Nothing here is eager: a graph runs in a session of the first API, through a prepared callable. A call of a signature
of the second API costs 100 to 200 us, `session.run` 100, such a callable 4.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from google.protobuf import text_format

from salver.core.errors import BadInput, Fault, Full, Internal, Late, Precondition, Unavailable, Unsupported
from salver.formats.tensorflow_options import TensorflowOptions


def _open_libraries() -> None:
    """Has the linker open TensorFlow's libraries now. An import does so as well, but holds the GIL for it, and with it
    every event loop of the process, for 300 to 500 ms; a foreign function is called without. What cannot be opened
    here, the import will open, or say why not."""
    found = importlib.util.find_spec("tensorflow")
    open_library = getattr(ctypes.CDLL(None), "dlopen", None)
    if found is None or open_library is None:
        return
    open_library.restype = ctypes.c_void_p
    open_library.argtypes = [ctypes.c_char_p, ctypes.c_int]
    for folder in found.submodule_search_locations or ():
        for pattern in ("libtensorflow_framework.so.*", "libtensorflow_cc.so.*"):
            for path in Path(folder).glob(pattern):
                open_library(os.fsencode(path), os.RTLD_NOW | os.RTLD_LOCAL)


_LOG_LEVEL: Final = "TF_CPP_MIN_LOG_LEVEL"
_quieted: Final = _LOG_LEVEL not in os.environ
if _quieted:
    os.environ[_LOG_LEVEL] = "2"
_open_libraries()

import tensorflow as tf  # noqa: E402
from tensorflow.core.protobuf import config_pb2  # noqa: E402
from tensorflow.python.client import pywrap_tf_session  # noqa: E402
from tensorflow.python.saved_model.loader_impl import parse_saved_model  # noqa: E402

if _quieted:
    # It has been read; programs started from here on have a right to their own.
    del os.environ[_LOG_LEVEL]
if tf.get_logger().level == logging.NOTSET:
    # The first API is deprecated, as TensorFlow tells at every load. A level that somebody has set is left alone.
    tf.get_logger().setLevel(logging.ERROR)

__all__ = [
    "BFLOAT16",
    "DTYPES",
    "GraphSession",
    "Run",
    "bring_operations",
    "fault",
    "parse_saved_model",
    "text_of",
    "tf",
]

DTYPES: Final[dict[int, str]] = {
    tf.bool.as_datatype_enum: "BOOL",
    tf.uint8.as_datatype_enum: "UINT8",
    tf.uint16.as_datatype_enum: "UINT16",
    tf.uint32.as_datatype_enum: "UINT32",
    tf.uint64.as_datatype_enum: "UINT64",
    tf.int8.as_datatype_enum: "INT8",
    tf.int16.as_datatype_enum: "INT16",
    tf.int32.as_datatype_enum: "INT32",
    tf.int64.as_datatype_enum: "INT64",
    tf.float16.as_datatype_enum: "FP16",
    tf.bfloat16.as_datatype_enum: "BF16",
    tf.float32.as_datatype_enum: "FP32",
    tf.float64.as_datatype_enum: "FP64",
    tf.string.as_datatype_enum: "BYTES",
}
"""TensorFlow's data types, by their numbers in files, and ours; the others have no equivalent."""

BFLOAT16: Final = tf.bfloat16.as_numpy_dtype
"""The NumPy type that TensorFlow takes BF16 in."""

_INLINE: Final = -1
"""The pool of `RunOptions.inter_op_thread_pool` that stands for the thread of the call."""

_FAULTS: Final[dict[type[Exception], type[Fault]]] = {
    tf.errors.InvalidArgumentError: BadInput,
    tf.errors.OutOfRangeError: BadInput,
    tf.errors.FailedPreconditionError: Precondition,
    tf.errors.UnimplementedError: Unsupported,
    tf.errors.DeadlineExceededError: Late,
    tf.errors.ResourceExhaustedError: Full,
    tf.errors.UnavailableError: Unavailable,
}
_MAX_TEXT: Final = 4096
_NO_STRING: Final = "Unsupported object type"


class GraphSession:
    """A graph and the session it runs in. Calls may come from several threads."""

    def __init__(self, options: TensorflowOptions) -> None:
        self.graph = tf.Graph()
        self.session = tf.compat.v1.Session(graph=self.graph, config=_config(options))

    def prepare(self, feeds: Sequence[str], fetches: Sequence[str], *, inline: bool) -> Run:
        """The function from arrays for the feeds to arrays for the fetches. Of a rank-0 result it may return a scalar.

        Inline, all runs in the calling thread, else in TensorFlow's pool. It raises what TensorFlow raises: `fault`
        tells what that means. Raises a Fault when there are no such tensors, or no kernels for them.
        """
        options = config_pb2.CallableOptions(feed=feeds, fetch=fetches)
        if inline:
            options.run_options.inter_op_thread_pool = _INLINE
        try:
            prepared = self.session._make_callable_from_options(options)
        except tf.errors.OpError as error:
            raise fault(error) from error
        # Without the wrapper of the callable, which has to release it: so `run` holds on to it.
        call, session, handle = pywrap_tf_session.TF_SessionRunCallable, self.session._session, prepared._handle

        def run(arrays: list[Any], _held: Any = prepared) -> list[Any]:
            values: list[Any] = call(session, handle, arrays, None)
            return values

        return run

    def close(self) -> None:
        """Gives back what the session holds. Nothing prepared may be there any more."""
        self.session.close()
        del self.session, self.graph


Run = Callable[[list[Any]], list[Any]]


def bring_operations(packages: Iterable[str]) -> bool:
    """Imports those that are installed and not imported yet; whether there was one. Raises ImportError."""
    brought = [name for name in packages if name not in sys.modules and importlib.util.find_spec(name) is not None]
    for name in brought:
        importlib.import_module(name)
    return bool(brought)


def fault(error: Exception) -> Fault:
    """What an error of TensorFlow means for the caller, in its own words."""
    if not isinstance(error, tf.errors.OpError):
        return Internal(f"the model failed: {type(error).__name__}: {error}")
    text = text_of(error)
    if _NO_STRING in text:
        return BadInput("a BYTES tensor has a missing value, or one that is no string; TensorFlow has none such")
    kind = _FAULTS.get(type(error))
    return kind(text) if kind is not None else Internal(f"the model failed: {text}")


def text_of(error: Exception) -> str:
    """TensorFlow's words, cut where they get long; never empty."""
    text = str(getattr(error, "message", error)).strip() or type(error).__name__
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}..."


def _config(options: TensorflowOptions) -> Any:
    config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
    try:
        text_format.Parse(options.session_config, config)
    except text_format.ParseError as error:
        raise BadInput(f"session_config is no ConfigProto in text format: {error}") from None
    # One set of pools for the process: every session with pools of its own would bring a thread for each processor.
    config.use_per_session_threads = False
    config.intra_op_parallelism_threads = options.intra_op_threads or config.intra_op_parallelism_threads
    config.inter_op_parallelism_threads = options.inter_op_threads or config.inter_op_parallelism_threads
    return config
