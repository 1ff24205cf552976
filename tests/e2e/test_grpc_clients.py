"""gRPC clients that others have written, against a server as it is run: tritonclient, grpcio's stubs of health and
reflection, and a raw stub with typed contents as KServe's users have it."""

from __future__ import annotations

import asyncio
import queue
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from serving import DEADLINE_S, Running

grpc: Any = pytest.importorskip("grpc")
triton: Any = pytest.importorskip("tritonclient.grpc")
triton_aio: Any = pytest.importorskip("tritonclient.grpc.aio")
pb: Any = pytest.importorskip("tritonclient.grpc.service_pb2")
stubs: Any = pytest.importorskip("tritonclient.grpc.service_pb2_grpc")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of gevent, while it is imported
    triton_http: Any = pytest.importorskip("tritonclient.http")

MODEL = Path(__file__).parents[2] / "examples" / "wine" / "models" / "wine" / "1" / "model.onnx"
FEATURES = np.random.default_rng(3).uniform(0, 10, (40, 11)).astype(np.float32)


@pytest.fixture(scope="module")
def known() -> Any:
    """What the bare runtime says of FEATURES."""
    session = onnxruntime.InferenceSession(MODEL)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"features": FEATURES}), strict=True))


@pytest.fixture
def client(house: Running) -> Iterator[Any]:
    with triton.InferenceServerClient(house.netloc) as client:
        yield client


@pytest.fixture
def channel(house: Running) -> Iterator[Any]:
    with grpc.insecure_channel(house.netloc) as opened:
        yield opened


def given(name: str, array: np.ndarray, datatype: str = "FP32", kind: Any = triton) -> Any:
    item = kind.InferInput(name, list(array.shape), datatype)
    item.set_data_from_numpy(array)
    return item


def test_tritonclient_sees_health_metadata_and_configuration(client: Any) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("wine", "1")
    assert not client.is_model_ready("wine", "7")
    assert not client.is_model_ready("wein")
    metadata = client.get_model_metadata("wine")
    assert (metadata.name, list(metadata.versions), metadata.platform) == ("wine", ["1"], "onnx")
    assert [(one.name, one.datatype, list(one.shape)) for one in metadata.inputs] == [("features", "FP32", [-1, 11])]
    config = client.get_model_config("wine").config
    assert [(one.name, list(one.dims)) for one in config.input] == [("features", [-1, 11])]


def test_tritonclient_infers_what_the_bare_runtime_says(client: Any, known: Any) -> None:
    result = client.infer("wine", [given("features", FEATURES)], request_id="7", timeout=5_000_000)
    response = result.get_response()
    assert (response.id, response.model_name, response.model_version) == ("7", "wine", "1")
    for name, wanted in known.items():
        assert result.as_numpy(name).tobytes() == wanted.tobytes()


def test_tritonclient_over_grpc_and_over_http_get_the_same(house: Running, client: Any) -> None:
    with triton_http.InferenceServerClient(house.netloc) as over_http:
        for rows in (1, 7, 40):
            ours = client.infer("wine", [given("features", FEATURES[:rows])])
            theirs = over_http.infer("wine", [given("features", FEATURES[:rows], kind=triton_http)])
            for output in ours.get_response().outputs:
                assert ours.as_numpy(output.name).tobytes() == theirs.as_numpy(output.name).tobytes()


def test_tritonclient_names_outputs_and_classifies(client: Any, known: Any) -> None:
    wanted = [triton.InferRequestedOutput("probabilities", class_count=1)]
    result = client.infer("wine", [given("features", FEATURES)], outputs=wanted)
    assert [output.name for output in result.get_response().outputs] == ["probabilities"]
    best = [int(text.rpartition(b":")[2]) for text in result.as_numpy("probabilities").reshape(-1)]
    assert best == known["probabilities"].argmax(axis=1).tolist()


def test_tritonclient_sends_and_gets_strings_and_halves(client: Any) -> None:
    texts = np.array([b"abc", b"", b"\xff\x00"], object)
    result = client.infer("text", [given("x", texts, "BYTES")])
    assert result.as_numpy("output").tolist() == [text[::-1] for text in texts]
    halves = np.array([0.5, np.inf, -2], np.float16)
    assert client.infer("half", [given("x", halves, "FP16")]).as_numpy("y").tobytes() == halves.tobytes()


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_tritonclient_compresses(client: Any, coding: str) -> None:
    a = np.zeros((1000, 2), np.float32)
    result = client.infer("pair", [given("a", a), given("b", a + 1)], compression_algorithm=coding)
    assert (result.as_numpy("sum") == 1).all()


