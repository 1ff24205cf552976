"""What a graph offers beside answers: it learns, and it can be looked into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.signature import Signature


@dataclass(frozen=True, slots=True)
class NodeDescription:
    """One node of a graph, for people and for protocols that tell of them."""

    name: str
    role: str
    """MODEL, ROUTER, COMBINER, TRANSFORMER or OUTPUT_TRANSFORMER, Seldon's words."""
    kind: str
    """What it is: a format's name (`onnx`), or that of a node (`epsilon_greedy`)."""
    path: str = ""
    """What it was made of, where that is a file."""
    children: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    """Addresses of what it takes, where it says so: `normalise`, `normalise.outputs.scaled`."""
    signatures: Mapping[str, Signature] = field(default_factory=lambda: MappingProxyType({}))
    metadata: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """In its maker's own words (Seldon's `init_metadata`), JSON."""


@runtime_checkable
class Graphlike(Protocol):
    """The inside of a graph. Raises Faults only."""

    def describe(self) -> tuple[NodeDescription, ...]:
        """Its nodes, in the order in which a request comes to them."""

    async def learn(self, lesson: Lesson) -> Response | None:
        """Hands the lesson to the nodes that answered, children first; the answer is that of the root.

        Raises BadInput for a lesson that cannot be learnt from: then no node has learnt."""

    async def route(self, request: Request) -> int:
        """The branch that the root would take; -1 where it is no router."""

    async def combine(self, answers: Sequence[Request]) -> Response:
        """What the root makes of these. BadInput where it is no combiner."""

    async def health(self, node: str) -> Response:
        """What the node says of itself, or the root where it is empty. NotFound for one that is not there."""

    async def learnt(self) -> Mapping[str, Mapping[str, Any]]:
        """As `calls.LearntState.nodes`."""

    async def forget(self, node: str) -> None:
        """As `calls.Forget`."""
