"""The functions that users' raw methods are written with."""

from __future__ import annotations

import os

from salver.opening.component.seldon_core.datadefs import (
    array_to_grpc_datadef,
    array_to_list_value,
    array_to_rest_datadef,
    get_data_from_proto,
    get_meta_from_proto,
    grpc_datadef_to_array,
)
from salver.opening.component.seldon_core.messages import (
    feedback_to_json,
    json_to_feedback,
    json_to_seldon_message,
    json_to_seldon_messages,
    json_to_seldon_model_metadata,
    seldon_message_to_json,
    seldon_messages_to_json,
)
from salver.opening.component.seldon_core.parts import (
    construct_response,
    construct_response_json,
    extract_feedback_request_parts,
    extract_request_parts,
    extract_request_parts_json,
)

__all__ = [
    "array_to_grpc_datadef",
    "array_to_list_value",
    "array_to_rest_datadef",
    "construct_response",
    "construct_response_json",
    "extract_feedback_request_parts",
    "extract_request_parts",
    "extract_request_parts_json",
    "feedback_to_json",
    "get_data_from_proto",
    "get_meta_from_proto",
    "getenv",
    "getenv_as_bool",
    "grpc_datadef_to_array",
    "json_to_feedback",
    "json_to_seldon_message",
    "json_to_seldon_messages",
    "json_to_seldon_model_metadata",
    "seldon_message_to_json",
    "seldon_messages_to_json",
]


def getenv(*env_vars: str, default: str | None = None) -> str | None:
    """The first of these variables that is set."""
    return next((os.environ[name] for name in env_vars if name in os.environ), default)


def getenv_as_bool(*env_vars: str, default: bool = False) -> bool:
    """The same as a truth value: `1`, `true` and `t` mean yes."""
    value = getenv(*env_vars)
    return default if value is None else value.lower() in ("1", "true", "t")
