"""The DataDictionary: what each field of a document may be. Specification: DataDictionary."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array
from salver.formats.pmml.values import KINDS, read, shown_as


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of numbers; an absent margin is infinite."""

    low: float
    high: float
    closed_low: bool
    closed_high: bool

    @property
    def least(self) -> float:
        """The smallest double within."""
        return self.low if self.closed_low else math.nextafter(self.low, math.inf)

    @property
    def most(self) -> float:
        """The largest double within."""
        return self.high if self.closed_high else math.nextafter(self.high, -math.inf)

    def __str__(self) -> str:
        return f"{'[' if self.closed_low else '('}{self.low:g}, {self.high:g}{']' if self.closed_high else ')'}"


@dataclass(frozen=True, slots=True)
class DataField:
    """One field of the dictionary. Values are held as columns of its type hold them."""

    name: str
    type: str
    optype: str
    element: Element
    valid: tuple[Any, ...] = ()
    """The values listed as valid, in order."""
    missing: frozenset[str] = frozenset()
    """Texts that mean that there is no value."""
    invalid: frozenset[Any] = frozenset()
    intervals: tuple[Interval, ...] = ()
    display: str = ""

    @property
    def kind(self) -> str:
        return KINDS[self.type]

    @property
    def is_text(self) -> bool:
        return self.type == "string"

    @property
    def has_rules(self) -> bool:
        """Whether a value of the right type can still be invalid, or mean that there is none."""
        return bool(self.valid or self.missing or self.invalid or self.intervals)

    def is_valid(self, column: Array) -> Array:
        """Which values of a column (none of them missing) are valid."""
        listed = self._listed(column)
        within = np.zeros(len(column), bool)
        for interval in self.intervals:
            within |= (column >= interval.least) & (column <= interval.most)
        valid: Array = listed | within if self.valid or self.intervals else np.ones(len(column), bool)
        if self.invalid:
            valid &= ~_among(column, self.invalid)
        return valid

    def _listed(self, column: Array) -> Array:
        return _among(column, frozenset(self.valid))

    def __str__(self) -> str:
        """What is wanted, in words: `double in [0, 10]`, `string, one of 'a', 'b'`."""
        words = [str(interval) for interval in self.intervals]
        if self.valid:
            shown = [repr(shown_as(value, self.type)) for value in self.valid[:10]]
            words.append("one of " + ", ".join(shown) + (", ..." if len(self.valid) > 10 else ""))
        return f"{self.type} " + " or ".join(words) if words else self.type


def _among(column: Array, values: frozenset[Any]) -> Array:
    if column.dtype == object:
        return np.array([value in values for value in column.tolist()], bool)
    return np.isin(column, np.array(sorted(values), np.float64))


def read_dictionary(root: Element) -> dict[str, DataField]:
    """The fields of a document, by name. Raises BadInput for two of one name, and for what a field cannot be."""
    fields: dict[str, DataField] = {}
    dictionary = root.first("DataDictionary")
    for element in dictionary.all("DataField") if dictionary is not None else ():
        field = _data_field(element)
        if field.name in fields:
            element.refuse(f"there are two fields {short(field.name)}")
        fields[field.name] = field
    return fields


def _data_field(element: Element) -> DataField:
    type_ = element.get("dataType") or "string"
    if type_ not in KINDS:
        element.refuse(f"dataType={short(type_)} is not known here; wanted one of {', '.join(KINDS)}")
    optype = element.choice("optype", ("categorical", "ordinal", "continuous"), _natural_optype(type_))
    by_property: dict[str, list[str]] = {"valid": [], "invalid": [], "missing": []}
    for value in element.all("Value"):
        by_property[value.choice("property", ("valid", "invalid", "missing"), "valid")].append(value.want("value"))
    return DataField(
        element.want("name"),
        type_,
        optype,
        element,
        tuple(dict.fromkeys(_value(text, type_, element) for text in by_property["valid"])),
        frozenset(by_property["missing"]),
        frozenset(_value_or_text(text, type_) for text in by_property["invalid"]),
        tuple(interval(child, type_) for child in element.all("Interval")),
        element.get("displayName"),
    )


def _natural_optype(type_: str) -> str:
    return "categorical" if KINDS[type_] in ("text", "boolean") else "continuous"


def _value(text: str, type_: str, element: Element) -> Any:
    try:
        return read(text, type_)
    except ValueError:
        element.refuse(f"value {short(text)} is no {type_}")


def _value_or_text(text: str, type_: str) -> Any:
    try:
        return read(text, type_)
    except ValueError:
        return math.nan


def interval(element: Element, type_: str) -> Interval:
    """An Interval element; margins as columns of the type hold them. Raises BadInput for a margin that is none."""
    if KINDS[type_] == "text":
        element.refuse("texts have no intervals")
    closure = element.choice("closure", ("openOpen", "openClosed", "closedOpen", "closedClosed"))
    low, high = (
        _value(text, "double" if KINDS[type_] == "number" else type_, element) if text is not None else default
        for text, default in (
            (element.attributes.get("leftMargin"), -math.inf),
            (element.attributes.get("rightMargin"), math.inf),
        )
    )
    if low != low or high != high:
        element.refuse("a margin is no number")
    return Interval(float(low), float(high), closure.startswith("closed"), closure.endswith("Closed"))
