"""Surest: what goes by how sure children are of their answers: the surest, or the first that is sure enough."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from salver.core.errors import BadInput, GraphFault
from salver.core.servable import Request, Response
from salver.graph.combiners.answers import CODE, Combining, arrived, tag
from salver.graph.combiners.waiting import Waiting
from salver.graph.confidence import Confidence, Measure
from salver.graph.patience import Patience


@dataclass(frozen=True, slots=True)
class BestConfidence(Waiting):
    """The whole answer of the child that is surest of it: for several rows, surest in the row where it is least sure.
    The tags `confidence` and `answered_by` tell of it."""

    enough: float | None = None
    """A confidence with which the first that has it is the answer, and no other is waited for."""
    of: str = ""
    """The output with probabilities; may be left out where there is one output."""
    measure: Measure = "highest"
    """highest: the greatest probability. margin: how far the second is behind. entropy: 1 less the entropy of the
    probabilities, as a share of the greatest there can be."""
    softmax: bool = False
    """Whether the numbers are scores of which softmax makes probabilities."""

    def __post_init__(self) -> None:
        super(BestConfidence, self).__post_init__()
        if self.enough is not None:
            _check_share(self.enough)

    def __call__(self, children: Sequence[str], name: str) -> Surest:
        judge = Judge(Confidence(self.of, self.measure, self.softmax), children)
        return Surest(self, judge, self.enough, children, name)


@dataclass(frozen=True, slots=True)
class Cascade:
    """The first child that is sure enough, each asked only when those before it were not: cheap ones first. Where none
    is, the last that answered. The tags `confidence` and `answered_by` tell of it."""

    enough: float
    """The confidence, from 0 to 1, that an answer must have; for several rows, in each of them."""
    of: str = ""
    """The output with probabilities; may be left out where there is one output."""
    measure: Measure = "highest"
    """highest: the greatest probability. margin: how far the second is behind. entropy: 1 less the entropy of the
    probabilities, as a share of the greatest there can be."""
    softmax: bool = False
    """Whether the numbers are scores of which softmax makes probabilities."""

    def __post_init__(self) -> None:
        _check_share(self.enough)

    def __call__(self, children: Sequence[str], name: str) -> Cascading:
        judge = Judge(Confidence(self.of, self.measure, self.softmax), children)
        return Cascading(judge, self.enough, children, name)


class Judge:
    """Says how sure children are."""

    def __init__(self, confidence: Confidence, children: Sequence[str]) -> None:
        self._confidence = confidence
        self._children = children

    def __call__(self, place: int, answer: Response) -> float:
        """Raises GraphFault where the child's answer has no probabilities; NaN counts as not sure at all."""
        try:
            found = self._confidence(answer.tensors)
        except BadInput as fault:
            raise GraphFault(f"child '{self._children[place]}': {fault.message}", CODE) from None
        return 0.0 if math.isnan(found) else found


class Surest(Combining):
    """A combiner."""

    def __init__(
        self, waiting: Waiting, judge: Judge, enough: float | None, children: Sequence[str], name: str
    ) -> None:
        super().__init__(waiting, children, name)
        self._judge = judge
        self._enough = enough
        if enough is not None and self.patience is None:
            self.patience = Patience()

    def is_enough(self, answers: Sequence[Response | None]) -> bool:
        if None not in answers:
            return True
        enough = self._enough
        return enough is not None and any(
            self._judge(place, answer) >= enough for place, answer in enumerate(answers) if answer is not None
        )

    def combine(self, answers: Sequence[Response | None], request: Request) -> Response:
        came = arrived(answers)
        sure = [self._judge(place, answer) for place, answer in came]
        best = max(range(len(came)), key=sure.__getitem__)
        place, answer = came[best]
        tag(request, confidence=sure[best], answered_by=self.children[place])
        return answer


class Cascading(Combining):
    """A combiner."""

    in_turn = True

    def __init__(self, judge: Judge, enough: float, children: Sequence[str], name: str) -> None:
        super().__init__(Waiting(), children, name)
        self._judge = judge
        self._enough = enough

    def is_enough(self, answers: Sequence[Response | None]) -> bool:
        """Whether the last that has answered is sure enough."""
        came = [(place, answer) for place, answer in enumerate(answers) if answer is not None]
        return bool(came) and self._judge(*came[-1]) >= self._enough

    def combine(self, answers: Sequence[Response | None], request: Request) -> Response:
        came = arrived(answers)
        for place, answer in came:
            sure = self._judge(place, answer)
            if sure >= self._enough:
                break
        tag(request, confidence=sure, answered_by=self.children[place])
        return answer


def _check_share(enough: float) -> None:
    if not 0 < enough <= 1:
        raise BadInput(f"enough must be more than 0, and 1 at most, got {enough}")
