"""ModelInfer, the server's half: tritonclient's messages are the judge of ours."""

from __future__ import annotations

import math
import struct
import time
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salver.core.calls import Predict, Predicted
from salver.core.errors import BadInput, Unsupported
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec, objects
from salver.protocols.openinference.grpc_infer import decode_infer, encode_predicted

pb: Any = pytest.importorskip("tritonclient.grpc.service_pb2")
triton: Any = pytest.importorskip("tritonclient.grpc")

DTYPES = [name for name in NUMPY if name != "JSON"]
TYPED = {
    "bool_contents": ("BOOL",),
    "int_contents": ("INT8", "INT16", "INT32"),
    "int64_contents": ("INT64",),
    "uint_contents": ("UINT8", "UINT16", "UINT32"),
    "uint64_contents": ("UINT64",),
    "fp32_contents": ("FP32",),
    "fp64_contents": ("FP64",),
    "bytes_contents": ("BYTES",),
}
PLACES = {dtype: place for place, dtypes in TYPED.items() for dtype in dtypes}
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@st.composite
def arrays(draw: st.DrawFn, dtype: str) -> np.ndarray[Any, Any]:
    shape = draw(SHAPES)
    if dtype == "BYTES":
        return draw(hnp.arrays(object, shape, elements=st.binary(max_size=200)))
    return draw(hnp.arrays(NUMPY[dtype], shape))


def echo(dtype: str, shape: tuple[int, ...]) -> Signature:
    return Signature({"x": TensorSpec(dtype, shape)}, {"x": TensorSpec(dtype, shape)})


def raw(dtype: str, array: np.ndarray[Any, Any]) -> Any:
    """The request tritonclient writes."""
    item = triton.InferInput("x", list(array.shape), dtype)
    item.set_data_from_numpy(array.view(ml_dtypes.bfloat16) if dtype == "BF16" else array)
    request = pb.ModelInferRequest(model_name="m")
    request.inputs.append(item._get_tensor())
    request.raw_input_contents.append(item._get_content())
    return request


def typed(dtype: str, array: np.ndarray[Any, Any]) -> Any:
    """The request that a raw stub writes, as KServe's users do."""
    request = pb.ModelInferRequest(model_name="m")
    item = request.inputs.add(name="x", datatype=dtype, shape=array.shape)
    getattr(item.contents, PLACES[dtype]).extend(array.reshape(-1).tolist())
    item.contents.SetInParent()
    return request


def read(request: Any, signature: Signature) -> tuple[Predict, Request]:
    data = request if isinstance(request, bytes) else request.SerializeToString()
    call = decode_infer(data)
    return call, call.read({"serving_default": signature})


def answer(call: Predict, signature: Signature, tensors: dict[str, Tensor], **params: Any) -> Any:
    reply = Predicted("m", 3, "serving_default", signature, Response(tensors, params))
    return pb.ModelInferResponse.FromString(encode_predicted(call, reply))


