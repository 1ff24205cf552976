"""Parts of requests, and answers made of parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from salver.core.errors import Fault
from salver.core.tensor import Tensor
from salver.opening.component.answers import tensors_of
from salver.opening.component.features import value_of
from salver.opening.component.raw import plain_json
from salver.opening.component.seldon_core.datadefs import (
    get_data_from_proto,
    get_meta_from_proto,
    grpc_datadef_to_array,
)
from salver.opening.component.seldon_core.flask_utils import SeldonMicroserviceException
from salver.opening.component.seldon_core.messages import json_to_seldon_message, seldon_message_to_json
from salver.opening.component.seldon_core.user_model import SeldonNotImplementedError
from salver.protocols.seldon.message import read_message, write_payload


def extract_request_parts(request: Any) -> tuple[Any, dict[str, Any], Any, str | None]:
    """(data, meta, the DefaultData, the kind of data) of a SeldonMessage."""
    return get_data_from_proto(request), get_meta_from_proto(request), request.data, request.WhichOneof("data_oneof")


def extract_request_parts_json(request: Any) -> tuple[Any, Any, Any, str]:
    """(data, meta, the member `data`, the kind of data) of a message that is a dict. Raises
    SeldonMicroserviceException for what is no message."""
    try:
        tensors = read_message(plain_json(request)).tensors
    except Fault as fault:
        raise SeldonMicroserviceException(fault.message) from fault
    for kind, tensor in tensors.items():
        return value_of(tensor), request.get("meta"), request.get("data"), kind
    raise SeldonMicroserviceException("the message has no data")


def extract_feedback_request_parts(request: Any) -> tuple[Any, Any, Any, float]:
    """(the request's DefaultData, its array, the truth's array, the reward) of a Feedback."""
    data = request.request.data
    return data, grpc_datadef_to_array(data), grpc_datadef_to_array(request.truth.data), request.reward


def construct_response_json(
    user_model: Any,
    is_request: bool,
    client_request_raw: Mapping[str, Any],
    client_raw_response: Any,
    meta: Mapping[str, Any] | None = None,
    custom_metrics: list[dict[str, Any]] | None = None,
    runtime_tags: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The message, a dict, that answers a request with this data: in the request's form, with the tags of the request,
    of the class and of the answer. Raises SeldonMicroserviceException for what is no data."""
    try:
        tensors = tensors_of(client_raw_response, lambda _: _names(user_model, is_request))
    except Fault as fault:
        raise SeldonMicroserviceException(fault.message) from fault
    response = _payload(tensors, client_request_raw)
    given = meta or {}
    parts = {
        "tags": {**given.get("tags", {}), **_called(user_model, "tags", {}), **(runtime_tags or {})},
        "metrics": [*given.get("metrics", []), *(custom_metrics or [])],
        "puid": client_request_raw.get("meta", {}).get("puid"),
        "requestPath": given.get("requestPath"),
    }
    response["meta"] = {key: value for key, value in parts.items() if value}
    return response


def construct_response(
    user_model: Any,
    is_request: bool,
    client_request: Any,
    client_raw_response: Any,
    meta: Mapping[str, Any] | None = None,
    custom_metrics: list[dict[str, Any]] | None = None,
    runtime_tags: Mapping[str, Any] | None = None,
) -> Any:
    """The same as a SeldonMessage, for a request that is one."""
    request = seldon_message_to_json(client_request)
    return json_to_seldon_message(
        construct_response_json(
            user_model, is_request, request, client_raw_response, meta, custom_metrics, runtime_tags
        )
    )


def _payload(tensors: Mapping[str, Tensor], request: Mapping[str, Any]) -> dict[str, Any]:
    data = request.get("data") or {}
    form = next((form for form in ("tensor", "tftensor", "ndarray") if form in data), "")
    found: dict[str, Any] = plain_json(write_payload(tensors, form))
    return found


def _names(user_model: Any, is_request: bool) -> tuple[str, ...]:
    return tuple(map(str, _called(user_model, "feature_names" if is_request else "class_names", ())))


def _called(user_model: Any, name: str, default: Any) -> Any:
    """What its method of that name gives, or its attribute is."""
    found = getattr(user_model, name, default)
    try:
        value = found() if callable(found) else found
    except SeldonNotImplementedError:
        return default
    return default if value is None else value
