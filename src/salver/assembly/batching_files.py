"""`BatchingParameters`, TensorFlow Serving's words for how requests are gathered, as options of the batch layer.

One such file may hold for the whole server, and one may lie in each version's folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from salver.core.errors import BadInput
from salver.layers.batch import Batch
from salver.protocols.texts import parse_text

MESSAGE: Final = "tensorflow.serving.BatchingParameters"
FILE: Final = "batching_params.pbtxt"
"""Its name in a version's folder."""


@dataclass(frozen=True, slots=True)
class Batching:
    """What one set of parameters says."""

    batch: Batch
    slots: int
    """How many batches run at once, over all models; 0 when nothing is said."""
    pool: str
    """The name under which metrics show the pool; empty when nothing is said."""


def batching_of(parameters: Any) -> Batching:
    """The options that a `BatchingParameters` message stands for. Raises BadInput for values that make no sense."""
    known = Batch()
    timeout_us = _value(parameters, "batch_timeout_micros", int(known.timeout_s * 1e6))
    split = _value(parameters, "enable_large_batch_splitting", known.split)
    slots = _value(parameters, "num_batch_threads", 0)
    if parameters.HasField("num_batch_threads") and slots < 1:
        raise BadInput(f"num_batch_threads must be at least 1, got {slots}")
    batch = Batch(
        max_size=_value(parameters, "max_batch_size", known.max_size),
        timeout_s=timeout_us / 1e6,
        max_waiting=_value(parameters, "max_enqueued_batches", known.max_waiting),
        allowed_sizes=tuple(parameters.allowed_batch_sizes),
        pad_lengths=parameters.pad_variable_length_inputs,
        split=split,
        max_execution_size=_value(parameters, "max_execution_batch_size", None) if split else None,
    )
    return Batching(batch, slots, _value(parameters, "thread_pool_name", ""))


def batch_in(folder: Path) -> Batch | None:
    """What a version's own file says; None without one: then the version is not batched. Raises BadInput."""
    path = folder / FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from None
    return batching_of(parse_text(data, MESSAGE, str(path))).batch


def _value(parameters: Any, name: str, otherwise: Any) -> Any:
    return getattr(parameters, name).value if parameters.HasField(name) else otherwise
