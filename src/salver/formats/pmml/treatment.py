"""The MiningSchema's treatments: what becomes of a value that is missing, invalid, or an outlier.

Order: missing, invalid, outliers. Specification: MiningSchema.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.formats.pmml.dictionary import DataField
from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.values import read, shown_as

_INVALID: Final = ("returnInvalid", "asIs", "asMissing", "asValue")
_MISSING: Final = ("asIs", "asMean", "asMode", "asMedian", "asValue", "returnInvalid")
_OUTLIERS: Final = ("asIs", "asMissingValues", "asExtremeValues")
_TARGETS: Final = ("target", "predicted")
_INPUTS: Final = ("active", "group", "order", "frequencyWeight", "analysisWeight")
_SUPPLEMENTARY: Final = "supplementary"


@dataclass(frozen=True, slots=True)
class MiningField:
    """One field of a MiningSchema."""

    name: str
    usage: str
    element: Element
    optype: str
    invalid: str
    """invalidValueTreatment."""
    invalid_replacement: str | None
    missing: str
    """missingValueTreatment."""
    replacement: str | None
    """missingValueReplacement."""
    outliers: str
    low: float | None
    high: float | None

    @property
    def is_target(self) -> bool:
        return self.usage in _TARGETS

    @property
    def is_input(self) -> bool:
        return self.usage in _INPUTS

    @property
    def changes_values(self) -> bool:
        """Whether it does more than refuse what is invalid."""
        return self.replacement is not None or self.missing == "returnInvalid" or self.outliers != "asIs"


def read_schema(model: Element) -> dict[str, MiningField]:
    """A model's MiningSchema. Raises BadInput for two fields of one name."""
    schema = model.first("MiningSchema")
    fields: dict[str, MiningField] = {}
    for element in schema.all("MiningField") if schema is not None else ():
        field = _mining_field(element)
        if field.name in fields:
            element.refuse(f"there are two mining fields {short(field.name)}")
        fields[field.name] = field
    return fields


def _mining_field(element: Element) -> MiningField:
    outliers = element.choice("outliers", _OUTLIERS, "asIs")
    invalid = element.choice("invalidValueTreatment", _INVALID, "returnInvalid")
    replacement = element.attributes.get("invalidValueReplacement")
    if invalid == "asValue" and replacement is None:
        element.refuse("invalidValueTreatment=asValue needs an invalidValueReplacement")
    return MiningField(
        name=element.want("name"),
        usage=element.choice("usageType", (*_INPUTS, _SUPPLEMENTARY, *_TARGETS), "active"),
        element=element,
        optype=element.get("optype"),
        invalid=invalid,
        invalid_replacement=replacement,
        missing=element.choice("missingValueTreatment", _MISSING, "asIs"),
        replacement=element.attributes.get("missingValueReplacement"),
        outliers=outliers,
        low=element.number("lowValue", None),
        high=element.number("highValue", None),
    )


class Treatment:
    """What one mining field does to a column. Owns nothing; called from several threads."""

    __slots__ = ("_data", "_field", "_invalid_value", "_missing_value", "_rules", "changes_values", "is_idle")

    def __init__(self, rules: MiningField, data: DataField, field: Field) -> None:
        self._rules, self._data, self._field = rules, data, field
        self._invalid_value = self._constant(rules.invalid_replacement)
        self._missing_value = self._constant(rules.replacement)
        self.is_idle = not (data.has_rules or rules.changes_values)
        """Whether nothing is ever to be done to a value of the right type."""
        self.changes_values = rules.changes_values

    def __call__(self, column: Array, frame: Frame, raw: list[Any] | None = None, broken: Array | None = None) -> Array:
        """The column, treated. It is not written to.

        `raw` is what came, for messages; `broken` marks the entries that could not be read (missing in `column`)."""
        if self._data.missing:
            gone = self._says_nothing(column, raw)
            column = _put(column, gone, None)
            broken = None if broken is None else broken & ~gone
        invalid = self._invalid(column, broken)
        if invalid.any():
            column = self._treat_invalid(column, invalid, frame, raw)
        if self._rules.outliers != "asIs" and column.dtype != object:
            column = np.where(invalid, column, self._treat_outliers(column))
        return self._treat_missing(column, frame, invalid if self._rules.invalid == "asIs" else None)

    def _constant(self, text: str | None) -> Any:
        if text is None:
            return None
        try:
            return read(text, self._data.type)
        except ValueError:
            self._rules.element.refuse(f"replacement {short(text)} is no {self._data.type}")

    def _says_nothing(self, column: Array, raw: list[Any] | None) -> Array:
        """Which entries are one of the texts that mean that there is no value."""
        shown = raw if raw is not None else [shown_as(value, self._data.type) for value in column.tolist()]
        return np.array([_says(value, self._data.missing, self._data.type) for value in shown], bool)

    def _invalid(self, column: Array, broken: Array | None) -> Array:
        if self._data.valid or self._data.intervals or self._data.invalid:
            with np.errstate(invalid="ignore"):
                invalid = ~(self._data.is_valid(column) | _missing(column))
        else:
            invalid = np.zeros(len(column), bool)
        return invalid if broken is None else invalid | broken

    def _treat_invalid(self, column: Array, invalid: Array, frame: Frame, raw: list[Any] | None) -> Array:
        match self._rules.invalid:
            case "asMissing":
                return _put(column, invalid, None)
            case "asValue":
                return _put(column, invalid, self._invalid_value)
            case "asIs":
                frame.invalid[self._field.index] = invalid
                return column
            case _:
                frame.doubt(self._field, invalid, lambda row: self._reason(column, raw, row))
                return _put(column, invalid, None)

    def _reason(self, column: Array, raw: list[Any] | None, row: int) -> str:
        value = raw[row] if raw is not None else shown_as(column[row], self._data.type)
        rule = "invalidValueTreatment is returnInvalid"
        return f"field '{self._data.name}': {value!r:.80} is invalid, wanted {self._data} ({rule})"

    def _treat_outliers(self, column: Array) -> Array:
        low, high = self._rules.low, self._rules.high
        low, high = -np.inf if low is None else low, np.inf if high is None else high
        if self._rules.outliers == "asExtremeValues":
            clipped: Array = np.clip(column, low, high)
            return clipped
        with np.errstate(invalid="ignore"):
            return np.where((column < low) | (column > high), np.nan, column)

    def _treat_missing(self, column: Array, frame: Frame, kept: Array | None) -> Array:
        if self._missing_value is None and self._rules.missing != "returnInvalid":
            return column
        missing = _missing(column)
        if kept is not None:
            missing &= ~kept
        if not missing.any():
            return column
        if self._rules.missing == "returnInvalid":
            reason = f"field '{self._data.name}' is missing (missingValueTreatment is returnInvalid)"
            frame.doubt(self._field, missing, lambda row: reason)
            return column
        return _put(column, missing, self._missing_value)


def _says(value: Any, words: frozenset[str], type_: str) -> bool:
    """Whether a value is one of the texts that mean that there is none: `-1` also where it came as -1.0."""
    if value is None or value != value:
        return False
    if str(value) in words:
        return True
    if type_ == "string":
        return False
    for word in words:
        try:
            if read(word, type_) == read(value, type_):
                return True
        except ValueError:
            continue
    return False


def _missing(column: Array) -> Array:
    if column.dtype == object:
        return np.array([value is None for value in column.tolist()], bool)
    missing: Array = column != column
    return missing


def _put(column: Array, where: Array, value: Any) -> Array:
    if not where.any():
        return column
    column = column.copy()
    column[where] = np.nan if value is None and column.dtype != object else value
    return column
