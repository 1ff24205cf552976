"""The options of TensorFlow Lite models: plain values; LiteRT is not imported here."""

from __future__ import annotations

from dataclasses import dataclass

from salver.core.bounds import at_least


@dataclass(frozen=True, slots=True)
class TfliteOptions:
    """How LiteRT is set up."""

    preferred: bool = False
    """Whether `model.tflite` goes before a SavedModel in the same folder."""
    threads: int = 1
    """Threads that share the work of one operation. Small models want 1."""
    interpreters: int = 8
    """How many interpreters of the model are kept, each ready for inputs of the shapes it saw last."""

    def __post_init__(self) -> None:
        at_least(self, 1, "threads", "interpreters")
