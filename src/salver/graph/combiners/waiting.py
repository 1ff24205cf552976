"""Waiting: the options by which a combiner is patient."""

from __future__ import annotations

from dataclasses import dataclass

from salver.core.bounds import at_least, positive
from salver.graph.patience import Patience


@dataclass(frozen=True, slots=True)
class Waiting:
    """The options of waiting, which all combiners have."""

    budget_s: float | None = None
    """Seconds after which answers that have not come are left out, and named in the tag `left_out`. By default all are
    waited for."""
    at_least: int | None = None
    """Answers that will do where a child is late or fails. By default all, or 1 where `budget_s` is given."""

    def __post_init__(self) -> None:
        if self.budget_s is not None:
            positive(self, "budget_s")
        if self.at_least is not None:
            at_least(self, 1, "at_least")

    @property
    def patience(self) -> Patience | None:
        """None where every child must answer: then one that fails is a failure of the whole."""
        if self.budget_s is None and self.at_least is None:
            return None
        return Patience(self.budget_s, self.at_least or 1)
