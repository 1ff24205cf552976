"""Linear predictors: sums of weighted terms, each a product of powers of numbers and codings of categories.

Plain numbers go through one product of matrices, categories on their own through tables, only what is left is
multiplied term by term.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.models.columns import Numbers, as_the_door_has_them
from salver.formats.pmml.models.lookup import Lookup
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import MISSING


@dataclass(frozen=True, slots=True)
class Power:
    """A number to a power."""

    field: Field
    exponent: float

    def compile(self) -> Callable[[Frame], Array]:
        field, exponent = self.field, self.exponent
        if exponent == 1:
            return lambda frame: frame.column(field)
        if exponent == 0:
            # NumPy has NaN to the power of 0 as 1; here what is missing stays so.
            return lambda frame: frame.column(field) * 0.0 + 1.0
        return lambda frame: frame.column(field) ** exponent


@dataclass(frozen=True, slots=True)
class Coding:
    """A number for each value of a field."""

    field: Field
    numbers: tuple[tuple[Any, float], ...]
    """By value."""
    missing: float
    other: float = 0.0
    """For values that are not listed."""

    def rows(self) -> Array:
        return np.array([self.missing, self.other, *(number for _, number in self.numbers)])

    def compile(self) -> Callable[[Frame], Array]:
        return Lookup(self.field, [value for value, _ in self.numbers], self.rows())


Term: TypeAlias = tuple[Power | Coding, ...]
"""A product. The empty one is 1: an intercept."""
INTERCEPT: Final[Term] = ()
_MAX_WEIGHTS: Final = 1 << 24
"""Terms times sums: a document may name many of each without a weight for every pair."""


class Terms:
    """Collects the terms of one or more sums, then compiles them together. `place` is the element that has them."""

    __slots__ = ("_outputs", "_place", "_weights")

    def __init__(self, outputs: int, place: Element) -> None:
        self._outputs = outputs
        self._place = place
        self._weights: dict[Term, Array] = {}

    def add(self, term: Term, output: int, weight: float) -> None:
        """Adds to one of the sums. Raises Unsupported once all weights together are too many."""
        weights = self._weights.get(term)
        if weights is None:
            if len(self._weights) * self._outputs > _MAX_WEIGHTS:
                self._place.unsupported(f"more than {_MAX_WEIGHTS:,} weights: terms, times sums of them")
            weights = self._weights[term] = np.zeros(self._outputs)
        weights[output] += weight

    def compile(self, scope: Scope) -> Linear:
        constant = self._weights.get(INTERCEPT, np.zeros(self._outputs))
        single = {term[0]: weights for term, weights in self._weights.items() if len(term) == 1}
        plain = {factor.field: weights for factor, weights in single.items() if _is_plain(factor)}
        fields = as_the_door_has_them(plain, scope)
        rest = {term: weights for term, weights in self._weights.items() if len(term) > 1 or _is_curved(term)}
        return Linear(
            constant,
            Numbers(fields, scope) if fields else None,
            np.array([plain[field] for field in fields]).T.copy(),
            _lookups({factor: weights for factor, weights in single.items() if isinstance(factor, Coding)}),
            [[factor.compile() for factor in term] for term in rest],
            np.array(list(rest.values())),
        )


class Linear:
    """The sums: [rows, outputs], NaN where a number is missing. It may warn of overflow: call it within
    `np.errstate`."""

    __slots__ = (
        "_alone",
        "_constant",
        "_constants",
        "_lookups",
        "_numbers",
        "_product_weights",
        "_products",
        "_weights",
    )

    def __init__(
        self,
        constant: Array,
        numbers: Numbers | None,
        weights: Array,
        lookups: list[Lookup],
        products: list[list[Callable[[Frame], Array]]],
        product_weights: Array,
    ) -> None:
        self._constant = constant
        self._constants: list[float] = constant.tolist()
        self._numbers = numbers
        self._alone: tuple[Field, list[float]] | None = None
        if numbers is not None and len(numbers.fields) == 1:
            self._alone = (numbers.fields[0], weights[:, 0].tolist())
        self._weights = weights
        self._lookups = lookups
        self._products = products
        self._product_weights = product_weights

    def __call__(self, frame: Frame) -> Array:
        if self._numbers is not None:
            total = _weighed(self._numbers(frame), self._weights)
            total += self._constant
        else:
            total = np.empty((frame.rows, len(self._constant)))
            total[:] = self._constant
        for lookup in self._lookups:
            total += lookup(frame)
        if self._products:
            total += _weighed(self._multiplied(frame), self._product_weights.T)
        return total

    @property
    def is_quick(self) -> bool:
        """Whether `one` may be asked: nothing in it can overflow but the sums themselves."""
        return not self._products

    def one(self, frame: Frame) -> list[float]:
        """The sums of a frame of one row."""
        if self._lookups or self._numbers is None:
            sums: list[float] = self(frame)[0].tolist()
            return sums
        if self._alone is not None:
            # What another model says, mostly: it has a short way too, and a product of matrices of one number is none.
            field, weights = self._alone
            number = frame.single(field)
            if number is None:
                number = MISSING
            return [constant + number * weight for constant, weight in zip(self._constants, weights, strict=True)]
        row = self._numbers(frame)[0]
        if len(self._weights) == 1:
            # Unlike `dot` it does not warn of overflow, which is cheaper than to hush it.
            return [float(np.vdot(self._weights, row)) + self._constants[0]]
        with np.errstate(all="ignore"):
            sums = self._weights.dot(row).tolist()
        return [total + constant for total, constant in zip(sums, self._constants, strict=True)]

    def _multiplied(self, frame: Frame) -> Array:
        columns = np.empty((frame.rows, len(self._products)))
        for place, factors in enumerate(self._products):
            column = factors[0](frame)
            for factor in factors[1:]:
                column = column * factor(frame)
            columns[:, place] = column
        return columns


def _weighed(columns: Array, weights: Array) -> Array:
    """The columns times the weights of each sum: [rows, sums]."""
    if columns.shape[1] == 1:
        # A product of matrices may make nought of NaN times nought where each has but one column.
        single: Array = columns * weights[:, 0]
        return single
    # Rows side by side in memory, as there are more of them than sums.
    product: Array = weights.dot(columns.T).T
    return product


def _is_plain(factor: Power | Coding) -> bool:
    return isinstance(factor, Power) and factor.exponent == 1


def _is_curved(term: Term) -> bool:
    return len(term) == 1 and isinstance(term[0], Power) and term[0].exponent != 1


def _lookups(codings: dict[Coding, Array]) -> list[Lookup]:
    """One table for each field: what all its codings add to the sums, by value."""
    by_field: dict[Field, dict[Coding, Array]] = {}
    for coding, weights in codings.items():
        by_field.setdefault(coding.field, {})[coding] = weights
    return [_lookup(field, mine) for field, mine in by_field.items()]


def _lookup(field: Field, codings: dict[Coding, Array]) -> Lookup:
    places: dict[Any, int] = {}
    for coding in codings:
        for value, _ in coding.numbers:
            places.setdefault(value, len(places) + 2)
    rows = np.zeros((len(places) + 2, len(next(iter(codings.values())))))
    for coding, weights in codings.items():
        numbers = np.full(len(rows), coding.other)
        numbers[0] = coding.missing
        for value, number in coding.numbers:
            numbers[places[value]] = number
        rows += np.outer(numbers, weights)
    return Lookup(field, list(places), rows)
