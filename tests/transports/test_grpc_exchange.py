"""A call without a socket: which method answers, which deadline holds, and what goes wrong in which words."""

import asyncio
import logging
import time
from dataclasses import replace

import pytest
from grpc_echo import Echo

from salver.core.calls import Metadata, Predict, PredictTogether
from salver.core.errors import BadInput, Full
from salver.protocols.grpc import Code, GrpcStatus, Refused, request_headers
from salver.protocols.rpc import Streaming, Unary
from salver.transports.grpc_exchange import LATE, GrpcExchange

PATH = b"/test.Echo/Model"


def exchange(dispatch=None, methods=None):
    echo = Echo()
    return GrpcExchange(dispatch or echo.dispatch, methods or echo.methods(), max_message_bytes=1000)


def admitted(at, path=PATH):
    return at.admit(request_headers(path, b"h"))[0]


def one_method(**changes):
    """The table with one unary method, changed."""
    protocol, method = Echo().methods()[PATH]
    return {PATH: (protocol, replace(method, **changes))}


def unary(at, message=b"m", deadline=None):
    return asyncio.run(at.unary(admitted(at), message, deadline))


def test_a_call_is_admitted():
    at = exchange()
    call = admitted(at)
    assert call.method.path == PATH
    assert call.protocol.name == "echo"
    assert isinstance(call.method, Unary)
    assert isinstance(admitted(at, b"/test.Echo/Chat").method, Streaming)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (b"/test.Echo/No", "unknown method No for service test.Echo"),
        (b"/test.echo/Model", "unknown service test.echo"),
        (b"/", "malformed method name: '/'"),
        (b"Model", "malformed method name: 'Model'"),
        (b"test.Echo/Model", "malformed method name: 'test.Echo/Model'"),
        (b"/test.Echo/" + b"\xff" * 5, "unknown method \xff\xff\xff\xff\xff for service test.Echo"),
    ],
)
def test_a_call_that_nobody_answers(path, message):
    assert admitted(exchange(), path) == GrpcStatus(Code.UNIMPLEMENTED, message)


def test_a_timeout_belongs_to_one_call():
    at = exchange()
    timeouts = [at.admit(request_headers(PATH, b"h", timeout_s=each)) for each in (1, 2, None)]
    assert [timeout_s for _, timeout_s in timeouts] == [1, 2, None]
    assert len({id(call) for call, _ in timeouts}) == 1
    status, _ = at.admit((*request_headers(PATH, b"h"), (b"grpc-timeout", b"soon")))
    assert status.code is Code.INTERNAL
    assert "malformed grpc-timeout" in status.message


def test_what_is_not_grpc_is_not_admitted():
    head = dict(request_headers(PATH, b"h"))
    for other in ({b"content-type": b"application/json"}, {b":method": b"PUT"}):
        assert exchange().admit(tuple({**head, **other}.items())) == (None, None)


def test_any_number_of_heads_is_remembered_within_bounds():
    at = exchange()
    for number in range(1000):
        head = (*request_headers(PATH, b"h"), (b"grpc-accept-encoding", b"%d" % number))
        assert at.admit(head)[0].method.path == PATH


def test_a_path_of_any_length_has_a_short_answer():
    assert len(admitted(exchange(), b"/" + b"a" * 50_000 + b"/b").message) < 500


def test_a_unary_call():
    assert unary(exchange()) == b"m"


def test_a_deadline_past_runs_nothing():
    def never(call):
        raise AssertionError

    assert unary(exchange(never), deadline=time.monotonic()) == LATE


@pytest.mark.parametrize("own", [None, 1e12, 0.0])
@pytest.mark.parametrize("kind", [Predict, PredictTogether])
def test_the_sooner_deadline_holds(kind, own):
    made = kind("echo", "m", None, None, (), deadline=own)
    seen = []

    async def dispatch(call):
        seen.append(call.deadline)
        return b""

    at = exchange(dispatch, one_method(decode_call=lambda message: made))
    deadline = time.monotonic() + 5
    unary(at, deadline=deadline)
    assert seen == [deadline if own is None else min(own, deadline)]


def test_a_call_without_the_field_needs_no_deadline():
    async def dispatch(call):
        return call.model.encode()

    at = exchange(dispatch, one_method(decode_call=lambda message: Metadata("wine")))
    assert unary(at, deadline=time.monotonic() + 5) == b"wine"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadInput("no"), GrpcStatus(Code.INVALID_ARGUMENT, "no")),
        (Full("later"), GrpcStatus(Code.RESOURCE_EXHAUSTED, "later")),
        (Refused(Code.ABORTED, "own words"), GrpcStatus(Code.ABORTED, "own words")),
    ],
)
def test_faults_are_told_by_the_protocol(error, status):
    async def dispatch(call):
        raise error

    assert unary(exchange(dispatch)) == status


@pytest.mark.parametrize("where", ["decode_call", "encode_reply"])
def test_what_breaks_is_logged_and_not_shown(where, caplog):
    def broken(*_):
        raise ZeroDivisionError("secret")

    with caplog.at_level(logging.ERROR, "salver"):
        status = unary(exchange(methods=one_method(**{where: broken})))
    assert status == GrpcStatus(Code.INTERNAL, "ZeroDivisionError while answering")
    assert "secret" in caplog.text


def test_a_table_of_faults_that_is_broken_is_an_internal_fault(caplog):
    def broken(*_):
        raise ZeroDivisionError("secret")

    protocol, method = Echo().methods()[PATH]
    methods = {PATH: (replace(protocol, encode_fault=broken), method)}
    with caplog.at_level(logging.ERROR, "salver"):
        status = unary(exchange(methods=methods), b"bad:input")
    assert status.code is Code.INTERNAL
    assert "secret" not in status.message
    assert "secret" in caplog.text


def test_cancellation_is_no_fault():
    async def main():
        echo = Echo()
        at = GrpcExchange(echo.dispatch, echo.methods(), max_message_bytes=1000)
        task = asyncio.create_task(at.unary(admitted(at), b"wait:", None))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert echo.cancelled.is_set()

    asyncio.run(main())


def test_streaming():
    async def main():
        async def came():
            for message in (b"a", b"b"):
                yield message

        at = exchange()
        deadline = time.monotonic() + 5
        return [message async for message in at.stream(admitted(at, b"/test.Echo/Chat"), came(), deadline)]

    assert asyncio.run(main()) == [b"a", b"b"]
