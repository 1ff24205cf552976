"""Predict over gRPC: what TensorFlow Serving's clients send, what they get, and its words for what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.calls import Predict, Predicted
from salver.core.errors import BadInput, Fault, Internal, Precondition, Unsupported
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec, objects
from salver.protocols.messages import message
from salver.protocols.rpc import GrpcProtocol, Unary
from salver.protocols.tfserving.grpc import PROTOCOL, protocol

REQUEST = message("tensorflow.serving.PredictRequest")
RESPONSE = message("tensorflow.serving.PredictResponse")
FLOAT = TensorSpec("FP32", (-1, 1))
HALF_PLUS_TWO = Signature({"x": FLOAT}, {"y": FLOAT}, batched=True, method="tensorflow/serving/predict")
SUM = Signature({"a": FLOAT, "b": FLOAT, "c": FLOAT}, {"y": FLOAT, "z": FLOAT}, {"c": None})
SIGNATURES = {"serving_default": HALF_PLUS_TWO, "sum": SUM}

GOLDEN_REQUEST = bytes.fromhex(
    "0a060a0477696e65"  # model_spec { name: "wine" }
    "121b" "0a0178" "1216"  # inputs { key: "x" value {
    "0801" "120812020801" "12020802"  # dtype: DT_FLOAT tensor_shape { dim { size: 1 } dim { size: 2 } }
    "2a08" "0000803f" "00000040"  # float_val: [1, 2] } }
)  # fmt: skip
GOLDEN_ANSWER = bytes.fromhex(
    "0a13" "0a0179" "120e" "0801" "120412020801" "2a040000403f"  # outputs { key: "y" value { ... 0.75 } }
    "121b0a0477696e65" "12020803" "1a0f73657276696e675f64656661756c74"  # model_spec { "wine", 3, "serving_default" }
)  # fmt: skip


def method(name: str = "Predict", of: GrpcProtocol = PROTOCOL) -> Unary:
    return next(found for found in of.methods if isinstance(found, Unary) and found.path.endswith(name.encode()))


def decoded(raw: bytes, of: GrpcProtocol = PROTOCOL) -> Predict:
    call = method(of=of).decode_call(raw)
    assert isinstance(call, Predict)
    return call


def asked(proto: Any, signatures: dict[str, Signature] | None = None, of: GrpcProtocol = PROTOCOL) -> Request:
    return decoded(proto.SerializeToString(), of).read(SIGNATURES if signatures is None else signatures)


def request(signature_name: str = "", filters: tuple[str, ...] = (), **inputs: list[float]) -> Any:
    proto = REQUEST(output_filter=filters)
    proto.model_spec.name = "wine"
    proto.model_spec.signature_name = signature_name
    for name, values in inputs.items():
        tensor = proto.inputs[name]
        tensor.dtype = 1
        tensor.tensor_shape.dim.add(size=len(values))
        tensor.float_val.extend(values)
    return proto


def refusal(raw: bytes, signatures: dict[str, Signature] | None = None, of: GrpcProtocol = PROTOCOL) -> Fault:
    with pytest.raises(Fault) as refused:
        decoded(raw, of).read(SIGNATURES if signatures is None else signatures)
    return refused.value


def answer(tensors: dict[str, Tensor], of: GrpcProtocol = PROTOCOL) -> bytes:
    call = decoded(GOLDEN_REQUEST)
    reply = Predicted("wine", 3, "serving_default", HALF_PLUS_TWO, Response(tensors))
    return method(of=of).encode_reply(call, reply)


def test_a_request_byte_by_byte() -> None:
    call = decoded(GOLDEN_REQUEST)
    assert (call.protocol, call.model, call.version, call.label) == ("tfserving", "wine", None, None)
    read = call.read(SIGNATURES)
    assert (read.signature, read.outputs) == ("serving_default", ())
    assert read.tensors["x"].dtype == "FP32"
    assert read.tensors["x"].array.tolist() == [[1.0, 2.0]]


def test_an_answer_byte_by_byte() -> None:
    assert answer({"y": Tensor("FP32", np.array([0.75], np.float32))}) == GOLDEN_ANSWER


def test_a_view_of_the_message_will_do() -> None:
    read = decoded(memoryview(GOLDEN_REQUEST)).read(SIGNATURES)  # type: ignore[arg-type]
    assert read.tensors["x"].array.tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(
    ("fields", "version", "label"),
    [({}, None, None), ({"version": {"value": 7}}, 7, None), ({"version_label": "stable"}, None, "stable"),
     ({"version": {}}, 0, None)],
)  # fmt: skip
def test_which_version(fields: dict[str, Any], version: int | None, label: str | None) -> None:
    proto = REQUEST(model_spec={"name": "m", **fields})
    call = decoded(proto.SerializeToString())
    assert (call.model, call.version, call.label) == ("m", version, label)


def test_options_of_streams_are_ignored() -> None:
    proto = request(x=[1.0])
    proto.client_id = b"someone"
    proto.request_options.max_cache_length = 4
    proto.predict_streamed_options.return_single_response = True
    assert asked(proto).tensors["x"].array.tolist() == [1.0]


@given(st.lists(st.sampled_from(["spec", "x", "y", "filter", "unknown"]), max_size=8))
def test_fields_in_any_order_mean_what_protobuf_says(order: list[str]) -> None:
    """Maps keep the last of equal keys, messages that come twice are merged, unknown fields are skipped."""
    pieces = {
        "spec": REQUEST(model_spec={"name": "m", "version": {"value": len(order)}}).SerializeToString(),
        "x": request(x=[1.0]).SerializeToString()[8:],
        "y": request(x=[2.0]).SerializeToString()[8:],
        "filter": REQUEST(output_filter=["y"]).SerializeToString(),
        "unknown": b"\xc2\x3e\x03abc",
    }
    raw = b"".join(pieces[name] for name in order)
    truth = REQUEST.FromString(raw)
    if not truth.HasField("model_spec"):
        assert refusal(raw).message == "Missing ModelSpec"
    elif not truth.inputs:
        assert refusal(raw).message.startswith("input size does not match signature")
    elif len(truth.output_filter) > 1:
        assert refusal(raw).message == "duplicate output tensor alias: y"
    else:
        call = decoded(raw)
        read = call.read(SIGNATURES)
        assert (call.model, call.version) == (truth.model_spec.name, truth.model_spec.version.value)
        assert read.tensors["x"].array.tolist() == list(truth.inputs["x"].float_val)
        assert read.outputs == tuple(truth.output_filter)


@given(st.binary(max_size=80))
def test_anything_at_all(raw: bytes) -> None:
    try:
        REQUEST.FromString(raw)
    except Exception:
        assert isinstance(refusal(raw), BadInput)


@given(st.data())
def test_a_cut_or_damaged_message(data: st.DataObject) -> None:
    raw = bytearray(GOLDEN_REQUEST)
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(raw[: data.draw(st.integers(0, len(raw)))])
    try:
        found = decoded(cut).read(SIGNATURES)
    except Fault as fault:
        assert fault.message  # noqa: PT017 - the damage need not matter
    else:
        truth = REQUEST.FromString(cut)
        assert found.tensors.keys() == truth.inputs.keys()


@pytest.mark.parametrize(
    ("proto", "kind", "text"),
    [
        (REQUEST(), BadInput, "Missing ModelSpec"),
        (REQUEST(model_spec={}), BadInput, "ModelSpec has no name specified."),
        (REQUEST(model_spec={"signature_name": "x"}), BadInput, "ModelSpec has no name specified."),
        (request("unheard"), Precondition, 'Serving signature key "unheard" not found.'),
        (
            request(),
            BadInput,
            "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}.",
        ),
        (
            request(x=[1.0], a=[2.0]),
            BadInput,
            "input size does not match signature: 2!=1 len({a,x}) != len({x}). "
            "Sent extra: {a}. Missing but required: {}.",
        ),
        (
            request(a=[1.0]),
            BadInput,
            "Signature input alias: x(feed name: x:0) not found in request and no default value provided. "
            "Inputs expected to be in the request {a}, or default input alias set: ",
        ),
        (
            request("sum", a=[1.0]),
            BadInput,
            "Signature input alias: b(feed name: b:0) not found in request and no default value provided. "
            "Inputs expected to be in the request {a}, or default input alias set: c",
        ),
        (
            request("sum", a=[1.0], b=[1.0], d=[1.0]),
            BadInput,
            "Inputs contains invalid name. Used request inputs: a,b, request input: a,b,d",
        ),
        (
            request(filters=("y", "w"), x=[1.0]),
            BadInput,
            "output tensor alias not found in signature: w Outputs expected to be in the set {y}.",
        ),
        (request(filters=("y", "y"), x=[1.0]), BadInput, "duplicate output tensor alias: y"),
    ],
)
def test_what_is_wrong_in_its_words(proto: Any, kind: type[Fault], text: str) -> None:
    fault = refusal(proto.SerializeToString())
    assert (type(fault), fault.message) == (kind, text)


def test_a_tensor_that_cannot_be_read_is_named() -> None:
    proto = request(x=[1.0])
    proto.inputs["x"].tensor_shape.dim[0].size = -2
    assert refusal(proto.SerializeToString()).message == "tensor parsing error: x: there is no tensor of shape [-2]"


def test_more_inputs_than_any_model_has() -> None:
    raw = GOLDEN_REQUEST + bytes.fromhex("12040a001200") * 70_000
    assert refusal(raw).message == "the message has more than 65536 fields"


def test_inputs_with_defaults_may_be_left_out() -> None:
    assert asked(request("sum", a=[1.0], b=[2.0])).tensors.keys() == {"a", "b"}


def test_outputs_wanted() -> None:
    assert asked(request("sum", ("z", "y"), a=[1.0], b=[2.0])).outputs == ("z", "y")


def test_a_nameless_request_means_the_only_signature() -> None:
    assert asked(request(x=[1.0]), {"other": HALF_PLUS_TWO}).signature == "other"


def test_the_name_of_the_method_where_it_is_checked() -> None:
    checking = protocol(method_check=True)
    odd = Signature({"x": FLOAT}, {"y": FLOAT}, method="my/method")
    raw = request(x=[1.0]).SerializeToString()
    fault = refusal(raw, {"serving_default": odd}, checking)
    assert isinstance(fault, Internal)
    assert fault.message == (
        "Expected prediction signature method_name to be one of {tensorflow/serving/predict, "
        "tensorflow/serving/classify, tensorflow/serving/regress}. Was: my/method"
    )
    assert decoded(raw).read({"serving_default": odd}).tensors.keys() == {"x"}
    for method_name in ("", "tensorflow/serving/regress"):
        fitting = Signature({"x": FLOAT}, {"y": FLOAT}, method=method_name)
        assert decoded(raw, checking).read({"serving_default": fitting}).tensors.keys() == {"x"}


def test_values_of_dtype_json_travel_as_text() -> None:
    records = Signature({"x": TensorSpec("JSON", (-1,))}, {"y": TensorSpec("JSON", (-1,))})
    proto = REQUEST(model_spec={"name": "m"})
    proto.inputs["x"].dtype = 7
    proto.inputs["x"].tensor_shape.dim.add(size=2)
    proto.inputs["x"].string_val.extend([b'{"a": [1, 2]}', b"null"])
    read = asked(proto, {"serving_default": records})
    assert read.tensors["x"].dtype == "JSON"
    assert read.tensors["x"].array.tolist() == [{"a": [1, 2]}, None]
    told = RESPONSE.FromString(answer({"y": read.tensors["x"]})).outputs["y"]
    assert list(told.string_val) == [b'{"a":[1,2]}', b"null"]
    proto.inputs["x"].string_val[1] = b"{"
    assert refusal(proto.SerializeToString(), {"serving_default": records}).message.startswith(
        "tensor parsing error: x: JSON Parse error"
    )


@pytest.mark.parametrize("content", [False, True])
def test_answers_as_protobuf_reads_them(content: bool) -> None:
    tensors = {
        "floats": Tensor("FP32", np.arange(6, dtype=np.float32).reshape(2, 3).T),
        "ints": Tensor("INT32", np.array([-1, 2**31 - 1], np.int32)),
        "halves": Tensor("FP16", np.array([1.5], np.float16)),
        "words": Tensor("BYTES", objects(["é", b"\xff"])),
        "truth": Tensor("BOOL", np.array([True, False])),
        "none": Tensor("FP64", np.empty((0, 2))),
        "one": Tensor("INT64", np.array(5)),
    }
    told = RESPONSE.FromString(answer(tensors, protocol(tensor_content=content)))
    assert told.model_spec == message("tensorflow.serving.ModelSpec")(
        name="wine", version={"value": 3}, signature_name="serving_default"
    )
    assert {name: tuple(dim.size for dim in proto.tensor_shape.dim) for name, proto in told.outputs.items()} == {
        name: tensor.array.shape for name, tensor in tensors.items()
    }
    if content:
        assert told.outputs["floats"].tensor_content == tensors["floats"].array.tobytes()
        assert told.outputs["words"].tensor_content == b"\x02\x01" + "é".encode() + b"\xff"
        assert not any(proto.float_val or proto.string_val or proto.int_val for proto in told.outputs.values())
    else:
        assert list(told.outputs["floats"].float_val) == [0, 3, 1, 4, 2, 5]
        assert list(told.outputs["ints"].int_val) == [-1, 2**31 - 1]
        assert list(told.outputs["halves"].half_val) == [0x3E00]
        assert list(told.outputs["words"].string_val) == ["é".encode(), b"\xff"]
        assert list(told.outputs["truth"].bool_val) == [True, False]
        assert list(told.outputs["one"].int64_val) == [5]
        assert not any(proto.tensor_content for proto in told.outputs.values())


def test_a_missing_string_is_named() -> None:
    with pytest.raises(Unsupported, match="'words': TensorProto has no sign for a missing string"):
        answer({"words": Tensor("BYTES", objects([None]))})
