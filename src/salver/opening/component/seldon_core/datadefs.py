"""Arrays as the `data` of messages, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from google.protobuf import json_format

from salver.core.tensor import Tensor
from salver.opening.component.answers import tensors_of
from salver.opening.component.features import value_of
from salver.opening.component.seldon_core.flask_utils import SeldonMicroserviceException
from salver.opening.component.seldon_core.proto import prediction_pb2
from salver.protocols.messages import message
from salver.protocols.seldon import tftensor

_LIST = message("google.protobuf.ListValue")


def get_data_from_proto(request: Any) -> Any:
    """What a message holds: an array, str, bytes, a JSON value or an Any. Raises SeldonMicroserviceException for
    none."""
    kind = request.WhichOneof("data_oneof")
    if kind is None:
        raise SeldonMicroserviceException("the message has no data")
    if kind == "data":
        return grpc_datadef_to_array(request.data)
    return json_format.MessageToDict(request.jsonData) if kind == "jsonData" else getattr(request, kind)


def get_meta_from_proto(request: Any) -> dict[str, Any]:
    return json_format.MessageToDict(request.meta)


def grpc_datadef_to_array(datadef: Any) -> np.ndarray[Any, Any]:
    """The array in a DefaultData, an empty one where there is none."""
    form = datadef.WhichOneof("data_oneof")
    if form == "tensor":
        return np.array(datadef.tensor.values, np.float64).reshape(tuple(datadef.tensor.shape))
    if form == "ndarray":
        return np.array(json_format.MessageToDict(datadef.ndarray))
    if form == "tftensor":
        return np.array(value_of(tftensor.from_json(json_format.MessageToDict(datadef.tftensor), "")))
    return np.array([])


def array_to_grpc_datadef(data_type: str, array: np.ndarray[Any, Any], names: Iterable[str] | None = ()) -> Any:
    """A DefaultData of the form `tensor`, `tftensor` or (any other word) `ndarray`."""
    datadef = prediction_pb2.DefaultData(names=names or ())
    if data_type == "tensor":
        datadef.tensor.shape.extend(array.shape)
        datadef.tensor.values.extend(array.ravel().tolist())
    elif data_type == "tftensor":
        json_format.ParseDict(tftensor.to_json(_tensor(array)), datadef.tftensor)
    else:
        array_to_list_value(array, datadef.ndarray)
    return datadef


def array_to_rest_datadef(
    data_type: str, array: np.ndarray[Any, Any], names: Iterable[str] | None = ()
) -> dict[str, Any]:
    """The same as a dict."""
    datadef: dict[str, Any] = {"names": names}
    if data_type == "tensor":
        datadef["tensor"] = {"shape": list(array.shape), "values": array.ravel().tolist()}
    elif data_type == "tftensor":
        datadef["tftensor"] = tftensor.to_json(_tensor(array))
    else:
        datadef["ndarray"] = array.tolist()
    return datadef


def array_to_list_value(array: np.ndarray[Any, Any], lv: Any = None) -> Any:
    """A ListValue, a list in it for each further axis."""
    found = _LIST() if lv is None else lv
    json_format.ParseDict(array.tolist(), found)
    return found


def _tensor(array: np.ndarray[Any, Any]) -> Tensor:
    return tensors_of(array)["data"]
