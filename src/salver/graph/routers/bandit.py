"""Bandit: a router that learns which child is best from the rewards of those it chose.

Here is what all bandits share: context, memory, which lessons are taken. The arithmetic is a Policy's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

from salver.core.errors import BadInput
from salver.core.lesson import Lesson
from salver.core.servable import Request
from salver.graph.keys import Key
from salver.graph.memory import Memory
from salver.graph.reward import reward_of
from salver.graph.routers.context import note_of, of_lesson, of_request

R = TypeVar("R", contravariant=True)
Sums: TypeAlias = Sequence[Sequence[float]]
"""By arm, what is remembered of it."""
Pick: TypeAlias = tuple[int, dict[str, Any]]
"""The arm to play next, and what must be known of the choice when its reward comes."""


@dataclass(frozen=True, slots=True)
class Play:
    """A choice whose reward is known."""

    arm: int
    reward: float
    lesson: Lesson
    note: Mapping[str, Any]
    sums: Sums
    """What is remembered now, in the context of the choice."""


class Policy(Protocol[R]):
    """The arithmetic of one bandit: pure but for the random numbers it is given, from a generator of type R."""

    kind: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    """What is remembered of an arm, in words."""
    rewards: ClassVar[tuple[float, float]]
    """The least and the greatest reward."""

    @property
    def context(self) -> Key | None: ...

    def pick(self, sums: Sums, random: R) -> Pick: ...

    def gain(self, play: Play, node: str) -> Sequence[float]:
        """What is added to the arm's row. Raises BadInput for a lesson that cannot be learnt from."""


class Bandit(Generic[R]):
    """A Chooser and Learner."""

    def __init__(self, policy: Policy[R], arms: tuple[str, ...], memory: Memory, name: str, random: R) -> None:
        if not arms:
            raise BadInput("children must be at least one for a router to choose from, got none")
        self._policy = policy
        self._arms = arms
        self._memory = memory
        self._name = name
        self._random = random
        self._key = policy.context

    def choose(self, request: Request) -> int:
        context = of_request(self._key, request)
        sums = self._memory.numbers(context)
        arm, note = self._policy.pick(sums, self._random)
        if self._key is not None:
            note["context"] = context
        if note and request.trail is not None:
            request.trail.notes[self._name] = note
        return arm

    def check(self, lesson: Lesson) -> None:
        self._gained(lesson)

    def learn(self, lesson: Lesson) -> None:
        self._memory.add(*self._gained(lesson))

    def learnt(self) -> Mapping[str, Any]:
        return learnt(self._policy.kind, self._policy.columns, self._arms, self._memory)

    def forget(self) -> None:
        self._memory.clear()

    def _gained(self, lesson: Lesson) -> tuple[str, int, Sequence[float]]:
        """Context, arm, and what is added there."""
        arm = self._arm(lesson)
        reward = reward_of(lesson, self._name, *self._policy.rewards)
        note = note_of(lesson, self._name)
        context = of_lesson(self._key, lesson, note, self._name)
        play = Play(arm, reward, lesson, note, self._memory.numbers(context))
        return context, arm, self._policy.gain(play, self._name)

    def _arm(self, lesson: Lesson) -> int:
        arm = lesson.routing.get(self._name)
        if arm is None:
            raise BadInput(
                f"feedback without routing: node '{self._name}' cannot tell which child answered; "
                "send back the routing of the answer, or its id"
            )
        if not 0 <= arm < len(self._arms):
            raise BadInput(
                f"feedback for node '{self._name}' has the route {arm}, wanted one child of {len(self._arms)}, from 0"
            )
        return arm


def learnt(kind: str, columns: tuple[str, ...], arms: tuple[str, ...], memory: Memory) -> dict[str, Any]:
    """As `Learner.learnt`, with the meaning of the numbers."""
    contexts = {context: [list(row) for row in rows] for context, rows in memory.contexts().items()}
    return {"kind": kind, "columns": list(columns), "arms": list(arms), "contexts": contexts}
