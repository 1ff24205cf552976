"""Both event loops, an app that echoes, a server on a port of the kernel's choice, and an independent client."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import Any, TypeAlias

import orjson
import pytest
from loops import Run as Run
from loops import run as run

from salver.protocols.http import HttpRequest, HttpResponse
from salver.transports.app import App
from salver.transports.endpoints import Endpoint, Tcp
from salver.transports.limits import HttpLimits
from salver.transports.listener import Listener, listen

Serve: TypeAlias = Callable[..., AbstractAsyncContextManager[Listener]]


async def echo(request: HttpRequest) -> HttpResponse:
    """What arrived, as JSON."""
    return HttpResponse(
        200,
        orjson.dumps(
            {
                "method": request.method.decode(),
                "target": request.target.decode("latin-1"),
                "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers],
                "body": request.body.decode("latin-1"),
            }
        ),
    )


@pytest.fixture
def echo_app() -> App:
    return echo


@pytest.fixture
def serve() -> Serve:
    """`async with serve(app, limits=..., at=...) as listener`; afterwards everything is cut."""

    @asynccontextmanager
    async def serving(
        app: App = echo, limits: HttpLimits | None = None, at: Endpoint | None = None
    ) -> AsyncIterator[Listener]:
        listener = await listen(app, at or Tcp("127.0.0.1", 0), limits=limits)
        try:
            yield listener
        finally:
            await listener.drain(0)

    return serving


@dataclass
class Answer:
    """An answer as the standard library's client understands it."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    json: Any = field(init=False)

    def __post_init__(self) -> None:
        try:
            self.json = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            self.json = None


class _Kept(io.BytesIO):
    """Answers in a row: the client closes each, but the next one is to be read from the same bytes."""

    def makefile(self, _mode: str) -> _Kept:
        return self

    def close(self) -> None: ...


def parse(raw: bytes, method: str = "GET") -> list[Answer]:
    """All answers in these bytes; fails on bytes that are none, or an unfinished one."""
    stream = _Kept(raw)
    answers = []
    while stream.tell() < len(raw):
        response = HTTPResponse(stream, method=method)  # type: ignore[arg-type]
        response.begin()
        answers.append(Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()))
    return answers


@pytest.fixture
def parse_answers() -> Callable[..., list[Answer]]:
    return parse


@dataclass
class Client:
    """A socket, as raw as it gets."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def send_pieces(self, pieces: list[bytes]) -> None:
        """Each piece by itself, with a turn of the loop for the server between."""
        for piece in pieces:
            if self.writer.is_closing():
                break
            self.writer.write(piece)
            await asyncio.sleep(0)

    async def receive_all(self) -> bytes:
        """Until the server closes."""
        return await self.reader.read()

    async def answers(self, method: str = "GET") -> list[Answer]:
        """Every answer until the server closes."""
        return parse(await self.receive_all(), method)

    async def answer(self) -> Answer:
        """The next answer, of a known length."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0] or b"0")
        return parse(head + await self.reader.readexactly(size))[0]

    async def close(self) -> None:
        self.writer.close()


@pytest.fixture
def connect() -> Callable[[Listener], AbstractAsyncContextManager[Client]]:
    @asynccontextmanager
    async def connecting(listener: Listener) -> AsyncIterator[Client]:
        at = listener.addresses[0]
        if isinstance(at, Tcp):
            client = Client(*await asyncio.open_connection(at.host, at.port))
        else:
            client = Client(*await asyncio.open_unix_connection(at.path))
        try:
            yield client
        finally:
            client.writer.transport.abort()

    return connecting


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Coroutine[Any, Any, None]]:
    """Waits, turn by turn of the loop, until a condition holds; the fixture `run` bounds it."""

    async def polling(condition: Callable[[], object]) -> None:
        while not condition():  # noqa: ASYNC110 the condition is a plain value of the server
            await asyncio.sleep(0.001)

    return polling
