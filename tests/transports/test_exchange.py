from __future__ import annotations

import asyncio
import gc
import gzip
import json
import weakref
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from salver.core import calls
from salver.core.errors import KINDS, BadInput, Fault, NotFound
from salver.core.servable import Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols.http import HttpRequest, HttpResponse
from salver.transports.exchange import Exchange

SIGNATURE = Signature({"x": TensorSpec("FP32", (-1, 2))}, {"y": TensorSpec("FP32", (-1,))}, batched=True)
PREDICT = b"/v1/models/m:predict"
ROWS = [[1.0, 2.0]] * 400
BODY = json.dumps({"instances": ROWS}).encode()
LIMIT = 100_000


async def dispatch(call: Any) -> Any:
    """A model `m` that sums each row; nothing else is there."""
    if isinstance(call, calls.Predict) and call.model == "m":
        request = call.read({DEFAULT: SIGNATURE})
        sums = request.tensors["x"].array.sum(axis=1).astype(np.float32)
        return calls.Predicted("m", 1, DEFAULT, SIGNATURE, Response({"y": Tensor("FP32", sums)}))
    if isinstance(call, calls.Models):
        return calls.ModelsDescription(())
    if isinstance(call, (calls.Load, calls.Unload, calls.Reload)):
        return calls.Done(call.model)
    raise NotFound("there is no such model", model="none")


@pytest.fixture
def ask() -> Callable[..., HttpResponse]:
    exchange = Exchange(dispatch, max_body_bytes=LIMIT)

    def send(method: bytes, target: bytes, body: bytes = b"", to: Exchange = exchange, **headers: str) -> HttpResponse:
        named = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
        return asyncio.run(to(HttpRequest(method, target, named, body)))

    return send


def header(response: HttpResponse, name: bytes) -> list[bytes]:
    return [value for key, value in response.headers if key.lower() == name]


def text(response: HttpResponse) -> bytes:
    assert isinstance(response.body, bytes)
    return response.body


def test_a_prediction(ask):
    answer = ask(b"POST", PREDICT, BODY)
    assert answer.status == 200
    assert json.loads(text(answer)) == {"predictions": [3.0] * 400}


