"""What messages mean: their tensors, their forms, and what is refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from seldon_corridor import answer, document, echo, request_of

from salver.core.errors import BadInput, Fault
from salver.core.servable import Response
from salver.core.tensor import Tensor
from salver.protocols.messages import message
from salver.protocols.seldon.message import read_message


def data(**members: Any) -> bytes:
    return json.dumps({"data": members}).encode()


@pytest.mark.parametrize(
    ("lists", "dtype", "shape"),
    [
        ([[1, 2], [3, 4]], "INT64", (2, 2)),
        ([[1, 2.5]], "FP64", (1, 2)),
        ([1.0], "FP64", (1,)),
        ([2**63, 1], "UINT64", (2,)),
        ([2**63, -1], "FP64", (2,)),
        ([True, False], "BOOL", (2,)),
        ([["a", ""]], "BYTES", (1, 2)),
        ([], "FP64", (0,)),
        ([[], []], "FP64", (2, 0)),
        ([[[1]]], "INT64", (1, 1, 1)),
        ([[1, "a"], [2, "b"]], "JSON", (2, 2)),
        ([[1, None]], "JSON", (1, 2)),
        ([1, True], "JSON", (2,)),
        ([[1], [2, 3]], "JSON", (2,)),
        ([[1], 2], "JSON", (2,)),
        ([{"a": [1]}], "JSON", (1,)),
        ([2**70], "FP64", (1,)),
    ],
)
def test_the_dtype_of_an_ndarray_is_read_from_its_values(lists: Any, dtype: str, shape: tuple[int, ...]):
    tensor = request_of(data(ndarray=lists)).tensors["data"]
    assert (tensor.dtype, tensor.array.shape) == (dtype, shape)
    assert tensor.array.tolist() == lists


@pytest.mark.parametrize("fill", [0, 0.5, -1])
def test_what_a_large_array_is_does_not_hang_on_its_size(fill: float):
    rows = [[fill] * 100 for _ in range(100)]
    for lists in (rows, [rows, ["a"]], [["a", rows], ["b", rows]]):
        small = json.loads(json.dumps(lists))
        tensor = request_of(data(ndarray=lists)).tensors["data"]
        few = request_of(data(ndarray=cut(small))).tensors["data"]
        assert (tensor.dtype, tensor.array.ndim) == (few.dtype, few.array.ndim)
        assert tensor.array.tolist() == lists


def cut(value: Any) -> Any:
    """The same nesting, with rows of two."""
    return [cut(item) for item in value[:2]] if isinstance(value, list) else value


def test_ints_stay_ints_in_a_tensor_and_floats_floats():
    assert request_of(data(tensor={"shape": [2, 1], "values": [1, 2]})).tensors["data"].dtype == "INT64"
    tensor = request_of(data(tensor={"shape": [1, 2], "values": [1, 2.0]})).tensors["data"]
    assert (tensor.dtype, tensor.array.tolist()) == ("FP64", [[1.0, 2.0]])


def test_numbers_that_are_not_finite_come_in_the_words_of_protobuf():
    values = request_of(data(tensor={"shape": [3], "values": ["NaN", "Infinity", "-Infinity"]})).tensors["data"].array
    assert np.array_equal(values, [np.nan, np.inf, -np.inf], equal_nan=True)


def test_what_protobuf_leaves_out_is_empty():
    assert request_of(data(tensor={"shape": [0]})).tensors["data"].array.shape == (0,)
    assert request_of(data(tensor={"values": [1, 2]})).tensors["data"].array.shape == (2,)
    assert request_of(b'{"data":{}}').tensors["data"].array.shape == (0,)


def test_names_come_with_the_array():
    assert request_of(data(names=["a", "b"], ndarray=[[1, 2]])).tensors["data"].names == ("a", "b")


def test_tftensor_is_a_tensor_proto():
    proto = message("tensorflow.TensorProto")(dtype=1, float_val=[1.5, 2])
    proto.tensor_shape.dim.add(size=2)
    tensor = request_of(data(tftensor=json_format.MessageToDict(proto))).tensors["data"]
    assert (tensor.dtype, tensor.array.tolist()) == ("FP32", [1.5, 2.0])


def test_a_large_tftensor_is_read_too():
    values = np.linspace(0, 1, 5000)
    listed = {"dtype": "DT_DOUBLE", "tensorShape": {"dim": [{"size": "5000"}]}, "doubleVal": values.tolist()}
    tensor = request_of(data(tftensor=listed)).tensors["data"]
    assert (tensor.dtype, tensor.array.tolist()) == ("FP64", values.tolist())


def test_other_kinds_are_whole_objects():
    text = request_of(b'{"strData":"h\xc3\xa9"}').tensors["strData"]
    assert (text.dtype, text.array.shape, text.array.item()) == ("BYTES", (), "hé")
    raw = request_of(b'{"binData":"AP8="}').tensors["binData"]
    assert (raw.dtype, raw.array.item()) == ("BYTES", b"\x00\xff")
    for value in (None, 1, [1, [2]], {"a": {"b": [None]}}):
        found = request_of(json.dumps({"jsonData": value}).encode()).tensors["jsonData"]
        assert (found.dtype, found.array.shape, found.array.item()) == ("JSON", (), value)


def test_base64_of_either_alphabet_is_read_with_or_without_padding():
    for text in ("-_8", "+/8=", "-_8="):
        assert request_of(json.dumps({"binData": text}).encode()).tensors["binData"].array.item() == b"\xfb\xff"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"[]", "wanted an object"),
        (b"{}", "there is none"),
        (b'{"meta":{"puid":"a"}}', "there is none"),
        (b'{"strData":"a","binData":"aa"}', "strData and binData"),
        (b'{"strData":1}', "strData: wanted a string"),
        (b'{"binData":"a"}', "binData: wanted base64"),
        ('{"binData":"é"}'.encode(), "binData: wanted base64"),
        (b'{"data":[]}', "data: wanted an object"),
        (b'{"data":{"tensor":{"shape":[0,2147483647,2147483647,2147483647]}}}', "there is no tensor of shape"),
        (b'{"data":{"array":[1]}}', "data.array: there is no such form"),
        (b'{"data":{"ndarray":[1],"tensor":{}}}', "got ndarray and tensor"),
        (b'{"data":{"ndarray":1}}', "data.ndarray: wanted a list"),
        (b'{"data":{"names":[1],"ndarray":[1]}}', "data.names"),
        (b'{"data":{"tensor":{"shape":[2,2],"values":[1,2,3]}}}', "there are 3, but shape [2, 2] takes 4"),
        (b'{"data":{"tensor":{"shape":[-1],"values":[1]}}}', "data.tensor.shape"),
        (b'{"data":{"tensor":{"shape":[1.5],"values":[1]}}}', "data.tensor.shape"),
        (b'{"data":{"tensor":{"shape":[2147483647,2147483647,2147483647],"values":[1]}}}', "there are 1"),
        (b'{"data":{"tensor":{"shape":' + b"[1" + b",1" * 40 + b"]" + b',"values":[1]}}}', "at most 32"),
        (b'{"data":{"tensor":{"shape":[1],"values":["a"]}}}', "flat list of numbers"),
        (b'{"data":{"tensor":{"shape":[1],"values":[[1]]}}}', "flat list of numbers"),
        (b'{"data":{"tensor":{"shape":[1],"values":1}}}', "wanted a list of numbers"),
        (b'{"data":{"tensor":[1]}}', "wanted an object with shape and values"),
        (b'{"data":{"tftensor":{"dtype":"DT_NONE"}}}', "data.tftensor"),
        (b'{"data":{"tftensor":{"dtype":"DT_FLOAT","floatVal":["a"]}}}', "data.tftensor"),
        (b'{"data":{"tftensor":[1]}}', "data.tftensor: wanted an object"),
        (b'{"data":{"ndarray":' + b"[" * 40 + b"1" + b"]" * 40 + b"}}", "nested deeper than 32"),
        (b'{"jsonData":' + b"[" * 150 + b"1" + b"]" * 150 + b"}", "nested deeper than 100"),
        (b'{"strData":"a","meta":[]}', "meta: wanted an object"),
        (b'{"strData":"a","meta":{"puid":7}}', "meta.puid"),
        (b'{"strData":"a","meta":{"puid":"' + b"a" * 257 + b'"}}', "at most 256"),
        (b'{"strData":"a","meta":{"tags":[1]}}', "meta.tags"),
        (b'{"strData":"a","meta":{"routing":{"r":"0"}}}', "meta.routing['r']"),
        (b'{"strData":"a","meta":{"routing":{"r":4294967296}}}', "meta.routing['r']"),
        (b'{"strData":"a","meta":{"requestPath":{"r":1}}}', "meta.requestPath"),
        (b'{"strData":"a","meta":{"metrics":[{"type":"GAUGE"}]}}', "meta.metrics[0]"),
        (b'{"strData":"a","meta":{"metrics":[{"key":"k","type":"SUM"}]}}', "meta.metrics[0].type"),
        (b'{"strData":"a","meta":{"metrics":[{"key":"k","value":"1"}]}}', "meta.metrics[0].value"),
    ],
)
def test_a_bad_message_is_refused_and_the_place_named(body: bytes, told: str):
    with pytest.raises(BadInput) as caught:
        request_of(body)
    assert told in caught.value.message


def test_custom_data_is_understood_but_not_carried():
    with pytest.raises(Fault, match="customData"):
        request_of(b'{"customData":{"@type":"x"}}')


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)


@given(JSON.filter(lambda value: isinstance(value, list)), st.lists(st.text(max_size=4), max_size=3))
def test_any_ndarray_comes_back_as_it_went(lists: Any, names: list[str]):
    told = document(answer(data(names=names, ndarray=lists), echo))["data"]
    assert told["ndarray"] == lists
    assert type_tree(told["ndarray"]) == type_tree(widened(lists))
    if names:
        assert told["names"] == names


def widened(lists: list[Any]) -> Any:
    """Whole numbers beside fractions are written with one: they are of one array."""
    kinds = set(kinds_in(lists))
    return floated(lists) if kinds == {int, float} and rectangular(lists) else lists


def kinds_in(value: Any) -> list[type[Any]]:
    return [kind for item in value for kind in kinds_in(item)] if isinstance(value, list) else [type(value)]


def floated(value: Any) -> Any:
    return [floated(item) for item in value] if isinstance(value, list) else float(value)


def rectangular(value: list[Any]) -> bool:
    try:
        return np.array(value).dtype != object
    except ValueError:
        return False


def type_tree(value: Any) -> Any:
    if isinstance(value, list):
        return [type_tree(item) for item in value]
    return {key: type_tree(item) for key, item in value.items()} if isinstance(value, dict) else type(value)


@given(st.lists(st.floats(), max_size=8) | st.lists(st.integers(-(2**63), 2**63 - 1), max_size=8))
def test_any_tensor_comes_back_as_it_went(values: list[float]):
    def spelt(value: float) -> Any:
        return json_format.MessageToDict(message("seldon.protos.Tensor")(values=[value]))["values"][0]

    sent = [value if isinstance(value, int) else spelt(value) for value in values]
    body = data(tensor={"shape": [len(values), 1], "values": sent})
    told = document(answer(body, echo))["data"]["tensor"]
    assert told["shape"] == [len(values), 1]
    assert [str(float(value)) for value in told["values"]] == [str(float(value)) for value in sent]


@given(JSON)
def test_any_json_data_comes_back_as_it_went(value: Any):
    assert document(answer(json.dumps({"jsonData": value}).encode(), echo))["jsonData"] == value


@given(st.text(), st.binary())
def test_any_text_and_bytes_come_back_as_they_went(text: str, raw: bytes):
    assert document(answer(json.dumps({"strData": text}).encode(), echo))["strData"] == text
    encoded = base64.b64encode(raw).decode()
    assert document(answer(json.dumps({"binData": encoded}).encode(), echo))["binData"] == encoded


@given(st.binary(max_size=200))
def test_no_body_raises_anything_but_faults(body: bytes):
    for headers in ((), ((b"content-type", b"multipart/form-data; boundary=b"),)):
        try:
            request_of(body, headers=headers)
        except Fault:
            continue


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "data": st.fixed_dictionaries(
                {},
                optional={
                    "names": JSON,
                    "ndarray": JSON,
                    "tensor": st.fixed_dictionaries({}, optional={"shape": JSON, "values": JSON}) | JSON,
                    "tftensor": st.fixed_dictionaries(
                        {"dtype": st.sampled_from(["DT_FLOAT", 1, "DT_STRING"])},
                        optional={"tensorShape": JSON, "floatVal": JSON, "tensorContent": JSON},
                    ),
                },
            )
            | JSON,
            "strData": JSON,
            "binData": JSON,
            "meta": st.fixed_dictionaries(
                {}, optional=dict.fromkeys(("puid", "tags", "routing", "requestPath", "metrics"), JSON)
            )
            | JSON,
        },
    )
)
def test_no_message_raises_anything_but_faults(told: Any):
    try:
        read_message(json.loads(json.dumps(told)))
    except Fault:
        return


@given(JSON.filter(lambda value: isinstance(value, list)), JSON)
def test_seldons_client_reads_every_answer(lists: Any, value: Any):
    """It parses them strictly, as a SeldonMessage."""
    for body in (data(ndarray=lists), json.dumps({"jsonData": value}).encode()):
        read = json_format.ParseDict(document(answer(body, echo)), message("seldon.protos.SeldonMessage")())
        assert read.meta.puid


def test_values_that_are_not_finite_are_null_in_an_ndarray():
    values = Tensor("FP32", np.array([[1.5, np.nan, np.inf]], np.float32))
    told = document(answer(data(ndarray=[[1.0]]), lambda _: Response({"y": values})))
    assert told["data"]["ndarray"] == [[1.5, None, None]]
