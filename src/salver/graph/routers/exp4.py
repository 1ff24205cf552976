"""Exp4: learns whom of several models to believe (Auer, Cesa-Bianchi, Freund and Schapire 2002, figure 2).

Every child answers: it is an expert, and the label that it answers is its advice. An answer is drawn by the experts'
weights, and what it earned raises those who had advised it. The actions to draw from are the answers that came, so that
an answer that nobody gave is never drawn; where all agree there is only one. Several rows are one answer: experts agree
where all their labels do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, TypeGuard

from salver.core.errors import BadInput, GraphFault
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.graph.keys import Key
from salver.graph.memory import Memory
from salver.graph.node import ALL
from salver.graph.reward import labels, reward_of
from salver.graph.routers.bandit import learnt
from salver.graph.routers.chance import draw, drawing, mixed
from salver.graph.routers.context import note_of, of_lesson, of_request
from salver.graph.routers.weighing import chance_of, check_gamma


@dataclass(frozen=True, slots=True)
class Exp4:
    """All children answer, one answer is drawn; for rewards from 0 to 1, which may change over time."""

    kind: ClassVar[str] = "exp4"
    columns: ClassVar[tuple[str, ...]] = ("sum_of_estimates", "lessons")
    width: ClassVar[int] = 2

    gamma: float = 0.1
    """The part of the choices that all answers share equally, from 0.0001 to 1: how quickly it learns and forgets."""
    output: str = ""
    """The output in which the children's labels or scores stand; by default their first."""
    seed: int | None = None
    """Where random numbers begin, in each process; by default differently each time."""
    context: Key | None = None
    """Learns for each value of this apart."""

    def __post_init__(self) -> None:
        check_gamma(self.gamma)

    def __call__(self, arms: tuple[str, ...], memory: Memory, name: str, random: Random) -> Exp4Node:
        return Exp4Node(self, arms, memory, name, drawing(self.seed, random))


class Exp4Node:
    """A Chooser, Combiner and Learner."""

    def __init__(self, options: Exp4, arms: tuple[str, ...], memory: Memory, name: str, random: Random) -> None:
        if not arms:
            raise BadInput("children must be at least one for an exp4 to choose from, got none")
        self._options = options
        self._arms = arms
        self._memory = memory
        self._name = name
        self._random = random

    def choose(self, request: Request) -> int:
        return ALL

    def combine(self, answers: Sequence[Response], request: Request) -> Response:
        """The drawn answer, as the weightiest child that gave it gave it."""
        advice = self._advice(answers)
        context = of_request(self._options.context, request)
        experts = self._weights(context)
        chances = self._chances(experts, advice)
        drawn = draw(chances, self._random)
        if request.trail is not None:
            note = {"advice": advice, "drawn": drawn, "chance": chances[drawn], "context": context}
            request.trail.notes[self._name] = note
        return answers[max(_followers(advice, drawn), key=experts.__getitem__)]

    def check(self, lesson: Lesson) -> None:
        self._estimates(lesson)

    def learn(self, lesson: Lesson) -> None:
        context, estimates = self._estimates(lesson)
        for arm, estimate in enumerate(estimates):
            self._memory.add(context, arm, (estimate, 1.0))

    def learnt(self) -> Mapping[str, Any]:
        return learnt(Exp4.kind, Exp4.columns, self._arms, self._memory)

    def forget(self) -> None:
        self._memory.clear()

    def _advice(self, answers: Sequence[Response]) -> list[int]:
        """By child, the number of its answer among the different answers."""
        actions: list[list[Any]] = []
        advice = []
        for arm, answer in zip(self._arms, answers, strict=True):
            action = labels(self._output(answer, arm))
            if action not in actions:
                actions.append(action)
            advice.append(actions.index(action))
        return advice

    def _output(self, answer: Response, arm: str) -> Tensor:
        wanted = self._options.output or next(iter(answer.tensors), "")
        if wanted not in answer.tensors:
            raise GraphFault(f"'{arm}' answered no output '{wanted}', but {', '.join(answer.tensors) or 'none'}", 204)
        return answer.tensors[wanted]

    def _weights(self, context: str) -> list[float]:
        """By child, its part of all weight."""
        gamma = self._options.gamma
        return mixed([gamma * total for total, _ in self._memory.numbers(context)], 0.0)

    def _chances(self, experts: Sequence[float], advice: Sequence[int]) -> list[float]:
        """By answer: the weight of those who gave it, mixed with equal chances."""
        count = max(advice) + 1
        gamma = self._options.gamma
        chances = [gamma / count] * count
        for weight, action in zip(experts, advice, strict=True):
            chances[action] += (1.0 - gamma) * weight
        return chances

    def _estimates(self, lesson: Lesson) -> tuple[str, list[float]]:
        """By child, the estimated reward of its advice by the number of answers: what gamma times it is added to its
        log weight."""
        note = note_of(lesson, self._name)
        advice, drawn, chance = note.get("advice"), note.get("drawn"), chance_of(note, self._name)
        if chance is None or not _is_advice(advice, len(self._arms)):
            raise BadInput(
                f"node '{self._name}' must know what its children had advised: send back the id of the answer, "
                "not too late, and from the same graph"
            )
        reward = reward_of(lesson, self._name, 0.0, 1.0)
        context = of_lesson(self._options.context, lesson, note, self._name)
        share = reward / chance / (max(advice) + 1)
        return context, [share if action == drawn else 0.0 for action in advice]


def _is_advice(advice: Any, arms: int) -> TypeGuard[list[int]]:
    return isinstance(advice, list) and len(advice) == arms and all(type(one) is int and one >= 0 for one in advice)


def _followers(advice: Sequence[int], drawn: int) -> list[int]:
    return [arm for arm, action in enumerate(advice) if action == drawn]
