"""What a gRPC call that cannot be answered gets: a clear status, a server that goes on, and nobody else disturbed.

During each of these another client's call is in flight; it is let go on afterwards, and must be answered right.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from h2_client import Answer, Client, connected, message
from serving import DEADLINE_S, Running, serving, until

from salver.protocols.messages import message as kind

WINE = Path(__file__).parents[2] / "examples" / "wine" / "models" / "wine"
MAX_BODY_BYTES = 4_000_000
TF, OI = "/tensorflow.serving.PredictionService/", "/inference.GRPCInferenceService/"
PREDICT, INFER, STREAM = TF + "Predict", OI + "ModelInfer", OI + "ModelStreamInfer"
ROW = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]
OK, CANCELLED, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND = 0, 1, 3, 4, 5
RESOURCE_EXHAUSTED, FAILED_PRECONDITION, UNIMPLEMENTED, INTERNAL = 8, 9, 12, 13

HELD = """
import os, time

def predict(x: bytes) -> bytes:
    while x.startswith(b"/") and not os.path.exists(x):
        time.sleep(0.005)
    return x[::-1]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """wine: FP32 [-1, 11]. column: FP64, doubled. held: BYTES backwards, once there is a file of that name."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "held.py").write_text(HELD)
    (folder / "column.py").write_text("def predict(x: float) -> float:\n    return 2 * x\n")
    (folder / "config.yaml").write_text(
        f"models:\n  wine: {{path: {WINE}}}\n  held: {{path: 'held.py:predict'}}\n"
        f"  column: {{path: 'column.py:predict'}}\nlimits: {{max_body_bytes: {MAX_BODY_BYTES}}}\n"
    )
    with serving(str(folder / "config.yaml"), state=folder / "state") as running:
        assert running.get("/readyz").status == 200
        yield running
        assert "Traceback" not in running.log.read_text()


@pytest.fixture(autouse=True)
def bystander(server: Running, tmp_path: Path) -> Iterator[None]:
    """Somebody else's call."""
    gate = tmp_path / "gate"
    with grpc.insecure_channel(server.netloc) as channel:
        waiting = unary(channel, PREDICT, "PredictResponse").future(text("held", str(gate)), timeout=DEADLINE_S)
        yield
        assert not waiting.done()
        gate.touch()
        assert list(waiting.result().outputs["output"].string_val) == [os.fsencode(gate)[::-1]]
        answer = unary(channel, PREDICT, "PredictResponse")(wine(), timeout=DEADLINE_S)
        assert sum(answer.outputs["probabilities"].float_val) == pytest.approx(1, abs=1e-5)


@pytest.fixture
def client(server: Running) -> Iterator[Client]:
    with connected(server.address[1]) as client:
        yield client


def unary(channel: Any, path: str, answer: str) -> Any:
    read = kind(f"tensorflow.serving.{answer}").FromString
    return channel.unary_unary(path, lambda sent: sent.SerializeToString(), read)


def wine(**tensor: Any) -> Any:
    """A good request, but for what is said of its tensor."""
    proto = kind("tensorflow.serving.PredictRequest")(model_spec={"name": "wine"})
    good = {"dtype": 1, "tensor_shape": {"dim": [{"size": 1}, {"size": 11}]}, "float_val": ROW}
    proto.inputs["features"].CopyFrom(kind("tensorflow.TensorProto")(**{**good, **tensor}))
    return proto


def text(model: str, value: str) -> Any:
    proto = kind("tensorflow.serving.PredictRequest")(model_spec={"name": model})
    tensor = {"dtype": 7, "tensor_shape": {"dim": [{"size": 1}]}, "string_val": [value.encode()]}
    proto.inputs["x"].CopyFrom(kind("tensorflow.TensorProto")(**tensor))
    return proto


def infer(raw: bytes | None = bytes(44), **changed: Any) -> Any:
    good = {"name": "features", "datatype": "FP32", "shape": [1, 11]}
    raws = [] if raw is None else [raw]
    return kind("inference.ModelInferRequest")(model_name="wine", inputs=[{**good, **changed}], raw_input_contents=raws)


