from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from salver.core import calls
from salver.core.errors import BadInput
from salver.core.servable import Response
from salver.core.tensor import Tensor
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.messages import message
from salver.protocols.route import Match
from salver.protocols.seldon.grpc import METHODS
from salver.protocols.seldon.hooks import MAX_MESSAGES
from salver.protocols.table import find


def decoded(path: str, document: object) -> tuple[Any, Any]:
    match = find(b"POST", path.encode())
    assert isinstance(match, Match)
    body = json.dumps(document).encode()
    return match.route, match.route.decode_call(HttpRequest(b"POST", path.encode(), [], body), **match.args)


def answered(response: HttpResponse) -> Any:
    assert isinstance(response.body, bytes)
    return json.loads(response.body)


def test_a_branch_is_answered_as_seldons_routers_do():
    route, call = decoded("/route", {"meta": {"puid": "p"}, "data": {"ndarray": [[1, 2]]}})
    (request,) = call.read({})
    assert request.tensors["data"].to_list() == [[1, 2]]
    document = answered(route.encode_reply(call, calls.Routed("m", 1)))
    assert document["data"]["ndarray"] == [[1]]
    assert document["meta"]["puid"] == "p"


@pytest.mark.parametrize("wrap", [lambda messages: messages, lambda messages: {"seldonMessages": messages}])
def test_messages_to_combine_come_as_a_list_or_in_an_object(wrap):
    messages = [
        {"meta": {"tags": {"a": 1}}, "data": {"tensor": {"shape": [1, 2], "values": [1, 2]}}},
        {"meta": {"tags": {"b": 2}, "puid": "p"}, "data": {"tensor": {"shape": [1, 2], "values": [3, 4]}}},
    ]
    route, call = decoded("/seldon/ns/dep/aggregate", wrap(messages))
    assert [request.tensors["data"].to_list() for request in call.read({})] == [[[1, 2]], [[3, 4]]]
    assert call.model == "dep"
    reply = calls.Combined("dep", Response({"data": Tensor.of([[2.0, 3.0]])}))
    document = answered(route.encode_reply(call, reply))
    assert document["data"]["tensor"] == {"shape": [1, 2], "values": [2.0, 3.0]}
    assert (document["meta"]["puid"], document["meta"]["tags"]) == ("p", {"a": 1, "b": 2})


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ([], "wanted one at least"),
        ({}, "wanted a list of them, or an object with seldonMessages"),
        ([{"data": {"ndarray": [[1]]}}, 7], r"seldonMessages\[1\]"),
        ([{"strData": "x"}] * (MAX_MESSAGES + 1), f"wanted {MAX_MESSAGES} at most"),
    ],
)
def test_what_are_no_messages_is_refused_with_its_place(document, told):
    _, call = decoded("/aggregate", document)
    with pytest.raises(BadInput, match=told):
        call.read({})


def test_grpc_says_the_same():
    methods: dict[bytes, Any] = {method.path: method for method in METHODS}
    sent = message("seldon.protos.SeldonMessage")()
    sent.data.tensor.shape.extend([1, 2])
    sent.data.tensor.values.extend([1.0, 2.0])
    several = message("seldon.protos.SeldonMessageList")()
    several.seldonMessages.extend([sent, sent])
    for path in (b"/seldon.protos.Router/Route", b"/seldon.protos.Generic/Route"):
        call = methods[path].decode_call(sent.SerializeToString())
        assert call.read({})[0].tensors["data"].to_list() == [[1.0, 2.0]]
        told = methods[path].encode_reply(call, calls.Routed("m", -1))
        assert list(message("seldon.protos.SeldonMessage").FromString(told).data.tensor.values) == [-1.0]
    for path in (b"/seldon.protos.Combiner/Aggregate", b"/seldon.protos.Generic/Aggregate"):
        call = methods[path].decode_call(several.SerializeToString())
        assert len(call.read({})) == 2
        reply = calls.Combined("m", Response({"data": Tensor("FP64", np.array([[5.0]]))}))
        told = methods[path].encode_reply(call, reply)
        assert list(message("seldon.protos.SeldonMessage").FromString(told).data.tensor.values) == [5.0]