def test_tritonclient_in_parallel(client: Any) -> None:
    answers: queue.Queue[Any] = queue.Queue()
    for number in range(50):
        row = np.full((1, 2), number, np.float32)
        client.async_infer(
            "pair", [given("a", row), given("b", row)], lambda result, error: answers.put(error or result)
        )
    sums = {answers.get(timeout=DEADLINE_S).as_numpy("sum")[0, 0] for _ in range(50)}
    assert sums == {2 * number for number in range(50)}


def test_tritonclient_gets_faults_as_its_own_exception(client: Any) -> None:
    bad = np.zeros((1, 3), np.float32)
    for model, inputs, status, message in (
        ("pair", [given("a", bad), given("b", bad)], "INVALID_ARGUMENT", "shape"),
        ("pair", [given("a", bad)], "INVALID_ARGUMENT", "missing input 'b'"),
        ("wein", [given("a", bad)], "NOT_FOUND", "Request for unknown model: 'wein' is not found"),
    ):
        with pytest.raises(triton.InferenceServerException, match=message) as caught:
            client.infer(model, inputs)
        assert caught.value.status() == f"StatusCode.{status}"


def test_tritonclients_stream_tells_answers_and_faults_in_order(client: Any) -> None:
    answers: queue.Queue[Any] = queue.Queue()
    client.start_stream(lambda result, error: answers.put(error or result))
    for number in range(20):
        row = np.full((1, 2), number, np.float32)
        name = "wein" if number == 7 else "pair"
        client.async_stream_infer(name, [given("a", row), given("b", row)], request_id=str(number))
    told = [answers.get(timeout=DEADLINE_S) for _ in range(20)]
    client.stop_stream()
    assert "unknown model: 'wein'" in str(told.pop(7))
    numbers = [number for number in range(20) if number != 7]
    assert [one.get_response().id for one in told] == [str(number) for number in numbers]
    assert [one.as_numpy("sum")[0, 0] for one in told] == [2 * number for number in numbers]


def test_tritonclients_asyncio_form(house: Running, known: Any) -> None:
    async def rows() -> AsyncIterator[dict[str, Any]]:
        for number in range(10):
            yield {"model_name": "wine", "inputs": [given("features", FEATURES[number : number + 1])]}

    async def converse() -> list[Any]:
        async with triton_aio.InferenceServerClient(house.netloc) as client:
            assert await client.is_model_ready("wine")
            one, two = await asyncio.gather(*(client.infer("wine", [given("features", FEATURES)]) for _ in range(2)))
            assert one.as_numpy("quality").tobytes() == two.as_numpy("quality").tobytes() == known["quality"].tobytes()
            return [(result, error) async for result, error in client.stream_infer(rows())]

    told = asyncio.run(asyncio.wait_for(converse(), DEADLINE_S))
    assert [error for _, error in told] == [None] * 10
    assert [result.as_numpy("quality")[0] for result, _ in told] == known["quality"][:10].tolist()


def test_a_raw_stub_with_typed_contents_is_answered_in_kind(channel: Any, known: Any) -> None:
    request = pb.ModelInferRequest(model_name="wine", id="k")
    item = request.inputs.add(name="features", datatype="FP32", shape=FEATURES.shape)
    item.contents.fp32_contents.extend(FEATURES.reshape(-1).tolist())
    answer = stubs.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=DEADLINE_S)
    assert list(answer.raw_output_contents) == []
    outputs = {output.name: output for output in answer.outputs}
    probabilities = np.array(outputs["probabilities"].contents.fp32_contents, np.float32)
    assert probabilities.tobytes() == known["probabilities"].tobytes()
    assert list(outputs["quality"].contents.int64_contents) == known["quality"].tolist()


def test_health_and_reflection_tell_of_services_and_models(channel: Any) -> None:
    health: Any = pytest.importorskip("grpc_health.v1.health_pb2_grpc")
    messages: Any = pytest.importorskip("grpc_health.v1.health_pb2")
    stub = health.HealthStub(channel)
    for service in ("", "wine", "PredictionService", "inference.GRPCInferenceService"):
        answer = stub.Check(messages.HealthCheckRequest(service=service), timeout=DEADLINE_S)
        assert answer.status == messages.HealthCheckResponse.SERVING
    with pytest.raises(grpc.RpcError) as caught:
        stub.Check(messages.HealthCheckRequest(service="wein"), timeout=DEADLINE_S)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    databases: Any = pytest.importorskip("grpc_reflection.v1alpha.proto_reflection_descriptor_database")
    listed = databases.ProtoReflectionDescriptorDatabase(channel).get_services()
    assert {"inference.GRPCInferenceService", "tensorflow.serving.PredictionService"} <= set(listed)
