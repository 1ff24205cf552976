"""Expressions that map the values of a field, as nodes: NormContinuous, NormDiscrete, Discretize, MapValues.

Specification: Transformations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from salver.formats.pmml.convert.columns import Column, Columns
from salver.formats.pmml.convert.graph import FIRST, MISSING, MISSING_TEXT, UNKNOWN
from salver.formats.pmml.dictionary import interval
from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array
from salver.formats.pmml.predicates import constant
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.tables import column_name, rows_of, table_of
from salver.formats.pmml.values import KINDS, is_value, read


def value_of(text: str, type_: str, place: Element) -> Any:
    """A value written in the document. Raises Unsupported for one of another type."""
    if not is_value(text, type_):
        place.unsupported(f"{short(text)} is no {type_}, as what it stands for is")
    return read(text, type_)


def operand(text: str, type_: str, place: Element, columns: Columns) -> str | float:
    """The same as an operand of a node."""
    value = value_of(text, type_, place)
    return columns.graph.constant([value]) if isinstance(value, str) else float(value)


def norm_continuous(element: Element, scope: Scope, columns: Columns, wanted: str) -> Column:
    """A piecewise linear function of a number."""
    graph = columns.graph
    column = columns.number(scope.field(element.want("field"), element), element)
    points = [(norm.number("orig"), norm.number("norm")) for norm in element.all("LinearNorm")]
    originals, norms = np.array(points).T
    columns.decides(column, originals.tolist())
    end, last = float(originals[-1]), float(norms[-1])
    # Where several points lie at the end, the end itself is what the line that comes there says.
    count = int(originals.searchsorted(end)) + 1
    originals, norms = originals[:count], norms[:count]
    start, low, slope = (
        _of_piece(table, originals, column, columns) for table in (originals, norms, _slopes(points, count))
    )
    value = graph.add("Add", graph.add("Mul", graph.add("Sub", column.name, start), slope), low)
    treatment = element.choice("outliers", ("asIs", "asMissingValues", "asExtremeValues"), "asIs")
    if treatment != "asIs":
        below, above = (float(norms[0]), last) if treatment == "asExtremeValues" else (math.nan, math.nan)
        value = graph.where(graph.add("Less", column.name, float(originals[0])), below, value)
        value = graph.where(graph.add("Greater", column.name, end), above, value)
    missing = element.number("mapMissingTo", None)
    if missing is not None:
        value = graph.where(graph.missing(value), float(missing), value)
    return Column(value, "double", missing is None and (column.may_miss or treatment == "asMissingValues"))


def _slopes(points: Sequence[tuple[float, float]], count: int) -> Array:
    """Of each piece; a piece without width, which no number is in, has none."""
    originals, norms = np.array(points[:count]).T
    widths = np.diff(originals)
    slopes: Array = np.where(widths > 0, np.diff(norms) / np.where(widths > 0, widths, 1.0), 0.0)
    return slopes if len(slopes) else np.zeros(1)


def _of_piece(table: Array, originals: Array, column: Column, columns: Columns) -> str:
    """A table's entry of the piece that a number lies in: as many inner points are not above it."""
    graph = columns.graph
    if len(originals) <= 2:
        return graph.constant(float(table[0]))
    reached = graph.add("GreaterOrEqual", graph.side_by_side([column.name]), originals[None, 1:-1])
    return graph.add("Gather", table, graph.sum(graph.cast(reached, "int64")), axis=0)


def norm_discrete(element: Element, scope: Scope, columns: Columns, wanted: str) -> Column:
    """1 where a field has a value, 0 where not."""
    field = scope.field(element.want("field"), element)
    column = columns.of(field)
    value = constant(element.want("value"), field, element)
    rows = np.array([0.0, element.number("mapMissingTo", math.nan), 1.0])
    name = columns.by_value(column, [value], rows)
    return Column(name, "double", column.may_miss and math.isnan(rows[MISSING]))


def discretize(element: Element, scope: Scope, columns: Columns, wanted: str) -> Column:
    """The value of the first bin that a number is in: the bins from the last to the first, each over those after it."""
    graph = columns.graph
    column = columns.number(scope.field(element.want("field"), element), element)
    bins = [(each, each.want("binValue")) for each in element.all("DiscretizeBin")]
    default, missing = element.attributes.get("defaultValue"), element.attributes.get("mapMissingTo")
    type_ = _type_of(element, [*(text for _, text in bins), default, missing], wanted)
    nothing = graph.filled(MISSING_TEXT if KINDS[type_] == "text" else math.nan)
    name = nothing if default is None else graph.filled(value_of(default, type_, element))
    for each, text in reversed(bins):
        within = interval(each.need("Interval"), column.type)
        columns.decides(column, [within.low, within.high])
        inside = graph.all_of(
            (graph.add("GreaterOrEqual", column.name, within.least), graph.add("LessOrEqual", column.name, within.most))
        )
        name = graph.where(inside, operand(text, type_, each, columns), name)
    absent = nothing if missing is None else operand(missing, type_, element, columns)
    name = graph.where(columns.missing(column), absent, name)
    return Column(name, type_, default is None or (missing is None and column.may_miss))


def map_values(element: Element, scope: Scope, columns: Columns, wanted: str) -> Column:
    """The row of a table whose column is what a field is."""
    pairs = list(element.all("FieldColumnPair"))
    if len(pairs) != 1:
        element.unsupported(f"MapValues of {len(pairs)} fields cannot be converted, only of one")
    field = scope.field(pairs[0].want("field"), pairs[0])
    column = columns.of(field)
    key, output = column_name(pairs[0].want("column")), column_name(element.want("outputColumn"))
    table: dict[Any, str | None] = {}
    for row in rows_of(table_of(element)):
        if key in row and is_value(row[key], field.type):
            table.setdefault(read(row[key], field.type), row.get(output))
    texts = [element.attributes.get("defaultValue"), element.attributes.get("mapMissingTo"), *table.values()]
    rows = _column(texts, _type_of(element, texts, wanted), element)
    may_miss = texts[UNKNOWN] is None or None in texts[FIRST:] or (texts[MISSING] is None and column.may_miss)
    return Column(columns.by_value(column, list(table), rows), _type_of(element, texts, wanted), may_miss)


def _type_of(element: Element, texts: Sequence[str | None], wanted: str) -> str:
    """The dataType of what a table gives: what it says, or is wanted, or its values are."""
    given = [text for text in texts if text is not None]
    candidates = [element.get("dataType"), wanted, "integer", "double"]
    return next((one for one in candidates if one and all(is_value(text, one) for text in given)), "string")


def _column(texts: Sequence[str | None], type_: str, place: Element) -> Any:
    if KINDS[type_] == "text":
        return [MISSING_TEXT if text is None else text for text in texts]
    return np.array([math.nan if text is None else value_of(text, type_, place) for text in texts])