def open_call(client: Client, path: str, *more: tuple[str, str], method: str = "POST") -> int:
    head = (":method", method), (":scheme", "http"), (":path", path), (":authority", "h")
    return client.open((*head, ("te", "trailers"), ("content-type", "application/grpc"), *more))


def call(client: Client, path: str, data: bytes, *more: tuple[str, str]) -> Answer:
    """One call of these bytes, whatever they are; how it ended."""
    stream = open_call(client, path, *more)
    client.send(stream, data, end=True)
    return client.wait(stream)


def works(client: Client) -> None:
    """The same connection answers a good call."""
    assert call(client, PREDICT, message(wine().SerializeToString())).grpc == (OK, "")
    assert call(client, INFER, message(infer().SerializeToString())).grpc == (OK, "")


def resident_bytes(server: Running) -> int:
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


GOOD = {PREDICT: wine().SerializeToString(), INFER: infer().SerializeToString()}
GZIP = ("grpc-encoding", "gzip")
LARGEST = 2**31 - 1

# Bytes that are no message, on the way to both protocols.

BROKEN: dict[str, tuple[Callable[[bytes], bytes], tuple[tuple[str, str], ...], int, str]] = {
    "no message": (lambda good: b"", (), UNIMPLEMENTED, "this method takes one message, and none came"),
    "half a prefix": (lambda good: b"\0\0", (), INTERNAL, "within a message: 2 of the 5 bytes before it came"),
    "truncated": (lambda good: message(good)[:-7], (), INTERNAL, "the stream ended within a message: "),
    "claims one byte more": (lambda good: message(good, length=len(good) + 1), (), INTERNAL, "ended within a message"),
    "claims one byte less": (lambda good: message(good, length=len(good) - 1), (), INTERNAL, "ended within a message"),
    "claims no bytes": (lambda good: message(good, length=0), (), RESOURCE_EXHAUSTED, "larger than max"),
    "claims 2 GB": (lambda good: message(good, length=LARGEST), (), RESOURCE_EXHAUSTED, f"max ({LARGEST} vs. "),
    "claims 4 GB": (lambda good: message(good, length=2**32 - 1), (), RESOURCE_EXHAUSTED, f"max ({2**32 - 1} vs. "),
    "twice": (lambda good: message(good) * 2, (), UNIMPLEMENTED, "this method takes one message, and several came"),
    "compressed, says the flag only": (lambda good: message(good, 1), (), INTERNAL, "grpc-encoding names no"),
    "a flag that is none": (lambda good: message(good, 2), (GZIP,), INTERNAL, "compressed flag is 2, wanted 0 or 1"),
    "not compressed, says the flag": (lambda good: message(gzip.compress(good)), (GZIP,), INVALID_ARGUMENT, "no "),
    "compressed, and is not": (lambda good: message(good, 1), (GZIP,), INTERNAL, "broken gzip"),
    "half compressed": (lambda good: message(gzip.compress(good)[:-9], 1), (GZIP,), INTERNAL, "ends in the middle"),
    "compressed by nobody knows what": (
        lambda good: message(good, 1), (("grpc-encoding", "br"),), UNIMPLEMENTED, "grpc-encoding 'br' is not supported",
    ),
    "a bomb": (
        lambda good: message(gzip.compress(bytes(50_000_000)), 1), (GZIP,), RESOURCE_EXHAUSTED, "larger than max",
    ),
    "another protobuf": (lambda good: message(b"\xff" * 40), (), INVALID_ARGUMENT, "no "),
    "cut within": (lambda good: message(good[:-7]), (), INVALID_ARGUMENT, ""),
    "of another format": (
        lambda good: message(b"{}"), (("content-type", "application/grpc+json"),), UNIMPLEMENTED, "grpc+json",
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", [PREDICT, INFER])
@pytest.mark.parametrize("problem", BROKEN)
def test_what_is_no_message(client: Client, path: str, problem: str) -> None:
    breaks, more, code, said = BROKEN[problem]
    if dict(more).get("content-type"):
        stream = client.open([(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "h"), *more])
        client.send(stream, breaks(GOOD[path]), end=True)
        answer = client.wait(stream)
    else:
        answer = call(client, path, breaks(GOOD[path]), *more)
    told, words = answer.grpc
    assert told == code, words
    assert said in words
    assert len(words) > 10
    works(client)


def test_what_compressions_there_are_is_said(client: Client) -> None:
    fields = call(client, PREDICT, message(b"x", 1), ("grpc-encoding", "br")).headers
    assert fields["grpc-accept-encoding"].split(",") == ["identity", "deflate", "gzip"]


def test_a_claim_costs_no_memory(server: Running, client: Client) -> None:
    before = resident_bytes(server)
    streams = [open_call(client, PREDICT) for _ in range(50)]
    for stream in streams:
        client.send(stream, b"\0" + (MAX_BODY_BYTES - 1).to_bytes(4, "big"))
    works(client)
    assert resident_bytes(server) - before < 20_000_000
    for stream in streams:
        client.h2.reset_stream(stream, 8)
    works(client)


def test_a_length_of_the_body_that_lies(client: Client) -> None:
    stream = open_call(client, PREDICT, ("content-length", "1000"))
    client.h2.send_data(stream, message(b"x"), end_stream=True)
    assert client.wait(stream).reset == 1  # PROTOCOL_ERROR
    works(client)


# Tensors that contradict themselves.


def shape(*sizes: int) -> dict[str, Any]:
    return {"dim": [{"size": size} for size in sizes]}


CONTENT = bytes(44)
TENSORS: dict[str, tuple[Any, str]] = {
    "content of another length": (
        {"float_val": [], "tensor_content": CONTENT[:-1]},
        "tensor_content has 43 bytes; FP32[1, 11] takes 44",
    ),
    "content for a smaller shape": (
        {"float_val": [], "tensor_content": CONTENT, "tensor_shape": shape(1, 10)},
        "tensor_content has 44 bytes; FP32[1, 10] takes 40",
    ),
    "content for a shape beyond memory": (
        {"float_val": [], "tensor_content": CONTENT, "tensor_shape": shape(2**29, 11)},
        f"tensor_content has 44 bytes; FP32[{2**29}, 11] takes {2**29 * 44}",
    ),
    "more values than the shape takes": (
        {"tensor_shape": shape(1, 10)}, "11 values; FP32[1, 10] takes 10",
    ),
    "one value for 2 GB": (
        {"float_val": [1.0], "tensor_shape": shape(2**29)},
        f"1 values; FP32[{2**29}] takes {2**29}, too many to be filled up",
    ),
    "no value for 2 GB": (
        {"float_val": [], "tensor_shape": shape(2**29)},
        f"0 values; FP32[{2**29}] takes {2**29}, too many to be filled up",
    ),
    "another dtype's values": ({"dtype": 9}, "the dtype is INT64, but the values are in float_val"),
    "another dtype's strings": (
        {"float_val": [], "string_val": [b"a"] * 11}, "the dtype is FP32, but the values are in string_val",
    ),
    "no dtype": ({"dtype": 0}, "there is no place for dtype DT_INVALID"),
    "a dtype that nobody knows": ({"dtype": 77}, "there is no place for dtype 77"),
    "a resource": ({"dtype": 20}, "there is no place for dtype DT_RESOURCE"),
    "complex numbers": ({"dtype": 8, "float_val": []}, "there is no place for dtype DT_COMPLEX64"),
    "a size below zero": ({"tensor_shape": shape(-1, 11)}, "there is no tensor of shape [-1, 11]"),
    "a shape that overflows": (
        {"tensor_shape": shape(2**62, 2**62)}, f"there is no tensor of shape [{2**62}, {2**62}]",
    ),
    "nothing, and endless": ({"tensor_shape": shape(0, 2**62)}, f"there is no tensor of shape [0, {2**62}]"),
    "33 axes": ({"tensor_shape": shape(*[1] * 33)}, "the shape has 33 axes, wanted at most 32"),
    "an unknown rank": ({"tensor_shape": {"unknown_rank": True}}, "the shape is unknown"),
    "integers out of range": (
        {"dtype": 6, "float_val": [], "int_val": [300] * 11}, "values from 300 to 300 do not fit INT8",
    ),
    "strings cut short": (
        {"dtype": 7, "float_val": [], "tensor_content": b"\x09a", "tensor_shape": shape(1)},
        "tensor_content has 1 bytes for strings of 9",
    ),
}  # fmt: skip


@pytest.mark.parametrize("problem", TENSORS)
def test_a_tensor_that_contradicts_itself(server: Running, client: Client, problem: str) -> None:
    tensor, said = TENSORS[problem]
    before = resident_bytes(server)
    told, words = call(client, PREDICT, message(wine(**tensor).SerializeToString())).grpc
    assert told == INVALID_ARGUMENT
    assert words.startswith("tensor parsing error: features: ")
    assert said in words
    assert resident_bytes(server) - before < 20_000_000
    works(client)


@pytest.mark.parametrize(
    ("tensor", "said"),
    [({"tensor_shape": shape(1, 10), "float_val": ROW[:10]}, "10"), ({"tensor_shape": shape(11)}, "[11]"),
     ({"dtype": 2, "float_val": [], "double_val": ROW}, "FP64")],
    ids=["size", "rank", "dtype"],
)  # fmt: skip
def test_a_tensor_that_the_model_does_not_take(client: Client, tensor: Any, said: str) -> None:
    told, words = call(client, PREDICT, message(wine(**tensor).SerializeToString())).grpc
    assert told == INVALID_ARGUMENT
    assert "features" in words
    assert said in words


FLOATS = {"fp32_contents": ROW}
INPUTS: dict[str, tuple[Any, str]] = {
    "raw bytes of another length": (infer(bytes(43)), "raw_input_contents[0] of input 'features': "),
    "raw bytes for nothing": (infer(b""), "raw_input_contents[0]"),
    "a shape beyond memory": (infer(shape=[2**31, 2**31]), "raw_input_contents[0]"),
    "a shape that overflows": (infer(shape=[2**62, 2**62]), "larger than"),
    "nothing, and endless": (infer(b"", shape=[0, 2**62]), "more than can be counted"),
    "a size below zero": (infer(shape=[-1, 11]), "wanted a whole number from 0 up, got -1"),
    "33 axes": (infer(shape=[1] * 33), "33 axes, wanted at most 32"),
    "another datatype": (infer(datatype="INT64"), "input 'features' came as 'INT64'; the model takes FP32"),
    "no datatype": (infer(datatype="FLOAT"), "'FLOAT', which is no datatype"),
    "values and bytes": (infer(contents=FLOATS), "must not be specified when using raw_input_contents"),
    "another datatype's values": (
        infer(None, contents={"int_contents": [1] * 11}), "contents.int_contents is filled; FP32 stands in fp32_conte",
    ),
    "too few values": (infer(None, contents={"fp32_contents": ROW[:10]}), "holds 10 values; the shape takes 11"),
    "few values for 2 GB": (infer(None, contents=FLOATS, shape=[2**29, 11]), f"the shape takes {2**29 * 11}"),
    "no values": (infer(None), "unable to find data for input tensor 'features'"),
}  # fmt: skip


@pytest.mark.parametrize("problem", INPUTS)
def test_an_input_that_contradicts_itself(server: Running, client: Client, problem: str) -> None:
    request, said = INPUTS[problem]
    before = resident_bytes(server)
    told, words = call(client, INFER, message(request.SerializeToString())).grpc
    assert told == INVALID_ARGUMENT
    assert said in words
    assert resident_bytes(server) - before < 20_000_000
    works(client)


def test_a_bad_message_in_a_stream_is_answered_with_an_error_and_the_stream_goes_on(client: Client) -> None:
    bad, good = infer(bytes(43)), infer()
    bad.id, good.id = "bad", "good"
    stream = open_call(client, STREAM)
    for request in (bad, good, bad, good):
        client.send(stream, message(request.SerializeToString()))
    client.h2.end_stream(stream)
    answer = client.wait(stream)
    assert answer.grpc == (OK, "")
    told = [kind("inference.ModelStreamInferResponse").FromString(data) for _, data in answer.messages]
    assert [bool(one.error_message) for one in told] == [True, False, True, False]
    assert [one.infer_response.id for one in told] == ["bad", "good", "bad", "good"]


def test_a_stream_that_breaks_in_a_message(client: Client) -> None:
    stream = open_call(client, STREAM)
    client.send(stream, message(GOOD[INFER]) + message(GOOD[INFER])[:-3], end=True)
    answer = client.wait(stream)
    assert answer.grpc[0] == INTERNAL
    assert "ended within a message" in answer.grpc[1]
    works(client)


# Names, paths, time.


def test_what_is_not_there(client: Client) -> None:
    def refused(path: str, data: bytes = b"") -> tuple[int, str]:
        return call(client, path, message(data)).grpc

    assert refused("/no.Service/Method") == (UNIMPLEMENTED, "unknown service no.Service")
    unheard = UNIMPLEMENTED, "unknown method No for service tensorflow.serving.PredictionService"
    assert refused(TF + "No") == unheard
    assert refused("/") == (UNIMPLEMENTED, "malformed method name: '/'")
    assert refused("/tensorflow.serving.SessionService/SessionRun")[0] == UNIMPLEMENTED
    request = wine()
    request.model_spec.name = "wein"
    assert refused(PREDICT, request.SerializeToString()) == (
        NOT_FOUND, "Servable not found for request: Latest(wein)",
    )  # fmt: skip
    assert refused(INFER, kind("inference.ModelInferRequest")(model_name="wein").SerializeToString())[0] == NOT_FOUND


@pytest.mark.parametrize(
    ("method", "content_type", "status"),
    [("GET", "application/grpc", 405), ("POST", "application/json", 415), ("POST", "application/grpc-web", 415)],
)
def test_what_is_not_grpc_at_all(client: Client, method: str, content_type: str, status: int) -> None:
    head = (":method", method), (":scheme", "http"), (":path", PREDICT), (":authority", "h")
    stream = client.open([*head, ("content-type", content_type)], end=True)
    assert client.wait(stream).status == status
    works(client)


@pytest.mark.parametrize("path", [PREDICT, INFER])
def test_a_deadline_that_is_past(client: Client, path: str) -> None:
    answer = call(client, path, message(GOOD[path]), ("grpc-timeout", "0n"))
    assert answer.grpc == (DEADLINE_EXCEEDED, "Deadline Exceeded")
    works(client)


@pytest.mark.parametrize("timeout", ["", "1", "S", "-1S", "123456789S", "1s", "1.5S"])
def test_a_deadline_that_is_none(server: Running, timeout: str) -> None:
    with connected(server.address[1]) as client:
        stream = open_call(client, PREDICT, ("grpc-timeout", timeout))
        client.send(stream, message(GOOD[PREDICT]), end=True)
        answer = client.wait(stream)
        assert answer.grpc[0] == INTERNAL
        assert "malformed grpc-timeout" in answer.grpc[1]
        works(client)


def test_a_deadline_that_passes_while_the_model_computes(server: Running, tmp_path: Path) -> None:
    with grpc.insecure_channel(server.netloc) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            unary(channel, PREDICT, "PredictResponse")(text("held", str(tmp_path / "never")), timeout=0.1)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    (tmp_path / "never").touch()


def test_streams_reset_in_the_middle(client: Client, tmp_path: Path) -> None:
    data = message(GOOD[PREDICT])
    for cut in (0, 3, 5, len(data) // 2, len(data)):
        stream = open_call(client, PREDICT)
        client.send(stream, data[:cut])
        client.h2.reset_stream(stream, 8)
        client.flush()
    held = tmp_path / "gone"
    stream = open_call(client, PREDICT)
    client.send(stream, message(text("held", str(held)).SerializeToString()), end=True)
    client.h2.reset_stream(stream, 8)
    works(client)
    held.touch()


def test_clients_that_leave_in_a_message_are_forgotten(server: Running) -> None:
    for _ in range(20):
        with connected(server.address[1]) as client:
            stream = open_call(client, PREDICT)
            client.send(stream, message(GOOD[PREDICT])[:-1])
    until(lambda: open_connections(server) <= 3)  # the one that asks, the one in flight, one that was just left


def open_connections(server: Running) -> float:
    found = re.search(rb"^salver_connections (\S+)$", server.get("/metrics").body, re.MULTILINE)
    assert found
    return float(found[1])


# Few bytes that would become many.


def regress(count: int, context_bytes: int = 0) -> Any:
    proto = kind("tensorflow.serving.RegressionRequest")(model_spec={"name": "column"})
    if context_bytes:
        examples = proto.input.example_list_with_context
        examples.context.features.feature["x"].float_list.value.append(1.0)
        examples.context.features.feature["more"].bytes_list.value.append(bytes(context_bytes))
    else:
        examples = proto.input.example_list
    examples.examples.extend(kind("tensorflow.Example")() for _ in range(count))
    return proto


def tasks(count: int) -> Any:
    proto = kind("tensorflow.serving.MultiInferenceRequest")()
    for _ in range(count):
        proto.tasks.add(method_name="tensorflow/serving/regress").model_spec.name = "column"
    return proto


def named(**names: int) -> Any:
    """Inputs and outputs, so many and with names so long."""
    proto = kind("inference.ModelInferRequest")(model_name="wine")
    proto.inputs.extend(kind("inference.ModelInferRequest").InferInputTensor() for _ in range(names.get("inputs", 0)))
    if "length" in names:
        proto.inputs.add(name="n" * names["length"], datatype="FP32", shape=[1])
    for _ in range(names.get("outputs", 0)):
        proto.outputs.add()
    if "outputs" in names:
        proto.MergeFrom(infer())
    return proto


@pytest.mark.parametrize(
    ("path", "request_", "said"),
    [
        (TF + "Regress", regress(20_000, 60_000), "is merged into each of 20000 examples: wanted at most"),
        (TF + "Regress", regress(200_000), "200000 examples, wanted at most 100000"),
        (TF + "MultiInference", tasks(100_000), "100000 tasks, wanted at most 1000"),
        (INFER, named(inputs=200_000), "there is no input ''"),
        (INFER, named(outputs=200_000), "there is no output ''"),
        (INFER, named(length=3_000_000), "there is no input 'nnn"),
    ],
    ids=["context", "examples", "tasks", "inputs", "outputs", "a name"],
)
def test_what_would_grow(server: Running, client: Client, path: str, request_: Any, said: str) -> None:
    data = message(request_.SerializeToString())
    call(client, path, data)  # what any message of this length costs for good
    before = resident_bytes(server)
    for _ in range(3):
        told, words = call(client, path, data).grpc
        assert told == INVALID_ARGUMENT
        assert said in words
    assert resident_bytes(server) - before < 30_000_000


@pytest.mark.parametrize("path", [PREDICT, INFER, OI + "ModelReady", OI + "ModelMetadata", TF + "GetModelMetadata"])
def test_a_name_as_long_as_a_message(client: Client, path: str) -> None:
    name = "é" * 1_500_000
    spec = {"model_spec": {"name": name}}
    request = {
        PREDICT: lambda: kind("tensorflow.serving.PredictRequest")(**spec),
        INFER: lambda: kind("inference.ModelInferRequest")(model_name=name),
        OI + "ModelReady": lambda: kind("inference.ModelReadyRequest")(name=name),
        OI + "ModelMetadata": lambda: kind("inference.ModelMetadataRequest")(name=name),
        TF + "GetModelMetadata": lambda: kind("tensorflow.serving.GetModelMetadataRequest")(
            metadata_field=["signature_def"], **spec
        ),
    }[path]()
    code, words = call(client, path, message(request.SerializeToString())).grpc
    assert code == (OK if path.endswith("Ready") else NOT_FOUND)
    assert len(words) < 5000
    works(client)
