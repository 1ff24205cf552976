"""Seldon on the wire, byte by byte: the facts measured at its executor and its wrapper."""

from __future__ import annotations

import json

import numpy as np
import pytest
from seldon_corridor import answer, document, request_of, taught

from salver.core.servable import Response
from salver.core.tensor import Tensor

PUID = b'"meta":{"puid":"p"}'
META = b'"meta":{"puid":"p","tags":{},"routing":{},"requestPath":{},"metrics":[]}}'
SCORES = Tensor("FP64", np.array([[0.1, 0.9]]))
ONES = Tensor("INT64", np.array([1, 2]))


@pytest.mark.parametrize(
    ("sent", "output", "told"),
    [
        # the same kind out as in; names by default t:0, t:1, ...
        (b'{"data":{"ndarray":[[1.0,2.0]]},', SCORES, b'{"data":{"names":["t:0","t:1"],"ndarray":[[0.1,0.9]]},'),
        (
            b'{"data":{"names":["a","b"],"tensor":{"shape":[1,2],"values":[1,2]}},',
            SCORES,
            b'{"data":{"names":["t:0","t:1"],"tensor":{"shape":[1,2],"values":[0.1,0.9]}},',
        ),
        # one axis has no names, and whole numbers stay whole
        (b'{"data":{"ndarray":[[1]]},', ONES, b'{"data":{"names":[],"ndarray":[1,2]},'),
        # a request that is no array is answered as a tensor
        (b'{"strData":"x",', ONES, b'{"data":{"names":[],"tensor":{"shape":[2],"values":[1,2]}},'),
        # what are no numbers is an ndarray in any case
        (
            b'{"data":{"tensor":{"shape":[1],"values":[1]}},',
            Tensor("BYTES", np.array(["a", "b"], object)),
            b'{"data":{"names":[],"ndarray":["a","b"]},',
        ),
        (
            b'{"data":{"tftensor":{"dtype":"DT_DOUBLE","tensorShape":{"dim":[{"size":"1"}]},"doubleVal":[1]}},',
            SCORES,
            b'{"data":{"names":["t:0","t:1"],"tftensor":{"dtype":"DT_DOUBLE","tensorShape":{"dim":[{"size":"1"},{"size":"2"}]},'
            b'"tensorContent":"mpmZmZmZuT/NzMzMzMzsPw=="}},',
        ),
    ],
)
def test_an_answer(sent: bytes, output: Tensor, told: bytes):
    assert answer(sent + PUID + b"}", lambda _: Response({"y": output})).body == told + META


@pytest.mark.parametrize(
    "target", [b"/api/v0.1/predictions", b"/api/v1.0/predictions", b"/predict", b"/seldon/n/d/predict"]
)
def test_every_predict_path_takes_the_same_message(target: bytes):
    request = request_of(b'{"data":{"ndarray":[[1,2]]},"meta":{"puid":"p","tags":{"a":1}}}', target=target)
    assert (request.id, request.tensors["data"].array.tolist()) == ("p", [[1, 2]])


def test_the_answer_to_a_request_with_meta_has_it_echoed_but_for_the_routing():
    sent = b'{"strData":"x","meta":{"puid":"p","tags":{"a":1},"routing":{"r":1},"requestPath":{"n":"image:1"}}}'
    meta = document(answer(sent, lambda _: Response({"y": ONES})))["meta"]
    assert meta == {"puid": "p", "tags": {"a": 1}, "routing": {}, "requestPath": {"n": "image:1"}, "metrics": []}


def test_feedback_without_an_answer_is_an_empty_object():
    assert taught(b'{"request":{"data":{"ndarray":[[1]]}},"reward":1.0}', None).body == b"{}"


def test_members_are_those_of_the_message_and_no_others():
    told = json.loads(bytes(answer(b'{"strData":"x"}', lambda _: Response({"y": ONES})).body))  # type: ignore[arg-type]
    assert set(told) == {"data", "meta"}
    assert set(told["meta"]) == {"puid", "tags", "routing", "requestPath", "metrics"}
