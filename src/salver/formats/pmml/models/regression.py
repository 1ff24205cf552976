"""RegressionModel. Specification: Regression."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array
from salver.formats.pmml.kernel import Kernel, Model
from salver.formats.pmml.models import links
from salver.formats.pmml.models.columns import number_field, referred_number
from salver.formats.pmml.models.linear import INTERCEPT, Coding, Linear, Power, Terms
from salver.formats.pmml.models.linear_kernels import Mean, Probabilities
from salver.formats.pmml.models.links import DISTRIBUTIONS, Inverse
from salver.formats.pmml.models.normalize import (
    SIMPLEMAX,
    SOFTMAX,
    Normalization,
    differences,
    in_single_precision,
    simplemax,
    two_classes,
    with_last,
)
from salver.formats.pmml.predicates import constant
from salver.formats.pmml.scope import Scope

_PREDICTORS: Final = ("NumericPredictor", "CategoricalPredictor", "PredictorTerm")
_SHARES: Final = ("simplemax", "softmax")
"""Methods that need something of every class."""
_METHODS: Final = ("none", "exp", *_SHARES, *DISTRIBUTIONS)
_ALONE: Final[dict[str, Inverse]] = {
    "none": links.identity,
    "softmax": links.logit,
    "exp": links.exp,
    **DISTRIBUTIONS,
}
"""For regression."""


def compile_regression(model: Model) -> Kernel:
    element = model.element
    tables = list(element.all("RegressionTable"))
    method = element.choice("normalizationMethod", _METHODS, "none")
    if model.is_classification:
        return _classifier(model, tables, method)
    if len(tables) != 1:
        element.refuse(f"regression needs one RegressionTable, there are {len(tables)}")
    if method not in _ALONE:
        element.refuse(f"normalizationMethod={method} is of classification alone")
    return Mean(_linear(tables, model.scope), _ALONE[method])


def _classifier(model: Model, tables: list[Element], method: str) -> Kernel:
    element, target = model.element, model.target
    if len(tables) < 2:
        element.refuse(f"classification needs a RegressionTable for each class, there are {len(tables)}")
    by_class: dict[Any, Element] = {}
    for table in tables:
        label = target.label(table.want("targetCategory"), table)
        if label in by_class:
            table.refuse(f"there are two tables of class {short(str(label))}")
        by_class[label] = table
    if target.optype == "ordinal" and all(label in target.levels for label in by_class):
        by_class = {label: by_class[label] for label in target.levels if label in by_class}
    is_ordinal = target.optype == "ordinal"
    normalization = _normalization(element, method, len(tables), is_ordinal=is_ordinal)
    if element.get("x-mathContext") == "float":
        normalization = in_single_precision(normalization)
    tables = list(by_class.values())
    has_rest = method not in _SHARES and (is_ordinal or len(tables) == 2 or method == "none")
    if has_rest and not list(tables[-1].all(*_PREDICTORS)):
        # The last class is what the others leave; its table matters only for what may be missing in it.
        tables.pop()
    return Probabilities(tuple(by_class), _linear(tables, model.scope), normalization)


def _normalization(element: Element, method: str, count: int, *, is_ordinal: bool) -> Normalization:
    """From what the tables give to probabilities."""
    if method == "exp":
        element.refuse("normalizationMethod=exp is of regression alone")
    if method in _SHARES:
        return SOFTMAX if method == "softmax" else SIMPLEMAX
    inverse = DISTRIBUTIONS.get(method, links.identity)
    if is_ordinal:
        return Normalization(lambda values: differences(inverse(values[:, : count - 1])))
    if count == 2:
        return two_classes(_clamp if method == "none" else inverse)
    if method == "none":
        return Normalization(lambda values: with_last(values[:, : count - 1]))
    if method != "logit":
        element.refuse(f"normalizationMethod={method} is for two classes or ordered ones, there are {count}")
    # Exporters write models of each class against the rest so.
    return Normalization(lambda values: simplemax(links.logit(values)))


def _clamp(values: Array) -> Array:
    return np.clip(values, 0.0, 1.0)


def _linear(tables: list[Element], scope: Scope) -> Linear:
    terms = Terms(len(tables), tables[0])
    for output, table in enumerate(tables):
        terms.add(INTERCEPT, output, table.number("intercept"))
        for predictor in table.all(*_PREDICTORS):
            _add(terms, output, predictor, scope)
    return terms.compile(scope)


def _add(terms: Terms, output: int, predictor: Element, scope: Scope) -> None:
    weight: float = predictor.number("coefficient")
    match predictor.tag:
        case "NumericPredictor":
            field = number_field(predictor.want("name"), predictor, scope)
            terms.add((Power(field, predictor.number("exponent", 1.0)),), output, weight)
        case "CategoricalPredictor":
            field = scope.field(predictor.want("name"), predictor)
            value = constant(predictor.want("value"), field, predictor)
            terms.add((Coding(field, ((value, 1.0),), missing=0.0),), output, weight)
        case _:
            fields = [referred_number(reference, scope) for reference in predictor.all("FieldRef")]
            if not fields:
                predictor.refuse("a PredictorTerm needs a FieldRef")
            terms.add(tuple(Power(field, 1.0) for field in fields), output, weight)
