"""Outline: what a graph's document says of its nodes, read without loading any: for drawings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from salver import config
from salver.core.errors import BadInput
from salver.core.graphlike import NodeDescription
from salver.graph.deployment.reading import read_deployment
from salver.graph.plan import plan
from salver.graph.spec import GraphDocument, NodeSpec
from salver.opening.deployment import describe
from salver.opening.place import is_deployment, text_of

_ROLES: Final = {"router": "ROUTER", "combiner": "COMBINER", "transformer": "TRANSFORMER", "guard": "TRANSFORMER"}


def outline(document: Path) -> tuple[tuple[NodeDescription, ...], tuple[str, ...], tuple[str, ...]]:
    """Nodes, whose answer is the answer, and what is to be said beside. Raises BadInput with file, line and path."""
    text = text_of(document)
    if is_deployment(text):
        deployment = read_deployment(text, str(document))
        roots = [predictor.graph for predictor in deployment.predictors]
        nodes = tuple(describe(unit) for root in roots for unit in root.walk())
        return nodes, tuple(root.name for root in roots), deployment.notes
    read = config.read(GraphDocument, text, str(document))
    try:
        planned = plan({name: spec.wiring for name, spec in read.nodes.items()}, read.output)
    except BadInput as fault:
        raise BadInput(f"{document}: {fault.message}") from None
    steps = [node for step in planned.steps for node in _below(step.name, read.nodes)]
    return tuple(steps), tuple(address.step for address in planned.output), ()


def _below(name: str, specs: Mapping[str, NodeSpec]) -> Iterator[NodeDescription]:
    spec = specs[name]
    kind, path = _kind(spec)
    below = (*spec.children, *([spec.fallback] if spec.fallback is not None else []))
    yield NodeDescription(name, _ROLES.get(spec.work, "MODEL"), kind, path, below, spec.inputs)
    for child in below:
        yield from _below(child, specs)


def _kind(spec: NodeSpec) -> tuple[str, str]:
    """What it is, and what it is made of."""
    chosen = spec.router or spec.combiner or spec.transformer or spec.guard
    if chosen is not None:
        return chosen.chosen[0], ""
    path = spec.model or spec.component or spec.graph or (spec.remote.url if spec.remote is not None else "")
    return spec.work, path or ""
