"""A SeldonDeployment becomes a graph: its predictors side by side, its units as nodes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from salver.core.errors import BadInput
from salver.core.graphlike import NodeDescription
from salver.core.signature import select
from salver.graph.combiners.average import Average
from salver.graph.deployment.builtin import simple_model, simple_router
from salver.graph.deployment.reading import read_deployment
from salver.graph.deployment.spec import Deployment, Predictor, Unit
from salver.graph.flow import Flow, Intake, Placed
from salver.graph.graph import Graph, GraphOptions
from salver.graph.interface import signatures_of
from salver.graph.node import Node
from salver.graph.plan import Address
from salver.graph.routers.random_abtest import RandomAbTest
from salver.graph.routers.weighted import Weighted
from salver.graph.shadow import Shadow
from salver.graph.store import Store
from salver.opening.closing import close_all
from salver.opening.component.node import open_component
from salver.opening.far_unit import FarUnit
from salver.opening.hooks import asking, choosing, combining, servable_of
from salver.opening.place import OpenOptions, newest, open_at, text_of
from salver.opening.uris.budget import Fetch
from salver.opening.uris.fetching import fetch
from salver.opening.wiring import wire

_log: Final = logging.getLogger("salver.graph")
_ROLES: Final = {
    "PREDICT": "MODEL",
    "ROUTE": "ROUTER",
    "AGGREGATE": "COMBINER",
    "TRANSFORM_INPUT": "TRANSFORMER",
    "TRANSFORM_OUTPUT": "OUTPUT_TRANSFORMER",
}


def open_deployment(document: Path, options: OpenOptions, name: str) -> Graph:
    """The graph of a SeldonDeployment. What it says that has no meaning on one machine is logged, line by line.

    Raises BadInput with file, line and path, Unsupported for a server whose format is not known here.
    """
    deployment = read_deployment(text_of(document), str(document), options.places.components or "")
    for note in (*deployment.notes, *_unheeded(deployment)):
        _log.warning("%s", note)
    folder = options.state_dir
    store = Store(None if folder is None else folder / f"{name}.learnt")
    maker = _Maker(document.parent, options, store)
    try:
        flow, shadows = _flow(deployment, maker)
        signatures = signatures_of(flow, None, None)
    except BaseException:
        close_all(maker.made)
        store.close()
        raise
    learns = any(node.learn is not None or node.route is not None for node in maker.made)
    timeout_ms = deployment.tuning.rest_timeout_ms
    return Graph(
        flow,
        signatures,
        GraphOptions(budget_s=None if timeout_ms is None else timeout_ms / 1000),
        store.ledger if learns else None,
        partial(asyncio.to_thread, store.close),
        shadows,
    )


def _unheeded(deployment: Deployment) -> Iterator[str]:
    """What has a meaning here, but not yet for this kind of unit."""
    for predictor in deployment.predictors:
        for unit in predictor.graph.walk():
            if unit.logger is not None:
                yield f"{unit.place}.logger: not heeded: the option `record` of a model writes requests and answers"
            if unit.model_uri and unit.component is not None:
                yield f"{unit.place}.modelUri: not fetched: a user's class fetches what it needs by itself"


def _flow(deployment: Deployment, maker: _Maker) -> tuple[Flow, tuple[Shadow, ...]]:
    roots = {predictor.name: maker.make(predictor.graph, predictor) for predictor in deployment.predictors}
    serving = [one for one in deployment.predictors if not one.shadow]
    shadows = tuple(
        Shadow(roots[one.name], one.traffic / 100, Random())  # noqa: S311 - no secret
        for one in deployment.predictors
        if one.shadow
    )
    if len(serving) == 1:
        root = roots[serving[0].name]
    else:
        root = _split(deployment.name, serving, [roots[one.name] for one in serving], maker.store)
    return Flow([Placed(root.name, root, Intake())], Intake((Address(root.name),))), shadows


def _split(name: str, predictors: list[Predictor], roots: list[Node], store: Store) -> Node:
    """Predictors that share the traffic, as the ingress would let them."""
    arms = tuple(one.name for one in predictors)
    weights = {one.name: float(one.traffic) for one in predictors}
    # A slash, so that no unit is called the same.
    key = f"{name}/traffic"
    chooser = Weighted(weights)(arms, store.memory(key, "weighted", arms, 0), key, Random())  # noqa: S311 - no secret
    description = NodeDescription(key, "ROUTER", "traffic", children=tuple(root.name for root in roots))
    return Node(description, route=choosing(chooser), children=tuple(roots), told="traffic")


class _Maker:
    """Makes nodes of units."""

    def __init__(self, base: Path, options: OpenOptions, store: Store) -> None:
        self._base = base
        self._options = options
        self._root = options.places.models_root or ""
        self.store = store
        self.made: list[Node] = []

    def make(self, unit: Unit, predictor: Predictor) -> Node:
        """The unit, with all below it. Raises BadInput that says which it is, and where."""
        children = tuple(self.make(child, predictor) for child in unit.children)
        try:
            node = self._made(unit, children)
        except BadInput as fault:
            raise BadInput(f"{unit.place}: {fault.message}") from None
        node.children = children
        node.key = f"{predictor.name}/{unit.name}"
        node.told = unit.container.image if unit.container is not None and unit.container.image else _kind(unit)
        self.made.append(node)
        return node

    def _made(self, unit: Unit, children: tuple[Node, ...]) -> Node:
        if unit.remote is not None:
            return _far(unit, children)
        if unit.component is not None:
            return open_component(unit.component, unit.parameters, unit.name, methods=unit.hooks, children=children)
        return _BUILT_IN[unit.implementation](self, unit, children)

    def simple_model(self, unit: Unit, children: tuple[Node, ...]) -> Node:
        return Node(_describe(unit, children), transform_input=simple_model)

    def simple_router(self, unit: Unit, children: tuple[Node, ...]) -> Node:
        return Node(_describe(unit, children), route=simple_router)

    def abtest(self, unit: Unit, children: tuple[Node, ...]) -> Node:
        arms = tuple(child.name for child in children)
        memory = self.store.memory(unit.name, "random_abtest", arms, 0)
        ratio = unit.parameters.get("ratioA", 0.5)
        if not isinstance(ratio, (int, float)):
            raise BadInput(f"parameter ratioA must be a number, got {ratio!r:.60}")
        chooser = RandomAbTest(float(ratio))(arms, memory, unit.name, Random())  # noqa: S311 - no secret
        return Node(_describe(unit, children), route=choosing(chooser))

    def average(self, unit: Unit, children: tuple[Node, ...]) -> Node:
        combiner = Average()(children=tuple(child.name for child in children), name=unit.name)
        return Node(_describe(unit, children), combine=combining(combiner), keeps_answers=True)

    def tensorflow(self, unit: Unit, children: tuple[Node, ...]) -> Node:
        path = fetch(self._uri(unit.model_uri), self._options.cache_dir, Fetch(root=self._root))
        opened = open_at(newest(str(path)), self._options, unit.name)
        servable = servable_of(opened.model)
        signature_name, signature = select(servable.signatures, str(unit.parameters.get("signature_name", "")))
        description = _describe(unit, children, path=unit.model_uri, signatures=servable.signatures)
        ask = asking(servable, signature_name, signature)
        return Node(description, transform_input=ask, signature=signature, close=servable.aclose)

    def _uri(self, uri: str) -> str:
        """A path of this machine is relative to the root that such must lie in, or else to the document's folder."""
        return uri if "://" in uri or self._root else str(self._base / uri)


