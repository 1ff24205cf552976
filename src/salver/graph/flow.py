"""Flow: the steps of a graph, each begun as soon as what it waits for is there, all of them together where they can.

A step that is not reached (its condition does not hold, its triggers did not come, what it takes was not given) gives
nothing, and whoever waits for it hears so. (Seldon Core 2's pipelines, whose joins and triggers these are; but here a
step is a function call.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from types import MappingProxyType

from salver.core.eager import start
from salver.core.ending import end
from salver.core.errors import GraphFault
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.node import Node, absence
from salver.graph.plan import REQUEST, Address, Join
from salver.graph.tree import visit


@dataclass(frozen=True, slots=True)
class Intake:
    """What a step, or the graph's answer, is made of."""

    addresses: tuple[Address, ...] = (Address(REQUEST),)
    join: Join = "inner"
    """inner: all of them. outer: those that were given, at least one, once all are known. any: the first given."""
    join_s: float | None = None
    """How long after the first one an outer join waits for the others, in seconds."""
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """New names for tensors, by address (Seldon's `tensorMap`)."""
    triggers: tuple[Address, ...] = ()
    """What must be given too, though its content is not taken."""
    triggers_join: Join = "inner"
    when: Callable[[Mapping[str, Response]], bool] | None = None
    """A condition on the answers of the steps in `reads`, asked once all of these are known."""
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """A step in its place."""

    name: str
    """By which others address it."""
    node: Node
    intake: Intake


class Flow:
    """Runs steps. Immutable; shared by all requests."""

    def __init__(self, steps: Sequence[Placed], output: Intake) -> None:
        self.steps = tuple(steps)
        self.output = output
        self._chain = _chain(self.steps, output)

    async def __call__(self, request: Request) -> Response:
        """The answer. Raises the first fault of a step; GraphFault where no step gave what the output is made of."""
        if self._chain is None:
            return await _Run(self, request).answer()
        first, *others = self._chain
        answer = await visit(first, request)
        for node in others:
            answer = await visit(node, request.carrying(answer.tensors))
        return answer


def _chain(steps: Sequence[Placed], output: Intake) -> tuple[Node, ...] | None:
    """The steps, where each takes all that the one before it gave: then there is nothing to arrange."""
    before = REQUEST
    for step in steps:
        intake = step.intake
        if intake.addresses != (Address(before),) or intake.triggers or intake.when is not None or intake.names:
            return None
        before = step.name
    return tuple(step.node for step in steps) if output.addresses == (Address(before),) and not output.names else None


