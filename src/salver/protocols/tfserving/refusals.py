"""Why values were refused, in TensorFlow Serving's words. Only looked at once reading has failed."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput, Unsupported
from salver.protocols.jsontensor import Mismatch, Ragged, to_tensor
from salver.protocols.tfserving.arrays import plain
from salver.protocols.tfserving.dtypes import SHORT, brackets

_MAX_QUOTED: Final = 256
_TYPES: Final = {int: "Number", float: "Number", str: "String", list: "Array", dict: "Object"}


def quoted(value: Any) -> str:
    """The beginning of a value as compact JSON; the rest is never written."""
    text = ""
    for piece in _ENCODER.iterencode(value):
        text += piece
        if len(text) > _MAX_QUOTED:
            return text[:_MAX_QUOTED]
    return text


def misformed(value: Any, complaint: str) -> BadInput:
    """The fault of a document whose outline is wrong."""
    return BadInput(f"JSON Value: {quoted(value)} {complaint}")


def signature_name(document: Any) -> str:
    """The member `signature_name` of a body, empty where there is none. Raises BadInput for what is no object."""
    if type(document) is not dict:
        raise misformed(document, "Is not object")
    name = document.get("signature_name", "")
    if type(name) is not str:
        raise misformed(document, "not formatted correctly. 'signature_name' key must be a string value.")
    return name


def unreadable(value: Any, dtype: str) -> Unsupported:
    """The fault of a dtype that has no JSON form, told of the first value."""
    value = plain(value)
    while type(value) is list and value:
        value = value[0]
    return Unsupported(f"Conversion of JSON Value: {quoted(value)} to type: {SHORT[dtype]}")


def of_value(value: Any, dtype: str, fault: BadInput) -> BadInput:
    """The fault that one whole tensor's value met, reworded."""
    return BadInput(_detail(plain(value), dtype, fault))


def of_rows(rows: Any, dtype: str, key: str | None) -> BadInput:
    """The fault of the first row that `to_tensor` refuses, or that differs in shape from the row on top.

    `key` is the input's name where the rows are objects.
    """
    rows = plain(rows)
    index = _first_bad(rows, dtype)
    where = f"Failed to process element: {index}" + ("" if key is None else f" key: {key}") + " of 'instances' list."
    return BadInput(f"{where} Error: INVALID_ARGUMENT: {_row_detail(rows, index, dtype)}")


def _first_bad(rows: list[Any], dtype: str) -> int:
    """Halves the span in doubt, always beneath the first row: each row is read about twice."""
    good, bad = 0, len(rows)
    while bad - good > 1:
        middle = (good + bad) // 2
        if _complaint([rows[0], *rows[good:middle]], dtype) is None:
            good = middle
        else:
            bad = middle
    return good


def _complaint(value: Any, dtype: str) -> BadInput | None:
    try:
        to_tensor(value, dtype)
    except BadInput as fault:
        return fault.with_traceback(None)  # its frames would hold who asked, and all of the request
    return None


def _row_detail(rows: list[Any], index: int, dtype: str) -> str:
    fault = _complaint(rows[index], dtype) or (_complaint(rows[:1], dtype) if index == 0 else None)
    if fault is not None:
        return _detail(rows[index], dtype, fault)
    wanted, got = _shape(rows[0]), _shape(rows[index])
    if np.prod(wanted, dtype=object) != np.prod(got, dtype=object):
        return f"Expecting tensor size: {np.prod(wanted, dtype=object)} but got: {np.prod(got, dtype=object)}"
    return f"Expecting shape {brackets(wanted)} but got: {brackets(got)}"


def _detail(value: Any, dtype: str, fault: BadInput) -> str:
    if isinstance(fault, Ragged):
        return _raggedness(value) or fault.message
    if not isinstance(fault, Mismatch):
        return fault.message
    odd = fault.value
    if dtype == "BYTES" and type(odd) is dict:
        return f"JSON Value: {quoted(odd)} not formatted correctly for base64 data"
    return f"JSON Value: {quoted(odd)} Type: {type_of(odd)} is not of expected type: {SHORT[dtype]}"


def type_of(value: Any) -> str:
    """What an error text calls the type of a JSON value."""
    if value is None or isinstance(value, bool):
        return {None: "Null", True: "True", False: "False"}[value]
    return _TYPES[type(value)]


def _raggedness(value: Any) -> str:
    """The first place, level by level, where lists do not form a box; empty where they do."""
    shape = _shape(value)
    items: list[Any] = [value]
    for level, size in enumerate(shape):
        for item in items:
            if type(item) is not list:
                return (
                    f"JSON Value: {quoted(item)} found at incorrect level: {level + 1} in the JSON DOM. "
                    f"Expected at level: {len(shape)}"
                )
            if len(item) != size:
                return f"Encountered list at unexpected size: {len(item)} at level: {level} expected size: {size}"
        items = list(chain.from_iterable(items))
    if any(type(item) is list for item in items):
        return f"Encountered list at unexpected level: {len(shape)} expected < {len(shape)}"
    return ""


def _shape(value: Any) -> list[int]:
    """The lengths met on the way down through the first elements."""
    shape: list[int] = []
    while type(value) is list:
        shape.append(len(value))
        value = value[0] if value else None
    return shape


def _head(array: np.ndarray[Any, Any]) -> Any:
    return array[:_MAX_QUOTED].tolist()


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_head)
