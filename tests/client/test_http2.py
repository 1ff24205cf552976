"""Calls over gRPC, against the library `h2` on the other end and against bytes that are no answer."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import re
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from socket import SHUT_WR, socket
from typing import Any

import numpy as np
import pytest
from far_server import OK, READY, Asked, Far, Http2Server, far, message, ready, until_closed

from salver.client import AsyncClient, Client
from salver.client.http2 import GrpcWire
from salver.client.wire import Unsent
from salver.core.calls import Ready
from salver.core.errors import BadInput, Fault, Internal, Late, NotFound, Unavailable

MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 3, 4
CANCEL, REFUSED_STREAM = 8, 7


def converse(url: str, story: Callable[[AsyncClient], Coroutine[Any, Any, None]], **options: Any) -> None:
    async def run() -> None:
        async with asyncio.timeout(15), AsyncClient(url, "openinference", **options) as client:
            await story(client)

    asyncio.run(run())


def wire(client: AsyncClient) -> GrpcWire:
    assert isinstance(client._wire, GrpcWire)
    return client._wire


async def until(condition: Callable[[], Any]) -> None:
    """Turn by turn of the loop; `converse` bounds it."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.001)


def told(server: Far, **options: Any) -> Fault:
    """The fault that one call ends with."""
    with Client(server.grpc, "openinference", **options) as client, pytest.raises(Fault) as caught:
        client.ready()
    return caught.value


def first(answer: Callable[[Http2Server, Asked], None]) -> Callable[[socket], None]:
    """A script that answers one call, and waits until the client has closed."""

    def script(connection: socket) -> None:
        server = Http2Server(connection)
        answer(server, server.next())
        while server.read():
            pass

    return script


def test_a_call_is_what_the_document_of_grpc_says() -> None:
    came: list[Asked] = []

    def answer(server: Http2Server, asked: Asked) -> None:
        came.append(asked)
        server.answer(asked.stream)

    with far(first(answer)) as server, Client(server.grpc, "openinference", timeout_s=7) as client:
        assert client.ready()
        port = server.port
    (asked,) = came
    timeout = asked.headers.pop("grpc-timeout")
    assert asked.headers.pop("grpc-accept-encoding").split(",") == ["identity", "deflate", "gzip"]
    assert asked.headers == {
        ":method": "POST",
        ":scheme": "http",
        ":path": "/inference.GRPCInferenceService/ServerReady",
        ":authority": f"127.0.0.1:{port}",
        "te": "trailers",
        "content-type": "application/grpc",
    }
    assert list(asked.headers)[:4] == [":method", ":scheme", ":path", ":authority"]
    assert re.fullmatch("[0-9]{1,8}[HMSmun]", timeout)
    assert 6 < int(timeout[:-1]) / {"u": 1e6, "m": 1e3, "n": 1e9}[timeout[-1]] <= 7
    assert asked.body == message(b"")


def test_without_a_deadline_none_is_sent() -> None:
    def answer(server: Http2Server, asked: Asked) -> None:
        assert "grpc-timeout" not in asked.headers
        server.answer(asked.stream)

    with far(first(answer)) as server, Client(server.grpc, "openinference", timeout_s=None) as client:
        assert client.ready()


def test_informational_answers_come_before_the_answer() -> None:
    def answer(server: Http2Server, asked: Asked) -> None:
        server.headers(asked.stream, (":status", "103"), ("link", "</x>"))
        server.answer(asked.stream)

    with far(first(answer)) as server, Client(server.grpc, "openinference") as client:
        assert client.ready()


def test_a_compressed_answer() -> None:
    def answer(server: Http2Server, asked: Asked) -> None:
        server.headers(asked.stream, *OK, ("grpc-encoding", "gzip"))
        server.data(asked.stream, message(gzip.compress(READY), flag=1))
        server.headers(asked.stream, ("grpc-status", "0"), end=True)

    with far(first(answer)) as server, Client(server.grpc, "openinference") as client:
        assert client.ready()


def said(*parts: bytes | tuple[tuple[str, str], ...]) -> Callable[[Http2Server, Asked], None]:
    """An answer of these parts: fields, then bytes, then fields; the last one ends it."""

    def answer(server: Http2Server, asked: Asked) -> None:
        for index, part in enumerate(parts, 1):
            if isinstance(part, bytes):
                server.data(asked.stream, part, end=index == len(parts))
            else:
                server.headers(asked.stream, *part, end=index == len(parts))

    return answer


