"""What a model's answer looks like: kind, form, names, meta and headers."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from seldon_corridor import answer, document, echo, posted, request_of

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec, objects
from salver.core.trail import Trail

NUMBERS = Tensor("FP32", np.array([[0.25, 0.75]], np.float32))
TEXTS = Tensor("BYTES", np.array([["a", b"b"]], object))
TF = {"dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "1"}]}, "floatVal": [1.0]}
ASKED = {
    "tensor": {"data": {"tensor": {"shape": [1, 1], "values": [1.5]}}},
    "ndarray": {"data": {"ndarray": [[1.5]]}},
    "tftensor": {"data": {"tftensor": TF}},
    "strData": {"strData": "x"},
    "binData": {"binData": "eA=="},
    "jsonData": {"jsonData": {}},
}


def told(asked: Any, **tensors: Tensor) -> dict[str, Any]:
    return document(answer(json.dumps(asked).encode(), lambda _: Response(tensors)))


@pytest.mark.parametrize(
    ("asked", "numbers", "texts"),
    [
        ("tensor", "tensor", "ndarray"),
        ("ndarray", "ndarray", "ndarray"),
        ("tftensor", "tftensor", "ndarray"),
        ("strData", "tensor", "ndarray"),
        ("binData", "tensor", "ndarray"),
        ("jsonData", "tensor", "ndarray"),
    ],
)
def test_kind_in_is_kind_out(asked: str, numbers: str, texts: str):
    assert told(ASKED[asked], y=NUMBERS)["data"].keys() == {"names", numbers}
    assert told(ASKED[asked], y=TEXTS)["data"].keys() == {"names", texts}


def test_the_forms_hold_the_values():
    assert told(ASKED["tensor"], y=NUMBERS)["data"]["tensor"] == {"shape": [1, 2], "values": [0.25, 0.75]}
    assert told(ASKED["ndarray"], y=NUMBERS)["data"]["ndarray"] == [[0.25, 0.75]]
    assert told(ASKED["ndarray"], y=TEXTS)["data"]["ndarray"] == [["a", "b"]]
    written = told(ASKED["tftensor"], y=NUMBERS)["data"]["tftensor"]
    assert (written["dtype"], base64.b64decode(written["tensorContent"])) == ("DT_FLOAT", NUMBERS.array.tobytes())


def test_columns_are_named_t_and_their_number_and_one_axis_is_not_named():
    assert told(ASKED["ndarray"], y=NUMBERS)["data"]["names"] == ["t:0", "t:1"]
    assert told(ASKED["ndarray"], y=Tensor("INT64", np.arange(3)))["data"]["names"] == []
    named = Tensor("INT64", np.array([[1, 2]]), ("cat", "dog"))
    assert told(ASKED["ndarray"], y=named)["data"]["names"] == ["cat", "dog"]


def test_what_is_named_for_a_kind_is_of_that_kind():
    def whole(value: Any, dtype: str) -> Tensor:
        array = np.empty((), object)
        array[()] = value
        return Tensor(dtype, array)

    assert told(ASKED["ndarray"], strData=whole("é", "BYTES"))["strData"] == "é"
    assert told(ASKED["ndarray"], binData=whole(b"\xff", "BYTES"))["binData"] == "/w=="
    value = {"a": np.arange(2), 1: np.float32(0.5), "nan": float("nan"), "big": 2**70}
    assert told(ASKED["ndarray"], jsonData=whole(value, "JSON"))["jsonData"] == {
        "a": [0, 1],
        "1": 0.5,
        "nan": None,
        "big": 2**70,
    }


def test_an_output_named_for_a_kind_that_is_an_array_is_data():
    assert told(ASKED["ndarray"], strData=Tensor("BYTES", objects(["a"])))["data"]["ndarray"] == ["a"]


def test_several_outputs_of_numbers_go_side_by_side():
    data = told(
        ASKED["ndarray"], label=Tensor("INT64", np.array([7, 8])), p=Tensor("FP32", np.array([[0.5, 0.25], [1, 0]]))
    )["data"]
    assert data == {"names": ["label", "p:0", "p:1"], "ndarray": [[7.0, 0.5, 0.25], [8.0, 1.0, 0.0]]}


@pytest.mark.parametrize(
    ("other", "written"),
    [
        (TEXTS, [["a", "b"]]),
        (Tensor("FP64", np.array([1.0, np.nan])), [1.0, None]),
        (Tensor("JSON", objects([{"a": 1}])), [{"a": 1}]),
        (Tensor("BF16", np.array([[0x3F80]] * 3, np.uint16)), [[1.0]] * 3),
    ],
)
def test_other_several_outputs_are_json_by_name(other: Tensor, written: Any):
    data = told(ASKED["ndarray"], label=Tensor("INT64", np.array([7])), other=other)
    assert data["jsonData"] == {"label": [7], "other": written}


def test_a_scalar_is_an_array_of_one():
    assert told(ASKED["ndarray"], y=Tensor("FP64", np.array(2.0)))["data"] == {"names": [], "ndarray": [2.0]}
    assert told(ASKED["tensor"], y=Tensor("FP64", np.array(2.0)))["data"]["tensor"] == {"shape": [1], "values": [2.0]}


def routed(request: Request) -> Response:
    trail = Trail()
    assert request.trail is not None
    trail.add(request.trail)
    trail.tags["new"] = [1]
    trail.routing["ab"] = 1
    trail.path["ab"] = "epsilon_greedy"
    trail.metrics.append({"key": "k", "type": "GAUGE", "value": 1.5, "tags": {"n": 3}})
    trail.notes["ab"] = "hidden"
    return Response(request.tensors, trail=trail)


def test_the_meta_of_a_graph_is_told_whole():
    asked = {
        "strData": "a",
        "meta": {"puid": "p", "tags": {"t": {"x": 1}}, "routing": {"old": 3}, "requestPath": {"a": "image"}},
    }
    assert document(answer(json.dumps(asked).encode(), routed))["meta"] == {
        "puid": "p",
        "tags": {"t": {"x": 1}, "new": [1]},
        "routing": {"ab": 1},
        "requestPath": {"a": "image", "ab": "epsilon_greedy"},
        "metrics": [{"key": "k", "type": "GAUGE", "value": 1.5, "tags": {"n": "3"}}],
    }


def test_the_meta_of_a_model_is_its_puid_and_the_requests_tags():
    asked = b'{"strData":"a","meta":{"puid":"p","tags":{"t":1},"metrics":[{"key":"k","value":1}]}}'
    meta = document(answer(asked, echo))["meta"]
    assert meta == {"puid": "p", "tags": {"t": 1}, "routing": {}, "requestPath": {}, "metrics": []}


def test_a_puid_is_taken_from_the_body_then_the_header_then_made():
    header = ((b"seldon-puid", b"from-header"),)
    assert request_of(b'{"strData":"a","meta":{"puid":"from-body"}}', headers=header).id == "from-body"
    assert request_of(b'{"strData":"a"}', headers=header).id == "from-header"
    one, other = (request_of(b'{"strData":"a"}').id for _ in range(2))
    assert one != other
    assert len(one) == 32
    with pytest.raises(BadInput, match="at most 256"):
        request_of(b'{"strData":"a"}', headers=((b"seldon-puid", b"x" * 257),))


def test_the_answer_carries_the_puid_in_body_and_header():
    response = answer(b'{"strData":"a"}', echo)
    puid = document(response)["meta"]["puid"].encode()
    assert response.headers == (
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Access-Control-Allow-Origin", b"*"),
        (b"Seldon-Puid", puid),
    )


def test_a_puid_from_a_body_cannot_forge_headers():
    headers = dict(answer(b'{"strData":"a","meta":{"puid":"a\\r\\nX: b \xc3\xa9"}}', echo).headers)
    assert headers[b"Seldon-Puid"] == b"a%0D%0AX:%20b%20%C3%A9"


def test_a_cloud_event_is_answered_with_one():
    response = answer(
        b'{"strData":"a","meta":{"puid":"p"}}',
        echo,
        target=b"/seldon/ns/m/api/v1.0/predictions?x=1",
        headers=((b"ce-specversion", b"1.0"),),
    )
    told = {name: value for name, value in response.headers if name.startswith(b"Ce-")}
    assert told == {
        b"Ce-Id": b"p",
        b"Ce-Specversion": b"0.3",
        b"Ce-Path": b"/seldon/ns/m/api/v1.0/predictions",
        b"Ce-Source": b"seldon.m",
        b"Ce-Type": b"seldon.m.ns.response",
    }


def test_a_message_is_fitted_to_a_model_that_has_a_signature():
    signatures = {DEFAULT: Signature({"x": TensorSpec("FP32", (-1, 2))}, {})}
    request = request_of(b'{"data":{"ndarray":[[1,2]]}}', signatures)
    assert (request.signature, request.tensors["x"].dtype) == (DEFAULT, "FP32")
    with pytest.raises(BadInput) as caught:
        request_of(b'{"data":{"ndarray":[["a"]]}}', signatures)
    assert caught.value.signature is signatures[DEFAULT]


def test_the_model_is_that_of_the_path_or_unnamed():
    assert posted(b"{}")[1].model == ""
    assert posted(b"{}", b"/seldon/ns/dep/api/v0.1/predictions")[1].model == "dep"


def test_the_status_of_a_message_is_passed_over():
    assert request_of(b'{"status":{"code":200},"strData":"a"}').tensors["strData"].array.item() == "a"
