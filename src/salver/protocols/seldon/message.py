"""A Seldon message: tensors named by its kind, and how it said them. Reading and writing its JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput, Unsupported
from salver.core.fit import side_by_side
from salver.core.tensor import NUMPY, Tensor
from salver.core.trail import Trail
from salver.protocols.jsontensor import to_tensor
from salver.protocols.seldon import arrays, tftensor
from salver.protocols.seldon.meta import read_meta

KINDS: Final = ("data", "strData", "binData", "jsonData", "customData")
"""Of which a message has one."""
FORMS: Final = ("tensor", "ndarray", "tftensor")
"""Of `data`."""
MAX_NAMED: Final = 10_000
"""Columns that are given names unasked; an image's are not."""
_NUMERIC: Final = frozenset(name for name, dtype in NUMPY.items() if dtype.kind in "iuf")
_READERS: Final = {"tensor": arrays.from_flat, "ndarray": arrays.from_lists, "tftensor": tftensor.from_json}


class Message:
    """`tensors` has one, by the name of the kind, or none where the message has only its meta; `form` is that of
    `data`, else empty."""

    __slots__ = ("form", "puid", "tensors", "trail")

    def __init__(self, tensors: Mapping[str, Tensor], form: str, puid: str, trail: Trail) -> None:
        self.tensors = tensors
        self.form = form
        self.puid = puid
        self.trail = trail


def whole(value: Any, dtype: str) -> Tensor:
    """A tensor of no axis that holds one object: a text, bytes, a JSON value."""
    array = np.empty((), object)
    array[()] = value
    return Tensor(dtype, array)


def read_message(document: Any, where: str = "") -> Message:
    """The message in a JSON value. Its `status`, and members that it does not know, are passed over.

    Raises BadInput that names the place, Unsupported for `customData`.
    """
    if type(document) is not dict:
        raise BadInput(f"{_place(where)}: wanted an object with one of {', '.join(KINDS[:4])}")
    puid, trail = read_meta(document.get("meta"), where)
    found = [kind for kind in KINDS if kind in document and (document[kind] is not None or kind == "jsonData")]
    if not found:
        return Message({}, "", puid, trail)
    if len(found) > 1:
        raise BadInput(f"{_place(where)}: wanted one of {', '.join(KINDS[:4])}, got {' and '.join(found)}")
    (kind,) = found
    value = document[kind]
    if kind == "data":
        form, tensor = _read_data(value, f"{where}data.")
        return Message({"data": tensor}, form, puid, trail)
    return Message({kind: _read_other(kind, value, f"{where}{kind}")}, "", puid, trail)


def _place(where: str) -> str:
    return where[:-1] or "the message"


def _read_data(value: Any, where: str) -> tuple[str, Tensor]:
    if type(value) is not dict:
        raise BadInput(f"{where[:-1]}: wanted an object with names and one of {', '.join(FORMS)}")
    form = names = None
    for member, held in value.items():
        if held is None:
            continue
        if member == "names":
            names = _read_names(held, where)
        elif member not in _READERS:
            raise BadInput(f"{where}{member:.60}: there is no such form; wanted one of {', '.join(FORMS)}")
        elif form is not None:
            raise BadInput(f"{where[:-1]}: wanted one of {', '.join(FORMS)}, got {form} and {member}")
        else:
            form = member
    if form is None:
        return "ndarray", Tensor("FP64", np.empty(0), names or ())
    tensor = _READERS[form](value[form], where)
    if names:
        tensor.names = names
    return form, tensor


def _read_names(value: Any, where: str) -> tuple[str, ...]:
    if type(value) is not list or not {str}.issuperset(map(type, value)):
        raise BadInput(f"{where}names: wanted a list of strings")
    return tuple(value)


def _read_other(kind: str, value: Any, where: str) -> Tensor:
    if kind == "jsonData":
        try:
            return whole(to_tensor([value], "JSON").array[0], "JSON")
        except BadInput as fault:
            raise BadInput(f"{where}: {fault.message}") from None
    if kind == "customData":
        raise Unsupported(f"{where}: messages of other types are not carried; wanted one of {', '.join(KINDS[:4])}")
    if isinstance(value, bytes) and kind == "binData":  # a part of a form
        return whole(value, "BYTES")
    if type(value) is not str:
        raise BadInput(f"{where}: wanted a string, got {type(value).__name__}")
    return whole(value if kind == "strData" else _bytes_of(value, where), "BYTES")


def _bytes_of(text: str, where: str) -> bytes:
    """base64 as protobuf's JSON has it: either alphabet, with or without padding."""
    bare = text.translate({ord("-"): "+", ord("_"): "/"}).rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadInput(f"{where}: wanted base64") from None


def settle(tensors: Mapping[str, Tensor]) -> tuple[str, Tensor]:
    """What a model answers, one tensor or more, as the one thing that a message holds: (kind, tensor).

    One tensor is `data`, unless it is named for a kind and is one object; several columns or matrices of numbers, of
    as many rows, go side by side; anything else is an object by output name in `jsonData`.
    """
    if len(tensors) == 1:
        ((name, tensor),) = tensors.items()
        if name in KINDS[1:4] and tensor.dtype == ("JSON" if name == "jsonData" else "BYTES") and not tensor.array.ndim:
            return name, tensor
        return "data", tensor
    try:
        return "data", side_by_side(tensors)
    except BadInput:
        return "jsonData", whole({name: arrays.to_lists(tensor) for name, tensor in tensors.items()}, "JSON")


def form_of(tensor: Tensor, asked: str) -> str:
    """In which form `data` goes out: in that of the request; what are no numbers as `ndarray` in any case."""
    return (asked or "tensor") if tensor.dtype in _NUMERIC else "ndarray"


def names_of(tensor: Tensor) -> tuple[str, ...]:
    """The names of the columns, else `t:0`, `t:1`, ... ; one axis has none."""
    if tensor.names:
        return tensor.names
    shape = tensor.array.shape
    return _default_names(shape[1]) if len(shape) > 1 and shape[1] <= MAX_NAMED else ()


@lru_cache(maxsize=64)
def _default_names(count: int) -> tuple[str, ...]:
    return tuple(f"t:{index}" for index in range(count))


def write_payload(tensors: Mapping[str, Tensor], asked: str) -> dict[str, Any]:
    """The message's member for these tensors, for `writing.write`; empty where there are none. `asked` is the form of
    the request's `data`."""
    if not tensors:
        return {}
    kind, tensor = settle(tensors)
    if kind == "data":
        form = form_of(tensor, asked)
        return {"data": {"names": names_of(tensor), form: _WRITERS[form](tensor)}}
    value = tensor.array.item()
    if kind == "binData":
        raw = value.encode() if isinstance(value, str) else value or b""
        return {kind: base64.b64encode(raw).decode()}
    if kind == "strData":
        return {kind: value.decode(errors="replace") if isinstance(value, bytes) else value or ""}
    return {kind: value}


_WRITERS: Final = {"tensor": arrays.to_flat, "ndarray": arrays.to_lists, "tftensor": tftensor.to_json}
