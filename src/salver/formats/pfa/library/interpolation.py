"""interp: bins, and what lies between the entries of a table."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from salver.formats.pfa.avro.types import Record
from salver.formats.pfa.library.core import divide
from salver.formats.pfa.library.registry import UNKNOWN, Call, Implementation, fail, typed
from salver.formats.pfa.library.sums import squared_distance
from salver.formats.pfa.values.convert import converter
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN

Entry = Mapping[str, Any]
Table = Sequence[Entry]
Between = tuple[Entry, Entry, bool]
"""Two entries, and whether the number lies between them."""
_SIGNATURES: Final = "(x: double, table: array(record R {{x: double, to: {to}}})) -> {ret}"


@typed(
    "interp.bin",
    "(x: double, numbins: int, low: double, high: double) -> int",
    "(x: double, origin: double, width: double) -> int",
    errors={22000: "bad histogram range", 22001: "bad histogram scale", 22002: "x out of range"},
)
def _bin(call: Call) -> Implementation:
    return (_counted_bin, _wide_bin)[call.signature]


def _counted_bin(x: float, count: int, low: float, high: float) -> int:
    if not low < high:
        fail(22000)
    if count < 1:
        fail(22001)
    if not low <= x < high:
        fail(22002)
    place = count * divide(x - low, high - low)
    return math.floor(place) if 0.0 <= place < count else fail(22002)


def _wide_bin(x: float, origin: float, width: float) -> int:
    if not math.isfinite(origin):
        fail(22000)
    if not width > 0.0:
        fail(22001)
    place = divide(x - origin, width)
    return math.floor(place) if math.isfinite(x) and INT_MIN <= place < INT_MAX + 1.0 else fail(22002)


@typed(
    "interp.nearest",
    "(x: double, table: array(record R {x: double, to: any T})) -> T",
    "(x: array(double), table: array(record R {x: array(double), to: any T})) -> T",
    "(x: any X1, table: array(record R {x: any X2, to: any T}), metric: fcn(X1, X2) -> double) -> T",
    errors={22010: "table must have at least one entry", 22011: "inconsistent dimensionality"},
)
def _nearest(call: Call) -> Implementation:
    if call.signature == 0:
        return lambda x, table: _closest(table, lambda entry: abs(x - entry["x"]))["to"]
    if call.signature == 1:
        return lambda x, table: _closest(table, lambda entry: _squared(x, entry["x"]))["to"]
    entry = call.letters["R"]
    step = converter(entry.types["x"], call.letters["X2"]) if isinstance(entry, Record) else None
    if step is None:
        return lambda x, table, metric: _closest(table, lambda entry: metric(x, entry["x"]))["to"]
    return lambda x, table, metric: _closest(table, lambda entry: metric(x, step(entry["x"])))["to"]


def _closest(table: Table, distance: Callable[[Entry], float]) -> Entry:
    """The entry with the least distance, the first of equals. NaN is never less, but the first entry may have it."""
    if not table:
        fail(22010)
    best, least = table[0], distance(table[0])
    for entry in table[1:]:
        away = distance(entry)
        if away < least:
            best, least = entry, away
    return best


def _squared(x: Sequence[float], y: Sequence[float]) -> float:
    return squared_distance(x, y) if len(x) == len(y) else fail(22011)


def _linear(name: str, ret: str, code: int, beyond: Callable[[float, Entry, Any], Any] | None) -> None:
    """Registers a linear interpolation. `beyond` says what it gives outside the table, of the number, the nearest entry
    and a function that goes on as inside: where it is None, that. `code` is the first of two."""

    @typed(
        name,
        _SIGNATURES.format(to="double", ret=ret.format("double")),
        _SIGNATURES.format(to="array(double)", ret=ret.format("array(double)")),
        errors={code: "table must have at least two distinct x values", code + 1: "inconsistent dimensionality"},
    )
    def make(call: Call) -> Implementation:
        find = _finder(call.constant(1), code)
        is_array = call.signature == 1
        tag = ("array" if is_array else "double") if ret.startswith("union") else ""

        def inside(x: float, one: Entry, two: Entry) -> Any:
            share = divide(x - one["x"], two["x"] - one["x"])
            value = (
                _mixed_all(share, one["to"], two["to"], code + 1) if is_array else _mixed(share, one["to"], two["to"])
            )
            return (tag, value) if tag else value

        def compute(x: float, table: Table) -> Any:
            one, two, is_between = find(x, table)
            if is_between or beyond is None:
                return inside(x, one, two)
            return beyond(x, one, lambda: inside(x, one, two))

        return compute


def _mixed(share: float, one: float, two: float) -> float:
    return (1.0 - share) * one + share * two


def _mixed_all(share: float, one: Sequence[float], two: Sequence[float], code: int) -> list[float]:
    if len(one) != len(two):
        fail(code)
    return [_mixed(share, first, second) for first, second in zip(one, two, strict=True)]


_linear("interp.linear", "{}", 22020, None)
_linear("interp.linearFlat", "{}", 22030, lambda _x, one, _inside: one["to"])
_linear("interp.linearMissing", "union(null, {})", 22040, lambda x, one, inside: inside() if one["x"] == x else None)


def _finder(table: Any, code: int) -> Callable[[float, Table], Between]:
    """What finds the two entries that a number lies between, or else the two nearest."""

    def search(x: float, table: Table) -> Between:
        below = [entry for entry in table if entry["x"] <= x]
        above = [entry for entry in table if entry["x"] > x]
        if below and above:
            return min(below, key=lambda entry: x - _x(entry)), min(above, key=lambda entry: _x(entry) - x), True
        return *_two_nearest(x, table, code), False

    if table is UNKNOWN or not all(math.isfinite(entry["x"]) for entry in table):
        return search
    firsts: dict[float, Entry] = {}
    for entry in table:
        firsts.setdefault(entry["x"], entry)
    places = sorted(firsts)
    entries = [firsts[place] for place in places]

    def look_up(x: float, table: Table) -> Between:
        at = bisect.bisect_right(places, x)
        return (entries[at - 1], entries[at], True) if 0 < at < len(places) else search(x, table)

    return look_up


def _x(entry: Entry) -> float:
    x: float = entry["x"]
    return x


def _two_nearest(x: float, table: Table, code: int) -> tuple[Entry, Entry]:
    """The nearest entry, and the nearest of those that are further off."""
    nearest = other = None
    least = less = math.nan
    for entry in table:
        away = abs(x - entry["x"])
        if nearest is None or away < least:
            nearest, other = entry, nearest
            least, less = away, least
        elif (other is None or away < less) and away != least:
            other, less = entry, away
    if nearest is None or other is None:
        fail(code)
    return nearest, other
