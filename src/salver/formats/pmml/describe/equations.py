"""The equations of regression models as plain data: which terms they add up, and what each weighs.

Specification: Regression; General Regression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Field
from salver.formats.pmml.kernel import Model
from salver.formats.pmml.models.columns import number_field, referred_number
from salver.formats.pmml.models.linear import Coding, Power, Term
from salver.formats.pmml.models.parameters import Parameters
from salver.formats.pmml.predicates import constant
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import written

Refer: TypeAlias = Callable[[Element, Scope], Field]
"""The field that a FieldRef means, once what is missing is replaced."""

_OWN_LINKS: Final = {
    "multinomialLogistic": "softmax",
    "CoxRegression": "hazard",
    "regression": "identity",
    "generalLinear": "identity",
}


@dataclass(frozen=True, slots=True)
class Weighted:
    """One term: a product of factors, and what it weighs."""

    name: str
    """In words: `age`, `sex = male`, `age ^ 2`."""
    factors: Term
    weight: float


@dataclass(frozen=True, slots=True)
class Equation:
    """One sum."""

    label: Any
    """The class that it is of, as columns hold it; None for a number."""
    intercept: float
    terms: tuple[Weighted, ...]


@dataclass(frozen=True, slots=True)
class Equations:
    """All sums of a model, and what becomes of them."""

    link: str
    """The normalisation method, or the link function whose inverse is taken."""
    all: tuple[Equation, ...]


def equations_of(model: Model, classes: Sequence[Any], refer: Refer = referred_number) -> Equations:
    """The equations of a model, one a class that has one, in the order of its kernel's classes; () for a number."""
    if model.element.tag == "RegressionModel":
        return _regression(model, classes, refer)
    return _general_regression(model, classes)


def _regression(model: Model, classes: Sequence[Any], refer: Refer) -> Equations:
    tables = list(model.element.all("RegressionTable"))
    link = model.element.get("normalizationMethod", "none")
    if not classes:
        return Equations(link, (_of_table(tables[0], None, model.scope, refer),))
    by_label = {model.target.label(table.get("targetCategory"), table): table for table in tables}
    return Equations(link, tuple(_of_table(by_label[label], label, model.scope, refer) for label in classes))


def _of_table(table: Element, label: Any, scope: Scope, refer: Refer) -> Equation:
    terms = table.all("NumericPredictor", "CategoricalPredictor", "PredictorTerm")
    return Equation(label, table.number("intercept"), tuple(_predictor(term, scope, refer) for term in terms))


def _predictor(predictor: Element, scope: Scope, refer: Refer) -> Weighted:
    factors: Term
    match predictor.tag:
        case "NumericPredictor":
            field = number_field(predictor.want("name"), predictor, scope)
            factors = (Power(field, predictor.number("exponent", 1.0)),)
        case "CategoricalPredictor":
            field = scope.field(predictor.want("name"), predictor)
            factors = (Coding(field, ((constant(predictor.want("value"), field, predictor), 1.0),), missing=0.0),)
        case _:
            factors = tuple(Power(refer(reference, scope), 1.0) for reference in predictor.all("FieldRef"))
    return Weighted(_words(factors), factors, predictor.number("coefficient"))


def _general_regression(model: Model, classes: Sequence[Any]) -> Equations:
    element = model.element
    kind = element.want("modelType")
    parameters = Parameters(model)
    link = _OWN_LINKS.get(kind) or element.get("cumulativeLink" if kind == "ordinalMultinomial" else "linkFunction")
    labels: Sequence[Any] = (None,)
    if classes:
        # The last of ordered classes, and the other one of two, is the rest.
        labels = classes if kind == "multinomialLogistic" else classes[:-1]
    return Equations(link, tuple(_of_class(model, parameters, label, kind, classes) for label in labels))


def _of_class(model: Model, parameters: Parameters, label: Any, kind: str, classes: Sequence[Any]) -> Equation:
    element = model.element
    if kind == "multinomialLogistic" and label == _reference(model, parameters, classes):
        return Equation(label, 0.0, ())
    intercept = element.number("offsetValue", 0.0)
    terms = []
    variable = element.attributes.get("offsetVariable")
    if variable is not None:
        terms.append(Weighted(variable, (Power(number_field(variable, element, model.scope), 1.0),), 1.0))
    for weight in parameters.weights:
        if label is None or weight.category is None or weight.category == label:
            factors = parameters.term(weight.parameter, weight.category if label is None else label)
            if factors:
                terms.append(Weighted(_words(factors), factors, weight.beta))
            else:
                intercept += weight.beta
    return Equation(label, intercept, tuple(terms))


def _reference(model: Model, parameters: Parameters, classes: Sequence[Any]) -> Any:
    """The class whose equation is 0: the one that is named so, else the one without parameters."""
    text = model.element.attributes.get("targetReferenceCategory")
    if text is not None:
        return model.target.label(text, model.element)
    weighed = {weight.category for weight in parameters.weights}
    return next((label for label in classes if label not in weighed), None)


def _words(factors: Term) -> str:
    return " * ".join(_factor(factor) for factor in factors)


def _factor(factor: Power | Coding) -> str:
    if isinstance(factor, Power):
        return factor.field.name if factor.exponent == 1 else f"{factor.field.name} ^ {factor.exponent:g}"
    if len(factor.numbers) > 1:
        return f"{factor.field.name} (contrast)"
    return f"{factor.field.name} = {written(factor.numbers[0][0], factor.field.type)}"
