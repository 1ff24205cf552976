"""`tftensor`: TensorFlow's `TensorProto` in protobuf's JSON, as a tensor and back."""

from __future__ import annotations

import base64
from math import prod
from typing import Any, Final

import numpy as np
from google.protobuf import json_format

from salver.core.errors import BadInput
from salver.core.tensor import Tensor
from salver.protocols import prototensor
from salver.protocols.messages import message

_TENSOR: Final = message("tensorflow.TensorProto")
_FIELDS: Final = {
    name: field.name
    for field in _TENSOR.DESCRIPTOR.fields
    for name in (field.name, field.json_name)
    if "_val" in field.name
}
"""The lists of values, by either of their names."""
_TYPES: Final = _TENSOR.DESCRIPTOR.fields_by_name["dtype"].enum_type.values_by_number


def from_json(value: Any, where: str) -> Tensor:
    """Raises BadInput for what is no TensorProto, or contradicts itself."""
    if type(value) is not dict:
        raise BadInput(f"{where}tftensor: wanted an object, got {type(value).__name__}")
    long = {key: item for key, item in value.items() if isinstance(item, np.ndarray) and key in _FIELDS}
    proto = _TENSOR()
    try:
        json_format.ParseDict({key: item for key, item in value.items() if key not in long}, proto)
        for key, item in long.items():
            getattr(proto, _FIELDS[key]).extend(item.tolist())
        data = proto.SerializeToString()
        return prototensor.read(data, 0, len(data))
    except BadInput as fault:
        raise BadInput(f"{where}tftensor: {fault.message}") from None
    except (json_format.ParseError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise BadInput(f"{where}tftensor: {str(error).splitlines()[0]:.200}") from None


def to_json(tensor: Tensor) -> dict[str, Any]:
    """Of numbers, as TensorFlow itself writes arrays: their memory in base64."""
    shape = np.atleast_1d(tensor.array).shape
    document: dict[str, Any] = {
        "dtype": _TYPES[prototensor.NUMBERS[tensor.dtype]].name,
        "tensorShape": {"dim": [{"size": str(size)} for size in shape]},
    }
    if prod(shape):
        document["tensorContent"] = base64.b64encode(tensor.array.tobytes()).decode()
    return document
