"""Our messages are tritonclient's: every field has its name, number, type and label."""

from __future__ import annotations

from typing import Any

import pytest

from salver.protocols.messages import POOL
from salver.protocols.openinference.grpc import PROTOCOL

theirs: Any = pytest.importorskip("tritonclient.grpc.service_pb2")
their_config: Any = pytest.importorskip("tritonclient.grpc.model_config_pb2")

OURS = POOL.FindFileByName("salver/inference.proto")
MESSAGES = [*OURS.message_types_by_name.values()]
PARTLY = {"ModelConfig", "ModelInput", "ModelOutput", "ModelTransactionPolicy"}
"""Of a configuration we have the fields that we answer."""


def fields(message: Any) -> dict[str, tuple[Any, ...]]:
    """What the wire and a client see of a message, with the messages nested in it."""
    told = {}
    for field in message.fields:
        kind = field.message_type or field.enum_type
        oneof = field.containing_oneof.name if field.containing_oneof else None
        repeated = field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED
        told[field.name] = (field.number, field.type, repeated, kind.full_name if kind else None, oneof)
    for nested in message.nested_types:
        told.update({f"{nested.name}.{name}": what for name, what in fields(nested).items()})
    return told


def their_message(name: str) -> Any:
    for module in (theirs, their_config):
        if name in module.DESCRIPTOR.message_types_by_name:
            return module.DESCRIPTOR.message_types_by_name[name]
    raise KeyError(name)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_every_field_is_theirs(message: Any):
    known = fields(their_message(message.name))
    if message.name in PARTLY:
        known = {name: known[name] for name in fields(message)}
    assert fields(message) == known


def test_every_message_of_the_service_is_there():
    assert set(theirs.DESCRIPTOR.message_types_by_name) - set(OURS.message_types_by_name) == set()


def test_every_method_is_theirs_and_answered():
    ours, known = (
        {
            method.name: (
                method.input_type.full_name,
                method.output_type.full_name,
                method.client_streaming,
                method.server_streaming,
            )
            for method in service.methods
        }
        for service in (
            OURS.services_by_name["GRPCInferenceService"],
            theirs.DESCRIPTOR.services_by_name["GRPCInferenceService"],
        )
    )
    assert ours == known
    assert {method.path for method in PROTOCOL.methods} == {
        f"/inference.GRPCInferenceService/{name}".encode() for name in known
    }


def test_every_datatype_has_their_number():
    ours, known = (
        {value.name: value.number for value in enum.values}
        for enum in (OURS.enum_types_by_name["DataType"], their_config.DESCRIPTOR.enum_types_by_name["DataType"])
    )
    assert ours == known
