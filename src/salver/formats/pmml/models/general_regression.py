"""GeneralRegressionModel: linear, generalized linear, multinomial, ordinal and Cox regression.

Specification: General Regression.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import short
from salver.formats.pmml.frame import Field, Frame
from salver.formats.pmml.kernel import NO_CLASSES, Kernel, Model, Result
from salver.formats.pmml.models import links
from salver.formats.pmml.models.columns import number_field
from salver.formats.pmml.models.hazard import Hazard, compile_hazard
from salver.formats.pmml.models.linear import INTERCEPT, Linear, Power, Terms
from salver.formats.pmml.models.linear_kernels import Mean, Probabilities
from salver.formats.pmml.models.links import DISTRIBUTIONS, compile_link
from salver.formats.pmml.models.normalize import SOFTMAX, Normalization, differences, two_classes
from salver.formats.pmml.models.parameters import Parameters

_NUMBERS: Final = ("regression", "generalLinear", "CoxRegression")
_CLASSES: Final = ("multinomialLogistic", "ordinalMultinomial")
_TYPES: Final = (*_NUMBERS, *_CLASSES, "generalizedLinear")


def compile_general_regression(model: Model) -> Kernel:
    element = model.element
    kind = element.choice("modelType", _TYPES)
    if kind in (_NUMBERS if model.is_classification else _CLASSES):
        element.refuse(f"modelType={kind} is none of functionName={model.function}")
    parameters = Parameters(model)
    if model.is_classification:
        return _COMPILERS[kind](model, parameters)
    if kind == "CoxRegression":
        return _cox(model, parameters)
    inverse = compile_link(element) if kind == "generalizedLinear" else links.identity
    mean, trials = Mean(_of_one(model, parameters), inverse), _trials(model)
    return mean if trials == 1 else _Count(mean, trials)


class _Count:
    """A mean, times the number of trials that it is counted in: a number, or a field."""

    __slots__ = ("_mean", "_trials")
    classes = NO_CLASSES
    entities = ()

    def __init__(self, mean: Mean, trials: float | Field) -> None:
        self._mean = mean
        self._trials = trials

    def __call__(self, frame: Frame) -> Result:
        trials = self._trials
        with np.errstate(all="ignore"):
            return Result(self._mean.of_rows(frame) * (frame.column(trials) if isinstance(trials, Field) else trials))


class _Cox:
    """The cumulative hazard at the end time."""

    __slots__ = ("_hazard", "_linear", "_reference")
    classes = NO_CLASSES
    entities = ()

    def __init__(self, linear: Linear, reference: float, hazard: Hazard) -> None:
        self._linear = linear
        self._reference = reference
        self._hazard = hazard

    def __call__(self, frame: Frame) -> Result:
        with np.errstate(all="ignore"):
            value = self._hazard(frame) * np.exp(self._linear(frame)[:, 0] - self._reference)
        return Result(value=value)


def _cox(model: Model, parameters: Parameters) -> Kernel:
    reference = sum(weight.beta * parameters.references[weight.parameter] for weight in parameters.weights)
    return _Cox(_of_one(model, parameters), reference, compile_hazard(model))


def _multinomial(model: Model, parameters: Parameters) -> Kernel:
    classes = _levels(model, parameters)
    reference = _reference(model, parameters, classes)
    return Probabilities(classes, _linear(model, parameters, classes, reference), SOFTMAX)


def _ordinal(model: Model, parameters: Parameters) -> Kernel:
    inverse = DISTRIBUTIONS[model.element.choice("cumulativeLink", tuple(DISTRIBUTIONS))]
    classes = _levels(model, parameters)
    if len(classes) < 2:
        model.element.refuse(f"ordinalMultinomial needs at least two ordered classes, there are {len(classes)}")
    normalization = Normalization(lambda eta: differences(inverse(eta)))
    return Probabilities(classes, _linear(model, parameters, classes[:-1]), normalization)


def _binary(model: Model, parameters: Parameters) -> Kernel:
    inverse = compile_link(model.element)
    classes = _levels(model, parameters)
    if len(classes) != 2:
        model.element.refuse(f"generalizedLinear is of two classes, there are {len(classes)}")
    reference = _reference(model, parameters, classes)
    first = classes[1] if classes[0] == reference else classes[0]
    return Probabilities((first, reference), _linear(model, parameters, (first,)), two_classes(inverse))


_COMPILERS: Final = {"multinomialLogistic": _multinomial, "ordinalMultinomial": _ordinal, "generalizedLinear": _binary}


def _levels(model: Model, parameters: Parameters) -> tuple[Any, ...]:
    """The classes in order: the target's values, else those that the model names, the reference last."""
    named = (*_weighed(parameters), *_named_reference(model))
    levels = model.target.levels or tuple(dict.fromkeys(named))
    if not model.target.levels and not _named_reference(model):
        model.element.refuse("neither the target's values are listed nor is there a targetReferenceCategory")
    for label in named:
        if label not in levels:
            model.element.refuse(f"class {short(str(label))} is not among the target's values")
    return levels


def _reference(model: Model, parameters: Parameters, classes: tuple[Any, ...]) -> Any:
    """The class whose equation is 0: the one that is named so, else the only one without parameters."""
    weighed = _weighed(parameters)
    found = _named_reference(model) or tuple(label for label in classes if label not in weighed)
    if len(found) != 1:
        model.element.refuse(f"targetReferenceCategory is missing: {len(found)} classes have no parameters")
    return found[0]


def _weighed(parameters: Parameters) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(weight.category for weight in parameters.weights if weight.category is not None))


def _named_reference(model: Model) -> tuple[Any, ...]:
    text = model.element.attributes.get("targetReferenceCategory")
    return () if text is None else (model.target.label(text, model.element),)


def _of_one(model: Model, parameters: Parameters) -> Linear:
    """The only equation, whatever class its parameters may name."""
    classes = _weighed(parameters)
    if len(classes) > 1:
        model.element.refuse(f"a number has one equation, here are parameters of {len(classes)} classes")
    return _linear(model, parameters, (None,))


def _linear(model: Model, parameters: Parameters, equations: Sequence[Any], reference: Any = None) -> Linear:
    """The sums, one for each equation: of a class, or None for one that takes the parameters of all."""
    element = model.element
    terms = Terms(len(equations), element)
    offset = element.attributes.get("offsetVariable")
    variable = None if offset is None else Power(number_field(offset, element, model.scope), 1.0)
    for output, label in enumerate(equations):
        if label is not None and label == reference:
            continue
        terms.add(INTERCEPT, output, element.number("offsetValue", 0.0))
        if variable is not None:
            terms.add((variable,), output, 1.0)
        for weight in parameters.weights:
            if label is None or weight.category is None or weight.category == label:
                category = weight.category if label is None else label
                terms.add(parameters.term(weight.parameter, category), output, weight.beta)
    return terms.compile(model.scope)


def _trials(model: Model) -> float | Field:
    element = model.element
    name = element.attributes.get("trialsVariable")
    if name is not None:
        return number_field(name, element, model.scope)
    return float(element.number("trialsValue", 1.0))
