"""Calls and replies that only graphs know: feedback, what was learnt from it, what nodes say of their health.

Part of `calls`, which has them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from salver.core.lesson import Lesson
from salver.core.servable import Headers, Request, Response
from salver.core.signature import Signature


@dataclass(slots=True)
class Feedback:
    """Tell a model how good an answer of it was. An empty model is the only one there is."""

    protocol: str
    model: str
    version: int | None
    label: str | None
    read: Callable[[Mapping[str, Signature]], Lesson]
    deadline: float | None = None
    headers: Headers = ()


@dataclass(slots=True)
class Route:
    """Ask a graph's root which branch it would take. Nothing below it is asked."""

    protocol: str
    model: str
    read: Callable[[Mapping[str, Signature]], tuple[Request, ...]]
    """One request."""
    headers: Headers = ()


@dataclass(slots=True)
class Combine:
    """Ask a graph's root to make one answer of several. Nothing below it is asked."""

    protocol: str
    model: str
    read: Callable[[Mapping[str, Signature]], tuple[Request, ...]]
    """The answers, as requests."""
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class NodeHealth:
    """What a node of a graph says of its health; of the whole graph where the node is empty."""

    model: str
    node: str = ""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the nodes of a graph have learnt from feedback."""

    model: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Have a node of a graph, or all where it is empty, begin to learn anew."""

    model: str
    node: str = ""


@dataclass(frozen=True, slots=True)
class FeedbackTaken:
    """It is learnt. `response` is the node's own answer to it, where it gave one."""

    model: str
    version: int
    response: Response | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """A branch by its index, -1 for all, -2 for none."""

    model: str
    branch: int


@dataclass(frozen=True, slots=True)
class Combined:
    model: str
    response: Response


@dataclass(frozen=True, slots=True)
class HealthTold:
    """In a node's own words: tensors, as in an answer."""

    response: Response


@dataclass(frozen=True, slots=True)
class LearntState:
    """By node name: what it is (`epsilon_greedy`), and for each context its arms with their numbers, JSON."""

    model: str
    version: int
    nodes: Mapping[str, Mapping[str, Any]]
