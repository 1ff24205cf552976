"""Values of PMML as plain Python: None (missing), bool, int, float, str, date, datetime. For the tests' interpreter."""

from __future__ import annotations

import datetime
import math
import re
import struct
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

Value = Any
"""None where missing; never NaN."""


class Refused(Exception):
    """The row must not be answered."""


class Invalid(Exception):
    """An expression has no result for what it was given."""


@dataclass(frozen=True)
class Variable:
    """What a name means in one row."""

    value: Value
    type: str
    levels: tuple[Value, ...] = ()
    """The valid values in the order of the dictionary: what is less than what on an ordinal field."""
    is_junk: bool = False
    """Whether it is a text that came for a field of another type and was let in: nobody may compute with it."""


def tag(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, *tags: str) -> list[Element]:
    """The children of these names, all without any, `Extension` aside."""
    return [child for child in element if tag(child) != "Extension" and (not tags or tag(child) in tags)]


def child(element: Element, *tags: str) -> Element | None:
    found = children(element, *tags)
    return found[0] if found else None


def single(value: float) -> float:
    """A number in single precision."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def read(value: Any, type_: str) -> Value:
    """A value of a request or a document by its dataType. Raises ValueError for what is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if type_ == "string":
        return write(value)
    if type_ == "boolean":
        words = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
        return words[write(value).lower()] if write(value).lower() in words else _refuse()
    if type_ == "date":
        return datetime.date.fromisoformat(write(value))
    if type_ == "dateTime":
        return datetime.datetime.fromisoformat(write(value))
    number = float(value)
    if math.isnan(number):
        return None
    if type_ == "float":
        return single(number)
    if type_ == "integer":
        return int(number) if math.isfinite(number) and number.is_integer() else _refuse()
    return number


def _refuse() -> Value:
    raise ValueError


def threshold(text: str, type_: str) -> Value:
    """What a document compares a field with: between two integers there are thresholds too."""
    return read(text, "double" if type_ == "integer" else type_)


def write(value: Any) -> str:
    """A value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value if isinstance(value, str) else repr(value)


def words(array: Element) -> list[str]:
    """The entries of an Array: apart by white space, or within quotes."""
    pairs = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', array.text or "")
    return [(quoted or bare).replace('\\"', '"') for quoted, bare in pairs]
