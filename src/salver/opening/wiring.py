"""Wiring: what a unit of Seldon's is asked, a class here or a process elsewhere, on the node that stands for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from salver.graph.node import Node

if TYPE_CHECKING:
    from salver.opening.component.component import Component
    from salver.opening.far_unit import FarUnit


def wire(node: Node, unit: Component | FarUnit, hooks: Collection[str]) -> None:
    """Hangs those of the unit's hooks on the node that it is asked, by Seldon's words for them."""
    node.close = unit.aclose
    if "PREDICT" in hooks:
        node.transform_input = unit.predict
    elif "TRANSFORM_INPUT" in hooks:
        node.transform_input = unit.transform_input
        node.keeps_rows = True
    if "TRANSFORM_OUTPUT" in hooks:
        node.transform_output = unit.transform_output
    if "ROUTE" in hooks:
        node.route = unit.route
    if "AGGREGATE" in hooks:
        node.combine = unit.combine
    if "SEND_FEEDBACK" in hooks:
        node.learn = unit.learn
