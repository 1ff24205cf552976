"""What a body asks for, and what is said of a body that is wrong."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from salver.core.calls import Predicted
from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec, objects
from salver.protocols.http import HttpRequest
from salver.protocols.openinference.infer import InferBody, decode_infer, encode_predicted

TWO = Signature(
    {"x": TensorSpec("FP32", (-1, 2)), "n": TensorSpec("INT8", ())},
    {"y": TensorSpec("FP32", (-1, 3)), "t": TensorSpec("BYTES", (-1,))},
    batched=True,
)


def one(dtype: str, shape: tuple[int, ...] | None = None) -> dict[str, Signature]:
    return {"serving_default": Signature({"x": TensorSpec(dtype, shape)}, {"y": TensorSpec(dtype, shape)})}


def read(body: bytes, signatures: dict[str, Signature] | None = None, length: bytes | None = None) -> Request:
    return InferBody(body, length)(signatures or {"serving_default": TWO})


def document(**changes: Any) -> dict[str, Any]:
    x = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}
    n = {"name": "n", "datatype": "INT8", "shape": [], "data": [5]}
    return {"inputs": [x, n], **changes}


def x_with(**changes: Any) -> dict[str, Any]:
    entry = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2], **changes}
    return {"inputs": [{key: value for key, value in entry.items() if value is not ...}]}


def value_of(dtype: str, shape: list[int], data: Any, datatype: str = "") -> np.ndarray[Any, Any]:
    entry = {"name": "x", "datatype": datatype or dtype, "shape": shape, "data": data}
    return read(orjson.dumps({"inputs": [entry]}), one(dtype)).tensors["x"].array


class TestValues:
    def test_a_scalar_is_a_list_of_one(self):
        array = read(orjson.dumps(document())).tensors["n"].array
        assert (array.shape, array.item(), array.dtype) == ((), 5, np.int8)

    @pytest.mark.parametrize("data", [[1, 2, 3, 4, 5, 6], [[1, 2, 3], [4, 5, 6]]])
    def test_flat_or_nested(self, data: Any):
        assert value_of("INT64", [2, 3], data).tolist() == [[1, 2, 3], [4, 5, 6]]

    @pytest.mark.parametrize(("shape", "data"), [([0], []), ([2, 0], []), ([2, 0], [[], []]), ([0, 3], [])])
    def test_empty(self, shape: list[int], data: Any):
        assert value_of("FP32", shape, data).shape == tuple(shape)

    def test_half_floats_as_numbers(self):
        assert value_of("FP16", [2], [0.5, 65504]).tolist() == [0.5, 65504]
        assert value_of("BF16", [2], [1, -2.5]).tolist() == [0x3F80, 0xC020]

    def test_not_a_number(self):
        body = b'{"inputs":[{"name":"x","datatype":"FP64","shape":[3],"data":[NaN,Infinity,-Infinity]}]}'
        assert np.array_equal(read(body, one("FP64")).tensors["x"].array, [np.nan, np.inf, -np.inf], equal_nan=True)

    def test_a_large_array(self):
        values = np.linspace(0, 1, 5000, dtype=np.float32)
        assert np.array_equal(value_of("FP32", [50, 100], values.reshape(50, 100).tolist()), values.reshape(50, 100))
        assert np.array_equal(value_of("FP32", [50, 100], values.tolist()), values.reshape(50, 100))

    def test_base64(self):
        assert value_of("BYTES", [2], ["é", {"b64": "/w=="}]).tolist() == ["é", b"\xff"]

    @pytest.mark.parametrize("size", [3, 6000])
    def test_json_as_values(self, size: int):
        values = [{"a": [1.5] * size}, list(range(size)), None, "text"]
        assert value_of("JSON", [4], values).tolist() == values

    def test_json_as_texts(self):
        texts = ['{"a":[1,NaN]}', "[]", "null", '"text"']
        array = value_of("JSON", [2, 2], texts, "BYTES")
        assert array.shape == (2, 2)
        assert repr(array.tolist()) == "[[{'a': [1, nan]}, []], [None, 'text']]"

    def test_json_as_raw_texts(self):
        body = b'{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":11}}]}'
        request = read(body + b"\x07\x00\x00\x00[1, {}]", one("JSON"), b"%d" % len(body))
        assert request.tensors["x"].array.tolist() == [[1, {}]]


class TestParameters:
    def test_strange_ones_are_handed_on(self):
        request = read(orjson.dumps(document(parameters={"priority": 3, "who": "me", "binary_data_output": True})))
        assert request.params == {"priority": 3, "who": "me"}

    def test_a_timeout_is_microseconds(self):
        before = time.monotonic()
        deadline = read(orjson.dumps(document(parameters={"timeout": 2_000_000}))).deadline
        assert deadline is not None
        assert before + 2 <= deadline <= time.monotonic() + 2

    def test_no_timeout_is_no_deadline(self):
        assert read(orjson.dumps(document(parameters={"timeout": 0}))).deadline is None

    def test_a_signature_by_name(self):
        signatures = {"serving_default": TWO, "other": one("BOOL")["serving_default"]}
        entry = {"name": "x", "datatype": "BOOL", "shape": [1], "data": [True]}
        body = {"inputs": [entry], "parameters": {"signature_name": "other"}}
        request = read(orjson.dumps(body), signatures)
        assert (request.signature, request.tensors["x"].array.tolist()) == ("other", [True])

    def test_wanted_outputs(self):
        assert read(orjson.dumps(document(outputs=[{"name": "t"}, {"name": "y"}]))).outputs == ("t", "y")

    def test_content_type_is_never_looked_at(self):
        body = orjson.dumps(document())
        for kind in (b"text/plain", b"application/octet-stream"):
            call = decode_infer(HttpRequest(b"POST", b"/", [(b"content-type", kind)], body), "m")
            assert call.read({"serving_default": TWO}).tensors.keys() == {"x", "n"}


class TestClassification:
    def test_it_is_answered(self):
        asked = [{"name": "y", "parameters": {"classification": 2}}]
        call = decode_infer(HttpRequest(b"POST", b"/", [], orjson.dumps(document(outputs=asked))), "m")
        call.read({"serving_default": TWO})
        response = Response({"y": Tensor("FP32", np.array([[0.25, 0.5, 0.125]], np.float32))})
        answer = encode_predicted(call, Predicted("m", 1, "serving_default", TWO, response))
        assert isinstance(answer.body, bytes)
        assert orjson.loads(answer.body)["outputs"] == [
            {"name": "y", "datatype": "BYTES", "shape": [1, 2], "data": ["0.5:1", "0.25:0"]}
        ]


class TestMissingStrings:
    def test_they_are_null_even_when_raw_was_asked_for(self):
        body = orjson.dumps(document(parameters={"binary_data_output": True}))
        call = decode_infer(HttpRequest(b"POST", b"/", [], body), "m")
        call.read({"serving_default": TWO})
        response = Response({"t": Tensor("BYTES", np.array(["a", None], object))})
        answer = encode_predicted(call, Predicted("m", 1, "serving_default", TWO, response))
        assert answer.headers == ()
        assert answer.body == (
            b'{"model_name":"m","model_version":"1","outputs":'
            b'[{"name":"t","datatype":"BYTES","shape":[2],"data":["a",null]}]}'
        )


class TestRawBody:
    """A body without JSON: Inference-Header-Content-Length: 0."""

    @pytest.mark.parametrize("shape", [(-1, 2), (3, -1), (3, 2)])
    def test_the_open_axis_follows_from_the_size(self, shape: tuple[int, ...]):
        array = np.arange(6, dtype=np.int16).reshape(3, 2)
        assert read(array.tobytes(), one("INT16", shape), b"0").tensors["x"].array.tolist() == array.tolist()

    def test_bytes_is_one_element(self):
        assert read(b"\x00\x01abc", one("BYTES", (-1,)), b"0").tensors["x"].array.tolist() == [b"\x00\x01abc"]
        assert read(b"{}", one("JSON", (-1,)), b"0").tensors["x"].array.tolist() == [{}]

    def test_the_answer_is_raw(self):
        call = decode_infer(HttpRequest(b"POST", b"/", [(b"inference-header-content-length", b"0")], b"abcd"), "m")
        signatures = one("FP32", (-1,))
        response = Response(call.read(signatures).tensors)
        answer = encode_predicted(call, Predicted("m", 1, "", signatures["serving_default"], response))
        assert isinstance(answer.body, bytes)
        assert answer.body.endswith(b"abcd")

    @pytest.mark.parametrize(
        ("signatures", "body", "words"),
        [
            ({"serving_default": TWO}, b"", "this one has 2"),
            (one("FP32", (-1, -1)), b"abcd", "one open axis"),
            (one("FP32", (-1, 2)), b"abcdefg", "7 bytes of raw data; FP32.0, 2. takes 0"),
            (one("FP32", (-1, 0)), b"abcd", "takes 0"),
            (one("BYTES", (2,)), b"abcd", "one element of BYTES"),
            (one("JSON", (-1,)), b"{", "no JSON text"),
        ],
    )
    def test_what_cannot_be_told_is_refused(self, signatures: dict[str, Signature], body: bytes, words: str):
        with pytest.raises(BadInput, match=words):
            read(body, signatures, b"0")


def raw(size: Any, **changes: Any) -> dict[str, Any]:
    return x_with(data=..., parameters={"binary_data_size": size}, **changes)


MALFORMED: list[tuple[Any, str]] = [
    ([], "the body must be a JSON object with `inputs`"),
    ({}, "inputs: missing, wanted a list"),
    ({"inputs": {}}, "inputs: wanted a list, got an object of 0"),
    ({"inputs": [7]}, "inputs[0]: wanted an object, got 7"),
    ({"inputs": None}, "inputs: wanted a list, got null"),
    (document(id=7), "id: wanted a string, got 7"),
    (document(parameters=[]), "parameters: wanted an object, got a list of 0"),
    (document(parameters={"timeout": "1"}), "parameters.timeout: wanted an integer, got '1'"),
    (document(parameters={"timeout": -1}), "parameters.timeout: wanted microseconds, 0 for none, got -1"),
    (document(parameters={"timeout": True}), "parameters.timeout: wanted an integer, got True"),
    (document(parameters={"binary_data_output": 1}), "parameters.binary_data_output: wanted true or false, got 1"),
    (document(parameters={"signature_name": 1}), "parameters.signature_name: wanted a string, got 1"),
    (document(parameters={"signature_name": "no"}), "there is no signature 'no'; the signatures are 'serving_default'"),
    (x_with(name=...), "inputs[0].name: missing, wanted a string"),
    (x_with(name=1), "inputs[0].name: wanted a string, got 1"),
    (x_with(name="w"), "inputs[0].name: there is no input 'w'; the inputs are 'x', 'n'"),
    ({"inputs": x_with()["inputs"] * 2}, "inputs[1].name: 'x' stands there twice"),
    (x_with(datatype=...), "inputs[0].datatype: missing, wanted a string"),
    (x_with(datatype="FP64"), "inputs[0].datatype: input 'x' came as 'FP64'; the model takes FP32"),
    (x_with(datatype="F"), "inputs[0].datatype: input 'x' came as 'F', which is no datatype; the model takes FP32"),
    (x_with(datatype="JSON"), "inputs[0].datatype: input 'x' came as 'JSON'; the model takes FP32"),
    (x_with(shape=...), "inputs[0].shape: missing, wanted a list"),
    (x_with(shape=2), "inputs[0].shape: wanted a list, got 2"),
    (x_with(shape=[1, -2]), "inputs[0].shape[1]: wanted a whole number from 0 up, got -2"),
    (x_with(shape=[1, 2.0]), "inputs[0].shape[1]: wanted a whole number from 0 up, got 2.0"),
    (x_with(shape=[True, 2]), "inputs[0].shape[0]: wanted a whole number from 0 up, got True"),
    (x_with(shape=["1"]), "inputs[0].shape[0]: wanted a whole number from 0 up, got '1'"),
    (x_with(shape=[1] * 33), "inputs[0].shape: has 33 axes, wanted at most 32"),
    (x_with(shape=[1] * 9000), "inputs[0].shape: wanted a list, got 9000 numbers"),
    (x_with(shape=[2**62, 0, 9], data=[]), "inputs[0].shape: holds no values, but spans more than can be counted"),
    (x_with(data=...), "inputs[0].data: missing, wanted a list"),
    (x_with(data=1), "inputs[0].data: wanted a list, got 1"),
    (x_with(data=[1]), "inputs[0].data: holds 1 values, but shape [1, 2] takes 2"),
    (x_with(data=[1, 2, 3]), "inputs[0].data: holds 3 values, but shape [1, 2] takes 2"),
    (x_with(shape=[2**62, 2**62]), f"inputs[0].data: holds 2 values, but shape [{2**62}, {2**62}] takes {2**124}"),
    (
        x_with(data=[[1], [2]]),
        "inputs[0].data: is nested as [2, 1], but shape is [1, 2]; nest it so, or send it flat",
    ),
    (
        x_with(data=[[1, 2], [3]]),
        "inputs[0].data: lists must be rectangular: lists of 1 and of 2 elements stand side by side at depth 1",
    ),
    (x_with(data=["1", 2]), 'inputs[0].data: "1" is a string, wanted FP32'),
    (x_with(data=[None, 2]), "inputs[0].data: None is null, wanted FP32"),
    (x_with(data=[True, 2]), "inputs[0].data: True is a boolean, wanted FP32"),
    (
        {"inputs": [{"name": "n", "datatype": "INT8", "shape": [], "data": [300]}]},
        "inputs[0].data: 300 is out of range for INT8 (-128 to 127)",
    ),
    (x_with(parameters=7), "inputs[0].parameters: wanted an object, got 7"),
    (
        x_with(data=..., parameters={"shared_memory_region": "r", "shared_memory_byte_size": 8}),
        "inputs[0].data: shared memory regions are not served here; send the values as JSON or raw data",
    ),
    (
        raw(8),
        "inputs[0].parameters.binary_data_size: raw data needs the header Inference-Header-Content-Length, "
        "which says where it begins",
    ),
    (document(outputs={}), "outputs: wanted a list, got an object of 0"),
    (document(outputs=["y"]), "outputs[0]: wanted an object, got 'y'"),
    (document(outputs=[{}]), "outputs[0].name: missing, wanted a string"),
    (document(outputs=[{"name": "z"}]), "outputs[0].name: there is no output 'z'; the outputs are 'y', 't'"),
    (document(outputs=[{"name": "y"}, {"name": "y"}]), "outputs[1].name: 'y' stands there twice"),
    (document(outputs=[{"name": "y", "parameters": 1}]), "outputs[0].parameters: wanted an object, got 1"),
    (
        document(outputs=[{"name": "y", "parameters": {"binary_data": "yes"}}]),
        "outputs[0].parameters.binary_data: wanted true or false, got 'yes'",
    ),
    (
        document(outputs=[{"name": "y", "parameters": {"classification": 1.5}}]),
        "outputs[0].parameters.classification: wanted an integer, got 1.5",
    ),
    (
        document(outputs=[{"name": "y", "parameters": {"classification": -1}}]),
        "outputs[0].parameters.classification: wanted a number of classes, got -1",
    ),
    (
        document(outputs=[{"name": "t", "parameters": {"classification": 1}}]),
        "outputs[0].parameters.classification: wants an output of numbers, this one is BYTES",
    ),
]


@pytest.mark.parametrize(("body", "message"), MALFORMED, ids=[message[:60] for _, message in MALFORMED])
def test_malformed(body: Any, message: str):
    with pytest.raises(BadInput) as caught:
        read(orjson.dumps(body))
    assert caught.value.message == message
    assert caught.value.signature is TWO


MALFORMED_RAW: list[tuple[Any, bytes, str]] = [
    (raw(8), b"1234567", "inputs[0].parameters.binary_data_size: says 8 bytes, but 7 are left in the body"),
    (raw(8), b"123456789", "the body: 1 bytes of raw data are left over after the inputs"),
    (raw(7), b"1234567", "inputs[0].parameters.binary_data_size: 7 bytes of raw data; FP32[1, 2] takes 8"),
    (raw(-1), b"", "inputs[0].parameters.binary_data_size: wanted a whole number from 0 up, got -1"),
    (raw("8"), b"12345678", "inputs[0].parameters.binary_data_size: wanted a whole number from 0 up, got '8'"),
    (raw(True), b"1", "inputs[0].parameters.binary_data_size: wanted a whole number from 0 up, got True"),
    (raw(2**62, shape=[2**60]), b"", f"inputs[0].parameters.binary_data_size: says {2**62} bytes, but 0 are left"),
    (
        x_with(parameters={"binary_data_size": 8}),
        b"12345678",
        "inputs[0].parameters.binary_data_size: values come either raw or in `data`, not both",
    ),
]


@pytest.mark.parametrize(("body", "data", "message"), MALFORMED_RAW)
def test_malformed_raw(body: Any, data: bytes, message: str):
    head = orjson.dumps(body)
    with pytest.raises(BadInput) as caught:
        read(head + data, None, b"%d" % len(head))
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    "length", [b"", b"-1", b"+2", b"x", b" 2", b"1.0", b"0x2", b"999", b"9" * 5000, "²".encode(), b"\xff"]
)
def test_a_header_length_that_is_none(length: bytes):
    with pytest.raises(BadInput, match="header Inference-Header-Content-Length: wanted the length of the JSON part"):
        read(b"{}", None, length)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"nul", b'{"a":"\xff"}', b"[" * 500_000, b'{"inputs":[{"name":"\\ud800"}]}', b"1e999"],
)
def test_broken_json(body: bytes):
    with pytest.raises(BadInput) as caught:
        read(body)
    assert len(caught.value.message) < 300


PLACES = [
    b"%s",
    b'{"inputs":%s}',
    b'{"inputs":[%s]}',
    b'{"id":%s,"inputs":[]}',
    b'{"parameters":{"who":%s},"inputs":[]}',
    b'{"parameters":%s,"inputs":[]}',
    b'{"outputs":[%s],"inputs":[]}',
    b'{"inputs":[{"name":%s}]}',
    b'{"inputs":[{"name":"x","datatype":"BYTES","shape":%s}]}',
    b'{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],"data":[%s]}]}',
    b'{"inputs":[{"name":"x","datatype":"JSON","shape":[1],"data":[%s]}]}',
    b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[%s]}]}',
]


@pytest.mark.parametrize("depth", [40, 150, 900, 930, 950, 980, 1010, 5000])
@pytest.mark.parametrize("place", PLACES)
def test_depth_anywhere_is_read_or_refused(place: bytes, depth: int):
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        reads_or_refuses(place % (opening * depth + b"1" + closing * depth), None)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
ANY_OF_THESE = st.sampled_from(["x", "n", "FP32", "BYTES", "INT8", [1, 2], [], [1.5], -1, 0, 1, 2**70, {}, True]).map(
    copy.deepcopy
)


@st.composite
def nearly_right(draw: st.DrawFn) -> dict[str, Any]:
    """A valid document with a few members replaced."""
    body = document(parameters={"timeout": 1}, outputs=[{"name": "y", "parameters": {"classification": 1}}], id="a")
    for _ in range(draw(st.integers(1, 3))):
        place: Any = body
        while isinstance(place, (dict, list)) and place:
            key = draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
            if not isinstance(place[key], (dict, list)) or draw(st.booleans()):
                place[key] = draw(JSON_VALUES | ANY_OF_THESE)
                break
            place = place[key]
    return body


def reads_or_refuses(body: bytes, length: bytes | None) -> None:
    for dtype in ("FP32", "BYTES", "JSON", "BOOL"):
        try:
            read(body, one(dtype), length)
            read(body, None, length)
        except BadInput:
            continue


@given(st.binary(max_size=60), st.none() | st.integers(-2, 60).map(lambda n: b"%d" % n) | st.binary(max_size=3))
@example(b"0", b"0")
def test_garbage_is_refused(body: bytes, length: bytes | None):
    reads_or_refuses(body, length)


@given(nearly_right(), st.binary(max_size=20), st.booleans())
def test_nearly_right_is_read_or_refused(body: dict[str, Any], rest: bytes, with_header: bool):
    head = json.dumps(body).encode()
    reads_or_refuses(head + rest, b"%d" % len(head) if with_header else None)


@given(JSON_VALUES)
def test_any_json_is_read_or_refused(value: Any):
    entry = {"name": "x", "datatype": "BYTES", "shape": [1], "data": value}
    reads_or_refuses(json.dumps({"inputs": [entry]}).encode(), None)


def test_every_datatype_has_a_raw_whole():
    for dtype in NUMPY:
        body = b"[]" if dtype == "JSON" else bytes(8)
        assert read(body, one(dtype, (-1,)), b"0").tensors["x"].dtype == dtype


def test_json_texts_have_a_depth():
    deep = objects(["[" * 200 + "]" * 200])
    with pytest.raises(BadInput, match="nested deeper than 100"):
        value_of("JSON", [1], deep.tolist(), "BYTES")
