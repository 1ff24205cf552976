"""Messages over gRPC, with protobuf's own classes as the judge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from seldon_corridor import OPEN
from seldon_corridor import request_of as over_rest

from salver.core.calls import Call, Feedback, FeedbackTaken, Metadata, ModelMetadata, Predict, Predicted, Reply
from salver.core.errors import BadInput, Fault, NotFound, Unsupported
from salver.core.graphlike import NodeDescription
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec
from salver.core.trail import Trail
from salver.protocols.messages import POOL, message
from salver.protocols.rpc import Streaming, Unary
from salver.protocols.seldon import proto_lists
from salver.protocols.seldon.grpc import METHODS, PROTOCOL

MESSAGE = message("seldon.protos.SeldonMessage")
BY_PATH = {method.path.decode().removeprefix("/seldon.protos."): method for method in METHODS}


def unary(name: str) -> Unary:
    method = BY_PATH[name]
    assert isinstance(method, Unary)
    return method


def sent(told: dict[str, Any]) -> bytes:
    data: bytes = json_format.ParseDict(told, MESSAGE()).SerializeToString()
    return data


def request_of(data: bytes) -> Request:
    call = unary("Seldon/Predict").decode_call(data)
    assert isinstance(call, Predict)
    return call.read(OPEN)


def answered(data: bytes, response: Response, name: str = "Seldon/Predict") -> Any:
    method = unary(name)
    call = method.decode_call(data)
    assert isinstance(call, Predict)
    call.read(OPEN)
    return MESSAGE.FromString(method.encode_reply(call, Predicted("m", 1, DEFAULT, OPEN[DEFAULT], response)))


def test_every_method_of_the_services_is_there():
    wanted = {
        f"{name.removeprefix('seldon.protos.')}/{method.name}"
        for name in PROTOCOL.services
        for method in POOL.FindServiceByName(name).methods
    }
    assert set(BY_PATH) == wanted
    assert len(PROTOCOL.services) == 7


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, min_side=0, max_side=4)))
def test_a_tensor_is_what_protobuf_wrote(values: np.ndarray[Any, Any]):
    proto = MESSAGE()
    proto.data.tensor.shape.extend(values.shape)
    proto.data.tensor.values.extend(values.reshape(-1))
    tensor = request_of(proto.SerializeToString()).tensors["data"]
    assert tensor.dtype == "FP64"
    assert np.array_equal(tensor.array, values, equal_nan=True)
    assert tensor.array.shape == values.shape


def test_values_that_are_not_packed_are_read_too():
    """As protobuf's readers must: each double for itself, tag 17."""
    number = b"\x11" + np.float64(1.5).tobytes()
    packed = b"\x12\x08" + np.float64(2.5).tobytes()
    for values in (number * 3, packed + number + packed, packed * 3):
        tensor = b"\x0a\x01\x03" + values
        data = b"\x12" + bytes((len(tensor),)) + tensor
        read = request_of(b"\x1a" + bytes((len(data),)) + data).tensors["data"].array.tolist()
        assert read == list(message("seldon.protos.Tensor").FromString(tensor).values)


FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | FINITE | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
LISTS = st.lists(VALUES, max_size=5) | hnp.arrays(
    np.float64, hnp.array_shapes(max_dims=4, max_side=3), elements=FINITE
).map(lambda array: array.tolist())


@given(LISTS)
def test_an_ndarray_is_what_protobuf_wrote(lists: list[Any]):
    tensor = request_of(sent({"data": {"ndarray": lists, "names": ["a"]}})).tensors["data"]
    assert tensor.array.tolist() == lists
    assert tensor.names == ("a",)
    assert tensor.dtype in ("FP64", "BYTES", "BOOL", "JSON")


