"""Sums of one row, term by term: the equations of regressions, the points of scorecards.

Specification: Regression; General Regression; Scorecard.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from salver.formats.pmml.describe.equations import Equation, Weighted, equations_of
from salver.formats.pmml.describe.explanations import (
    Points,
    Sums,
    TracedCharacteristic,
    TracedSum,
    TracedTerm,
)
from salver.formats.pmml.describe.predicate_text import fields_of, predicate_text
from salver.formats.pmml.describe.tree_path import value_of
from salver.formats.pmml.element import Element
from salver.formats.pmml.expressions import compile_expression
from salver.formats.pmml.frame import Frame
from salver.formats.pmml.models.linear import Coding, Power
from salver.formats.pmml.predicates import TAGS, compile_predicate
from salver.formats.pmml.submodel import Compiled
from salver.formats.pmml.values import written

_SIGNS: Final = {"pointsAbove": 1.0, "pointsBelow": -1.0}


def number(value: float) -> float | None:
    """A number as plain data; None where it is missing."""
    return None if value != value else float(value)


# Regressions.


def sums(model: Compiled, frame: Frame) -> Sums:
    """The equations of a RegressionModel or GeneralRegressionModel, of the only row."""
    equations = equations_of(model.model, model.kernel.classes)
    with np.errstate(all="ignore"):
        return Sums(equations.link, tuple(_sum(equation, model, frame) for equation in equations.all))


def _sum(equation: Equation, model: Compiled, frame: Frame) -> TracedSum:
    terms = tuple(_term(term, frame) for term in equation.terms)
    parts = [math.nan if term.product is None else term.product for term in terms]
    label = "" if equation.label is None else written(equation.label, model.target.type) or ""
    return TracedSum(label, equation.intercept, terms, number(equation.intercept + sum(parts)))


def _term(term: Weighted, frame: Frame) -> TracedTerm:
    value = 1.0
    for factor in term.factors:
        value *= _factor(factor, frame)
    return TracedTerm(term.name, term.weight, number(value), number(value * term.weight))


def _factor(factor: Power | Coding, frame: Frame) -> float:
    return float(np.asarray(factor.compile()(frame)).reshape(-1)[0])


# Scorecards.


def points(model: Compiled, frame: Frame) -> Points:
    """The characteristics of a Scorecard, of the only row."""
    element = model.element
    traced = tuple(_characteristic(each, model, frame) for each in _characteristics(element))
    initial: float = element.number("initialScore", 0.0)
    scores = [math.nan if each.score is None else each.score for each in traced]
    return Points(initial, traced, number(sum(scores) + initial))


def _characteristics(element: Element) -> Iterator[Element]:
    return element.need("Characteristics").all("Characteristic")


def _characteristic(characteristic: Element, model: Compiled, frame: Frame) -> TracedCharacteristic:
    holding = next((each for each in characteristic.all("Attribute") if _holds(each, model, frame)), None)
    if holding is None:
        names = [name for each in characteristic.all("Attribute") for name in fields_of(each.need(*TAGS))]
        return TracedCharacteristic(characteristic.get("name"), "", _values(names, model, frame), None, "", None)
    predicate = holding.need(*TAGS)
    score = _score(holding, model, frame)
    baseline = _nearest("baselineScore", holding, characteristic, model.element)
    sign = _SIGNS[model.element.get("reasonCodeAlgorithm", "pointsBelow")]
    apart = None if baseline is None or score is None else sign * (score - float(baseline))
    reason = _nearest("reasonCode", holding, characteristic) or ""
    values = _values(list(fields_of(predicate)), model, frame)
    return TracedCharacteristic(characteristic.get("name"), predicate_text(predicate), values, score, reason, apart)


def _holds(attribute: Element, model: Compiled, frame: Frame) -> bool:
    return bool(compile_predicate(attribute, model.scope)(frame)[0][0])


def _score(attribute: Element, model: Compiled, frame: Frame) -> float | None:
    computed = attribute.first("ComplexPartialScore")
    if computed is None:
        return float(attribute.number("partialScore"))
    return number(compile_expression(computed.children[0], model.scope).compute(frame).item(0))


def _nearest(attribute: str, *elements: Element) -> str | None:
    """What the first of these elements says that says it."""
    return next((each.get(attribute) for each in elements if attribute in each.attributes), None)


def _values(names: list[str], model: Compiled, frame: Frame) -> dict[str, object]:
    return {name: value_of(name, model.scope, frame) for name in names}
