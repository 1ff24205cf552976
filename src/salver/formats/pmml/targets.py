"""Targets: what becomes of a prediction before anybody sees it. Specification: Targets.

Numbers: clamped to min and max, rescaled, rounded. A prediction that is missing takes the default value, or the prior
probabilities.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array
from salver.formats.pmml.kernel import Kernel, Result, Target, best

_CASTS: Final[dict[str, Callable[[Array], Array]]] = {
    "round": lambda column: np.floor(column + 0.5),
    "ceiling": np.ceil,
    "floor": np.floor,
}


@dataclass(frozen=True, slots=True)
class Rescaling:
    """One Target element, compiled."""

    least: float | None
    most: float | None
    factor: float
    constant: float
    cast: Callable[[Array], Array] | None
    default: float | None
    priors: dict[Any, float]
    """By class."""
    displays: dict[Any, str]
    """displayValue by class."""

    def __call__(self, result: Result, kernel: Kernel) -> Result:
        """The result that everybody sees."""
        if result.value is not None and result.value.dtype != object:
            return replace(result, value=self.number(result.value))
        if result.winner is not None and self.priors:
            return self._with_priors(result, kernel)
        return result

    def one(self, value: float) -> float:
        """One numeric prediction."""
        if value != value or self.cast is not None:
            return float(self.number(np.array((value,)))[0])
        if self.least is not None and value < self.least:
            value = self.least
        if self.most is not None and value > self.most:
            value = self.most
        return value * self.factor + self.constant

    def number(self, column: Array) -> Array:
        """A column of numeric predictions."""
        if self.least is not None:
            column = np.maximum(column, self.least)
        if self.most is not None:
            column = np.minimum(column, self.most)
        if self.factor != 1:
            column = column * self.factor
        if self.constant:
            column = column + self.constant
        if self.cast is not None:
            column = self.cast(column)
        if self.default is not None:
            column = np.where(column != column, self.default, column)
        return column

    def _with_priors(self, result: Result, kernel: Kernel) -> Result:
        winner = result.winner
        if winner is None or not (winner < 0).any():
            return result
        priors = np.array([self.priors.get(label, 0.0) for label in kernel.classes])
        missing = winner < 0
        probability = result.probability
        if probability is None:
            probability = np.full((len(winner), len(priors)), np.nan)
        return replace(
            result,
            winner=np.where(missing, best(priors[None, :])[0], winner),
            probability=np.where(missing[:, None], priors, probability),
        )


def read_targets(model: Element, target: Target) -> Rescaling | None:
    """What the document says of a target; None where it says nothing."""
    targets = model.first("Targets")
    if targets is None:
        return None
    for element in targets.all("Target"):
        if element.get("field", target.name) == target.name or not target.name:
            return _rescaling(element, target)
    return None


def _rescaling(element: Element, target: Target) -> Rescaling:
    cast = element.choice("castInteger", ("", *_CASTS), "")
    default, priors, displays = None, {}, {}
    for value in element.all("TargetValue"):
        default = value.number("defaultValue", default)
        text = value.attributes.get("value")
        if text is None:
            continue
        label = target.label(text, value)
        prior = value.number("priorProbability", None)
        if prior is not None:
            priors[label] = prior
        if "displayValue" in value.attributes:
            displays[label] = value.get("displayValue")
    return Rescaling(
        element.number("min", None),
        element.number("max", None),
        element.number("rescaleFactor", 1.0),
        element.number("rescaleConstant", 0.0),
        _CASTS.get(cast),
        default,
        priors,
        displays,
    )
