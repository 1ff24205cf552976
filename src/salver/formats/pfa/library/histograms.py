"""stat.sample: histograms of one and of two dimensions. A histogram may keep what does not fall into a bin in fields of
its own: `underflow`, `overflow`, `nanflow`, `infflow`, and for two dimensions one for each corner and side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from salver.formats.pfa.avro.types import DOUBLE, INT, Array, Type
from salver.formats.pfa.errors import PFASemanticError
from salver.formats.pfa.library.core import divide
from salver.formats.pfa.library.registry import Call, Implementation, fail, typed
from salver.formats.pfa.library.samples import fields_of, has_field

State = Mapping[str, Any]
Place = int | str
"""The bin that a number falls into, or the flow."""
_MAX_BINS: Final = 2**20
"""A histogram that grows does not grow beyond it."""
_ERRORS: Final = ("wrong histogram size", "bad histogram range", "bad histogram scale", "bad histogram ranges")
_CORNERS: Final = tuple(
    f"{x}{y}flow" for x in ("under", "mid", "over") for y in ("under", "mid", "over") if (x, y) != ("mid", "mid")
)
_WAYS: Final[Sequence[Mapping[str, Type]]] = (
    {"numbins": INT, "low": DOUBLE, "high": DOUBLE},
    {"low": DOUBLE, "binsize": DOUBLE},
    {"ranges": Array(Array(DOUBLE))},
)
"""The fields that say where the bins are, one way or another."""


@typed(
    "stat.sample.fillHistogram",
    "(x: double, w: double, histogram: record A {numbins: int, low: double, high: double, values: array(double)}) -> A",
    "(x: double, w: double, histogram: record A {low: double, binsize: double, values: array(double)}) -> A",
    "(x: double, w: double, histogram: record A {ranges: array(array(double)), values: array(double)}) -> A",
    errors=dict(enumerate(_ERRORS, 14080)),
)
def _fill_histogram(call: Call) -> Implementation:
    record = call.letters["A"]
    if sum(fields_of(record).keys() >= way.keys() for way in _WAYS) != 1:
        ways = ", or ".join(" and ".join(map(repr, way)) for way in _WAYS)
        raise PFASemanticError(f"{record!r} must have {ways}, and only one of these")
    flows = _flows(record, ("underflow", "overflow", "nanflow", "infflow"))
    places: Callable[[float, State, bool], Sequence[Place]] = (_counted, _sized, _ranged)[call.signature]

    def compute(x: float, w: float, histogram: State) -> State:
        found = places(x, histogram, "infflow" in flows)
        filled = _added_to_flow(histogram, flows, found, w)
        bins = [place for place in found if isinstance(place, int)]
        if bins:
            values = list(histogram["values"])
            values.extend([0.0] * (bins[-1] + 1 - len(values)))
            for place in bins:
                values[place] += w
            filled["values"] = values
        return filled

    return compute


def _flows(record: Type, names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if has_field(record, name))


def _added_to_flow(histogram: State, flows: frozenset[str], places: Iterable[Place], w: float) -> dict[str, Any]:
    filled = dict(histogram)
    for place in places:
        if place in flows and isinstance(place, str):
            filled[place] += w
    return filled


def _bin(x: float, low: float, high: float, count: int) -> int:
    """Which of so many bins between two numbers holds a third, which lies between them."""
    place = divide(x - low, high - low) * count
    return min(math.floor(place), count - 1) if math.isfinite(place) else 0


def _counted(x: float, histogram: State, has_infflow: bool) -> Sequence[Place]:
    low, high, count = histogram["low"], histogram["high"], histogram["numbins"]
    if count < 1:
        fail(14082)
    if len(histogram["values"]) != count:
        fail(14080)
    if not (low < high and math.isfinite(low) and math.isfinite(high)):
        fail(14081)
    if has_infflow and math.isinf(x):
        return ("infflow",)
    if x != x:
        return ("nanflow",)
    return ("overflow",) if x >= high else ("underflow",) if x < low else (_bin(x, low, high, count),)


def _sized(x: float, histogram: State, has_infflow: bool) -> Sequence[Place]:
    """The histogram grows to hold the number. One without bins gets its first one, wherever the number lies, as in
    Hadrian and Titus."""
    low, size, count = histogram["low"], histogram["binsize"], len(histogram["values"])
    if not (size > 0.0 and math.isfinite(size)):
        fail(14082)
    if has_infflow and math.isinf(x):
        return ("infflow",)
    if x != x:
        return ("nanflow",)
    if x == math.inf:
        return ("overflow",)
    if x < low:
        return ("underflow",)
    place = divide(x - low, (low + size * count) - low) * count
    return (math.floor(place) if place < max(_MAX_BINS, count) else fail(14082),) if place == place else (0,)


def _ranged(x: float, histogram: State, has_infflow: bool) -> Sequence[Place]:
    """Ranges may overlap. What is in none of them is underflow."""
    ranges: Sequence[Sequence[float]] = histogram["ranges"]
    if len(histogram["values"]) != len(ranges):
        fail(14080)
    if not all(len(one) == 2 and one[0] < one[1] and all(map(math.isfinite, one)) for one in ranges):
        fail(14083)
    if has_infflow and math.isinf(x):
        return ("infflow",)
    if x != x:
        return ("nanflow",)
    return [place for place, (low, high) in enumerate(ranges) if low <= x < high] or ("underflow",)


@typed(
    "stat.sample.fillHistogram2d",
    "(x: double, y: double, w: double, histogram: record A {xnumbins: int, xlow: double, xhigh: double, "
    "ynumbins: int, ylow: double, yhigh: double, values: array(array(double))}) -> A",
    errors=dict(enumerate(_ERRORS[:3], 14090)),
)
def _fill_histogram_2d(call: Call) -> Implementation:
    flows = _flows(call.letters["A"], (*_CORNERS, "nanflow", "infflow"))

    def compute(x: float, y: float, w: float, histogram: State) -> State:
        columns, xlow, xhigh = (histogram[name] for name in ("xnumbins", "xlow", "xhigh"))
        rows, ylow, yhigh = (histogram[name] for name in ("ynumbins", "ylow", "yhigh"))
        _check_2d(histogram["values"], columns, rows)
        if not (xlow < xhigh and ylow < yhigh and all(map(math.isfinite, (xlow, xhigh, ylow, yhigh)))):
            fail(14091)
        if x != x or y != y:
            return _added_to_flow(histogram, flows, ("nanflow",), w)
        if "infflow" in flows and (math.isinf(x) or math.isinf(y)):
            return _added_to_flow(histogram, flows, ("infflow",), w)
        zone = f"{_zone(x, xlow, xhigh)}{_zone(y, ylow, yhigh)}flow"
        if zone != "midmidflow":
            return _added_to_flow(histogram, flows, (zone,), w)
        values = list(histogram["values"])
        column, row = _bin(x, xlow, xhigh, columns), _bin(y, ylow, yhigh, rows)
        values[column] = list(values[column])
        values[column][row] += w
        return {**histogram, "values": values}

    return compute


def _check_2d(values: Sequence[Sequence[float]], columns: int, rows: int) -> None:
    if columns < 1 or rows < 1:
        fail(14092)
    if len(values) != columns or any(len(column) != rows for column in values):
        fail(14090)


def _zone(x: float, low: float, high: float) -> str:
    return "over" if x >= high else "under" if x < low else "mid"
