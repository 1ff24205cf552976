"""Targets as nodes: what becomes of a prediction before anybody sees it. Specification: Targets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from salver.formats.pmml.convert.graph import Graph
from salver.formats.pmml.convert.said import Said
from salver.formats.pmml.element import Element
from salver.formats.pmml.kernel import best
from salver.formats.pmml.scope import Target
from salver.formats.pmml.targets import Rescaling, read_targets


def rescaled(said: Said, element: Element, target: Target, graph: Graph) -> Said:
    """What a model says once its Targets have been at it."""
    rules = read_targets(element, target)
    if rules is None:
        return said
    if said.classes:
        return _with_priors(said, rules, graph) if rules.priors and said.may_miss else said
    named = element.need("Targets").first("Target")
    rounding = "" if named is None else _rounding(element, target)
    return replace(
        said, value=_number(said.value, rules, rounding, graph), may_miss=said.may_miss and rules.default is None
    )


def _rounding(element: Element, target: Target) -> str:
    rules = element.need("Targets").all("Target")
    found = next((one for one in rules if one.get("field", target.name) == target.name or not target.name), None)
    return "" if found is None else found.get("castInteger")


def _number(value: str, rules: Rescaling, rounding: str, graph: Graph) -> str:
    for operator, end in (("Less", rules.least), ("Greater", rules.most)):
        if end is not None:
            value = graph.where(graph.add(operator, value, float(end)), float(end), value)
    if rules.factor != 1:
        value = graph.add("Mul", value, float(rules.factor))
    if rules.constant:
        value = graph.add("Add", value, float(rules.constant))
    match rounding:
        case "round":
            value = graph.add("Floor", graph.add("Add", value, 0.5))
        case "ceiling":
            value = graph.add("Ceil", value)
        case "floor":
            value = graph.add("Floor", value)
    if rules.default is not None:
        value = graph.where(graph.missing(value), float(rules.default), value)
    return value


def _with_priors(said: Said, rules: Rescaling, graph: Graph) -> Said:
    priors = np.array([rules.priors.get(label, 0.0) for label in said.classes])
    missing = graph.add("Less", said.winner, np.array(0))
    winner = graph.where(missing, np.array(int(best(priors[None, :])[0])), said.winner)
    probability = said.probability
    if probability:
        rows = graph.add("Unsqueeze", missing, np.array([1]))
        probability = graph.where(rows, priors[None, :], probability)
    return replace(said, winner=winner, probability=probability, may_miss=False)
