"""Nodes: what a graph's document says of a node, made into one."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from salver.core.errors import BadInput
from salver.core.graphlike import NodeDescription
from salver.core.lesson import Lesson
from salver.core.signature import select
from salver.formats.python_module import names_python
from salver.formats.table import Opened
from salver.graph.graph import Graph
from salver.graph.node import Combiner, Learner, Node
from salver.graph.spec import NodeSpec
from salver.graph.store import Store
from salver.lifecycle.sources.layout import file_of
from salver.opening.component.node import open_component
from salver.opening.far import Far
from salver.opening.hooks import (
    Yielding,
    asking,
    choosing,
    combining,
    learning,
    reconstructing,
    servable_of,
    transforming,
)
from salver.opening.place import OpenOptions, newest, open_at

_MAX_NESTED: Final = 8


@dataclass(frozen=True, slots=True)
class Within:
    """Where a graph lies: what it shares with those around it."""

    store: Store
    """What its nodes learn into."""
    prefix: str = ""
    """Before the names of its nodes, so that no two of all of them are the same."""
    documents: tuple[Path, ...] = ()
    """Of the graphs around it, its own last."""

    def deeper(self, prefix: str) -> Within:
        return Within(self.store, prefix, self.documents)

    def reading(self, document: Path) -> Within:
        """Raises BadInput for a graph that would hold itself, and for too many in each other."""
        whole = document.resolve()
        if whole in self.documents:
            chain = " -> ".join(path.name for path in (*self.documents, whole))
            raise BadInput(f"{document}: a graph cannot hold itself: {chain}")
        if len(self.documents) >= _MAX_NESTED:
            raise BadInput(f"{document}: graphs lie {_MAX_NESTED} deep in each other at most")
        return Within(self.store, self.prefix, (*self.documents, whole))


class Maker:
    """Makes the nodes of one document."""

    def __init__(self, base: Path, options: OpenOptions, within: Within) -> None:
        self._base = base
        self._options = options
        self._within = within
        self._prefix = within.prefix
        self.made: list[Node] = []
        """In the order in which they were made, so that they can be closed when a later one cannot be."""

    def make(self, name: str, spec: NodeSpec, children: tuple[Node, ...]) -> Node:
        """The node; `name` is its key in the document. Raises BadInput that says which it is."""
        try:
            node: Node = getattr(self, f"_{spec.work}")(self._prefix + name, spec, children)
        except BadInput as fault:
            raise BadInput(f"nodes.{name}: {fault.message}") from None
        node.children = children
        if spec.output_transformer is not None:
            _, options = spec.output_transformer.chosen
            node.transform_output = transforming(options(name=node.name))
        # As the document says it: where it lies on this machine is nobody's business.
        node.told = spec.model or spec.component or spec.graph or node.description.kind
        self.made.append(node)
        return node

    def _describe(
        self, name: str, role: str, kind: str, spec: NodeSpec, children: tuple[Node, ...], **more: Any
    ) -> NodeDescription:
        below = tuple(child.name for child in children)
        inputs = tuple(self._prefix + address for address in spec.inputs)
        return NodeDescription(name, role, kind, children=below, inputs=inputs, **more)

    def _path(self, path: str) -> str:
        if names_python(path) and not file_of(path).endswith(".py"):
            return path
        return str(self._base / path)

    def _model(self, name: str, spec: NodeSpec, children: tuple[Node, ...]) -> Node:
        assert spec.model is not None  # noqa: S101 - what it is
        return self._opened(name, spec, children, open_at(newest(self._path(spec.model)), self._options, name))

    def _opened(self, name: str, spec: NodeSpec, children: tuple[Node, ...], opened: Opened) -> Node:
        servable = servable_of(opened.model)
        signature_name, signature = select(servable.signatures, spec.signature)
        description = self._describe(
            name, "MODEL", opened.format, spec, children, path=opened.path, signatures=servable.signatures
        )
        ask = asking(servable, signature_name, signature)
        return Node(description, transform_input=ask, signature=signature, close=servable.aclose)

    def _graph(self, name: str, spec: NodeSpec, children: tuple[Node, ...]) -> Node:
        from salver.opening.graph import open_graph

        assert spec.graph is not None  # noqa: S101 - what it is
        path = Path(self._path(spec.graph))
        inner = open_graph(path, self._options, name, self._within.deeper(f"{name}/"))
        node = self._opened(name, spec, children, Opened("graph", inner, str(path)))
        node.learn = inner.learn
        node.learner = _Inner(inner)
        return node

    def _component(self, name: str, spec: NodeSpec, children: tuple[Node, ...]) -> Node:
        assert spec.component is not None  # noqa: S101 - what it is
        return open_component(
            self._path(spec.component), spec.args, name, children=children, inline=spec.inline, threads=spec.threads
        )

    def _remote(self, name: str, spec: NodeSpec, children: tuple[Node, ...]) -> Node:
        assert spec.remote is not None  # noqa: S101 - what it is
        far = Far(spec.remote, name)
        description = self._describe(name, "MODEL", "remote", spec, children, path=spec.remote.url)
        return Node(description, transform_input=far, close=far.aclose)

    def _router(self, name: str, spec: NodeSpec, children: tuple[Node, ...]) -> Node:
        assert spec.router is not None  # noqa: S101 - what it is
        kind, options = spec.router.chosen
        arms = tuple(child.name.removeprefix(self._prefix) for child in children)
        memory = self._within.store.memory(name, kind, arms, options.width)
        router = options(arms=arms, memory=memory, name=name, random=random.Random())  # noqa: S311 - no secret
        node = Node(self._describe(name, "ROUTER", kind, spec, children), route=choosing(router))
        if isinstance(router, Learner):
            node.learner, node.learn = router, learning(router)
        if isinstance(router, Combiner):
            node.combine, node.keeps_answers = combining(router), True
        return node

    def _combiner(self, name: str, spec: NodeSpec, children: tuple[Node, ...]) -> Node:
        assert spec.combiner is not None  # noqa: S101 - what it is
        kind, options = spec.combiner.chosen
        combiner = options(children=tuple(child.name for child in children), name=name)
        node = Node(self._describe(name, "COMBINER", kind, spec, children), combine=combining(combiner))
        node.patience, node.is_enough = combiner.patience, combiner.is_enough
        node.in_turn, node.keeps_answers = combiner.in_turn, combiner.keeps_form
        return node

    def _transformer(self, name: str, spec: NodeSpec, children: tuple[Node, ...]) -> Node:
        assert spec.transformer is not None  # noqa: S101 - what it is
        kind, options = spec.transformer.chosen
        transformer = options(name=name)
        description = self._describe(name, "TRANSFORMER", kind, spec, children)
        node = Node(description, transform_input=transforming(transformer), keeps_rows=True)
        if transformer.may_be_slow:
            hook = Yielding(transformer)
            node.transform_input, node.close = hook, hook.aclose
        node.keeps_form = transformer.keeps_form
        return node

    def _guard(self, name: str, spec: NodeSpec, children: tuple[Node, ...]) -> Node:
        assert spec.guard is not None  # noqa: S101 - what it is
        kind, options = spec.guard.chosen
        hook = Yielding(self._at_home(options)(name))
        description = self._describe(name, "TRANSFORMER", kind, spec, children)
        node = Node(description, transform_input=hook, close=hook.aclose)
        node.keeps_rows = node.keeps_form = node.remembers = True
        return node

    def _at_home(self, options: Any) -> Any:
        """The options of a guard, with the path of its reference as the document means it."""
        reference = getattr(options, "reference", None)
        if reference is None:
            return options
        return replace(options, reference=replace(reference, path=str(self._base / reference.path)))

    def _reconstruction(self, name: str, spec: NodeSpec, children: tuple[Node, ...]) -> Node:
        assert spec.reconstruction is not None  # noqa: S101 - what it is
        path = self._path(spec.reconstruction.model)
        servable = servable_of(open_at(newest(path), self._options, name).model)
        hook = reconstructing(servable, spec.reconstruction.judge(name), spec.reconstruction.output)
        description = self._describe(name, "TRANSFORMER", "reconstruction", spec, children, path=path)
        return Node(description, transform_input=hook, close=servable.aclose, keeps_rows=True, keeps_form=True)


class _Inner:
    """What the nodes of a graph in a graph have learnt, as one node's. They learn through the graph's own hook."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def check(self, lesson: Lesson) -> None:
        self._graph.check(lesson)

    def learn(self, lesson: Lesson) -> None:
        """Nothing by itself."""

    def learnt(self) -> Mapping[str, Any]:
        return {"kind": "graph", "nodes": self._graph.known()}

    def forget(self) -> None:
        for learner in self._graph.learners():
            learner.forget()
