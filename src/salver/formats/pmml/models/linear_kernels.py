"""Kernels whose answer is a function of linear predictors: a number, or probabilities of classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import NO_CLASSES, One, Result
from salver.formats.pmml.models.linear import Linear
from salver.formats.pmml.models.links import Inverse, of_one_number
from salver.formats.pmml.models.normalize import Normalization, winners


class Mean:
    """A number: the inverse of a link function, of one sum."""

    __slots__ = ("_inverse", "_linear", "_of_one", "is_quick")
    classes = NO_CLASSES
    entities = ()

    def __init__(self, linear: Linear, inverse: Inverse) -> None:
        self._linear = linear
        self._inverse = inverse
        self._of_one = of_one_number(inverse)
        self.is_quick = self._of_one is not None and linear.is_quick

    def __call__(self, frame: Frame) -> Result:
        with np.errstate(all="ignore"):
            return Result(self.of_rows(frame))

    def of_rows(self, frame: Frame) -> Array:
        """The numbers. It may warn of overflow: call it within `np.errstate`."""
        return self._inverse(self._linear(frame)[:, 0])

    def one(self, frame: Frame) -> One:
        total = self._linear.one(frame)[0]
        return total if self._of_one is None else self._of_one(total), None


class Probabilities:
    """Probabilities of classes, of one or more sums."""

    __slots__ = ("_linear", "_normalization", "classes", "is_quick")
    entities = ()

    def __init__(self, classes: tuple[Any, ...], linear: Linear, normalization: Normalization) -> None:
        self.classes = classes
        self._linear = linear
        self._normalization = normalization
        self.is_quick = normalization.of_one is not None and linear.is_quick
        """Whether `one` may be asked."""

    def __call__(self, frame: Frame) -> Result:
        with np.errstate(all="ignore"):
            probability = self._normalization.of_rows(self._linear(frame))
        return Result(winner=winners(probability), probability=probability)

    def one(self, frame: Frame) -> One:
        of_one = self._normalization.of_one
        shares = of_one(self._linear.one(frame)) if of_one is not None else ()
        largest = max(shares)
        # Of all comparisons only NaN's fail: where one is missing all are.
        return (shares.index(largest) if largest == largest else -1), shares
