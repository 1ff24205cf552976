"""Fan-out: several children are asked the same, at once or in turn; who waits for whom, and for how long.

Whoever is not waited for any more is cancelled. What each child wrote on its trail is told in the children's order,
whichever answered first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import TypeAlias

from salver.core.eager import start
from salver.core.ending import end
from salver.core.errors import Fault, GraphFault, Late
from salver.core.servable import Request, Response
from salver.core.trail import Trail
from salver.graph.node import Node, absence
from salver.graph.patience import Patience

Visit: TypeAlias = Callable[[Node, Request], Awaitable[Response]]
IsEnough: TypeAlias = Callable[[Sequence[Response | None]], bool]


async def ask_all(children: Sequence[Node], request: Request, visit: Visit) -> list[Response]:
    """Every child's answer. The first failure is raised, and the others are cancelled."""
    asked = _Asked(children, request, visit)
    try:
        for index in range(len(children)):
            asked.begin(index)
        while asked.tasks:
            await asked.wait(None)
    finally:
        await asked.leave()
    asked.tell(request)
    return asked.whole()


async def ask_patiently(
    children: Sequence[Node], request: Request, visit: Visit, patience: Patience, is_enough: IsEnough
) -> list[Response | None]:
    """The answers that came till there were enough of them, or the time was up: None for the others.

    Which were left out, and why, stands in the trail's tag `left_out`. Raises the first failure where fewer than
    `patience.at_least` answered and one failed, else Late.
    """
    until = None if patience.budget_s is None else monotonic() + patience.budget_s
    if request.deadline is not None and (until is None or request.deadline < until):
        until = request.deadline
    asked = _Asked(children, request, visit, tolerant=True)
    try:
        for index in range(len(children)):
            asked.begin(index)
            if is_enough(asked.answers):
                break
        while asked.tasks and not is_enough(asked.answers):
            if not await asked.wait(until):
                break
    finally:
        await asked.leave()
    return asked.told(request, patience.at_least)


async def ask_in_turn(
    children: Sequence[Node], request: Request, visit: Visit, is_enough: IsEnough
) -> list[Response | None]:
    """The answers up to the first that is good enough: None for a child that failed, or was not asked."""
    asked = _Asked(children, request, visit, tolerant=True)
    for index in range(len(children)):
        try:
            asked.begin(index)
            while asked.tasks:
                await asked.wait(None)
        finally:
            await asked.leave()
        if is_enough(asked.answers[: index + 1]):
            break
    return asked.told(request, 1, asked=index + 1)


class _Asked:
    """Children that were asked, and what came of it."""

    __slots__ = ("answers", "children", "faults", "places", "request", "tasks", "tolerant", "trails", "visit")

    def __init__(self, children: Sequence[Node], request: Request, visit: Visit, *, tolerant: bool = False) -> None:
        self.children = children
        self.request = request
        self.visit = visit
        self.tolerant = tolerant
        """Whether a child that fails is one that does not answer."""
        self.answers: list[Response | None] = [None] * len(children)
        self.faults: dict[int, Fault] = {}
        self.trails: list[Trail | None] = [None] * len(children)
        self.tasks: set[asyncio.Task[Response]] = set()
        self.places: dict[asyncio.Task[Response], int] = {}

    def begin(self, index: int) -> None:
        """Asks a child. One that does not wait has answered when this returns."""
        request = self.request.carrying(self.request.tensors)
        request.trail = self.trails[index] = Trail()
        try:
            answer = start(_visited(self.visit, self.children[index], request))
        except Fault as fault:
            self._failed(index, fault)
            return
        if isinstance(answer, asyncio.Task):
            self.tasks.add(answer)
            self.places[answer] = index
        else:
            self.answers[index] = answer

    async def wait(self, until: float | None) -> bool:
        """Till one has answered; False when the time was up before."""
        timeout = None if until is None else max(until - monotonic(), 0.0)
        done, _ = await asyncio.wait(self.tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        for task in sorted(done, key=self.places.__getitem__):
            self.tasks.remove(task)
            index = self.places[task]
            try:
                self.answers[index] = task.result()
            except Fault as fault:
                self._failed(index, fault)
        return bool(done)

    async def leave(self) -> None:
        """Cancels whoever is still at it, and sees them end."""
        await end(self.tasks)
        self.tasks = set()

    def tell(self, request: Request) -> None:
        """What happened on the branches that answered."""
        if request.trail is not None:
            for trail, answer in zip(self.trails, self.answers, strict=True):
                if trail is not None and answer is not None:
                    request.trail.add(trail)

    def told(self, request: Request, at_least: int, asked: int | None = None) -> list[Response | None]:
        """The answers, once it is said which of those `asked` (all) are missing."""
        names = [child.name for child in self.children]
        missing = {
            names[index]: self.faults[index].message if index in self.faults else "it did not answer in time"
            for index in range(len(names) if asked is None else asked)
            if self.answers[index] is None
        }
        arrived = sum(answer is not None for answer in self.answers)
        if arrived < at_least:
            if self.faults:
                raise self.faults[min(self.faults)]
            said = ", ".join(missing)
            raise Late(f"{arrived} of {len(names)} answered in time, wanted at least {at_least}; late: {said}")
        self.tell(request)
        if missing and request.trail is not None:
            request.trail.tags["left_out"] = missing
            absent = (child for child, answer in zip(self.children, self.answers, strict=True) if answer is None)
            request.trail.notes.update(dict.fromkeys(map(absence, absent), True))
        return self.answers

    def whole(self) -> list[Response]:
        answers = [answer for answer in self.answers if answer is not None]
        if len(answers) != len(self.children):
            raise GraphFault("a child was not asked", 206)
        return answers

    def _failed(self, index: int, fault: Fault) -> None:
        if not self.tolerant:
            raise fault
        self.faults[index] = fault


async def _visited(visit: Visit, node: Node, request: Request) -> Response:
    return await visit(node, request)
