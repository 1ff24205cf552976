"""First wins: the answer of whichever child is quickest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from salver.core.servable import Request, Response
from salver.graph.combiners.answers import Combining, arrived, tag
from salver.graph.combiners.waiting import Waiting
from salver.graph.patience import Patience


@dataclass(frozen=True, slots=True)
class FirstWins:
    """All children are asked, the first answer is the answer, and the others are not waited for. The tag
    `answered_by` says whose it was."""

    budget_s: float | None = None
    """Seconds after which nobody is waited for any more."""

    def __post_init__(self) -> None:
        Waiting(self.budget_s)

    def __call__(self, children: Sequence[str], name: str) -> Quickest:
        return Quickest(self.budget_s, children, name)


class Quickest(Combining):
    """A combiner. Of those that answered at the same moment, the first in order."""

    def __init__(self, budget_s: float | None, children: Sequence[str], name: str) -> None:
        super().__init__(Waiting(), children, name)
        self.patience = Patience(budget_s)

    def is_enough(self, answers: Sequence[Response | None]) -> bool:
        return any(answer is not None for answer in answers)

    def combine(self, answers: Sequence[Response | None], request: Request) -> Response:
        place, answer = arrived(answers)[0]
        tag(request, answered_by=self.children[place])
        return answer