@given(LISTS)
def test_lists_are_written_as_protobuf_writes_them(lists: list[Any]):
    wanted = json_format.ParseDict(lists, message("google.protobuf.ListValue")())  # type: ignore[arg-type] # of well-known types it takes more
    assert message("google.protobuf.ListValue").FromString(proto_lists.write_list(lists)) == wanted


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=4, max_side=3, min_side=0), elements=FINITE))
def test_numbers_are_written_as_protobuf_writes_them(values: np.ndarray[Any, Any]):
    wanted = json_format.ParseDict(values.tolist(), message("google.protobuf.ListValue")())
    data = proto_lists.write_numbers(values)
    assert message("google.protobuf.ListValue").FromString(data) == wanted
    found = proto_lists.read_numbers(data)
    if values.size and values.ndim < 3:
        assert found is not None
        assert np.array_equal(found, values)


@given(VALUES)
def test_json_data_comes_back_as_it_went(value: Any):
    data = sent({"jsonData": value})
    tensors = request_of(data).tensors
    assert tensors["jsonData"].array.item() == value
    assert answered(data, Response(tensors)).jsonData == MESSAGE.FromString(data).jsonData


@given(st.text(), st.binary())
def test_text_and_bytes_come_back_as_they_went(text: str, raw: bytes):
    for proto in (MESSAGE(strData=text), MESSAGE(binData=raw)):
        data = proto.SerializeToString()
        back = answered(data, Response(request_of(data).tensors))
        back.ClearField("meta")
        assert back == proto


@pytest.mark.parametrize("dtype", [name for name in NUMPY if name not in ("JSON", "BYTES", "BOOL")])
@pytest.mark.parametrize("form", ["tensor", "ndarray", "tftensor"])
def test_numbers_of_every_dtype_are_answered_in_the_form_of_the_request(dtype: str, form: str):
    asked = {
        "tensor": {"tensor": {"shape": [1], "values": [1]}},
        "ndarray": {"ndarray": [1]},
        "tftensor": {"tftensor": {"dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": 1}]}, "floatVal": [1]}},
    }[form]
    bits = 0x3F80 if dtype == "BF16" else 1
    response = Response({"y": Tensor(dtype, np.full((2, 3), bits, NUMPY[dtype]))})
    back = answered(sent({"data": asked}), response)
    assert back.data.WhichOneof("data_oneof") == form
    assert list(back.data.names) == ["t:0", "t:1", "t:2"]
    read = request_of(back.SerializeToString()).tensors["data"]
    if form == "tftensor":
        assert (read.dtype, read.array.tolist()) == (dtype, response.tensors["y"].array.tolist())
    else:
        assert (read.dtype, read.array.tolist()) == ("FP64", [[1.0] * 3] * 2)


def test_texts_are_answered_as_an_ndarray():
    back = answered(
        sent({"data": {"tensor": {"shape": [1], "values": [1]}}}),
        Response({"y": Tensor("BYTES", np.array([["a", b"b"], [None, ""]], object))}),
    )
    assert [proto_lists.plain(row) for row in back.data.ndarray.values] == [["a", "b"], [None, ""]]


def test_the_meta_comes_and_goes():
    meta = {
        "puid": "p",
        "tags": {"t": {"x": [1.0, None, True]}},
        "routing": {"old": 1},
        "requestPath": {"n": "image"},
        "metrics": [{"key": "k", "type": "TIMER", "value": 2.5, "tags": {"a": "b"}}],
    }
    data = sent({"strData": "a", "meta": meta})
    request = request_of(data)
    assert request.id == "p"
    assert request.params == {"transport": "grpc"}
    assert request.trail is not None
    assert (request.trail.tags, request.trail.path) == (meta["tags"], meta["requestPath"])
    assert (request.trail.routing, request.trail.metrics) == ({}, [])
    trail = Trail()
    trail.tags, trail.routing, trail.path = {"t": 1}, {"r": -1}, {"r": "router"}
    trail.metrics = [{"key": "k", "type": "GAUGE", "value": 1.5, "tags": {"n": 3}}]
    back = answered(data, Response(request.tensors, trail=trail))
    assert json_format.MessageToDict(back.meta) == {
        "puid": "p",
        "tags": {"t": 1.0},
        "routing": {"r": -1},
        "requestPath": {"r": "router"},
        "metrics": [{"key": "k", "type": "GAUGE", "value": 1.5, "tags": {"n": "3"}}],
    }


