"""Messages as JSON values, and back."""

from __future__ import annotations

from typing import Any, TypeVar

from google.protobuf import json_format

from salver.opening.component.seldon_core.flask_utils import SeldonMicroserviceException
from salver.opening.component.seldon_core.proto import prediction_pb2

P = TypeVar("P")


def json_to_seldon_message(message_json: Any) -> Any:
    """A SeldonMessage; an empty one for None. Raises SeldonMicroserviceException."""
    return _parse(message_json, prediction_pb2.SeldonMessage())


def json_to_seldon_messages(message_json: Any) -> Any:
    """A SeldonMessageList. Raises SeldonMicroserviceException."""
    return _parse(message_json, prediction_pb2.SeldonMessageList())


def json_to_feedback(message_json: Any) -> Any:
    """A Feedback. Raises SeldonMicroserviceException."""
    return _parse(message_json, prediction_pb2.Feedback())


def json_to_seldon_model_metadata(metadata_json: Any) -> Any:
    """A SeldonModelMetadata; what it has no field for is left out. Raises SeldonMicroserviceException."""
    return _parse(metadata_json, prediction_pb2.SeldonModelMetadata(), unknown=True)


def seldon_message_to_json(message_proto: Any) -> dict[str, Any]:
    return json_format.MessageToDict(message_proto)


def seldon_messages_to_json(message_protos: Any) -> dict[str, Any]:
    return json_format.MessageToDict(message_protos)


def feedback_to_json(message_proto: Any) -> dict[str, Any]:
    return json_format.MessageToDict(message_proto)


def _parse(document: Any, proto: P, unknown: bool = False) -> P:
    try:
        json_format.ParseDict({} if document is None else document, proto, ignore_unknown_fields=unknown)  # type: ignore[type-var]
    except json_format.ParseError as error:
        raise SeldonMicroserviceException(f"Invalid JSON: {error}") from error
    return proto
