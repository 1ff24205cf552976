"""Table: every kind of combiner, by the name that people give it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Protocol

from salver.core.errors import BadInput
from salver.graph.combiners.answers import Combining
from salver.graph.combiners.average import Average
from salver.graph.combiners.concat import Concat
from salver.graph.combiners.first_wins import FirstWins
from salver.graph.combiners.median import Median
from salver.graph.combiners.surest import BestConfidence, Cascade
from salver.graph.combiners.vote import Vote
from salver.graph.combiners.weighted import Weighted


class CombinerOptions(Protocol):
    """The options of a combiner: called, they are one."""

    def __call__(self, children: Sequence[str], name: str) -> Combining:
        """Raises BadInput for children that do not fit."""


@dataclass(frozen=True, slots=True)
class CombinerSpec:
    """How one answer is made of several: exactly one of these."""

    average: Average | None = None
    """The mean of all, as Seldon's AVERAGE_COMBINER."""
    weighted: Weighted | None = None
    """A mean in which some count more."""
    median: Median | None = None
    """The middle of all."""
    vote: Vote | None = None
    """The label that most give."""
    best_confidence: BestConfidence | None = None
    """The answer of the child that is surest of it."""
    first_wins: FirstWins | None = None
    """Whatever comes first."""
    cascade: Cascade | None = None
    """One after another, till one is sure enough."""
    concat: Concat | None = None
    """All columns side by side."""

    def __post_init__(self) -> None:
        given = [field.name for field in fields(self) if getattr(self, field.name) is not None]
        if len(given) != 1:
            known = ", ".join(field.name for field in fields(self))
            raise BadInput(f"combiner must be one of {known}; got {', '.join(given) or 'none (write `average: {}`)'}")

    @property
    def chosen(self) -> tuple[str, CombinerOptions]:
        """Its kind and its options."""
        return next((field.name, made) for field in fields(self) if (made := getattr(self, field.name)) is not None)