def same(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    if one.dtype == object:
        return one.shape == other.shape and bool(one.tolist() == other.tolist())
    return (one.shape, one.dtype, one.tobytes()) == (other.shape, other.dtype, other.tobytes())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.slow
@given(st.data())
def test_raw_tensors_are_read_and_answered_raw(dtype: str, data: st.DataObject):
    array = data.draw(arrays(dtype))
    signature = echo(dtype, array.shape)
    call, request = read(raw(dtype, array), signature)
    signature.check(request.tensors)
    assert same(request.tensors["x"].array, array)
    told = answer(call, signature, dict(request.tensors))
    assert (told.model_name, told.model_version, told.outputs[0].datatype) == ("m", "3", dtype)
    assert len(told.raw_output_contents) == 1
    theirs = triton.InferResult(told).as_numpy("x")
    if dtype == "BF16":
        assert theirs.shape == array.shape
        assert bytes(told.raw_output_contents[0]) == array.tobytes()
    else:
        assert same(theirs, array)


@pytest.mark.parametrize("dtype", PLACES)
@pytest.mark.slow
@given(st.data())
def test_typed_tensors_are_read_and_answered_typed(dtype: str, data: st.DataObject):
    array = data.draw(arrays(dtype))
    signature = echo(dtype, array.shape)
    call, request = read(typed(dtype, array), signature)
    signature.check(request.tensors)
    assert same(request.tensors["x"].array, array)
    told = answer(call, signature, dict(request.tensors))
    assert list(told.raw_output_contents) == []
    (output,) = told.outputs
    assert [field.name for field, _ in output.contents.ListFields()] == ([PLACES[dtype]] if array.size else [])
    values = list(getattr(output.contents, PLACES[dtype]))
    assert tuple(output.shape) == array.shape
    assert same(np.array(values, NUMPY[dtype]).reshape(array.shape), array)


def test_unpacked_numbers_are_read_too():
    contents = b"".join(b"\x35" + struct.pack("<f", value) for value in (1.5, -2.0))
    item = b"\x0a\x01x\x12\x04FP32\x1a\x01\x02\x2a" + bytes([len(contents)]) + contents
    message = b"\x0a\x01m\x2a" + bytes([len(item)]) + item
    assert list(pb.ModelInferRequest.FromString(message).inputs[0].contents.fp32_contents) == [1.5, -2.0]
    _, request = read(message, echo("FP32", (2,)))
    assert request.tensors["x"].array.tolist() == [1.5, -2.0]


def test_contents_in_several_pieces_are_one():
    pieces = [b"\x32\x04" + struct.pack("<f", value) for value in (1.5, -2.0)]
    item = b"\x0a\x01x\x12\x04FP32\x1a\x01\x02" + b"".join(b"\x2a\x06" + piece for piece in pieces)
    message = b"\x0a\x01m\x2a" + bytes([len(item)]) + item
    assert list(pb.ModelInferRequest.FromString(message).inputs[0].contents.fp32_contents) == [1.5, -2.0]
    _, request = read(message, echo("FP32", (2,)))
    assert request.tensors["x"].array.tolist() == [1.5, -2.0]


def test_a_large_tensor_is_answered_as_a_small_one():
    array = np.arange(100_000, dtype=np.float32).reshape(4, 25_000)[:, ::2]
    signature = echo("FP32", array.shape)
    call, _ = read(raw("FP32", np.ascontiguousarray(array)), signature)
    assert same(triton.InferResult(answer(call, signature, {"x": Tensor("FP32", array)})).as_numpy("x"), array)


@pytest.mark.parametrize("dtype", ["FP16", "BF16"])
def test_half_numbers_have_no_typed_contents(dtype: str):
    request = typed("FP32", np.zeros(2, np.float32))
    request.inputs[0].datatype = dtype
    with pytest.raises(BadInput, match=f"tensor 'x'.*{dtype} has no typed contents; send it in raw_input_contents"):
        read(request, echo(dtype, (2,)))


def test_a_typed_request_with_a_half_output_is_answered_raw():
    signature = Signature({"x": TensorSpec("FP32", (2,))}, {})
    call, _ = read(typed("FP32", np.zeros(2, np.float32)), signature)
    tensors = {"a": Tensor("FP16", np.ones(2, np.float16)), "b": Tensor("FP32", np.ones(2, np.float32))}
    told = answer(call, signature, tensors)
    assert [len(piece) for piece in told.raw_output_contents] == [4, 8]
    assert not any(output.HasField("contents") for output in told.outputs)


@pytest.mark.parametrize("form", [True, False])
def test_the_form_of_the_answer_can_be_asked_for(form: bool):
    array = np.ones(2, np.float32)
    for request in (raw("FP32", array), typed("FP32", array)):
        request.parameters["binary_data_output"].bool_param = form
        signature = echo("FP32", (2,))
        call, asked = read(request, signature)
        told = answer(call, signature, dict(asked.tensors))
        assert (len(told.raw_output_contents) == 1, told.outputs[0].HasField("contents")) == (form, not form)


def test_the_id_and_the_models_parameters_come_back():
    request = raw("FP32", np.ones(2, np.float32))
    request.id = "é" * 100
    call, asked = read(request, echo("FP32", (2,)))
    assert call.id == request.id
    told = answer(call, echo("FP32", (2,)), dict(asked.tensors), a=True, b=-5, c="x", d=0.5, e=2**63)
    assert told.id == request.id
    assert {name: value.WhichOneof("parameter_choice") for name, value in told.parameters.items()} == {
        "a": "bool_param",
        "b": "int64_param",
        "c": "string_param",
        "d": "double_param",
        "e": "uint64_param",
    }
    assert (told.parameters["b"].int64_param, told.parameters["e"].uint64_param) == (-5, 2**63)


def test_parameters_of_every_kind_reach_the_model():
    request = raw("FP32", np.ones(2, np.float32))
    request.parameters["sequence_id"].int64_param = 7
    request.parameters["sequence_start"].bool_param = True
    request.parameters["priority"].uint64_param = 2**63
    request.parameters["name"].string_param = "n"
    request.parameters["weight"].double_param = 0.25
    request.parameters["timeout"].int64_param = 5_000_000
    request.parameters["triton_enable_empty_final_response"].bool_param = True
    _, asked = read(request, echo("FP32", (2,)))
    assert asked.params == {
        "sequence_id": 7,
        "sequence_start": True,
        "priority": 2**63,
        "name": "n",
        "weight": 0.25,
    }
    assert asked.deadline == pytest.approx(time.monotonic() + 5, abs=1)


def test_a_signature_is_chosen_by_its_name():
    request = raw("FP32", np.ones(2, np.float32))
    request.parameters["signature_name"].string_param = "other"
    call = decode_infer(request.SerializeToString())
    asked = call.read({"serving_default": Signature({}, {}), "other": echo("FP32", (2,))})
    assert asked.signature == "other"


def test_outputs_and_classification_are_asked_for():
    request = raw("FP32", np.ones((1, 2), np.float32))
    request.outputs.add(name="y").parameters["classification"].int64_param = 2
    spec = TensorSpec("FP32", (-1, 3))
    signature = Signature({"x": TensorSpec("FP32", (-1, 2))}, {"y": spec, "z": spec}, batched=True)
    call, asked = read(request, signature)
    assert asked.outputs == ("y",)
    told = answer(call, signature, {"y": Tensor("FP32", np.array([[0.5, 2.5, 1.0]], np.float32))})
    assert told.outputs[0].datatype == "BYTES"
    assert triton.InferResult(told).as_numpy("y").tolist() == [[b"2.5:1", b"1.0:2"]]


def test_json_values_travel_as_marked_texts():
    signature = Signature({"x": TensorSpec("JSON", (1,))}, {"x": TensorSpec("JSON", (1,))})
    texts = np.array([b'{"a": [1, null]}'], object)
    for request in (raw("BYTES", texts), typed("BYTES", texts)):
        call, asked = read(request, signature)
        assert asked.tensors["x"].dtype == "JSON"
        assert asked.tensors["x"].array.tolist() == [{"a": [1, None]}]
        told = answer(call, signature, dict(asked.tensors))
        (output,) = told.outputs
        assert (output.datatype, output.parameters["content_type"].string_param) == ("BYTES", "json")
        given = [*output.contents.bytes_contents] or triton.InferResult(told).as_numpy("x").tolist()
        assert given == [b'{"a":[1,null]}']


def test_a_missing_string_has_no_sign():
    signature = echo("BYTES", (2,))
    texts = np.array([b"a", b"b"], object)
    for request in (raw("BYTES", texts), typed("BYTES", texts)):
        call, _ = read(request, signature)
        with pytest.raises(Unsupported, match=r"output 'x'.*(string is missing|missing string)"):
            answer(call, signature, {"x": Tensor("BYTES", objects(["a", None]))})


def test_text_is_utf8_in_either_form():
    signature = echo("BYTES", (1,))
    for request in (raw("BYTES", np.array([b""], object)), typed("BYTES", np.array([b""], object))):
        call, _ = read(request, signature)
        told = answer(call, signature, {"x": Tensor("BYTES", objects(["ü"]))})
        given = [*told.outputs[0].contents.bytes_contents] or triton.InferResult(told).as_numpy("x").tolist()
        assert given == ["ü".encode()]


def changed(**changes: Any) -> Any:
    """A good request for FP32 [2], changed."""
    request = raw("FP32", np.zeros(2, np.float32))
    for name, value in changes.items():
        if name == "raw":
            del request.raw_input_contents[:]
            request.raw_input_contents.extend(value)
        elif name == "contents":
            setattr_contents(request, value)
        elif name == "shape":
            del request.inputs[0].shape[:]
            request.inputs[0].shape.extend(value)
        else:
            setattr(request.inputs[0], name, value)
    return request


def setattr_contents(request: Any, values: dict[str, list[Any]]) -> None:
    for name, numbers in values.items():
        getattr(request.inputs[0].contents, name).extend(numbers)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            changed(contents={"fp32_contents": [1, 2]}),
            "contents field must not be specified when using raw_input_contents for 'x' for model 'm'",
        ),
        (changed(raw=[]), "unable to find data for input tensor 'x' for model 'm' in request."),
        (changed(raw=[b"12345678", b""]), "raw_input_contents: there are 2, but 1 inputs without contents"),
        (
            changed(raw=[b"1234567"]),
            "raw_input_contents[0] of input 'x': 7 bytes of raw data; FP32[2] takes 8",
        ),
        (changed(shape=[3]), "raw_input_contents[0] of input 'x': 8 bytes of raw data; FP32[3] takes 12"),
        (changed(shape=[-2]), "tensor 'x': shape[0]: wanted a whole number from 0 up, got -2"),
        (
            changed(shape=[2**40, 2**40]),
            f"raw_input_contents[0] of input 'x': the shape {[2**40, 2**40]} is larger than an array can be",
        ),
        (changed(shape=[0, 2**62]), "tensor 'x': shape: holds no values, but spans more than can be counted"),
        (changed(shape=[1] * 33), "tensor 'x': shape: has 33 axes, wanted at most 32"),
        (changed(name="w"), "inputs[0].name: there is no input 'w'; the inputs are 'x'"),
        (
            changed(datatype="FP64"),
            "inputs[0].datatype: input 'x' came as 'FP64'; the model takes FP32",
        ),
        (
            changed(datatype="FLOAT"),
            "inputs[0].datatype: input 'x' came as 'FLOAT', which is no datatype; the model takes FP32",
        ),
        (
            changed(raw=[], contents={"fp32_contents": [1]}),
            "tensor 'x': shape [2]: contents.fp32_contents holds 1 values; the shape takes 2",
        ),
        (
            changed(raw=[], contents={"fp64_contents": [1, 2]}),
            "tensor 'x': shape [2]: contents.fp64_contents is filled; FP32 stands in fp32_contents",
        ),
        (
            changed(raw=[], shape=[2**30, 2**30], contents={"fp32_contents": [1, 2]}),
            f"tensor 'x': shape {[2**30] * 2}: contents.fp32_contents holds 2 values; the shape takes {2**60}",
        ),
    ],
)
def test_what_cannot_be_read_says_where_it_is_and_what_was_wanted(request_: Any, message: str):
    with pytest.raises(BadInput) as caught:
        read(request_, echo("FP32", (-1,)))
    assert caught.value.message == message
    assert caught.value.signature is not None


