"""One entry of `inputs` or `outputs`: a name, a datatype, a shape, and values as JSON or as raw bytes elsewhere.

A JSON tensor travels as BYTES whose elements are JSON texts, marked by the parameter `content_type: "json"`.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.loose import received
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols import jsondoc
from salver.protocols.jsontensor import MAX_RANK, from_tensor, json_value, to_column, to_tensor, with_nulls
from salver.protocols.openinference.binary import pack, unpack

JSON_MARK: Final = {"content_type": "json"}
"""The parameters of an entry whose BYTES are JSON texts."""

_MOST_VALUES: Final = 2**48
_WORDS: Final = {str: "a string", dict: "an object", list: "a list", int: "an integer", bool: "true or false"}


class RawData:
    """The bytes behind a JSON header, handed out in order."""

    __slots__ = ("body", "start")

    def __init__(self, body: bytes, start: int) -> None:
        self.body = body
        self.start = start

    def take(self, size: int) -> int:
        """Where the next `size` bytes begin. Raises BadInput when there are fewer."""
        start = self.start
        if size > len(self.body) - start:
            raise BadInput(f"says {size} bytes, but {len(self.body) - start} are left in the body")
        self.start = start + size
        return start


def member(entry: dict[str, Any], name: str, kind: type[Any], where: str) -> Any:
    """A member that must be there, of that type. Raises BadInput naming its path."""
    value = entry.get(name)
    if type(value) is not kind:
        raise BadInput(f"{where}{name}: {odd(entry, name, _WORDS[kind])}")
    return value


def optional(entry: dict[str, Any], name: str, kind: type[Any], where: str) -> Any:
    """A member that may be missing or null (then None), else of that type. Raises BadInput naming its path."""
    value = entry.get(name)
    if value is not None and type(value) is not kind:
        raise BadInput(f"{where}{name}: {odd(entry, name, _WORDS[kind])}")
    return value


def odd(entry: dict[str, Any], name: str, wanted: str) -> str:
    """What was wanted of a member, and what stands there."""
    if name not in entry:
        return f"missing, wanted {wanted}"
    return f"wanted {wanted}, got {shown(entry[name])}"


def shown(value: Any) -> str:
    """A client's value in a few words: lists and objects only by their size, however deep they are."""
    if isinstance(value, np.ndarray):
        return f"{value.size} numbers"
    if type(value) is list:
        return f"a list of {len(value)}"
    if type(value) is dict:
        return f"an object of {len(value)}"
    text = "null" if value is None else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def read_shape(entry: dict[str, Any], where: str) -> tuple[int, ...]:
    """The shape member. Raises BadInput naming the axis that is wrong."""
    shape: list[Any] = member(entry, "shape", list, where)
    if len(shape) > MAX_RANK:
        raise BadInput(f"{where}shape: has {len(shape)} axes, wanted at most {MAX_RANK}")
    for axis, size in enumerate(shape):
        if type(size) is not int or size < 0:
            raise BadInput(f"{where}shape[{axis}]: wanted a whole number from 0 up, got {shown(size)}")
    if 0 in shape and math.prod(size or 1 for size in shape) > _MOST_VALUES:
        raise BadInput(f"{where}shape: holds no values, but spans more than can be counted")
    return tuple(shape)


def read_values(entry: dict[str, Any], dtype: str, shape: tuple[int, ...], raw: RawData | None, where: str) -> Tensor:
    """The tensor an entry stands for, of the dtype and shape already read. Raises BadInput naming the path."""
    parameters = optional(entry, "parameters", dict, where)
    place = "data"
    try:
        if parameters is None or parameters.get("binary_data_size") is None:
            refuse_shared_memory(parameters)
            return _from_json(entry, dtype, shape)
        place = "parameters.binary_data_size"
        size = parameters["binary_data_size"]
        if type(size) is not int or size < 0:
            raise BadInput(f"wanted a whole number from 0 up, got {shown(size)}")
        if raw is None:
            raise BadInput("raw data needs the header Inference-Header-Content-Length, which says where it begins")
        if entry.get("data") is not None:
            raise BadInput("values come either raw or in `data`, not both")
        array = unpack(dtype, shape, raw.body, raw.take(size), size)
        return parsed(array) if dtype == "JSON" else Tensor(dtype, array)
    except BadInput as fault:
        raise BadInput(f"{where}{place}: {fault.message}") from None