def test_a_request_without_a_puid_gets_one():
    assert len(answered(sent({"strData": "a"}), Response({})).meta.puid) == 32


@pytest.mark.parametrize("name", ["Model/Predict", "Generic/TransformInput", "OutputTransformer/TransformOutput"])
def test_a_whole_graph_is_a_model_to_its_caller(name: str):
    back = answered(sent({"strData": "a"}), Response({"y": Tensor("INT64", np.array([3]))}), name)
    assert list(back.data.tensor.values) == [3.0]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\xff", "no SeldonMessage"),
        (b"", "there is none"),
        (b"\x1a\x07\x12\x05\x0a\x01\x02\x12\x00", "there are 0, but shape"),
        (MESSAGE(meta={"puid": "a" * 257}, strData="a").SerializeToString(), "at most 256"),
        (MESSAGE(data={"tensor": {"shape": [-1]}}).SerializeToString(), "sizes from 0"),
        (MESSAGE(data={"tensor": {"shape": [0, *[2**31 - 1] * 3]}}).SerializeToString(), "there is no tensor of shape"),
        (MESSAGE(data={"tensor": {"shape": [2**31 - 1] * 3, "values": [1]}}).SerializeToString(), "there are 1"),
        (MESSAGE(data={"tftensor": {"dtype": 99}}).SerializeToString(), "data.tftensor"),
        (MESSAGE(meta={"metrics": [{"type": 7}]}, strData="a").SerializeToString(), "no type 7"),
    ],
)
def test_a_bad_message_is_refused(data: bytes, told: str):
    with pytest.raises(BadInput, match=told):
        request_of(data)


def test_custom_data_is_not_carried():
    with pytest.raises(Unsupported, match="customData"):
        request_of(MESSAGE(customData={"type_url": "x"}).SerializeToString())


@given(st.binary(max_size=100))
def test_no_bytes_raise_anything_but_faults(data: bytes):
    for whole in (data, b"\x1a" + bytes((len(data),)) + data, b"\x32" + bytes((len(data),)) + data):
        for method in METHODS:
            try:
                call = method.decode_call(whole) if isinstance(method, Unary) else None
                if isinstance(call, (Predict, Feedback)):
                    call.read(OPEN)
            except Fault:
                continue


def test_lists_nested_deeper_than_protobuf_reads_are_refused():
    deep: Any = 1.0
    for _ in range(60):
        deep = [deep]
    call = unary("Seldon/Predict").decode_call(sent({"strData": "a"}))
    assert isinstance(call, Predict)
    call.read(OPEN)
    value = np.empty((), object)
    value[()] = deep
    reply = Predicted("m", 1, DEFAULT, OPEN[DEFAULT], Response({"jsonData": Tensor("JSON", value)}))
    with pytest.raises(Unsupported, match="nested"):
        unary("Seldon/Predict").encode_reply(call, reply)


def lesson_of(told: dict[str, Any]) -> Lesson:
    data = json_format.ParseDict(told, message("seldon.protos.Feedback")()).SerializeToString()
    call = unary("Seldon/SendFeedback").decode_call(data)
    assert isinstance(call, Feedback)
    return call.read(OPEN)


def test_a_feedback():
    asked = {"data": {"ndarray": [[1.0]]}, "meta": {"puid": "asked"}}
    lesson = lesson_of({"request": asked, "response": {"meta": {"puid": "p", "routing": {"eg": 1}}}, "reward": 0.5})
    assert (lesson.reward, lesson.id, lesson.routing, lesson.response) == (0.5, "p", {"eg": 1}, None)
    assert lesson.request is not None
    assert lesson.request["data"].array.tolist() == [[1.0]]
    assert lesson_of({"request": asked}).reward == 0.0
    assert lesson_of({"request": asked, "truth": {"strData": "a"}}).reward is None
    with pytest.raises(BadInput, match="reward"):
        lesson_of({"reward": "NaN"})


