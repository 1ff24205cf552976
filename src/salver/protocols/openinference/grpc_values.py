"""Values in the messages of Open Inference: typed contents, parameters, and the protobuf wire by hand where it pays.

Raw contents are `binary.py`'s. Reading checks every count before it makes an array.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from google.protobuf.message import DecodeError

from salver.core.errors import BadInput
from salver.core.tensor import NUMPY, Tensor
from salver.protocols import varints
from salver.protocols.jsondoc import write
from salver.protocols.jsontensor import json_value
from salver.protocols.messages import message
from salver.protocols.openinference.tensors import shown

FIELDS: Final[dict[str, str]] = {
    "BOOL": "bool_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
    "JSON": "bytes_contents",
}
"""Where the typed values of a datatype stand; FP16 and BF16 have no place and travel raw only."""

_FLOATS: Final = {"fp32_contents": 6, "fp64_contents": 7}
"""The fields whose packed form is the array's own bytes, with their numbers."""
_INTEGERS: Final = {
    "bool_contents": 1,
    "int_contents": 2,
    "int64_contents": 3,
    "uint_contents": 4,
    "uint64_contents": 5,
}
"""Those of packed varints."""
_LENGTH_DELIMITED: Final = 2
_CHOICES: Final = ((bool, "bool_param"), (str, "string_param"), (float, "double_param"))
_LONG: Final = 1 << 63

_VIEWED: Final = {
    "salver.wire.InferRequest": "inference.ModelInferRequest",
    "salver.wire.Tensor": "InferInputTensor or InferOutputTensor",
    "salver.wire.Floats": "inference.InferTensorContents",
}
"""What a message is called where it was read through a view."""

_Contents: Final = message("inference.InferTensorContents")
_Floats: Final = message("salver.wire.Floats")
_Parameter: Final = message("inference.InferParameter")


def parse(kind: Any, data: Any) -> Any:
    """The message. Raises BadInput for bytes that are none."""
    try:
        return kind.FromString(data)
    except DecodeError:
        name = kind.DESCRIPTOR.full_name
        raise BadInput(f"{len(data)} bytes that are no {_VIEWED.get(name, name)}") from None


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field: a string, bytes, a message, or packed numbers."""
    return b"".join((varints.one(number << 3 | _LENGTH_DELIMITED), varints.one(len(content)), content))


# Parameters


def read_parameters(parameters: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A map of InferParameter as JSON has it. Raises BadInput for one without a value."""
    values: dict[str, Any] = {}
    if not parameters:
        return values
    for name, parameter in parameters.items():
        choice = parameter.WhichOneof("parameter_choice")
        if choice is None:
            raise BadInput(f"{where}{name:.60}: has no value; wanted a bool, int64, string, double or uint64")
        values[name] = getattr(parameter, choice)
    return values


def write_parameters(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a map of InferParameter. Raises BadInput for what is no bool, integer of 64 bits, string or float."""
    return {name: _parameter(name, value) for name, value in values.items()}


def _parameter(name: str, value: Any) -> Any:
    for kind, choice in _CHOICES:
        if isinstance(value, kind):
            return _Parameter(**{choice: value})
    if isinstance(value, int) and -_LONG <= value < 2 * _LONG:
        return _Parameter(int64_param=value) if value < _LONG else _Parameter(uint64_param=value)
    raise BadInput(f"parameter '{name:.60}' is {shown(value)}; over gRPC it is a bool, integer, string or float")


# Typed contents


def read_contents(dtype: str, count: int, data: bytes) -> np.ndarray[Any, Any]:
    """The `count` values in an InferTensorContents, flat; elements of BYTES and JSON as `bytes`.

    Raises BadInput where another datatype's field is filled, or the count differs, or a value does not fit.
    """
    place = FIELDS.get(dtype)
    if place is None:
        raise BadInput(f"{dtype} has no typed contents; send it in raw_input_contents")
    if place in _FLOATS:
        packed = b"".join(getattr(parse(_Floats, data), place))
        if len(packed) == count * NUMPY[dtype].itemsize and count:
            return np.frombuffer(packed, NUMPY[dtype])
    contents = parse(_Contents, data)
    for filled, _ in contents.ListFields():
        if filled.name != place:
            raise BadInput(f"contents.{filled.name} is filled; {dtype} stands in {place}")
    values = getattr(contents, place)
    if len(values) != count:
        raise BadInput(f"contents.{place} holds {len(values)} values; the shape takes {count}")
    return _array(dtype, values, place)


def _array(dtype: str, values: Any, place: str) -> np.ndarray[Any, Any]:
    wanted = NUMPY[dtype]
    if wanted.hasobject:
        array = np.empty(len(values), dtype=object)
        array[:] = values
        return array
    if wanted.itemsize > 2 or dtype == "BOOL":
        return np.fromiter(values, wanted, len(values))
    array = np.fromiter(values, np.int64, len(values))
    limits = np.iinfo(wanted)
    if array.size and not limits.min <= array.min() <= array.max() <= limits.max:
        raise BadInput(
            f"contents.{place} holds {array.min()} to {array.max()}; {dtype} goes from {limits.min} to {limits.max}"
        )
    return array.astype(wanted)


def write_contents(tensor: Tensor) -> bytes:
    """An InferTensorContents with the tensor's values, for a datatype in FIELDS.

    Raises BadInput for a missing string: the protocol has no sign for it.
    """
    place = FIELDS[tensor.dtype]
    array = tensor.array
    if not array.size:
        return b""
    if place in _FLOATS:
        return field(_FLOATS[place], array.tobytes())
    if place in _INTEGERS:
        return field(_INTEGERS[place], varints.packed(array))
    values: Iterable[Any] = array.flat
    if tensor.dtype == "JSON":
        values = [write(json_value(item)) for item in values]
    else:
        values = [item.encode() if isinstance(item, str) else item for item in values]
        if None in values:
            raise BadInput("a string is missing, for which gRPC has no sign")
    contents: bytes = _Contents(bytes_contents=values).SerializeToString()
    return contents