class _Run:
    """One request in a flow."""

    def __init__(self, flow: Flow, request: Request) -> None:
        self._flow = flow
        self._request = request
        self._given: dict[str, Response | None] = {REQUEST: Response(request.tensors)}
        """Answers by step; None of one that gave nothing."""
        self._trails: dict[str, Trail] = {}
        self._waiting: dict[str, Placed] = {step.name: step for step in flow.steps}
        self._tasks: dict[asyncio.Task[Response], str] = {}
        self._abandoned: set[asyncio.Task[Response]] = set()
        self._until: dict[str, float] = {}
        """When an outer join, by step, goes on with what is there."""

    async def answer(self) -> Response:
        output = self._flow.output
        try:
            while not self._is_known(output, ""):
                if not self._begin_ready() and not await self._wait():
                    break
        finally:
            await self._leave()
        tensors = _gathered(output, self._given)
        if tensors is None:
            raise GraphFault(f"no answer: nothing was given for {', '.join(map(str, output.addresses))}", 206)
        trail = self._request.trail
        if trail is not None:
            for step in self._flow.steps:
                if step.name in self._trails and self._given.get(step.name) is not None:
                    trail.add(self._trails[step.name])
                else:
                    trail.notes[absence(step.node)] = True
        return Response(tensors)

    def _begin_ready(self) -> bool:
        """Begins, or passes over, each step whose inputs are known. Whether there was one."""
        ready = [name for name, step in self._waiting.items() if self._is_known(step.intake, name)]
        for name in ready:
            step = self._waiting.pop(name, None)
            if step is not None:
                self._begin(step)
        return bool(ready)

    def _begin(self, step: Placed) -> None:
        name, intake = step.name, step.intake
        tensors = _gathered(intake, self._given) if self._fires(intake) else None
        if tensors is None:
            self._given[name] = None
            return
        request = self._request.carrying(tensors)
        request.trail = self._trails[name] = Trail()
        answer = start(visit(step.node, request))
        if isinstance(answer, asyncio.Task):
            self._tasks[answer] = name
        else:
            self._given[name] = answer

    def _fires(self, intake: Intake) -> bool:
        if intake.triggers and not _joined(intake.triggers_join, intake.triggers, self._given):
            return False
        if intake.when is None:
            return True
        known = {step: answer for step in intake.reads if (answer := self._given.get(step)) is not None}
        return len(known) == len(intake.reads) and intake.when(known)

    async def _wait(self) -> bool:
        """Till a step has answered, or an outer join has waited long enough; False where nobody is at work."""
        self._abandon()
        if not self._tasks:
            return False
        soonest = min(self._until.values(), default=None)
        timeout = None if soonest is None else max(soonest - monotonic(), 0.0)
        done, _ = await asyncio.wait(self._tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            self._given[self._tasks.pop(task)] = task.result()
        return True

    def _is_known(self, intake: Intake, name: str) -> bool:
        """Whether it is settled what goes in."""
        given = self._given
        if any(step not in given for step in intake.reads):
            return False
        if not _settled(intake.triggers_join, intake.triggers, given):
            return False
        if _settled(intake.join, intake.addresses, given):
            self._until.pop(name, None)
            return True
        if intake.join != "outer" or intake.join_s is None or not _joined("any", intake.addresses, given):
            return False
        until = self._until.setdefault(name, monotonic() + intake.join_s)
        if monotonic() < until:
            return False
        del self._until[name]
        return True

    def _abandon(self) -> None:
        """Cancels steps that nobody waits for any more."""
        wanted = {address.step for address in self._flow.output.addresses}
        for step in self._waiting.values():
            intake = step.intake
            wanted.update(address.step for address in (*intake.addresses, *intake.triggers))
            wanted.update(intake.reads)
        for task, name in list(self._tasks.items()):
            if name not in wanted:
                del self._tasks[task]
                self._abandoned.add(task)
                task.cancel()

    async def _leave(self) -> None:
        await end({*self._tasks, *self._abandoned})


def _settled(join: Join, addresses: Sequence[Address], given: Mapping[str, Response | None]) -> bool:
    """Whether a join cannot change any more."""
    if join == "any":
        return _joined("any", addresses, given) or all(address.step in given for address in addresses)
    if join == "inner" and any(address.step in given and not _is_given(address, given) for address in addresses):
        return True
    return all(address.step in given for address in addresses)


def _joined(join: Join, addresses: Sequence[Address], given: Mapping[str, Response | None]) -> bool:
    some = all if join == "inner" else any
    return some(_is_given(address, given) for address in addresses)


def _is_given(address: Address, given: Mapping[str, Response | None]) -> bool:
    answer = given.get(address.step)
    return answer is not None and (not address.tensor or address.tensor in answer.tensors)


def _gathered(intake: Intake, given: Mapping[str, Response | None]) -> Mapping[str, Tensor] | None:
    """The tensors that go in, or None where the join did not come about."""
    present = [address for address in intake.addresses if _is_given(address, given)]
    if not present or (intake.join == "inner" and len(present) < len(intake.addresses)):
        return None
    if intake.join == "any":
        present = present[:1]
    tensors: dict[str, Tensor] = {}
    for address in present:
        answer = given[address.step]
        assert answer is not None  # noqa: S101 - it is given
        whole = answer.tensors if not address.tensor else {address.tensor: answer.tensors[address.tensor]}
        for name, tensor in whole.items():
            full = f"{address.step}.{'inputs' if address.step == REQUEST else 'outputs'}.{name}"
            key = intake.names.get(full, name)
            if key in tensors:
                key = f"{address.step}.{name}"
            tensors[key] = tensor
    return tensors
