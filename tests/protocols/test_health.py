"""The standard health service, with grpcio's health stub as its client."""

from __future__ import annotations

import queue
import threading
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_house import House, grpc_house

from salver.core.calls import Ready
from salver.core.errors import Internal, NotFound, Unsupported
from salver.protocols.grpc_table import GRPC_PROTOCOLS
from salver.protocols.health import SERVICE, protocol
from salver.protocols.messages import message
from salver.protocols.rpc import Code, GrpcStatus

pytestmark = pytest.mark.slow
STATUS = health_pb2.HealthCheckResponse
PROTOCOL = protocol("a.b.Service")


@pytest.fixture
def health(channel: grpc.Channel) -> Any:
    return health_pb2_grpc.HealthStub(channel)


def check(stub: Any, service: str) -> str:
    return str(STATUS.ServingStatus.Name(stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=10).status))


@pytest.mark.parametrize(
    ("service", "status"),
    [
        ("tensorflow.serving.PredictionService", "NOT_SERVING"),
        ("PredictionService", "NOT_SERVING"),
        ("ModelService", "NOT_SERVING"),
        ("inference.GRPCInferenceService", "NOT_SERVING"),
        ("grpc.health.v1.Health", "NOT_SERVING"),
        ("", "NOT_SERVING"),
        ("m", "SERVING"),
        ("broken", "NOT_SERVING"),
    ],
)
def test_a_service_is_as_ready_as_the_server_and_a_model_by_itself(health: Any, service: str, status: str):
    """The server is not ready, since `broken` is not."""
    assert check(health, service) == status


def test_what_there_is_not_is_not_found(health: Any):
    with pytest.raises(grpc.RpcError) as caught:
        check(health, "nope")
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert "'nope'" in caught.value.details()


def test_the_list_names_every_service_and_model(channel: grpc.Channel):
    # Older releases of the package with the stub have no List.
    answer = channel.unary_unary(f"/{SERVICE}/List")(b"", timeout=10)
    statuses = message("grpc.health.v1.HealthListResponse").FromString(answer).statuses
    services = {service for protocol in GRPC_PROTOCOLS for service in protocol.services}
    assert set(statuses) == {"", "m", "broken", *services}
    assert statuses["m"].status == STATUS.SERVING
    assert {statuses[name].status for name in ("", "broken", *services)} == {STATUS.NOT_SERVING}


def test_a_message_that_cannot_be_read_is_refused(channel: grpc.Channel):
    for method in ("Check", "Watch"):
        with pytest.raises(grpc.RpcError) as caught:
            list(channel.unary_stream(f"/{SERVICE}/{method}")(b"\xff", timeout=10))
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_watch_tells_changes_and_lives_until_the_client_leaves(tmp_path: Any):
    with grpc_house(tmp_path) as house, grpc.insecure_channel(house.target) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service="m"), timeout=60)
        told: queue.Queue[str] = queue.Queue()
        listener = threading.Thread(target=listen, args=(watch, told))
        listener.start()
        assert told.get(timeout=10) == "SERVING"
        house.call(house.manager.unload("m"))
        assert told.get(timeout=10) == "NOT_SERVING"
        house.call(house.manager.load("m"))
        assert told.get(timeout=10) == "SERVING"
        house.do(house.dispatch.stop)
        assert told.get(timeout=10) == "NOT_SERVING"
        assert check(health_pb2_grpc.HealthStub(channel), "m") == "NOT_SERVING"
        watch.cancel()
        assert told.get(timeout=10) == "CANCELLED"
        listener.join(10)


def listen(watch: Any, told: queue.Queue[str]) -> None:
    try:
        for answer in watch:
            told.put(STATUS.ServingStatus.Name(answer.status))
    except grpc.RpcError as error:
        told.put(error.code().name)


def test_what_there_is_not_can_be_watched(health: Any):
    watch = health.Watch(health_pb2.HealthCheckRequest(service="nope"), timeout=10)
    assert next(watch).status == STATUS.SERVICE_UNKNOWN
    watch.cancel()


def test_the_clients_half_is_read_by_theirs(house: House, channel: grpc.Channel):
    path, message = PROTOCOL.encode_call(Ready("m"))
    assert health_pb2.HealthCheckRequest.FromString(message).service == "m"
    answer = channel.unary_unary(path.decode())(message, timeout=10)
    reply: Any = PROTOCOL.decode_reply(Ready("m"), answer)
    assert reply.ready
    reply = PROTOCOL.decode_reply(Ready(), STATUS(status=STATUS.NOT_SERVING).SerializeToString())
    assert (reply.ready, reply.reason) == (False, "NOT_SERVING")
    reply = PROTOCOL.decode_reply(Ready(), b"\x08\x63")
    assert (reply.ready, reply.reason) == (False, "99")


def test_the_clients_half_has_words_for_little():
    with pytest.raises(Unsupported):
        PROTOCOL.encode_call(Ready("m", 1))
    with pytest.raises(Internal):
        PROTOCOL.decode_reply(Ready(), b"\xff")
    kinds = {Code.NOT_FOUND: NotFound, Code.UNIMPLEMENTED: Unsupported, Code.UNAVAILABLE: Internal}
    assert {code: type(PROTOCOL.decode_fault(Ready(), GrpcStatus(code, "x"))) for code in kinds} == kinds