_BUILT_IN: Final = {
    "SIMPLE_MODEL": _Maker.simple_model,
    "SIMPLE_ROUTER": _Maker.simple_router,
    "RANDOM_ABTEST": _Maker.abtest,
    "AVERAGE_COMBINER": _Maker.average,
    "TENSORFLOW_SERVER": _Maker.tensorflow,
}


def _far(unit: Unit, children: tuple[Node, ...]) -> Node:
    assert unit.remote is not None  # noqa: S101 - asked before
    far = FarUnit(unit.remote.host, unit.remote.port, over_grpc=unit.remote.type == "GRPC")
    path = f"{unit.remote.host}:{unit.remote.port}"
    node = Node(_describe(unit, children, path=path))
    wire(node, far, unit.hooks)
    return node


def describe(unit: Unit) -> NodeDescription:
    """A unit, for people, before it is made."""
    return NodeDescription(
        unit.name, _role(unit), _kind(unit), _path(unit), tuple(child.name for child in unit.children)
    )


def _describe(unit: Unit, children: tuple[Node, ...], **more: Any) -> NodeDescription:
    return NodeDescription(unit.name, _role(unit), _kind(unit), children=tuple(one.name for one in children), **more)


def _role(unit: Unit) -> str:
    return next((role for hook, role in _ROLES.items() if hook in unit.hooks), "MODEL")


def _kind(unit: Unit) -> str:
    if unit.remote is not None:
        return "remote"
    return "component" if unit.component is not None else unit.implementation


def _path(unit: Unit) -> str:
    return unit.component or unit.model_uri or (f"{unit.remote.host}:{unit.remote.port}" if unit.remote else "")
