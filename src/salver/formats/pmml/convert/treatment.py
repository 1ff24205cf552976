"""A schema's treatments as nodes: missing, invalid, outliers, in the order of the engine's `treatment.py`.

ONNX refuses no single rows. Rows that a document refuses are answered as missing: where that is wished, or where only
the type of a number says so.
"""

from __future__ import annotations

import math
from typing import Any

from salver.formats.pmml.convert.columns import Column, Columns
from salver.formats.pmml.convert.graph import MISSING_TEXT
from salver.formats.pmml.dictionary import DataField
from salver.formats.pmml.element import short
from salver.formats.pmml.treatment import MiningField
from salver.formats.pmml.values import is_value, read


class Treating:
    """Treats columns. `lenient` is whether rows may be answered as missing that the document's rules refuse."""

    def __init__(self, columns: Columns, *, lenient: bool) -> None:
        self._columns = columns
        self._graph = columns.graph
        self._lenient = lenient

    def __call__(self, column: Column, mining: MiningField, data: DataField, *, fresh: bool) -> Column:
        """A column, treated. `fresh` is one that has just come in: its numbers may be none of its type."""
        masks: list[str] = []
        """Of rows that the document refuses."""
        broken = self._broken(column, data) if fresh else None
        if data.missing:
            column = self._blank(column, self._columns.among(column, _meaning_missing(data)))
        kept = None
        invalid = self._invalid(column, data, broken)
        if invalid is not None:
            self._check(mining, data)
            masks += [invalid] if mining.invalid == "returnInvalid" else []
            column = self._treat_invalid(column, mining, data, invalid, broken)
            kept = invalid if mining.invalid == "asIs" else None
        if mining.outliers != "asIs" and not column.is_text:
            column = self._treat_outliers(column, mining)
        if mining.missing == "returnInvalid":
            masks.append(self._columns.missing(column))
        column = self._treat_missing(column, mining, data, kept)
        for mask in masks:
            self._graph.refuses(mask, column.name)
        return column

    def _check(self, mining: MiningField, data: DataField) -> None:
        """Raises Unsupported for rules that refuse rows, unless their rows may be missing."""
        if mining.invalid != "returnInvalid":
            return
        if not self._lenient and (data.valid or data.intervals or data.invalid):
            mining.element.unsupported(
                f"field {short(data.name)} refuses rows in which it is not {data} (invalidValueTreatment is "
                "returnInvalid), which ONNX cannot; --invalid-as-missing answers such rows as missing"
            )

    def _broken(self, column: Column, data: DataField) -> str | None:
        """Which numbers are fractions where integers are wanted."""
        if data.kind != "number" or data.type in ("double", "float"):
            return None
        whole = self._graph.add("Equal", column.name, self._graph.add("Floor", column.name))
        return self._known(self._graph.add("Not", whole), column)

    def _known(self, mask: str, column: Column) -> str:
        return self._graph.add("And", mask, self._graph.add("Not", self._columns.missing(column)))

    def _invalid(self, column: Column, data: DataField, broken: str | None) -> str | None:
        """Which values are invalid; None where none can be."""
        masks = [] if broken is None else [broken]
        valid = [self._within(column, low, high) for low, high in ((each.least, each.most) for each in data.intervals)]
        self._columns.decides(column, [end for each in data.intervals for end in (each.low, each.high)])
        if data.valid:
            valid.append(self._columns.among(column, data.valid))
        if valid:
            masks.append(self._known(self._graph.add("Not", self._graph.any_of(valid)), column))
        unwanted = [value for value in data.invalid if value == value]
        if unwanted:
            masks.append(self._columns.among(column, unwanted))
        return self._graph.any_of(masks) if masks else None

    def _within(self, column: Column, low: float, high: float) -> str:
        graph = self._graph
        return graph.all_of(
            (graph.add("GreaterOrEqual", column.name, low), graph.add("LessOrEqual", column.name, high))
        )

    def _treat_invalid(
        self, column: Column, mining: MiningField, data: DataField, invalid: str, broken: str | None
    ) -> Column:
        if mining.invalid == "asValue":
            value = _constant(mining.invalid_replacement, data)
            return column.renamed(self._graph.where(invalid, self._operand(value), column.name))
        blank = broken if mining.invalid == "asIs" else invalid
        return column if blank is None else self._blank(column, blank)

    def _blank(self, column: Column, mask: str) -> Column:
        """A column that is missing in some rows."""
        nothing = self._operand(MISSING_TEXT if column.is_text else math.nan)
        return column.renamed(self._graph.where(mask, nothing, column.name), may_miss=True)

    def _treat_outliers(self, column: Column, mining: MiningField) -> Column:
        graph, name = self._graph, column.name
        margins = [
            (operator, end) for operator, end in (("Less", mining.low), ("Greater", mining.high)) if end is not None
        ]
        self._columns.decides(column, [end for _, end in margins])
        for operator, end in margins:
            beyond = graph.add(operator, column.name, float(end))
            name = graph.where(beyond, float(end) if mining.outliers == "asExtremeValues" else math.nan, name)
        return column.renamed(name, may_miss=column.may_miss or mining.outliers == "asMissingValues")

    def _treat_missing(self, column: Column, mining: MiningField, data: DataField, kept: str | None) -> Column:
        if mining.missing == "returnInvalid" and not self._lenient:
            mining.element.unsupported(
                f"field {short(data.name)} refuses rows in which it is missing (missingValueTreatment is "
                "returnInvalid), which ONNX cannot; --invalid-as-missing answers such rows as missing"
            )
        if mining.missing == "returnInvalid" or mining.replacement is None:
            return column
        missing = self._columns.missing(column)
        if kept is not None:
            missing = self._graph.add("And", missing, self._graph.add("Not", kept))
        value = _constant(mining.replacement, data)
        name = self._graph.where(missing, self._operand(value), column.name)
        return column.renamed(name, may_miss=kept is not None and column.may_miss)

    def _operand(self, value: Any) -> str | float:
        return self._graph.constant([value]) if isinstance(value, str) else float(value)


def _constant(text: str | None, data: DataField) -> Any:
    return read(text, data.type)


def _meaning_missing(data: DataField) -> list[Any]:
    """The values that mean that there is none, as a column holds them."""
    return [read(word, data.type) for word in sorted(data.missing) if is_value(word, data.type)]
