"""A model that judges each row by itself, over every protocol: values of any kind, missing ones, rows it refuses."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from loose_model import COLOURS, SIGNATURE, LooseModel

from salver.core.calls import Metadata, ModelMetadata, Predict, Predicted
from salver.core.errors import BadInput, Fault
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, MAX_LEFT_OUT, Signature
from salver.core.tensor import Tensor, TensorSpec, narrow, objects
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.messages import message
from salver.protocols.openinference.grpc import PROTOCOL as INFERENCE_GRPC
from salver.protocols.openinference.rest import PROTOCOL as OPEN_INFERENCE
from salver.protocols.route import HttpProtocol, Match
from salver.protocols.rpc import GrpcProtocol, Unary
from salver.protocols.tfserving.grpc import PROTOCOL as TF_GRPC
from salver.protocols.tfserving.logs import decode_log, encode_log
from salver.protocols.tfserving.rest import PROTOCOL as TF_SERVING

REASON = "colour is 'pink', which is no colour"
UNNAMED: dict[str, Any] = {}


def computed(call: Any) -> Predicted:
    """What the corridor makes of a call."""
    model = LooseModel()
    try:
        request = call.read(model.signatures)
        SIGNATURE.check(request.tensors)
        SIGNATURE.check_outputs(request.outputs)
        return Predicted("m", 1, DEFAULT, SIGNATURE, model(request))
    except BadInput as fault:
        fault.signature = fault.signature or SIGNATURE
        raise


def ask(protocol: HttpProtocol, target: bytes, document: Any, headers: Any = ()) -> tuple[int, Any]:
    """Status and document of the answer."""
    match = protocol.match(b"POST", target)
    assert isinstance(match, Match)
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    try:
        call = match.route.decode_call(HttpRequest(b"POST", target, list(headers), body), **match.args)
        answer = match.route.encode_reply(call, computed(call))
    except Fault as fault:
        answer = protocol.encode_fault(fault, match.route)
    assert isinstance(answer, HttpResponse)
    assert isinstance(answer.body, bytes)
    return answer.status, json.loads(answer.body)


def predict(document: Any) -> tuple[int, Any]:
    return ask(TF_SERVING, b"/v1/models/m:predict", document)


def infer(document: Any) -> tuple[int, Any]:
    return ask(OPEN_INFERENCE, b"/v2/models/m/infer", document)


def outputs_of(document: Any) -> dict[str, Any]:
    return {output["name"]: output["data"] for output in document["outputs"]}


def call_grpc(protocol: GrpcProtocol, path: bytes, request: Any) -> bytes:
    (method,) = (one for one in protocol.methods if one.path == path)
    assert isinstance(method, Unary)
    call = method.decode_call(request.SerializeToString())
    return method.encode_reply(call, computed(call))


# TensorFlow Serving over REST.


def test_rows_may_lack_names_and_hold_null_and_values_of_any_kind() -> None:
    rows = [
        {"income": 1.5, "age": 30, "colour": "red", "flag": True},
        {"age": 61.0, "colour": None},
        {},
        {"income": "7.5", "age": "10", "items": ["a", 1]},
    ]
    status, document = predict({"instances": rows})
    assert status == 200
    answers = document["predictions"]
    assert [answer["score"] for answer in answers] == [33.0, None, None, 25.0]
    assert [answer["years"] for answer in answers] == [30.0, 61.0, None, 10.0]
    assert [answer["label"] for answer in answers] == ["RED", None, None, None]
    assert [answer["old"] for answer in answers] == [False, True, None, False]
    assert "'items': ['a', 1]" in answers[3]["seen"]
    assert answers[2]["seen"] == "{}"


@pytest.mark.parametrize("row", [{"age": 30}, {"age": 30.0}, {"age": "30"}, {"age": 30, "colour": None}])
def test_one_row(row: dict[str, Any]) -> None:
    assert predict({"instances": [row]})[1]["predictions"][0]["years"] == 30


def test_a_row_in_which_everything_is_missing_is_a_row() -> None:
    assert predict({"instances": [{}]})[1]["predictions"][0]["score"] is None


def test_what_is_of_the_declared_kind_comes_typed() -> None:
    row = {"income": 2, "age": 30, "colour": "red", "flag": True, "items": "x"}
    for rows in ([row], [row, row]):
        tensors = read(TF_SERVING, b"/v1/models/m:predict", {"instances": rows})
        dtypes = {name: tensor.dtype for name, tensor in tensors.items()}
        assert dtypes == {"income": "FP64", "age": "INT64", "colour": "BYTES", "flag": "BOOL", "items": "BYTES"}


def read(protocol: HttpProtocol, target: bytes, document: Any) -> dict[str, Tensor]:
    match = protocol.match(b"POST", target)
    assert isinstance(match, Match)
    call = match.route.decode_call(HttpRequest(b"POST", target, [], json.dumps(document).encode()), **match.args)
    assert isinstance(call, Predict)
    return dict(call.read({DEFAULT: SIGNATURE}).tensors)


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_integers_beyond_floats_are_left_to_the_model(value: int) -> None:
    for column in ("income", "age"):
        tensors = read(TF_SERVING, b"/v1/models/m:predict", {"instances": [{column: value}]})
        assert tensors[column].array.tolist() == [value]


def test_large_columns_of_numbers_are_read_like_small_ones() -> None:
    ages = list(range(3000))
    status, document = predict({"inputs": {"age": ages, "income": [float(age) for age in ages]}})
    assert status == 200
    assert document["outputs"]["score"] == [3.0 * age for age in ages]
    tensors = read(TF_SERVING, b"/v1/models/m:predict", {"inputs": {"colour": ages}})
    assert tensors["colour"].array.tolist() == ages


def test_columns() -> None:
    status, document = predict({"inputs": {"age": [30, None, "61"], "income": [1, 2, 3]}})
    assert status == 200
    assert document["outputs"]["score"] == [32.0, None, 67.0]
    assert "_error" not in document["outputs"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"instances": [{"age": 1}, {"agee": 2}]}, "does not have named input: agee"),
        ({"instances": [[1, 2]]}, "expecting list of objects"),
        ({"instances": [{"age": 1}, 2]}, "Expecting object but got list at item 1"),
        ({"inputs": {"age": 9.4}}, "input 'age' is one value, wanted a list"),
        ({"inputs": {"agee": [1]}}, "there is no input 'agee'; the inputs are 'income', 'age'"),
        ({"inputs": {"age": [1], "income": [1, 2]}}, "same number of rows, got 'age' 1, 'income' 2"),
        ({"inputs": {}}, "no input came, so there are no rows; the inputs are 'income', 'age'"),
        ({"instances": [{"age": 1}], "parameters": 7}, "'parameters' key must be an object"),
        ({"instances": [{"age": 1}], "parameters": {"row_errors": 1}}, "'row_errors' must be true or false"),
        ({"instances": [{"colour": {"b64": "/w=="}}]}, "no UTF-8"),
    ],
)
def test_what_is_no_request_is_refused_with_what_is_wanted(body: Any, words: str) -> None:
    status, document = predict(body)
    assert status == 400
    assert words in document["error"]
    wanted = document["expected"]["inputs"]["age"]["domain"]
    assert wanted["intervals"] == [{"low": 0, "high": 120, "closed_low": True, "closed_high": False}]
    assert predict(document["example"])[0] == 200


def test_a_refused_row_refuses_the_request_unless_it_is_asked_for_by_itself() -> None:
    rows = [{"colour": "red"}, {"colour": "pink", "age": 30}]
    status, document = predict({"instances": rows})
    assert (status, document["error"]) == (400, f"row 1: {REASON}")
    status, document = predict({"instances": rows, "parameters": {"row_errors": True}})
    assert status == 200
    good, bad = document["predictions"]
    assert (good["label"], good["_error"]) == ("RED", None)
    assert bad == {"score": None, "years": None, "label": None, "old": None, "seen": None, "_error": REASON}
    status, document = predict({"inputs": {"colour": ["pink"]}, "parameters": {"row_errors": True}})
    assert document["outputs"]["_error"] == [REASON]


def test_an_only_output_has_a_name_where_a_reason_could_stand_beside_it() -> None:
    signature = Signature(SIGNATURE.inputs, {"label": TensorSpec("BYTES", (-1,))}, SIGNATURE.defaults, batched=True)
    match = TF_SERVING.match(b"POST", b"/v1/models/m:predict")
    assert isinstance(match, Match)
    for parameters, wanted in ((UNNAMED, ["RED"]), ({"row_errors": True}, [{"label": "RED"}])):
        body = json.dumps({"instances": [{"colour": "red"}], "parameters": parameters}).encode()
        call = match.route.decode_call(HttpRequest(b"POST", b"", [], body), **match.args)
        assert isinstance(call, Predict)
        call.read({DEFAULT: signature})
        reply = Predicted("m", 1, DEFAULT, signature, Response({"label": Tensor("BYTES", objects(["RED"]))}))
        answer = match.route.encode_reply(call, reply)
        assert isinstance(answer.body, bytes)
        assert json.loads(answer.body)["predictions"] == wanted


def test_infinite_answers_stay_words_beside_nulls() -> None:
    _, document = predict({"instances": [{"age": 1, "income": 1e308}, {}]})
    assert [answer["score"] for answer in document["predictions"]] == [float("inf"), None]


def test_rows_cannot_leave_out_without_end() -> None:
    rows = MAX_LEFT_OUT // 4 + 1
    with pytest.raises(BadInput, match="rows leave out 4 inputs"):
        SIGNATURE.check({"age": Tensor("INT64", np.broadcast_to(np.int64(1), (rows,)))})


def test_examples_of_any_kind_and_features_that_are_not_there() -> None:
    body = {"examples": [{"colour": "red", "age": 30, "flag": 1}, {"income": 2.5}]}
    status, document = ask(TF_SERVING, b"/v1/models/m:regress", body)
    assert status == 200
    assert [score != score for score in document["results"]] == [True, True]
    status, document = ask(TF_SERVING, b"/v1/models/m:regress", {"examples": [{"income": 2.5, "age": 1}]})
    assert document["results"] == [6.0]


# Names that the model has no use for.


def test_records_may_hold_more_than_the_model_reads() -> None:
    row = {"age": 30, "customer": "x", "income": 1}
    assert predict({"instances": [row]})[1]["predictions"][0]["score"] == 32
    answers = predict({"instances": [row, {"age": 1}, row]})[1]["predictions"]
    assert [answer["score"] for answer in answers] == [32, None, 32]
    columns = {name: [value] for name, value in row.items()}
    assert predict({"inputs": columns})[1]["outputs"]["score"] == [32]
    tensors = {name: Tensor.of([value]) for name, value in row.items()}
    answer = message("tensorflow.serving.PredictResponse")
    told = answer.FromString(call_grpc(TF_GRPC, PREDICT, predict_request(**tensors)))
    assert list(told.outputs["score"].double_val) == [32]
    for raw in (True, False):
        request = OPEN_INFERENCE.encode_call(Predict("", "m", None, None, lambda _: Request(tensors)))
        assert outputs_of(infer(json.loads(request.body))[1])["score"] == [32]
        reply = INFERENCE_GRPC.decode_reply(
            call_of(tensors), call_grpc(INFERENCE_GRPC, INFER, infer_request(tensors, binary_data=raw))
        )
        assert isinstance(reply, Predicted)
        assert reply.response.tensors["score"].array.tolist() == [32]


def test_a_misspelt_name_is_refused() -> None:
    words = "there is no input 'colr'; did you mean 'colour'?"
    tensors = {"age": Tensor.of([30]), "colr": Tensor.of(["red"])}
    status, document = predict({"instances": [{"age": 1}, {"age": 30, "colr": "red"}]})
    assert (status, document["error"].partition("Error: ")[2]) == (
        400,
        "INVALID_ARGUMENT: JSON object: does not have named input: colr; did you mean 'colour'?",
    )
    assert predict({"inputs": {"age": [30], "colr": ["red"]}})[1]["error"] == words
    assert infer({"inputs": [entry("age", "INT64", [1]), entry("colr", "BYTES", ["red"])]})[1]["error"] == words
    for ask_it in (
        lambda: call_grpc(TF_GRPC, PREDICT, predict_request(**tensors)),
        lambda: call_grpc(INFERENCE_GRPC, INFER, infer_request(tensors)),
    ):
        with pytest.raises(BadInput) as refused:
            ask_it()
        assert refused.value.message == words


# TensorFlow Serving over gRPC.


def predict_request(*filters: str, **tensors: Tensor) -> Any:
    request = Request(tensors, outputs=filters)
    _, data = TF_GRPC.encode_call(Predict("tfserving", "m", None, None, lambda _: request))
    return message("tensorflow.serving.PredictRequest").FromString(data)


PREDICT = b"/tensorflow.serving.PredictionService/Predict"


def test_tensors_of_other_dtypes_over_grpc() -> None:
    request = predict_request(
        age=Tensor("BYTES", objects(["30", "", "61"])),
        income=Tensor("BF16", narrow(np.array([[1.5], [2.5], [3.5]]))),
        colour=Tensor("BYTES", objects(["red", "", "blue"])),
        items=Tensor("BYTES", objects(['["a", "b"]', "[a", ""])),
    )
    answer = message("tensorflow.serving.PredictResponse").FromString(call_grpc(TF_GRPC, PREDICT, request))
    np.testing.assert_array_equal(answer.outputs["score"].double_val, [33, np.nan, 68])
    assert list(answer.outputs["label"].string_val) == [b"RED", b"", b"BLUE"]
    seen = [text.decode() for text in answer.outputs["seen"].string_val]
    assert "'items': ['a', 'b']" in seen[0]
    assert "'items': '[a'" in seen[1]
    assert "items" not in seen[2]
    assert list(answer.outputs["old"].string_val) == [b"false", b"null", b"true"]
    assert "_error" not in answer.outputs


def test_a_filter_names_the_reasons() -> None:
    columns = {"colour": Tensor("BYTES", objects(["pink", "red"]))}
    with pytest.raises(BadInput, match=f"row 0: {REASON}"):
        call_grpc(TF_GRPC, PREDICT, predict_request(**columns))
    told = call_grpc(TF_GRPC, PREDICT, predict_request("_error", "label", **columns))
    answer = message("tensorflow.serving.PredictResponse").FromString(told)
    assert answer.outputs.keys() == {"_error", "label"}
    assert list(answer.outputs["_error"].string_val) == [REASON.encode(), b""]
    assert list(answer.outputs["label"].string_val) == [b"", b"RED"]
    with pytest.raises(BadInput, match="output tensor alias not found in signature: nope"):
        call_grpc(TF_GRPC, PREDICT, predict_request("nope", **columns))


def test_bytes_that_are_no_text_are_refused_by_name() -> None:
    request = predict_request(colour=Tensor("BYTES", objects([b"\xff"])))
    with pytest.raises(BadInput, match="tensor parsing error: colour: holds bytes that are no UTF-8"):
        call_grpc(TF_GRPC, PREDICT, request)


def test_what_was_recorded_is_asked_again() -> None:
    values = {"age": Tensor("JSON", objects([30, None, "x"])), "colour": Tensor("BYTES", objects([None, "pink", ""]))}
    request = Request(values, DEFAULT, params={"row_errors": True})
    call = decode_log(encode_log("m", 1, 1.0, SIGNATURE, request, Response({})))
    assert isinstance(call, Predict)
    again = call.read({DEFAULT: SIGNATURE})
    assert again.tensors["age"].array.tolist() == ["30", None, "x"]
    assert again.tensors["colour"].array.tolist() == [None, "pink", None]
    assert again.outputs == ("_error",)


# Open Inference over REST.


def entry(name: str, datatype: str, data: list[Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [len(data)], "data": data, **more}


def test_null_and_mixed_values_in_json() -> None:
    inputs = [
        entry("age", "INT64", [30, None, "61", 1.0]),
        entry("income", "FP32", [1, 2, None, 4]),
        entry("colour", "BYTES", ["red", None, {"b64": "Ymx1ZQ=="}, ""]),
    ]
    status, document = infer({"inputs": inputs, "parameters": {"row_errors": True}})
    assert status == 200
    told = outputs_of(document)
    assert told["score"] == [32.0, None, None, None]
    assert told["label"] == ["RED", None, "BLUE", None]
    assert told["_error"] == [None, None, None, "colour is '', which is no colour"]


@pytest.mark.parametrize(
    "given",
    [
        entry("age", "FP32", [30.0]),
        entry("age", "BYTES", ["30"]),
        entry("age", "JSON", [30]),
        entry("age", "UINT8", [30]),
        entry("age", "BYTES", ["30"], parameters={"content_type": "json"}),
        entry("age", "INT64", [30], parameters={"content_type": "np"}),
        entry("age", "INT64", [[30]]) | {"shape": [1, 1]},
        entry("age", "INT64", [30]) | {"shape": [1, 1]},
    ],
)
def test_any_datatype_is_taken(given: dict[str, Any]) -> None:
    status, document = infer({"inputs": [given]})
    assert (status, outputs_of(document)["years"]) == (200, [30])


def test_lists_are_values() -> None:
    _, document = infer({"inputs": [entry("items", "BYTES", [["a", "b"], ["c"]])]})
    assert outputs_of(document)["seen"] == ["{'items': ['a', 'b']}", "{'items': ['c']}"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (entry("age", "INT65", [1]), "which is no datatype"),
        (entry("agee", "INT64", [1]), "there is no input 'agee'"),
        (entry("age", "INT64", [1]) | {"shape": [2]}, "inputs[0].data: holds 1 values, but shape [2] takes 2"),
        (entry("age", "INT64", [1]) | {"shape": [1, 2]}, "inputs[0].data: has shape [1, 2], wanted one axis"),
        (entry("age", "INT64", [1]) | {"data": 1}, "inputs[0].data: wanted a list"),
        (entry("colour", "BYTES", [{"b64": "/w=="}]), "inputs[0].data: bytes that are no UTF-8"),
        (entry("age", "INT64", [1], parameters={"shared_memory_region": "x"}), "shared memory"),
    ],
)
def test_what_is_no_column_is_refused(given: dict[str, Any], words: str) -> None:
    status, document = infer({"inputs": [given]})
    assert status == 400
    assert words in document["error"]
    assert infer(document["example"])[0] == 200


def test_a_row_that_is_refused_over_open_inference() -> None:
    inputs = [entry("colour", "BYTES", ["pink", "red"])]
    status, document = infer({"inputs": inputs})
    assert (status, document["error"]) == (400, f"row 0: {REASON}")
    for asking in (
        {"parameters": {"row_errors": True}},
        {"outputs": [{"name": "_error"}]},
        {"outputs": [{"name": "label"}, {"name": "_error"}]},
    ):
        status, document = infer({"inputs": inputs, **asking})
        assert status == 200
        assert outputs_of(document)["_error"] == [REASON, None]
        assert outputs_of(document)["label"] == [None, "RED"]
    status, document = infer({"inputs": inputs, "parameters": {"row_errors": "yes"}})
    assert (status, document["error"]) == (400, "parameters.row_errors: wanted true or false, got 'yes'")


def test_raw_data_of_another_datatype() -> None:
    raw = np.array([30, 61], np.float32).tobytes()
    given = {"name": "age", "datatype": "FP32", "shape": [2, 1], "parameters": {"binary_data_size": len(raw)}}
    header = json.dumps({"inputs": [given]}).encode()
    length = (b"inference-header-content-length", b"%d" % len(header))
    status, document = ask(OPEN_INFERENCE, b"/v2/models/m/infer", header + raw, [length])
    assert (status, outputs_of(document)["years"]) == (200, [30, 61])


# Open Inference over gRPC.

INFER = b"/inference.GRPCInferenceService/ModelInfer"


def infer_request(tensors: dict[str, Tensor], *outputs: str, **params: Any) -> Any:
    request = Request(tensors, outputs=outputs, params=params)
    _, data = INFERENCE_GRPC.encode_call(Predict("openinference", "m", None, None, lambda _: request))
    return message("inference.ModelInferRequest").FromString(data)


@pytest.mark.parametrize("raw", [True, False])
def test_tensors_of_other_datatypes_over_grpc(raw: bool) -> None:
    tensors = {
        "age": Tensor("FP32", np.array([30, np.nan], np.float32)),
        "income": Tensor("BYTES", objects(["1.5", ""])),
        "colour": Tensor("BYTES", objects(["pink", ""])),
        "items": Tensor("JSON", objects([["a"], None])),
    }
    request = infer_request(tensors, binary_data=raw, row_errors=True)
    reply = INFERENCE_GRPC.decode_reply(call_of(tensors), call_grpc(INFERENCE_GRPC, INFER, request))
    assert isinstance(reply, Predicted)
    answers = {name: tensor.array.tolist() for name, tensor in reply.response.tensors.items()}
    assert answers["label"] == [b"", b""]
    assert answers["_error"] == [REASON.encode(), b""]
    assert answers["seen"][1] == b"{}"


def test_outputs_by_name_over_grpc() -> None:
    tensors = {"colour": Tensor("BYTES", objects(["pink", "red"]))}
    told = call_grpc(INFERENCE_GRPC, INFER, infer_request(tensors, "label", "_error"))
    reply = INFERENCE_GRPC.decode_reply(call_of(tensors), told)
    assert isinstance(reply, Predicted)
    assert {name: tensor.array.tolist() for name, tensor in reply.response.tensors.items()} == {
        "label": [b"", b"RED"],
        "_error": [REASON.encode(), b""],
    }


def call_of(tensors: dict[str, Tensor]) -> Predict:
    return Predict("openinference", "m", None, None, lambda _: Request(tensors))


# What clients learn of it.


def test_metadata_tell_what_is_meant_to_come_in_and_are_read_back() -> None:
    reply = ModelMetadata("m", 1, (1,), "pmml", {DEFAULT: SIGNATURE})
    match = OPEN_INFERENCE.match(b"GET", b"/v2/models/m")
    assert isinstance(match, Match)
    answer = match.route.encode_reply(Metadata("m", None), reply)
    assert isinstance(answer.body, bytes)
    colour = json.loads(answer.body)["inputs"][2]
    assert colour["parameters"] == {
        "optional": True,
        "loose": True,
        "domain": {"kind": "categorical", "categories": list(COLOURS), "description": "of the car"},
    }
    back = OPEN_INFERENCE.decode_reply(Metadata("m", None), answer)
    assert isinstance(back, ModelMetadata)
    signature = back.signatures[DEFAULT]
    assert signature.inputs == SIGNATURE.inputs
    assert [spec.domain for spec in signature.inputs.values()] == [spec.domain for spec in SIGNATURE.inputs.values()]


def test_what_is_missing_comes_back_to_our_own_client() -> None:
    tensors = {"age": Tensor("JSON", objects([30, None]))}
    call = call_of(tensors)
    request = OPEN_INFERENCE.encode_call(call)
    match = OPEN_INFERENCE.match(b"POST", request.target)
    assert isinstance(match, Match)
    asked = match.route.decode_call(request, **match.args)
    reply = OPEN_INFERENCE.decode_reply(call, match.route.encode_reply(asked, computed(asked)))
    assert isinstance(reply, Predicted)
    np.testing.assert_array_equal(reply.response.tensors["years"].array, [30, np.nan])
    assert reply.response.tensors["old"].array.tolist() == [False, None]
