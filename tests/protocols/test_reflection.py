"""Server reflection, with grpcio's descriptor database as its client."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from salver.protocols.grpc_table import GRPC_PROTOCOLS
from salver.protocols.messages import POOL

pytestmark = pytest.mark.slow
SERVICES = {service for protocol in GRPC_PROTOCOLS for service in protocol.services}
VERSIONS = ("v1", "v1alpha")


@pytest.fixture
def database(channel: grpc.Channel) -> Any:
    return ProtoReflectionDescriptorDatabase(channel)


def ask(channel: grpc.Channel, version: str, *requests: Any) -> list[Any]:
    """The messages of both versions are the same."""
    method = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        reflection_pb2.ServerReflectionRequest.SerializeToString,
        reflection_pb2.ServerReflectionResponse.FromString,
    )
    return list(method(iter(requests), timeout=10))


def request(**fields: Any) -> Any:
    return reflection_pb2.ServerReflectionRequest(**fields)


def test_every_service_is_listed(database: Any):
    assert set(database.get_services()) == SERVICES


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_can_be_described_and_called(database: Any, service: str):
    """A client's pool finds whatever a method needs."""
    pool = DescriptorPool(database)
    for method in pool.FindServiceByName(service).methods:
        for message in (method.input_type, method.output_type):
            ours = POOL.FindMessageTypeByName(message.full_name)
            assert [field.name for field in message.fields] == [field.name for field in ours.fields]
            GetMessageClass(message)()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stream_answers_in_order_and_outlives_what_is_not_found(channel: grpc.Channel, version: str):
    answers = ask(
        channel,
        version,
        request(host="h", list_services="*"),
        request(file_containing_symbol="nope.Nope"),
        request(file_by_filename="nope.proto"),
        request(file_containing_symbol="inference.GRPCInferenceService.ModelInfer"),
        request(file_containing_symbol="inference.ModelInferRequest"),
        request(file_by_filename="salver/inference.proto"),
        request(all_extension_numbers_of_type="inference.ModelInferRequest"),
        request(all_extension_numbers_of_type="nope"),
        request(file_containing_extension={"containing_type": "inference.ModelInferRequest", "extension_number": 5}),
        request(),
    )
    kinds = [answer.WhichOneof("message_response") for answer in answers]
    assert kinds == [
        "list_services_response",
        "error_response",
        "error_response",
        "file_descriptor_response",
        "file_descriptor_response",
        "file_descriptor_response",
        "all_extension_numbers_response",
        "error_response",
        "error_response",
        "error_response",
    ]
    assert (answers[0].valid_host, answers[0].original_request.list_services) == ("h", "*")
    assert {service.name for service in answers[0].list_services_response.service} == SERVICES
    codes = [answer.error_response.error_code for answer in answers if answer.HasField("error_response")]
    assert codes == [5, 5, 5, 5, 3]
    assert answers[3].file_descriptor_response == answers[4].file_descriptor_response
    assert answers[6].all_extension_numbers_response.base_type_name == "inference.ModelInferRequest"


def test_a_file_comes_with_those_it_needs(channel: grpc.Channel):
    (answer,) = ask(channel, "v1", request(file_containing_symbol="tensorflow.serving.PredictionService"))
    pool = DescriptorPool()
    files = [*answer.file_descriptor_response.file_descriptor_proto]
    for data in reversed(files):
        pool.AddSerializedFile(data)
    assert "Predict" in pool.FindServiceByName("tensorflow.serving.PredictionService").methods_by_name


@pytest.mark.parametrize("version", VERSIONS)
def test_a_message_that_cannot_be_read_ends_the_stream(channel: grpc.Channel, version: str):
    method = channel.stream_stream(f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")
    with pytest.raises(grpc.RpcError) as caught:
        list(method(iter([b"\xff"]), timeout=10))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
