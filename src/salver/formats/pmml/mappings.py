"""Expressions that map the values of a field: NormContinuous, NormDiscrete, Discretize, MapValues.

Specification: Transformations. Each is a few steps for all rows: tables are made when the document is loaded.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from salver.formats.pmml.dictionary import Interval, interval
from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.functions.operand import Compute, Expression, converted, missing_of, of, of_field
from salver.formats.pmml.predicates import constant
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.tables import column_name, rows_of, table_of
from salver.formats.pmml.values import KINDS, MISSING, is_value, read

_OUTLIERS: Final = ("asIs", "asMissingValues", "asExtremeValues")


def compile_norm_continuous(element: Element, scope: Scope) -> Expression:
    """A piecewise linear function of a number."""
    number = _number(element, scope)
    norms = list(element.all("LinearNorm"))
    origins = np.array([norm.number("orig") for norm in norms], np.float64)
    values = np.array([norm.number("norm") for norm in norms], np.float64)
    if len(norms) < 2 or (np.diff(origins) < 0).any():
        element.refuse("NormContinuous needs two LinearNorm or more, in the order of orig")
    outliers = element.choice("outliers", _OUTLIERS, "asIs")
    compute = _PIECEWISE[outliers](number.compute, origins, values)
    missing = element.number("mapMissingTo", None)
    return of("double", compute if missing is None else _filled(compute, missing), number, warns=True)


def _number(element: Element, scope: Scope) -> Expression:
    """The field that is mapped, as a number."""
    return converted(of_field(scope.field(element.want("field"), element)), "double", element)


def _filled(compute: Compute, missing: float) -> Compute:
    def filled(frame: Frame) -> Array:
        column = compute(frame)
        return np.where(column != column, missing, column)

    return filled


def _extrapolated(source: Compute, origins: Array, values: Array) -> Compute:
    ends = values[-1]
    origins, values = _without_plateau(origins, values)
    if len(origins) < 2:
        return lambda frame: np.interp(source(frame), origins, values, right=ends)
    with np.errstate(all="ignore"):
        slopes = np.diff(values) / np.diff(origins)
    first, last = (origins[0], values[0], slopes[0]), (origins[-1], values[-1], slopes[-1])
    if len(origins) == 2:
        return lambda frame: (source(frame) - first[0]) * first[2] + first[1]

    def compute(frame: Frame) -> Array:
        column = source(frame)
        mapped = np.interp(column, origins, values, MISSING, MISSING)
        outside = mapped != mapped
        if outside.any():
            origin, value, slope = np.where((column < first[0])[:, None], first, last).T
            mapped = np.where(outside, (column - origin) * slope + value, mapped)
        return mapped

    return compute


def _dropped(source: Compute, origins: Array, values: Array) -> Compute:
    origins, values = _without_plateau(origins, values)
    return lambda frame: np.interp(source(frame), origins, values, MISSING, MISSING)


def _clamped(source: Compute, origins: Array, values: Array) -> Compute:
    ends = values[-1]
    origins, values = _without_plateau(origins, values)
    return lambda frame: np.interp(source(frame), origins, values, right=ends)


def _without_plateau(origins: Array, values: Array) -> tuple[Array, Array]:
    """Where several points lie at the end, the end itself is what the line that comes there says."""
    count = int(origins.searchsorted(origins[-1])) + 1
    return origins[:count], values[:count]


_PIECEWISE: Final[dict[str, Callable[[Compute, Array, Array], Compute]]] = {
    "asIs": _extrapolated,
    "asMissingValues": _dropped,
    "asExtremeValues": _clamped,
}


def compile_norm_discrete(element: Element, scope: Scope) -> Expression:
    """1 where a field has a value, 0 where not."""
    field = scope.field(element.want("field"), element)
    if element.get("method", "indicator") != "indicator":
        element.unsupported(f"method={short(element.get('method'))} is not supported; there is indicator")
    value = constant(element.want("value"), field, element)
    missing = element.number("mapMissingTo", MISSING)
    if field.kind == "text":
        return of("double", _by_code(field, {value: 1.0}, missing, 0.0, np.float64), of_field(field))

    gone = missing_of(of_field(field))

    def compute(frame: Frame) -> Array:
        found: Array = np.where(gone(frame), missing, frame.column(field) == value)
        return found

    return of("double", compute, of_field(field))


def _by_code(field: Field, entries: dict[str, Any], missing: Any, default: Any, dtype: Any) -> Compute:
    """What belongs to each value of a text field; the table is made when the vocabulary is whole."""
    codes = {field.vocabulary.code(text): entry for text, entry in entries.items()}
    made: list[Array] = []

    def compute(frame: Frame) -> Array:
        if not made:
            table = np.full(len(field.vocabulary), default, dtype)
            table[0] = missing
            for code, entry in codes.items():
                table[code] = entry
            made.append(table)
        found: Array = made[0].take(frame.codes(field))
        return found

    return compute


# Discretize.


def compile_discretize(element: Element, scope: Scope, wanted: str) -> Expression:
    """The value of the first bin that a number is in. Without a dataType it is of the type that is `wanted`, where
    its values are."""
    field = scope.field(element.want("field"), element)
    number = of_field(field) if field.kind != "text" else _number(element, scope)
    bins = list(element.all("DiscretizeBin"))
    texts = [bin_.want("binValue") for bin_ in bins]
    default, missing = element.attributes.get("defaultValue"), element.attributes.get("mapMissingTo")
    type_ = _type_of(element, [*texts, default, missing], wanted)
    ranges = [interval(bin_.need("Interval"), number.type) for bin_ in bins]
    edges = {edge for range_ in ranges for edge in (range_.low, range_.high) if np.isfinite(edge)}
    # What is said of a number changes at an edge, or right behind it.
    starts = sorted({start for edge in edges for start in (edge, float(np.nextafter(edge, np.inf)))})
    before = float(np.nextafter(starts[0], -np.inf)) if starts else 0.0
    table = [_entry(default, type_, element)] * (len(starts) + 1)
    for text, places in zip(texts, _first_of([before, *starts], ranges), strict=True):
        for place in places:
            table[place] = _entry(text, type_, element)
    # NaN comes last of all numbers: what is missing is found behind it.
    begins = np.array([*starts, MISSING])
    entries = _column([*table, _entry(missing, type_, element)], type_)
    source = number.compute
    return of(type_, lambda frame: entries.take(begins.searchsorted(source(frame), "right")), number)


def _first_of(points: list[float], ranges: list[Interval]) -> list[list[int]]:
    """For each range the places of the points that are in it, and in none before it. The points are in order."""
    # Where a place leads on to the next one that is in no range yet.
    after = list(range(len(points) + 1))
    found: list[list[int]] = []
    for range_ in ranges:
        end = bisect_right(points, range_.most)
        place = _open(after, bisect_left(points, range_.least))
        mine = []
        while place < end:
            mine.append(place)
            after[place] = place + 1
            place = _open(after, place + 1)
        found.append(mine)
    return found


def _open(after: list[int], place: int) -> int:
    while after[place] != place:
        after[place] = after[after[place]]
        place = after[place]
    return place


def _column(values: list[Any], type_: str) -> Array:
    column = np.empty(len(values), _dtype(type_))
    column[:] = values
    return column


def _dtype(type_: str) -> Any:
    return object if KINDS[type_] == "text" else np.float64


def _type_of(element: Element, texts: list[str | None], wanted: str) -> str:
    """The dataType of what a table gives."""
    if element.get("dataType"):
        return element.choice("dataType", tuple(KINDS))
    return wanted if wanted and all(text is None or is_value(text, wanted) for text in texts) else "string"


def _entry(text: str | None, type_: str, element: Element) -> Any:
    try:
        return read(text, type_)
    except ValueError:
        element.refuse(f"{short(str(text))} is no {type_}")


# MapValues.


def compile_map_values(element: Element, scope: Scope, wanted: str) -> Expression:
    """The row of a table whose columns are what fields are. Without a dataType it is of the type that is `wanted`,
    where its values are."""
    pairs = list(element.all("FieldColumnPair"))
    if not pairs:
        element.refuse("MapValues needs a FieldColumnPair")
    fields = [scope.field(pair.want("field"), pair) for pair in pairs]
    columns = [column_name(pair.want("column")) for pair in pairs]
    output = column_name(element.want("outputColumn"))
    rows = [row for row in rows_of(table_of(element)) if all(column in row for column in columns)]
    default, missing = element.attributes.get("defaultValue"), element.attributes.get("mapMissingTo")
    type_ = _type_of(element, [*(row.get(output) for row in rows), default, missing], wanted)
    entries: dict[Any, Any] = {}
    for row in rows:
        key = _key([row[column] for column in columns], fields)
        if key is not None:
            entries.setdefault(key, _entry(row.get(output), type_, element))
    ends = (_entry(missing, type_, element), _entry(default, type_, element))
    mapped = _mapped if len(fields) > 1 else _mapped_text if fields[0].kind == "text" else _mapped_number
    return of(type_, mapped(fields, entries, *ends, type_), *map(of_field, fields))


def _key(texts: list[str], fields: list[Field]) -> tuple[Any, ...] | None:
    """A row's values as the fields' columns hold them; None for what no value of theirs could be."""
    try:
        key = tuple(read(text, field.type) for text, field in zip(texts, fields, strict=True))
    except ValueError:
        return None
    return key if all(value == value for value in key) else None


def _mapped_text(fields: list[Field], entries: dict[Any, Any], missing: Any, default: Any, type_: str) -> Compute:
    by_text = {text: entry for (text,), entry in entries.items()}
    return _by_code(fields[0], by_text, missing, default, _dtype(type_))


def _mapped_number(fields: list[Field], entries: dict[Any, Any], missing: Any, default: Any, type_: str) -> Compute:
    field, behind = fields[0], len(entries)
    ordered, gone = sorted(entries.items()), missing_of(of_field(field))
    # A number that is not there is compared with the next one, or with NaN at the end, and does not equal it.
    places = np.array([*(number for (number,), _ in ordered), MISSING])
    table = _column([*(entry for _, entry in ordered), default, missing], type_)

    def compute(frame: Frame) -> Array:
        column = frame.column(field)
        found: Array = places.searchsorted(column)
        return table.take(np.where(places.take(found) == column, found, behind + gone(frame)))

    return compute


def _mapped(fields: list[Field], entries: dict[Any, Any], missing: Any, default: Any, type_: str) -> Compute:
    gone = [missing_of(of_field(field)) for field in fields]

    def compute(frame: Frame) -> Array:
        rows = zip(*(frame.column(field).tolist() for field in fields), strict=True)
        found = _column([entries.get(row, default) for row in rows], type_)
        return np.where(np.logical_or.reduce([test(frame) for test in gone]), missing, found)

    return compute