@pytest.mark.parametrize(("coding", "code"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_coded_bodies_are_read_and_answers_coded_when_asked(ask, coding, code):
    answer = ask(b"POST", PREDICT, code(BODY), content_encoding=coding, accept_encoding=coding)
    assert answer.status == 200
    assert header(answer, b"content-encoding") == [coding.encode()]
    assert header(answer, b"vary") == [b"Accept-Encoding"]
    plain = gzip.decompress(text(answer)) if coding == "gzip" else zlib.decompress(text(answer))
    assert json.loads(plain) == {"predictions": [3.0] * 400}


def test_a_small_answer_is_not_coded(ask):
    answer = ask(b"POST", PREDICT, b'{"instances": [[1, 2]]}', accept_encoding="gzip")
    assert header(answer, b"content-encoding") == []
    assert json.loads(text(answer)) == {"predictions": [3.0]}


@pytest.mark.parametrize(
    ("body", "coding", "status", "said"),
    [
        (gzip.compress(b" " * (LIMIT + 1), mtime=0), "gzip", 413, f"more than {LIMIT} bytes"),
        (gzip.compress(BODY, mtime=0)[:-5], "gzip", 400, "ends in the middle"),
        (b"nonsense", "gzip", 400, "broken gzip"),
        (BODY, "br", 400, "'br' is not known; wanted gzip or deflate"),
    ],
)
@pytest.mark.parametrize("target", [PREDICT, b"/v2/models/m/infer"])
def test_a_body_that_cannot_be_decoded_is_refused_in_the_protocols_words(ask, target, body, coding, status, said):
    answer = ask(b"POST", target, body, content_encoding=coding)
    assert answer.status == status
    assert said in json.loads(text(answer))["error"]


@pytest.mark.parametrize(
    ("method", "target"),
    [
        (b"GET", b"/docs"),
        (b"GET", b"/openapi.json"),
        (b"GET", b"/nowhere"),
        (b"PUT", PREDICT),
        (b"GET", b"/v2/models/"),
    ],
)
def test_answers_do_not_change_from_one_request_to_the_next(ask, method, target):
    to = Exchange(dispatch, cors=True, max_body_bytes=LIMIT)
    first = ask(method, target, to=to)
    for _ in range(3):
        coded = ask(method, target, to=to, accept_encoding="gzip")
        assert len(header(coded, b"access-control-allow-origin")) == 1
        assert len(header(coded, b"content-encoding")) <= 1
    again = ask(method, target, to=to)
    assert (again.status, again.body, again.headers) == (first.status, first.body, first.headers)


def test_other_sites_may_read_only_when_the_operator_says_so(ask):
    assert header(ask(b"GET", b"/admin/models"), b"access-control-allow-origin") == []
    open_to_all = Exchange(dispatch, cors=True, max_body_bytes=LIMIT)
    for method, target in ((b"GET", b"/admin/models"), (b"GET", b"/nowhere"), (b"OPTIONS", PREDICT)):
        answer = ask(method, target, to=open_to_all, origin="http://page.example")
        assert header(answer, b"access-control-allow-origin") == [b"*"]
        assert header(answer, b"access-control-allow-methods") == [b"POST, GET"]
        assert header(answer, b"access-control-allow-headers") == [b"Content-Type"]


@pytest.mark.parametrize(
    ("origin", "status"), [("http://a.example", 200), ("https://a", 200), ("null", 400), ("", 400)]
)
def test_options_is_answered_as_tensorflow_serving_does(ask, origin, status):
    answer = ask(b"OPTIONS", PREDICT, origin=origin)
    assert (answer.status, answer.body) == (status, b"")


def test_a_page_of_another_site_operates_nothing(ask):
    for verb in (b"load", b"unload", b"reload"):
        target = b"/admin/models/m/" + verb
        assert ask(b"POST", target, sec_fetch_site="cross-site").status == 403
        assert ask(b"POST", target, sec_fetch_site="same-origin").status == 200
        assert ask(b"POST", target).status == 200
    assert ask(b"POST", PREDICT, BODY, sec_fetch_site="cross-site").status == 200


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_is_an_answer(ask, kind):
    async def refuse(call: Any) -> Any:
        raise kind("this is why")

    to = Exchange(refuse, max_body_bytes=LIMIT)
    for target in (PREDICT, b"/v2/models/m/infer"):
        answer = ask(b"POST", target, BODY, to=to)
        assert answer.status >= 400
        assert isinstance(json.loads(text(answer))["error"], str)
    assert issubclass(kind, Fault)


def test_what_breaks_is_an_answer_and_a_record(ask, caplog):
    async def break_down(call: Any) -> Any:
        raise ZeroDivisionError("secret")

    answer = ask(b"POST", PREDICT, BODY, to=Exchange(break_down, max_body_bytes=LIMIT))
    assert answer.status == 500
    assert b"secret" not in text(answer)
    assert "ZeroDivisionError: secret" in caplog.text


@pytest.mark.parametrize("chained", [False, True])
def test_a_request_that_is_refused_is_let_go_at_once(ask: Callable[..., HttpResponse], chained: bool) -> None:
    """Where a frame holds what was raised in it, only the collector would find the request: which may be large."""
    held: list[weakref.ref[Any]] = []

    async def refuse(call: Any) -> Any:
        tensor = np.zeros(3)
        held.append(weakref.ref(tensor))
        fault = BadInput("no")
        if not chained:
            raise fault
        try:
            raise fault
        except BadInput as inner:
            kept = inner
            raise BadInput("no, again") from kept

    gc.collect()
    gc.disable()
    try:
        response = ask(b"POST", PREDICT, BODY, to=Exchange(refuse, max_body_bytes=LIMIT))
        assert response.status == 400
        assert held[0]() is None
    finally:
        gc.enable()
