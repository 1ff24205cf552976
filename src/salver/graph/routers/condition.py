"""Condition: the child is chosen by what the request says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.graph.expressions import compile_condition
from salver.graph.memory import Memory


@dataclass(frozen=True, slots=True)
class Case:
    """A condition and where it leads."""

    when: str
    """An expression over the request that is true or false."""
    to: str
    """The name of the child."""
    holds: Callable[[Request], bool] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "holds", compile_condition(self.when))
        except BadInput as fault:
            raise BadInput(f"when must be a condition: {fault.message}") from None


@dataclass(frozen=True, slots=True)
class Condition:
    """The child of the first case that holds."""

    kind: ClassVar[str] = "condition"
    width: ClassVar[int] = 0

    cases: tuple[Case, ...]
    """Conditions and where they lead, tried in this order."""
    otherwise: str
    """The name of the child where none holds."""

    def __post_init__(self) -> None:
        if not self.cases:
            raise BadInput("cases must be at least one, got none")

    def __call__(self, arms: tuple[str, ...], memory: Memory, name: str, random: Random) -> ConditionChooser:
        cases = [(case.holds, _arm(arms, case.to, "cases")) for case in self.cases]
        return ConditionChooser(cases, _arm(arms, self.otherwise, "otherwise"))


class ConditionChooser:
    """A Chooser."""

    def __init__(self, cases: Sequence[tuple[Callable[[Request], bool], int]], otherwise: int) -> None:
        self._cases = cases
        self._otherwise = otherwise

    def choose(self, request: Request) -> int:
        for holds, arm in self._cases:
            if holds(request):
                return arm
        return self._otherwise


def _arm(arms: tuple[str, ...], child: str, field_name: str) -> int:
    if child not in arms:
        raise BadInput(f"{field_name} must lead to one of the children {', '.join(arms)}, got '{child}'")
    return arms.index(child)
