"""A graph's document becomes a graph, with all that its nodes name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from salver import config
from salver.core.errors import BadInput
from salver.core.tensor import TensorSpec
from salver.graph.care import Care
from salver.graph.expressions import compile_answers_condition
from salver.graph.flow import Flow, Intake, Placed
from salver.graph.graph import Graph, GraphOptions
from salver.graph.interface import check_joints, signatures_of
from salver.graph.node import Node
from salver.graph.plan import Plan, Step, plan
from salver.graph.spec import GraphDocument, NodeSpec, TensorOptions
from salver.graph.store import Store
from salver.opening.closing import close_all
from salver.opening.nodes import Maker, Within
from salver.opening.place import OpenOptions, text_of


def open_graph(document: Path, options: OpenOptions, name: str, within: Within | None = None) -> Graph:
    """The graph that a document describes. Raises BadInput with file, line and path, and leaves nothing open."""
    read = config.read(GraphDocument, text_of(document), str(document))
    try:
        planned = plan({key: spec.wiring for key, spec in read.nodes.items()}, read.output)
    except BadInput as fault:
        raise BadInput(f"{document}: {fault.message}") from None
    store = None if within is not None else _store(read, document, options, name)
    inside = (within or Within(store or Store(None))).reading(document)
    maker = Maker(document.parent, options, inside)
    try:
        flow = _flow(read, planned, maker)
        check_joints(flow)
        signatures = signatures_of(flow, _specs(read.inputs), _specs(read.outputs))
    except BaseException as error:
        close_all(maker.made)
        if store is not None:
            store.close()
        if isinstance(error, BadInput) and not error.message.startswith(str(document)):
            raise BadInput(f"{document}: {error.message}") from None
        raise
    learns = any(node.learn is not None for node in maker.made)
    return Graph(
        flow,
        signatures,
        GraphOptions(read.budget_s, read.request_path, tuple(read.outputs or ())),
        store.ledger if store is not None and learns else None,
        None if store is None else partial(asyncio.to_thread, store.close),
    )


def _store(read: GraphDocument, document: Path, options: OpenOptions, name: str) -> Store:
    folder = options.state_dir
    if read.state_dir is not None:
        folder = document.parent / read.state_dir
    return Store(None if folder is None else folder / f"{name}.learnt")


def _flow(read: GraphDocument, planned: Plan, maker: Maker) -> Flow:
    made: dict[str, Node] = {}

    def make(name: str) -> Node:
        if name not in made:
            spec = read.nodes[name]
            node = made[name] = maker.make(name, spec, tuple(make(child) for child in spec.children))
            node.care = None if spec.timeout_s is None and spec.retry is None else Care(spec.timeout_s, spec.retry)
            node.fallback = None if spec.fallback is None else make(spec.fallback)
        return made[name]

    steps = [Placed(step.name, make(step.name), _intake(step, read.nodes[step.name])) for step in planned.steps]
    return Flow(steps, Intake(planned.output, read.output_join, names=read.output_map))


def _intake(step: Step, spec: NodeSpec) -> Intake:
    return Intake(
        step.inputs,
        spec.join,
        spec.join_s,
        spec.tensor_map,
        step.triggers,
        spec.triggers_join,
        compile_answers_condition(spec.when) if spec.when else None,
        step.reads,
    )


def _specs(options: Mapping[str, TensorOptions] | None) -> Mapping[str, TensorSpec] | None:
    return None if options is None else {name: TensorSpec(one.dtype, one.shape) for name, one in options.items()}