@pytest.mark.parametrize(
    ("dtype", "values", "message"),
    [
        ("INT8", [127, 128], "contents.int_contents holds 127 to 128; INT8 goes from -128 to 127"),
        ("INT16", [-32769], "contents.int_contents holds -32769 to -32769; INT16 goes from -32768 to 32767"),
        ("UINT8", [256], "contents.uint_contents holds 256 to 256; UINT8 goes from 0 to 255"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(dtype: str, values: list[int], message: str):
    request = pb.ModelInferRequest(model_name="m")
    item = request.inputs.add(name="x", datatype=dtype, shape=[len(values)])
    getattr(item.contents, PLACES[dtype]).extend(values)
    with pytest.raises(BadInput) as caught:
        read(request, echo(dtype, (-1,)))
    assert caught.value.message.endswith(message)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x01\0\0", "3 bytes of raw data; BYTES[1] takes 4 at least"),
        (b"\x05\0\0\0abc", "element 0 of 1 says 5 bytes, but 3 are left"),
        (b"\xff\xff\xff\xffabc", f"element 0 of 1 says {2**32 - 1} bytes, but 3 are left"),
        (b"\x02\0\0\0abc", "1 bytes of raw data are left over after 1 elements"),
    ],
)
def test_strings_that_are_cut_off_are_refused(data: bytes, message: str):
    request = pb.ModelInferRequest(model_name="m", raw_input_contents=[data])
    request.inputs.add(name="x", datatype="BYTES", shape=[1])
    with pytest.raises(BadInput) as caught:
        read(request, echo("BYTES", (1,)))
    assert caught.value.message == f"raw_input_contents[0] of input 'x': {message}"


@pytest.mark.parametrize(
    ("name", "kind", "value", "message"),
    [
        ("timeout", "string_param", "1", "parameters.timeout: wanted an integer, got '1'"),
        ("timeout", "int64_param", -1, "parameters.timeout: wanted microseconds, 0 for none, got -1"),
        ("binary_data_output", "int64_param", 1, "parameters.binary_data_output: wanted true or false, got 1"),
        ("signature_name", "string_param", "nope", "there is no signature 'nope'"),
        (
            "triton_enable_empty_final_response",
            "string_param",
            "yes",
            "parameters.triton_enable_empty_final_response: wanted true or false, got 'yes'",
        ),
    ],
)
def test_parameters_that_are_odd_are_refused(name: str, kind: str, value: Any, message: str):
    request = raw("FP32", np.zeros(2, np.float32))
    setattr(request.parameters[name], kind, value)
    with pytest.raises(BadInput) as caught:
        read(request, echo("FP32", (2,)))
    assert caught.value.message.startswith(message)


def test_a_parameter_without_a_value_is_refused():
    request = raw("FP32", np.zeros(2, np.float32))
    request.parameters["p"].SetInParent()
    with pytest.raises(BadInput, match=r"parameters\.p: has no value"):
        read(request, echo("FP32", (2,)))


@pytest.mark.parametrize("whose", ["inputs", "outputs"])
def test_shared_memory_is_refused(whose: str):
    request = raw("FP32", np.zeros(2, np.float32))
    entry = request.inputs[0] if whose == "inputs" else request.outputs.add(name="x")
    entry.parameters["shared_memory_region"].string_param = "r"
    with pytest.raises(BadInput, match="shared memory regions are not served here"):
        read(request, echo("FP32", (2,)))


@pytest.mark.parametrize("version", ["x", "-1", "1.0", "9" * 19, "²"])
def test_a_version_that_is_no_number_is_refused(version: str):
    with pytest.raises(BadInput, match="failed to get model version from specified version string"):
        decode_infer(pb.ModelInferRequest(model_name="m", model_version=version).SerializeToString())


def test_a_version_is_read():
    assert decode_infer(pb.ModelInferRequest(model_name="m", model_version="12").SerializeToString()).version == 12
    assert decode_infer(pb.ModelInferRequest(model_name="m").SerializeToString()).version is None


def test_what_is_remembered_of_inputs_does_not_mix_them_up():
    """More different inputs than are remembered, each twice."""
    for size in [*range(1, 1200), *range(1, 1200)]:
        array = np.full(size, size % 256, np.uint8)
        request = pb.ModelInferRequest(model_name="m", raw_input_contents=[array.tobytes()])
        request.inputs.add(name="x", datatype="UINT8", shape=[size])
        _, asked = read(request, echo("UINT8", (-1,)))
        assert asked.tensors["x"].array.shape == (size,)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_call_or_bad_input(data: bytes):
    try:
        call = decode_infer(data)
    except BadInput:
        return
    signature = echo("FP32", (2,))
    with pytest.raises(BadInput):
        signature.check(call.read({"serving_default": signature}).tensors)


@pytest.mark.slow
@given(st.data())
def test_a_message_changed_anywhere_is_read_or_refused(data: st.DataObject):
    request = data.draw(st.sampled_from([raw, typed]))("INT32", np.arange(6, dtype=np.int32).reshape(2, 3))
    message = bytearray(request.SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(message)))
    try:
        _, asked = read(bytes(message[:cut]), echo("INT32", (-1, -1)))
    except BadInput:
        return
    assert sum(math.prod(tensor.array.shape) for tensor in asked.tensors.values()) <= 6
