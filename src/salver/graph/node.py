"""Node: one place of a graph, and what it can do to a request there.

What a node is made of (its hooks) is one of four shapes, below. Each is given the whole request: tensors, id, headers,
and the trail, on which it may write. Tensors in and out are by name: a Seldon message has one, named by its kind
(`data`, `strData`, `binData`, `jsonData`); a model's answer has its outputs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from salver.core.graphlike import NodeDescription
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import Tensor
from salver.graph.patience import Patience

ALL: Final = -1
"""A route: every child."""
NONE: Final = -2
"""A route: no child, nor anything after it; the request's own tensors are the answer."""

Tensors: TypeAlias = Mapping[str, Tensor]
Transform: TypeAlias = Callable[[Request], Awaitable[Response]]
"""A model or a transformer: a request -> the tensors that go on. Rows must be neither dropped nor added by a
transformer."""
Route: TypeAlias = Callable[[Request], Awaitable[int]]
"""A router: a request -> the index of the child that answers it, ALL or NONE."""
Combine: TypeAlias = Callable[[Sequence[Response | None], Request], Awaitable[Response]]
"""A combiner: the children's answers, in their order -> one answer. The request is what the children were asked; an
answer that has not come is None."""
Learn: TypeAlias = Callable[[Lesson], Awaitable[Response | None]]
"""Learns from feedback. Raises BadInput, having learnt nothing, for a lesson that cannot be learnt from."""


class Chooser(Protocol):
    """A router that is plain arithmetic: never waits. What it may want to find again it notes in
    `request.trail.notes[name]`."""

    def choose(self, request: Request) -> int:
        """The index of a child, ALL or NONE."""


@runtime_checkable
class Learner(Protocol):
    """A node that learns."""

    def check(self, lesson: Lesson) -> None:
        """Raises BadInput for a lesson that cannot be learnt from."""

    def learn(self, lesson: Lesson) -> None:
        """Raises BadInput, having learnt nothing, for a lesson that cannot be learnt from."""

    def learnt(self) -> Mapping[str, Any]:
        """What it knows, for people: `{"kind": ..., "arms": [...names], "contexts": {context: [numbers of each arm]}}`,
        JSON."""

    def forget(self) -> None:
        """Begins anew."""


@runtime_checkable
class Combiner(Protocol):
    """A combiner that is plain arithmetic: never waits."""

    def combine(self, answers: Sequence[Response | None], request: Request) -> Response:
        """Raises GraphFault(204) for answers that do not go together, and says whose."""


class Transformer(Protocol):
    """A transformer that is plain arithmetic: never waits."""

    def transform(self, request: Request) -> Response:
        """Raises BadInput for what it cannot transform, and says which column, wanted and got."""


@dataclass(slots=True)
class Node:
    """A hook that is None does nothing: the request goes on as it is, to all children, and the first child's answer
    is the answer."""

    description: NodeDescription
    transform_input: Transform | None = None
    route: Route | None = None
    combine: Combine | None = None
    transform_output: Transform | None = None
    learn: Learn | None = None
    learner: Learner | None = None
    """What keeps a state that can be seen and reset, where the node does."""
    children: tuple[Node, ...] = ()
    care: Callable[[Node, Request, Callable[[Node, Request], Awaitable[Response]]], Awaitable[Response]] | None = None
    """A time limit, further tries (`care.py`)."""
    fallback: Node | None = None
    """Asked the same when this one has failed for good; not where the caller was wrong."""
    patience: Patience | None = None
    """How long a combiner waits for its children, where it does not wait for all."""
    is_enough: Callable[[Sequence[Response | None]], bool] | None = None
    """Whether a combiner need wait no longer."""
    in_turn: bool = False
    """Whether the children are asked one after another till one is good enough."""
    keeps_rows: bool = False
    """Whether its input's transformer must give a row for each row."""
    keeps_form: bool = False
    """Whether its input's transformer gives tensors of the names, dtypes and shapes that came."""
    keeps_answers: bool = False
    """Whether its combiner's answer has the form of its children's."""
    remembers: bool = False
    """Whether what passes changes what is said of what comes later, as with what learns from requests."""
    signature: Signature | None = None
    """Of a model: the signature by which it is asked."""
    told: str = ""
    """What it is, on the trail."""
    key: str = ""
    """What sets it apart from all other nodes of its graph, where its name does not."""
    health: Callable[[], Awaitable[Response]] | None = None
    close: Callable[[], Awaitable[None]] | None = None

    @property
    def name(self) -> str:
        return self.description.name


def absence(node: Node) -> str:
    """The note on a trail that a node had no part in the answer: it was not reached, failed, or was not waited for.
    Feedback is not for it, nor for those below it."""
    return f"{node.name}/absent"
