"""ModelVerification: rows that a document brings with the answers it expects, run when it is loaded.

A number passes within `precision` (relative, 1e-6) of what is expected, or where both lie within `zeroThreshold`
(1e-16) of nought; anything else must be equal. Specification: ModelVerification.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from salver.formats.pmml.document import Document
from salver.formats.pmml.element import Element
from salver.formats.pmml.tables import rows_of
from salver.formats.pmml.values import is_value, read

_PRECISION: Final = 1e-6
_ZERO: Final = 1e-16
_FINEST: Final = 1e-9
"""Precisions finer than this hang on the order of sums; a row that fails them but passes this is only warned of."""

_log: Final = logging.getLogger("salver")


@dataclass(frozen=True, slots=True)
class _Expected:
    """One VerificationField that is no input."""

    name: str
    column: str
    precision: float
    zero: float


def verify(document: Document, answer: Callable[[list[Mapping[str, Any]]], Mapping[str, Any]]) -> None:
    """Raises BadInput that names the first row and field whose answer is not what the document expects."""
    element = document.model.element.first("ModelVerification")
    if element is None:
        return
    fields = list(element.need("VerificationFields").all("VerificationField"))
    columns = {field.want("field"): _column(field) for field in fields}
    inputs = {name: column for name, column in columns.items() if name in document.door.names}
    expected = [_expected(field, columns) for field in fields if field.want("field") not in inputs]
    table = rows_of(element.need("InlineTable"))
    if not table:
        return
    answers = answer([{name: row[column] for name, column in inputs.items() if column in row} for row in table])
    for field in expected:
        got = answers.get(field.name)
        if got is None:
            continue
        for number, (row, value) in enumerate(zip(table, got.tolist(), strict=True)):
            _check(element, number, field, row.get(field.column), value)


def _column(field: Element) -> str:
    column = field.get("column") or field.want("field")
    return column.rpartition(":")[2]


def _expected(field: Element, columns: Mapping[str, str]) -> _Expected:
    name = field.want("field")
    return _Expected(name, columns[name], field.number("precision", _PRECISION), field.number("zeroThreshold", _ZERO))


def _check(element: Element, row: int, field: _Expected, wanted: str | None, got: Any) -> None:
    if wanted is None or _agrees(wanted, got, field.precision, field.zero):
        return
    if field.precision < _FINEST and _agrees(wanted, got, _FINEST, max(field.zero, 1e-12)):
        _log.warning(
            "model verification: row %d, field '%s': %s where %s is expected, within 1e-9", row, field.name, got, wanted
        )
        return
    element.refuse(f"model verification failed: row {row}, field '{field.name}': got {got!r}, expected {wanted!r}")


def _agrees(wanted: str, got: Any, precision: float, zero: float) -> bool:
    if got is None or got != got:
        return False
    if isinstance(got, bool):
        return is_value(wanted, "boolean") and bool(read(wanted, "boolean")) is got
    if not is_value(wanted, "double") or not is_value(got, "double"):
        return bool(wanted == got)
    expected, value = read(wanted, "double"), read(got, "double")
    if abs(expected) <= zero and abs(value) <= zero:
        return True
    low, high = sorted((expected * (1 - precision), expected * (1 + precision)))
    return bool(low <= value <= high)
