"""The options of TensorFlow's models: plain values; TensorFlow is not imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from salver.core.bounds import at_least
from salver.core.errors import BadInput

Scheduling: TypeAlias = Literal["auto", "inline", "pool"]


@dataclass(frozen=True, slots=True)
class TensorflowOptions:
    """How a graph is loaded and run."""

    tags: tuple[str, ...] = ("serve",)
    """The tags of the graph that is served, of those in a SavedModel: the one that has exactly these."""
    scheduling: Scheduling = "auto"
    """Where the operations of one call run: one after another in the thread of the call (inline), or side by side in
    TensorFlow's pool, which costs 50 us a call (pool). Each call of a model that takes long is measured both ways in
    the beginning, and the quicker way kept (auto)."""
    intra_op_threads: int = 0
    """Threads that share the work of one operation; 0 leaves the number to TensorFlow. One pool serves all models of
    the process: the first model's number counts."""
    inter_op_threads: int = 0
    """Threads of the pool that runs operations side by side; 0 leaves the number to TensorFlow. One pool for all
    models, as above."""
    session_config: str = ""
    """A `ConfigProto` in protobuf's text format, for all that TensorFlow's sessions can be told; the other options go
    before what it says."""

    operations: tuple[str, ...] = ("tensorflow_text",)
    """Packages that bring operations: imported, where they are installed, when a graph has one that TensorFlow lacks.
    TensorFlow Serving has those of TensorFlow Text built in."""

    def __post_init__(self) -> None:
        at_least(self, 0, "intra_op_threads", "inter_op_threads")


@dataclass(frozen=True, slots=True)
class GraphdefOptions:
    """Which tensors of a frozen graph are its inputs and outputs. A name is an operation's, `dense/Sigmoid`, or a
    tensor's, `split:1`."""

    inputs: tuple[str, ...] = ()
    """Found, when empty: every placeholder."""
    outputs: tuple[str, ...] = ()
    """Found, when empty: everything that is computed from the inputs and that nothing else is computed from."""

    def __post_init__(self) -> None:
        for field in ("inputs", "outputs"):
            names = getattr(self, field)
            if len(set(names)) != len(names) or not all(names):
                raise BadInput(f"{field} must be different names, got {', '.join(names)}")
