"""Graph: nodes joined to one servable. Gives requests their trail, keeps the budget, hands lessons to who learns."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import urandom
from time import monotonic
from typing import Any, Final

from salver.core.errors import BadInput, Internal, NotFound
from salver.core.graphlike import NodeDescription
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import Tensor, objects
from salver.core.trail import Trail
from salver.graph.care import in_time
from salver.graph.flow import Flow
from salver.graph.ledger import Ledger
from salver.graph.node import ALL, Learner, Node
from salver.graph.shadow import Shadow
from salver.graph.tree import learn, taught, walk

_HEALTHY: Final = "healthy"


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """What holds for a graph as a whole."""

    budget_s: float | None = None
    """Seconds that a request may take in all; a sooner deadline of its own holds."""
    request_path: bool = True
    """Whether answers say which nodes they went through, and what these are (Seldon's `requestPath`)."""
    outputs: tuple[str, ...] = ()
    """What an answer has where the caller names none; all that comes out when empty."""


class Graph:
    """A servable, and `Graphlike`. Safe for any number of requests at once on one event loop."""

    def __init__(
        self,
        flow: Flow,
        signatures: Mapping[str, Signature],
        options: GraphOptions = GraphOptions(),
        ledger: Ledger | None = None,
        close: Callable[[], Awaitable[None]] | None = None,
        shadows: tuple[Shadow, ...] = (),
    ) -> None:
        self._flow = flow
        self._signatures = signatures
        self._options = options
        self.ledger = ledger
        """Where answers are remembered that feedback may come to; None where nobody learns."""
        self._close = close
        self._shadows = shadows
        roots = (*(step.node for step in flow.steps), *(shadow.node for shadow in shadows))
        self._nodes = _named(node for root in roots for node in walk(root))
        self._chooses = any(node.route is not None for node in self._nodes.values())

    @property
    def signatures(self) -> Mapping[str, Signature]:
        return self._signatures

    async def __call__(self, request: Request) -> Response:
        """The answer, with its trail. Raises Faults that name their node; Late when the budget is spent."""
        inner = request.carrying(request.tensors)
        if inner.trail is None:
            inner.trail = Trail()
        trail = inner.trail
        budget_s = self._options.budget_s
        if budget_s is not None:
            limit = monotonic() + budget_s
            if inner.deadline is None or limit < inner.deadline:
                inner.deadline = limit
        for shadow in self._shadows:
            shadow.show(inner)
        if inner.deadline is None:
            answer = await self._flow(inner)
        else:
            answer = await in_time(self._flow(inner), inner.deadline, "the graph did not answer in time")
        if not self._options.request_path:
            trail.path = {}
        if self.ledger is not None:
            # Who has no name for a request cannot send feedback by it, but by the one it is told in the answer.
            name = request.id = request.id or urandom(16).hex()
            self.ledger.remember(name, _entry(request, answer, trail))
        return Response(self._wanted(request, answer.tensors), answer.params, trail)

    async def aclose(self) -> None:
        """Closes its nodes, whatever one of them says, and writes what was learnt."""
        faults = []
        for shadow in self._shadows:
            await shadow.aclose()
        for node in self._nodes.values():
            if node.close is not None:
                try:
                    await node.close()
                except Exception as error:  # noqa: BLE001 - the others must be closed too
                    faults.append(error)
        if self._close is not None:
            await self._close()
        if faults:
            raise faults[0]

    def describe(self) -> tuple[NodeDescription, ...]:
        return tuple(node.description for node in self._nodes.values())

    async def learn(self, lesson: Lesson) -> Response | None:
        if lesson.reward is not None and not math.isfinite(lesson.reward):
            raise BadInput(f"reward must be a finite number, got {lesson.reward}")
        lesson = await self._completed(lesson)
        self.check(lesson)
        answer = None
        for step in self._flow.steps:
            answer = await learn(step.node, lesson) or answer
        return answer

    def check(self, lesson: Lesson) -> None:
        """Raises BadInput where one of those that the lesson is for cannot learn from it."""
        for step in self._flow.steps:
            for node in taught(step.node, lesson):
                if node.learner is not None:
                    node.learner.check(lesson)

    async def route(self, request: Request) -> int:
        root = self._flow.steps[0].node
        return ALL if root.route is None else await root.route(request)

    async def combine(self, answers: Sequence[Request]) -> Response:
        root = self._flow.steps[0].node
        if root.combine is None:
            raise BadInput(f"node '{root.name}' is no combiner: it makes nothing of several answers")
        return await root.combine([Response(answer.tensors) for answer in answers], answers[0])

    async def health(self, node: str) -> Response:
        found = self._node(node) if node else self._flow.steps[0].node
        if found.health is not None:
            return await found.health()
        return Response({"strData": Tensor("BYTES", objects([_HEALTHY]).reshape(()))})

    async def learnt(self) -> Mapping[str, Mapping[str, Any]]:
        return self.known()

    def known(self) -> Mapping[str, Mapping[str, Any]]:
        """As `learnt`, at once."""
        return {name: node.learner.learnt() for name, node in self._nodes.items() if node.learner is not None}

    async def forget(self, node: str) -> None:
        learner = self._node(node).learner if node else None
        learners = self.learners() if not node else (learner,) if learner is not None else ()
        if not learners:
            raise BadInput(f"node '{node}' learns nothing" if node else "no node of this graph learns")
        for one in learners:
            one.forget()

    def learners(self) -> tuple[Learner, ...]:
        """What keeps a state."""
        return tuple(node.learner for node in self._nodes.values() if node.learner is not None)

    def _node(self, name: str) -> Node:
        if name not in self._nodes:
            raise NotFound(f"there is no node '{name:.60}'; there are {', '.join(list(self._nodes)[:20])}")
        return self._nodes[name]

    def _wanted(self, request: Request, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Those that the caller wants, or else those that the graph's document promises."""
        wanted = request.outputs or self._options.outputs
        if not wanted:
            return tensors
        missing = [name for name in wanted if name not in tensors]
        if missing:
            raise Internal(f"the graph gave no output '{missing[0]}', but {', '.join(tensors)}")
        return {name: tensors[name] for name in wanted}

    async def _completed(self, lesson: Lesson) -> Lesson:
        """With what is remembered of the answer. Raises BadInput where nothing says which branch gave it."""
        entry = None
        if self.ledger is not None and lesson.id:
            entry = await self.ledger.recall(lesson.id)
        if entry is None:
            if self._chooses and not lesson.routing:
                known = (
                    f"no answer with the puid '{lesson.id:.80}' is remembered" if lesson.id else "it has no meta.puid"
                )
                raise BadInput(f"feedback must say which branch answered: it has no meta.routing, and {known}")
            return lesson
        return replace(
            lesson,
            routing={**entry["routing"], **lesson.routing},
            notes={**entry["notes"], **lesson.notes},
            response=lesson.response if lesson.response is not None else _tensors(entry.get("answer")),
            rows=entry["rows"],
        )


def _named(nodes: Iterable[Node]) -> dict[str, Node]:
    """By name, or by key where the name is another's already."""
    found: dict[str, Node] = {}
    for node in nodes:
        found[node.key if node.name in found else node.name] = node
    return found


_MAX_VALUES: Final = 512
"""More values than this of an answer never fit the ledger: they are not even written down."""
_NOT_KEPT: Final = ("JSON", "BF16")


def _entry(request: Request, answer: Response, trail: Trail) -> dict[str, Any]:
    entry: dict[str, Any] = {"routing": trail.routing, "notes": trail.notes, "rows": _rows(request)}
    kept = {}
    size = 0
    for name, tensor in answer.tensors.items():
        array = tensor.array
        size += array.size
        if size > _MAX_VALUES:
            return entry
        if tensor.dtype not in _NOT_KEPT and not _has_bytes(tensor):
            kept[name] = (tensor.dtype, array.shape, array.ravel().tolist())
    entry["answer"] = kept
    return entry


def _has_bytes(tensor: Tensor) -> bool:
    return tensor.dtype == "BYTES" and any(type(value) is not str for value in tensor.array.flat)


def _rows(request: Request) -> int:
    for tensor in request.tensors.values():
        return tensor.array.shape[0] if tensor.array.ndim else 1
    return 1


def _tensors(answer: Mapping[str, Any] | None) -> Mapping[str, Tensor] | None:
    if not answer:
        return None
    made = {}
    for name, (dtype, shape, values) in answer.items():
        flat = objects(values) if dtype == "BYTES" else Tensor.of(values, dtype).array
        made[name] = Tensor(dtype, flat.reshape(shape))
    return made
