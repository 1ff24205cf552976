"""a: what the numbers in an array come to, and the values in its middle."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from salver.formats.pfa.avro.types import FLOATING, INT, Type
from salver.formats.pfa.library.arrays_order import Values, ranks, sorter
from salver.formats.pfa.library.core import bounded, power
from salver.formats.pfa.library.identity import identities
from salver.formats.pfa.library.registry import Call, Implementation, fail, function, typed
from salver.formats.pfa.library.sums import added
from salver.formats.pfa.values.floats import INT_MAX, LONG_MAX

Numbers = Sequence[float]
_NUMBERS: Final = "(a: array(any A of int long float double)) -> A"
_TO_ONE: Final = "(a: array(double)) -> double"


@typed("a.sum", _NUMBERS, errors={15400: "int overflow", 15401: "long overflow"})
def _sum(call: Call) -> Implementation:
    if call.ret in FLOATING:
        return added
    check = bounded(call.ret, 15400)
    return lambda a: check(sum(a))


def _multiplied(a: Numbers) -> float:
    product = 1.0
    for value in a:
        product *= value
    return product


@typed("a.product", _NUMBERS, errors={15410: "int overflow", 15411: "long overflow"})
def _product(call: Call) -> Implementation:
    if call.ret in FLOATING:
        return _multiplied
    check = bounded(call.ret, 15410)
    # The lowest number is one further from nought than the highest.
    largest = (INT_MAX if call.ret is INT else LONG_MAX) + 1

    def compute(a: Sequence[int]) -> int:
        """Only the end counts: with a nought in it, no product is too large. Without, it never gets smaller again."""
        if 0 in a:
            return 0
        product = 1
        for value in a:
            product *= value
            if not -largest <= product <= largest:
                break
        return check(product)

    return compute


def _ln(x: float) -> float:
    if x > 0.0:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


@function("a.lnsum", _TO_ONE)
def lnsum(a: Numbers) -> float:
    """The sum of the natural logarithms."""
    return added(map(_ln, a))


@function("a.mean", _TO_ONE)
def mean(a: Numbers) -> float:
    """The arithmetic mean; NaN of nothing."""
    return added(a) / len(a) if a else math.nan


@function("a.geomean", _TO_ONE)
def geomean(a: Numbers) -> float:
    """The geometric mean; NaN of nothing."""
    return power(_multiplied(a), 1.0 / len(a)) if a else math.nan


@function("a.logsumexp", _TO_ONE)
def logsumexp(a: Numbers) -> float:
    """The logarithm of the sum of the exponentials; NaN of nothing, and where one is infinite and the greatest."""
    if not a:
        return math.nan
    greatest = max(a)
    return math.log(added(math.exp(value - greatest) for value in a)) + greatest


def _middle(of: Type) -> Callable[[Values], Any]:
    """The value in the middle of some, of which there must be one. Where two are: their mean if they are floating
    numbers, else the first of them."""
    ordered, means = sorter(of), of in FLOATING

    def compute(a: Values) -> Any:
        values = ordered(a)
        half = len(values) // 2
        if len(values) % 2:
            return values[half]
        return (values[half - 1] + values[half]) / 2.0 if means else values[half - 1]

    return compute


@typed("a.median", "(a: array(any A)) -> A", errors={15450: "empty array"})
def _median(call: Call) -> Implementation:
    middle = _middle(call.ret)
    return lambda a: middle(a) if a else fail(15450)


@typed("a.mode", "(a: array(any A)) -> A", errors={15470: "empty array"})
def _mode(call: Call) -> Implementation:
    middle, keys = _middle(call.ret), identities(call.ret)

    def compute(a: Values) -> Any:
        """What is there most often; the median of all that are."""
        if not a:
            fail(15470)
        found = keys(a)
        counts: dict[Any, int] = {}
        for key in found:
            counts[key] = counts.get(key, 0) + 1
        most = max(counts.values())
        firsts = dict(zip(reversed(found), reversed(a), strict=True))
        return middle([firsts[key] for key, count in counts.items() if count == most])

    return compute


@typed("a.ntile", "(a: array(any A), p: double) -> A", errors={15460: "empty array", 15461: "p not a number"})
def _ntile(call: Call) -> Implementation:
    ranked, ordered, floating = ranks(call.ret), sorter(call.ret), call.ret in FLOATING

    def compute(a: Values, p: float) -> Any:
        """The value below which a part of all are. Between two floating numbers it is in proportion."""
        if not a:
            fail(15460)
        if p != p:
            fail(15461)
        if not 0.0 < p < 1.0:
            found = ranked(a)
            return a[found.index(min(found) if p <= 0.0 else max(found))]
        values = ordered(a)
        place = (len(values) - 1.0) * p
        below, above = math.floor(place), math.ceil(place)
        if below == above or not floating:
            return values[below]
        return values[below] * (above - place) + values[above] * (place - below)

    return compute
