"""A small gRPC service and an HTTP app behind one HTTP/2 port, on a loop in a thread of its own.

Its model does as the message says, so that a test can make it wait, fail, or stream without end.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvloop

from salver.core.calls import Predict
from salver.core.errors import BadInput, Fault, Full, Internal, Late
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.http2.limits import Http2Limits
from salver.protocols.rpc import Ask, Code, GrpcProtocol, GrpcStatus, Method, Streaming, Unary
from salver.transports.connections import Connections
from salver.transports.grpc_exchange import GrpcExchange, Methods
from salver.transports.http2 import Http2Connection
from salver.transports.limits import HttpLimits

CODES = {BadInput: Code.INVALID_ARGUMENT, Full: Code.RESOURCE_EXHAUSTED, Late: Code.DEADLINE_EXCEEDED}


def _decode(message: bytes) -> Predict:
    if bytes(message[:4]) == b"bad:":
        raise BadInput(bytes(message[4:]).decode())
    return Predict("echo", bytes(message).decode("latin-1"), None, None, read=None)  # type: ignore[arg-type]


async def _collect(messages: AsyncIterator[bytes], ask: Ask) -> AsyncIterator[bytes]:
    yield b"".join([bytes(message) async for message in messages])


async def _count(messages: AsyncIterator[bytes], ask: Ask) -> AsyncIterator[bytes]:
    async for message in messages:
        for number in range(int(message)):
            yield b"%d" % number


async def _chat(messages: AsyncIterator[bytes], ask: Ask) -> AsyncIterator[bytes]:
    async for message in messages:
        yield bytes(await ask(_decode(message)))  # type: ignore[call-overload]


def _fault(fault: Fault, method: Method) -> GrpcStatus:
    return GrpcStatus(CODES.get(type(fault), Code.INTERNAL), fault.message)


def _encode_reply(call: Any, reply: Any) -> bytes:
    return bytes(reply)


async def echo_app(request: HttpRequest) -> HttpResponse:
    """What arrived, as JSON; `/pieces` and `/broken` come piece by piece, `/wait` after a turn of the loop."""
    if request.target == b"/pieces":
        return HttpResponse(200, _pieces(50), b"text/plain", ((b"X-Two", b"2"),))
    if request.target == b"/broken":
        return HttpResponse(200, _pieces(-1), b"text/plain")
    if request.target == b"/raise":
        raise ValueError("on purpose")
    if request.target == b"/empty":
        return HttpResponse(204, b"", None)
    if request.target == b"/wait":
        await asyncio.sleep(0)
    document = {
        "method": request.method.decode(),
        "target": request.target.decode("latin-1"),
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers],
        "size": len(request.body),
        "body": request.body[:1000].decode("latin-1"),
    }
    return HttpResponse(200, orjson.dumps(document))


async def _pieces(count: int) -> AsyncIterator[bytes]:
    for number in range(abs(count)):
        yield b"%d," % number * 1000
    if count < 0:
        raise ValueError("on purpose")


@dataclass
class Echo:
    """The model, and what has happened to its calls."""

    cancelled: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Event = field(default_factory=threading.Event)
    calls: list[Predict] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    made: int = 0
    taken: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    async def dispatch(self, call: Predict) -> bytes:
        self.calls.append(call)
        word, _, rest = call.model.partition(":")
        if word == "wait":
            self.waiting.set()
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        elif word == "turn":
            await asyncio.sleep(0)
        elif word == "fault":
            raise Internal(rest)
        elif word == "boom":
            raise ZeroDivisionError("on purpose")
        return call.model.encode("latin-1")

    async def endless(self, messages: AsyncIterator[bytes], ask: Ask) -> AsyncIterator[bytes]:
        try:
            while True:
                self.made += 1
                yield bytes(1000)
        finally:
            self.closed.set()

    async def trickle(self, messages: AsyncIterator[bytes], ask: Ask) -> AsyncIterator[bytes]:
        try:
            while True:
                self.made += 1
                yield bytes(10_000)
                await asyncio.sleep(0)
        finally:
            self.closed.set()

    async def slow_reader(self, messages: AsyncIterator[bytes], ask: Ask) -> AsyncIterator[bytes]:
        yield b"ready"
        await self.release.wait()
        async for message in messages:
            self.taken += len(message)
        yield b"%d" % self.taken

    def methods(self) -> Methods:
        table: list[Method] = [
            Unary(b"/test.Echo/Model", _decode, _encode_reply),
            Unary(b"/test.Echo/Direct", bytes, _encode_reply),
            Streaming(b"/test.Echo/Collect", _collect),
            Streaming(b"/test.Echo/Count", _count),
            Streaming(b"/test.Echo/Chat", _chat),
            Streaming(b"/test.Echo/Endless", self.endless),
            Streaming(b"/test.Echo/Trickle", self.trickle),
            Streaming(b"/test.Echo/SlowReader", self.slow_reader),
        ]
        nothing: Any = None
        protocol = GrpcProtocol("echo", ("test.Echo",), tuple(table), _fault, nothing, nothing, nothing)
        return {method.path: (protocol, method) for method in table}


@dataclass(frozen=True)
class Served:
    """The service while it is served."""

    port: int
    echo: Echo
    connections: Connections
    loop: asyncio.AbstractEventLoop

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.target}"

    def call(self, act: Callable[[], Any]) -> Any:
        """Runs something on the loop of the server."""

        async def acting() -> Any:
            return act()

        return asyncio.run_coroutine_threadsafe(acting(), self.loop).result(10)


@contextmanager
def serving_echo(
    limits: HttpLimits | None = None,
    http2_limits: Http2Limits | None = None,
    *,
    max_message_bytes: int = 64 * 1024 * 1024,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop,
) -> Iterator[Served]:
    """Until the block ends; then every connection is cut."""
    told: list[Served] = []
    ready = threading.Event()
    stops: list[Callable[[], object]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        chosen = limits or HttpLimits()
        connections = Connections(chosen)
        echo = Echo()
        exchange = GrpcExchange(echo.dispatch, echo.methods(), max_message_bytes=max_message_bytes)
        server = await loop.create_server(
            lambda: Http2Connection(echo_app, exchange, chosen, http2_limits or Http2Limits(), connections),
            "127.0.0.1",
            0,
        )
        ended = asyncio.Event()
        stops.append(lambda: loop.call_soon_threadsafe(ended.set))
        told.append(Served(server.sockets[0].getsockname()[1], echo, connections, loop))
        ready.set()
        await ended.wait()
        server.close()
        connections.abort()
        await asyncio.wait_for(connections.wait_gone(), 10)
        connections.close()

    def run() -> None:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            try:
                runner.run(main())
            finally:
                ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(10)
        yield told[0]
    finally:
        for stop in stops:
            stop()
        thread.join(15)
        assert not thread.is_alive()