def test_a_feedback_without_an_answer_is_answered_by_an_empty_message():
    method = unary("Model/SendFeedback")
    call = method.decode_call(b"")
    assert isinstance(call, Feedback)
    call.read(OPEN)
    assert method.encode_reply(call, FeedbackTaken("m", 1)) == b""
    told = MESSAGE.FromString(
        method.encode_reply(call, FeedbackTaken("m", 1, Response({"y": Tensor("FP64", np.ones(1))})))
    )
    assert list(told.data.tensor.values) == [1.0]


SPEC = Signature({"x": TensorSpec("FP32", (-1, 4))}, {"y": TensorSpec("INT64", (-1,))})
GRAPH = ModelMetadata(
    "g",
    3,
    (2, 3),
    "graph",
    {DEFAULT: SPEC},
    nodes=(
        NodeDescription("eg", "ROUTER", "epsilon_greedy", children=("a",)),
        NodeDescription("a", "MODEL", "onnx", signatures={DEFAULT: SPEC}, metadata={"custom": {"owner": "me"}}),
    ),
)


def test_the_metadata_of_a_graph():
    method = unary("Seldon/GraphMetadata")
    call = method.decode_call(b"")
    told = json_format.MessageToDict(
        message("seldon.protos.SeldonGraphMetadata").FromString(method.encode_reply(call, GRAPH))
    )
    assert told["name"] == "g"
    assert told["models"]["a"]["custom"] == {"owner": "me"}
    assert told["models"]["a"]["platform"] == "onnx"
    assert told["inputs"] == [{"name": "x", "datatype": "FP32", "shape": ["-1", "4"]}]
    assert told["outputs"] == [{"name": "y", "datatype": "INT64", "shape": ["-1"]}]


def test_the_metadata_of_a_model_are_those_of_the_whole_or_of_the_node_named():
    method = BY_PATH["Seldon/ModelMetadata"]
    assert isinstance(method, Streaming)
    asked = message("seldon.protos.SeldonModelMetadataRequest")

    async def ask(call: Call) -> Reply:
        assert call == Metadata("")
        return GRAPH

    async def once(name: str) -> Any:
        async def messages() -> AsyncIterator[bytes]:
            yield asked(name=name).SerializeToString()

        (data,) = [data async for data in method.answer(messages(), ask)]
        return message("seldon.protos.SeldonModelMetadata").FromString(data)

    assert asyncio.run(once("")).name == "g"
    node = asyncio.run(once("a"))
    assert (node.name, node.platform, list(node.versions)) == ("a", "onnx", ["3"])
    with pytest.raises(NotFound, match="its nodes are 'eg', 'a'"):
        asyncio.run(once("b"))
    whole = unary("Model/Metadata")
    told = message("seldon.protos.SeldonModelMetadata").FromString(whole.encode_reply(whole.decode_call(b""), GRAPH))
    assert (told.name, list(told.versions)) == ("g", ["2", "3"])


def test_json_and_protobuf_mean_the_same():
    """What Seldon's client sends over REST is a message printed by protobuf."""
    proto = MESSAGE(meta={"puid": "p", "tags": {"a": {"number_value": 1}}})
    proto.data.names.extend(["a", "b"])
    proto.data.tensor.shape.extend([1, 2])
    proto.data.tensor.values.extend([1.5, float("nan")])
    told = json.loads(json_format.MessageToJson(proto))
    rest, grpc = over_rest(json.dumps(told).encode()), request_of(proto.SerializeToString())
    assert np.array_equal(rest.tensors["data"].array, grpc.tensors["data"].array, equal_nan=True)
    assert (rest.id, rest.tensors["data"].names) == (grpc.id, grpc.tensors["data"].names) == ("p", ("a", "b"))