def reset(code: int) -> Callable[[Http2Server, Asked], None]:
    def answer(server: Http2Server, asked: Asked) -> None:
        for each in itertools.chain([asked], server.calls()):
            server.h2.reset_stream(each.stream, code)
            server.flush()

    return answer


def garbage(server: Http2Server, asked: Asked) -> None:
    server.socket.sendall(b"\0\0\1\0\0\0\0\0\0x")  # DATA on stream 0


def gone(server: Http2Server, asked: Asked) -> None:
    server.headers(asked.stream, *OK)
    server.data(asked.stream, message(READY)[:3])
    server.hang_up()


GOOD = (("grpc-status", "0"),)
BROKEN: dict[str, tuple[Callable[[Http2Server, Asked], None], type[Fault], str]] = {
    "not found": (said((*OK, ("grpc-status", "5"), ("grpc-message", "no m%C3%B6del"))), NotFound, "no mödel"),
    "late there": (said(OK, (("grpc-status", "4"), ("grpc-message", "slow"))), Late, "slow"),
    "bad, in trailers": (said(OK, (("grpc-status", "3"), ("grpc-message", "bad"))), BadInput, "bad"),
    "HTTP 503": (said(((":status", "503"), ("content-type", "text/html")), b"<html>"), Unavailable, "status is 503"),
    "HTTP 404": (said(((":status", "404"),)), Fault, "HTTP status is 404"),
    "a web page": (said(((":status", "200"), ("content-type", "text/html")), b"<html>"), Internal, "'text/html'"),
    "no content type": (said(((":status", "200"),), b"x"), Internal, "content-type is missing"),
    "grpc-web": (said(((":status", "200"), ("content-type", "application/grpc-web")), b"x"), Internal, "grpc-web"),
    "no trailers": (said(OK, message(READY)), Internal, "no grpc-status"),
    "a strange status": (said(OK, (("grpc-status", "99"),)), Internal, "none of 0 to 16"),
    "a message cut off": (said(OK, message(READY, length=9), GOOD), Internal, "2 of 9 bytes came"),
    "a prefix cut off": (said(OK, b"\0\0", GOOD), Internal, "within a message"),
    "two gigabytes claimed": (said(OK, message(READY, length=2**31), GOOD), Internal, "larger than max"),
    "two messages": (said(OK, message(READY) * 2, GOOD), Internal, "more than one message"),
    "no message": (said(OK, GOOD), Internal, "holds no message"),
    "trailers only, and well": (said((*OK, *GOOD)), Internal, "holds no message"),
    "a flag without encoding": (said(OK, message(READY, flag=1), GOOD), Internal, "names no compression"),
    "an unknown encoding": (said((*OK, ("grpc-encoding", "br")), message(READY, flag=1), GOOD), Internal, "br"),
    "a flag that is none": (said(OK, message(READY, flag=7), GOOD), Internal, "flag is 7"),
    "no protobuf": (said(OK, message(b"\x08"), GOOD), Internal, "no Open Inference answer"),
    "a longer body than told": (said((*OK, ("content-length", "3")), message(READY), GOOD), Internal, "PROTOCOL_ERROR"),
    "reset as cancelled": (reset(CANCEL), Unavailable, "CANCEL"),
    "reset as internal": (reset(2), Internal, "INTERNAL_ERROR"),
    "reset as refused": (reset(REFUSED_STREAM), Unsent, "refused the call"),
    "broken frames": (garbage, Unavailable, "broke"),
    "a connection closed": (gone, Unavailable, "before its answer was whole"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_an_answer_that_is_none_is_a_clear_fault(case: str) -> None:
    answer, kind, words = BROKEN[case]
    with far(first(answer)) as server:
        fault = told(server)
    assert isinstance(fault, kind)
    assert words in fault.message
    assert isinstance(fault, Unsent) is (kind is Unsent)


def test_a_broken_answer_disturbs_no_other() -> None:
    def script(connection: socket) -> None:
        server = Http2Server(connection)
        one, other = server.next(), server.next()
        said(OK, message(READY, length=2**31))(server, one)
        server.answer(other.stream)
        server.serve()

    async def story(client: AsyncClient) -> None:
        broken, whole = await asyncio.gather(client.ready(), client.ready(), return_exceptions=True)
        assert isinstance(broken, Internal)
        assert whole is True
        assert await client.ready()

    with far(script) as server:
        converse(server.grpc, story)
        assert server.connections == 1


def test_an_answer_beyond_the_bound_is_refused_and_the_rest_of_it_not_wanted() -> None:
    resets: list[int | None] = []

    def answer(server: Http2Server, asked: Asked) -> None:
        server.headers(asked.stream, *OK)
        server.data(asked.stream, message(bytes(10), length=100_000))
        server.asked[asked.stream] = asked
        server.until(lambda: asked.reset is not None)
        resets.append(asked.reset)

    with far(first(answer)) as server:
        assert "larger than max (100000 vs. 99999)" in told(server, max_answer_bytes=99_999).message
    assert resets == [CANCEL]


def test_who_does_not_speak_http2_has_not_been_asked() -> None:
    def script(connection: socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        until_closed(connection)

    with far(script) as server:
        fault = told(server)
    assert isinstance(fault, Unsent)
    assert "does not speak HTTP/2" in fault.message


def test_who_hangs_up_at_once_has_not_been_asked() -> None:
    with far(lambda connection: None) as server:
        assert isinstance(told(server), Unsent)


@pytest.mark.parametrize("greets", [True, False])
def test_who_says_nothing_is_late(greets: bool) -> None:
    def script(connection: socket) -> None:
        if greets:
            Http2Server(connection)
        until_closed(connection)

    with far(script) as server:
        fault = told(server, timeout_s=0.05)
    assert isinstance(fault, Late)
    assert fault.message == f"no answer from {server.grpc} within 0.05 s"


def test_a_deadline_that_has_passed_asks_nobody() -> None:
    with far(ready) as server:
        assert isinstance(told(server, timeout_s=-1), Late)
        assert server.connections == 0


@pytest.mark.parametrize("way", ["deadline", "cancelled"])
def test_the_server_hears_that_nobody_waits(way: str) -> None:
    resets: list[int | None] = []

    def script(connection: socket) -> None:
        server = Http2Server(connection)
        asked = server.next()
        server.asked[asked.stream] = asked
        server.until(lambda: asked.reset is not None)
        resets.append(asked.reset)
        del server.asked[asked.stream]
        server.serve()

    async def story(client: AsyncClient) -> None:
        if way == "deadline":
            with pytest.raises(Late):
                await client.ask(Ready(), timeout_s=0.05)
        else:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.ready()
        assert await client.ready()  # on the same connection

    with far(script) as server:
        converse(server.grpc, story)
        assert server.connections == 1
    assert resets == [CANCEL]


def test_one_connection_carries_many_calls() -> None:
    async def story(client: AsyncClient) -> None:
        assert await asyncio.gather(*(client.ready() for _ in range(100))) == [True] * 100

    with far(ready) as server:
        converse(server.grpc, story)
        assert server.connections == 1


def test_no_more_calls_are_open_than_the_server_takes() -> None:
    most: list[int] = []

    def script(connection: socket) -> None:
        server = Http2Server(connection, {MAX_CONCURRENT_STREAMS: 2})  # the library refuses what is beyond
        server.serve()
        most.append(server.most_open)

    async def story(client: AsyncClient) -> None:
        tasks = [asyncio.ensure_future(client.ready()) for _ in range(20)]
        await tasks[0]
        tasks[9].cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert answers.count(True) == 19

    with far(script) as server:
        converse(server.grpc, story)
    assert most == [2]


def test_who_waits_for_a_turn_has_a_deadline_too() -> None:
    def script(connection: socket) -> None:
        server = Http2Server(connection, {MAX_CONCURRENT_STREAMS: 0})
        while server.read():
            pass

    with far(script) as server:
        assert isinstance(told(server, timeout_s=0.05), Late)


def test_a_large_question_and_a_large_answer_flow_as_the_windows_open() -> None:
    pb: Any = pytest.importorskip("tritonclient.grpc.service_pb2")
    values = np.arange(300_000, dtype=np.int64)
    sizes: list[int] = []

    def script(connection: socket) -> None:
        server = Http2Server(connection, {INITIAL_WINDOW_SIZE: 1000})
        asked = server.next()
        sizes.append(len(asked.body))
        answer = pb.ModelInferResponse(model_name="m", raw_output_contents=[values.tobytes()])
        answer.outputs.add(name="y", datatype="INT64", shape=values.shape)
        server.answer(asked.stream, answer.SerializeToString())
        server.serve()

    with far(script) as server, Client(server.grpc, "openinference") as client:
        assert client.predict("m", {"x": values})["y"].tobytes() == values.tobytes()
    assert sizes[0] > values.nbytes


def test_a_server_that_floods_is_left() -> None:
    def script(connection: socket) -> None:
        server = Http2Server(connection)
        server.next()
        with suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(b"\0\0\x08\x06\0\0\0\0\0pingping" * 1000)
        until_closed(connection)

    with far(script) as server:
        fault = told(server)
    assert isinstance(fault, Unavailable)
    assert "too many" in fault.message


def test_a_large_question_to_a_server_that_does_not_read_at_first() -> None:
    reads = threading.Event()

    def script(connection: socket) -> None:
        server = Http2Server(connection, {INITIAL_WINDOW_SIZE: 1 << 30})
        server.h2.increment_flow_control_window((1 << 30) - 65535)
        server.flush()
        assert reads.wait(10)
        server.answer(server.next().stream, b"")
        server.serve()

    async def story(client: AsyncClient) -> None:
        asked = asyncio.ensure_future(client.predict("m", {"x": np.zeros(3_000_000)}))
        await until(lambda: any(connection._paused for connection in wire(client)._connections))
        reads.set()
        assert await asked == {}

    with far(script) as server:
        converse(server.grpc, story)


# Connections come and go.


def answers_once(connection: socket) -> None:
    server = Http2Server(connection)
    server.answer(server.next().stream)


def test_a_connection_closed_while_idle_is_made_anew() -> None:
    async def story(client: AsyncClient) -> None:
        assert await client.ready()
        await until(lambda: not wire(client)._connections)
        assert await client.ready()

    with far(answers_once, ready) as server:
        converse(server.grpc, story)
        assert server.connections == 2


def test_the_blocking_client_too_sees_what_happened_meanwhile() -> None:
    closed = threading.Event()

    def script(connection: socket) -> None:
        answers_once(connection)
        connection.shutdown(SHUT_WR)
        closed.set()

    with far(script, ready) as server, Client(server.grpc, "openinference") as client:
        assert client.ready()
        assert closed.wait(10)
        assert client.ready()
        assert server.connections == 2


def leaves(connection: socket) -> None:
    """Begins with nothing."""
    server = Http2Server(connection)
    server.next()
    server.goaway(0)
    until_closed(connection)


def test_a_call_that_a_leaving_server_has_not_begun_with_goes_to_the_next() -> None:
    with far(leaves, ready) as server, Client(server.grpc, "openinference") as client:
        assert client.ready()
        assert server.connections == 2


def test_a_refused_call_is_sent_again() -> None:
    def script(connection: socket) -> None:
        server = Http2Server(connection)
        for _ in range(2):
            server.h2.reset_stream(server.next().stream, REFUSED_STREAM)
            server.flush()
        server.serve()

    with far(script) as server, Client(server.grpc, "openinference") as client:
        assert client.ready()
        assert server.connections == 1


def test_a_server_that_never_begins_is_told_of_and_not_asked_for_ever() -> None:
    with far(leaves) as server:
        assert isinstance(told(server), Unsent)
        assert server.connections == 4


def test_a_leaving_server_answers_what_it_has_begun_with_and_new_calls_go_elsewhere() -> None:
    second_came = threading.Event()

    def leaving(connection: socket) -> None:
        server = Http2Server(connection)
        asked = server.next()
        server.goaway(asked.stream)
        assert second_came.wait(10)
        server.answer(asked.stream)
        while server.read():  # the client closes by itself
            pass

    def staying(connection: socket) -> None:
        server = Http2Server(connection)
        asked = server.next()
        second_came.set()
        server.answer(asked.stream)
        server.serve()

    async def story(client: AsyncClient) -> None:
        begun = asyncio.ensure_future(client.ready())
        await until(lambda: any(not connection.open for connection in wire(client)._connections))
        assert await client.ready()
        assert await begun
        await until(lambda: len(wire(client)._connections) == 1)

    with far(leaving, staying) as server:
        converse(server.grpc, story)
        assert server.connections == 2


def test_callers_share_the_attempt_to_connect() -> None:
    async def story(client: AsyncClient) -> None:
        answers = await asyncio.gather(*(client.ready() for _ in range(20)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {Unsent}

    with far(lambda connection: None) as server:
        converse(server.grpc, story)
        assert server.connections < 3


def test_closing_ends_what_is_under_way_and_what_comes_later() -> None:
    came = threading.Event()

    def script(connection: socket) -> None:
        server = Http2Server(connection)
        server.next()
        came.set()
        while server.read():
            pass

    async def story(client: AsyncClient) -> None:
        asked = asyncio.ensure_future(client.ready())
        await asyncio.to_thread(came.wait, 10)
        await client.aclose()
        with pytest.raises(Unavailable, match="was closed"):
            await asked
        with pytest.raises(Unavailable, match="was closed"):
            await client.ready()

    with far(script) as server:
        converse(server.grpc, story)