def read_loose(
    entry: dict[str, Any], spec: TensorSpec, shape: tuple[int, ...], raw: RawData | None, where: str
) -> Tensor:
    """The tensor an entry stands for, for a loose input: JSON values as they are, null a missing one, raw ones by the
    entry's own datatype. Raises BadInput naming the path."""
    parameters = optional(entry, "parameters", dict, where) or {}
    dtype = "JSON" if is_marked(entry["datatype"], parameters) else entry["datatype"]
    try:
        if dtype == "JSON" or parameters.get("binary_data_size") is not None:
            return received(read_values(entry, dtype, shape, raw, where), spec)
        refuse_shared_memory(parameters)
        return to_column(_column(entry, shape), spec.dtype)
    except BadInput as fault:
        raise fault if fault.message.startswith(where) else BadInput(f"{where}data: {fault.message}") from None


def _column(entry: dict[str, Any], shape: tuple[int, ...]) -> Any:
    """The values of a column, one a row, also where they are rows of one."""
    data = entry.get("data")
    if type(data) is not list and not isinstance(data, np.ndarray):
        raise BadInput(odd(entry, "data", "a list"))
    if len(shape) == 2 and shape[1] == 1:
        rows = data.tolist() if isinstance(data, np.ndarray) else data
        data = [row[0] if type(row) is list and len(row) == 1 else row for row in rows]
    elif len(shape) != 1:
        raise BadInput(f"has shape {list(shape)}, wanted one axis, of rows")
    if len(data) != shape[0]:
        raise BadInput(f"holds {len(data)} values, but shape {list(shape)} takes {shape[0]}")
    return data


def is_marked(datatype: str, parameters: dict[str, Any]) -> bool:
    """Whether the BYTES of an entry are JSON texts."""
    return datatype == "BYTES" and parameters.get("content_type") == JSON_MARK["content_type"]


def _from_json(entry: dict[str, Any], dtype: str, shape: tuple[int, ...]) -> Tensor:
    data = entry.get("data")
    if type(data) is not list and not isinstance(data, np.ndarray):
        raise BadInput(odd(entry, "data", "a list"))
    texts = dtype == "JSON" and entry.get("datatype") == "BYTES"
    tensor = to_tensor(data, "BYTES" if texts else dtype)
    array = tensor.array
    if array.shape != shape:
        array = _shaped(array, shape)
        tensor = Tensor(tensor.dtype, array)
    return parsed(array) if texts else tensor


def _shaped(array: np.ndarray[Any, Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Flat values in their shape; nested ones must have it already."""
    count = 1
    for extent in shape:
        count *= extent
    if array.size != count:
        raise BadInput(f"holds {array.size} values, but shape {list(shape)} takes {count}")
    if array.ndim > 1:
        raise BadInput(f"is nested as {list(array.shape)}, but shape is {list(shape)}; nest it so, or send it flat")
    return array.reshape(shape)


def parsed(texts: np.ndarray[Any, Any]) -> Tensor:
    """A JSON tensor from an array of JSON texts. Raises BadInput that counts the elements from 0."""
    values = []
    for index, text in enumerate(texts.flat):
        try:
            values.append(jsondoc.read(text if isinstance(text, bytes) else text.encode()))
        except BadInput as fault:
            raise BadInput(f"element {index} is no JSON text: {fault.message}") from None
    return Tensor("JSON", to_tensor(values, "JSON").array.reshape(texts.shape))


def write_tensor(name: str, tensor: Tensor, binary: bool, raw: list[bytes], *, nulls: bool = False) -> dict[str, Any]:
    """The entry for a tensor; in binary form its bytes are appended to `raw`.

    Values are flat. A BYTES tensor with a missing string goes as JSON (null) in either form; with `nulls` a number that
    is NaN is missing too, and null in JSON.
    """
    array = tensor.array
    dtype = tensor.dtype
    if dtype == "JSON":
        entry = {"name": name, "datatype": "BYTES", "shape": array.shape, "parameters": dict(JSON_MARK)}
    else:
        entry = {"name": name, "datatype": dtype, "shape": array.shape}
    if binary:
        packed = pack(tensor)
        if packed is not None:
            entry["parameters"] = {**entry.get("parameters", {}), "binary_data_size": len(packed)}
            raw.append(packed)
            return entry
    if dtype == "JSON":
        entry["data"] = [jsondoc.write(json_value(item)).decode() for item in array.flat]
    else:
        flat = tensor if array.ndim == 1 else Tensor(dtype, array.reshape(-1))
        entry["data"] = with_nulls(flat) if nulls else from_tensor(flat)
    return entry


def refuse_shared_memory(parameters: dict[str, Any] | None) -> None:
    """Raises BadInput where values are said to lie in memory that is shared."""
    if parameters and "shared_memory_region" in parameters:
        raise BadInput("shared memory regions are not served here; send the values as JSON or raw data")
