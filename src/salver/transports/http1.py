"""One client over HTTP/1.1: bytes from a socket to requests, answers back in order.

Requests of one connection are answered one after another, as they came; a client that wants two answers at once
opens two connections. An app that answers without waiting runs within the read itself, and its answers leave in
one write. What is read and what is written lives in `http1_reader` and `http1_writer`; here is when.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final, cast

from salver.core.eager import start
from salver.protocols.http import HttpRequest, HttpResponse
from salver.transports.app import App, broken, refusal
from salver.transports.connections import Connections
from salver.transports.http1_heads import KnownHeads
from salver.transports.http1_reader import BETWEEN, BODY, LAST, Arrival, Http1Reader, Manner
from salver.transports.http1_writer import CONTINUE, LAST_CHUNK, Http1Writer, chunk
from salver.transports.limits import HttpLimits
from salver.transports.taking import Taking

_log = logging.getLogger(__name__)

_COPIED_BYTES: Final = 64 * 1024
"""A body up to this size is copied behind its head, to leave in one write; a larger one is written by itself."""
_AHEAD_BYTES: Final = 1024 * 1024
"""Bodies of waiting requests beyond this stop the reading."""
_TURN_BYTES: Final = 64 * 1024
"""After a read of so many bytes others have a turn."""


class Http1Connection(asyncio.Protocol):
    """Serves one connection until either side ends it."""

    __slots__ = (
        "_app",
        "_connections",
        "_draining",
        "_leaving",
        "_limits",
        "_lost",
        "_out",
        "_reader",
        "_reading_held",
        "_since_s",
        "_taking",
        "_task",
        "_transport",
        "_waiting",
        "_writable",
        "_writer",
    )

    def __init__(
        self, app: App, limits: HttpLimits, connections: Connections, heads: KnownHeads, writer: Http1Writer
    ) -> None:
        self._app = app
        self._limits = limits
        self._connections = connections
        self._writer = writer
        self._reader = Http1Reader(limits, heads)
        self._waiting: deque[Arrival] = deque()
        self._out: list[bytes] = []
        self._task: asyncio.Task[HttpResponse] | asyncio.Task[None] | None = None
        self._writable: asyncio.Future[None] | None = None  # there while the client does not read
        self._reading_held = False
        self._draining = False
        self._leaving = False
        self._lost = False
        self._since_s = connections.now_s
        self._taking = Taking(connections.now_s)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._connections.join(self):
            return
        if self._connections.crowded():
            self._transport.abort()
            return
        most = self._limits.max_connections
        answer = refusal(503, f"too many connections, at most {most}", ((b"Retry-After", b"1"),))
        self._answer(answer, LAST)

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        phase = reader.phase
        arrived = reader.feed(data)
        if self._leaving:
            return
        if arrived:
            self._waiting += arrived
            self._since_s = self._connections.now_s
        elif reader.phase is not phase:
            self._since_s = self._connections.now_s
        self._advance()
        if len(data) >= _TURN_BYTES:
            self._let_others()

    def eof_received(self) -> bool:
        """A client that closes its side has left, even if it could still read: closing looks the same."""
        arrived = self._reader.end()
        if arrived and not self._leaving and self._task is None:
            self._waiting += arrived
            self._advance()
        else:
            self._leave()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._leave()
        if self._task is None:
            self._connections.gone(self)
        else:
            self._task.cancel()

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None
        self._advance()

    # What watches over the connection calls.

    def check(self, now_s: float) -> None:
        if self._stalls(now_s):
            self._connections.cut += 1
            self._transport.abort()
        elif self._leaving:
            if now_s - self._since_s > self._limits.linger_timeout_s:
                self._transport.abort()
        elif self._task is None and not self._waiting:
            self._check_sender(now_s - self._since_s)

    def drain(self) -> None:
        self._draining = True
        if not self._leaving and self._task is None and not self._waiting and self._reader.phase is BETWEEN:
            self._leave()
            self._transport.close()

    def abort(self) -> bool:
        busy = self._task is not None or bool(self._waiting) or self._transport.get_write_buffer_size() > 0
        self._transport.abort()
        return busy or (not self._leaving and self._reader.phase is not BETWEEN)

    # Requests, in order.

    def _advance(self) -> None:
        """Answers what waits, as far as it can be answered now, and says what it has to say in one write."""
        waiting = self._waiting
        most = self._limits.max_pipelined
        while waiting and self._task is None and self._writable is None and len(self._out) < most:
            arrived, manner = waiting.popleft()
            if isinstance(arrived, HttpRequest):
                self._begin(arrived, manner)
            else:
                self._answer(arrived, manner)
        if self._out:
            self._flush()
        if waiting or self._reading_held:
            self._pace()
        elif self._reader.expects_continue and self._task is None and not self._leaving:
            self._let_continue()

    def _begin(self, request: HttpRequest, manner: Manner) -> None:
        self._connections.requests += 1
        try:
            answer = start(self._app(request))
        except (Exception, asyncio.CancelledError):  # noqa: BLE001 an app is foreign code
            _log.exception("the app raised")
            answer = broken()
        if isinstance(answer, HttpResponse):
            self._answer(answer, manner)
        else:
            self._task = answer
            answer.add_done_callback(lambda task: self._called(task, manner))

    def _called(self, task: asyncio.Task[HttpResponse], manner: Manner) -> None:
        """A call that had to wait is done."""
        self._task = None
        if self._lost:
            self._connections.gone(self)
            if not task.cancelled() and task.exception() is not None:
                _log.error("the app raised", exc_info=task.exception())
            return
        self._since_s = self._connections.now_s
        self._answer(_result(task), manner)
        self._advance()

    def _answer(self, response: HttpResponse, manner: Manner) -> None:
        if self._draining and not self._waiting and manner.keep_alive:
            manner = replace(manner, keep_alive=False)
        body = response.body
        if not isinstance(body, bytes):
            self._stream(response, body, manner)
            return
        if len(body) <= _COPIED_BYTES or manner.bodiless:
            self._out.append(self._writer.whole(response, body, manner))
        else:
            self._out.append(self._writer.head(response, len(body), manner))
            self._flush()
            self._write(body)
        if not manner.keep_alive:
            self._finish()

    # Answers that come piece by piece.

    def _stream(self, response: HttpResponse, pieces: AsyncIterator[bytes], manner: Manner) -> None:
        if manner.old:
            manner = replace(manner, keep_alive=False)
        self._out.append(self._writer.head(response, None, manner))
        self._flush()
        self._task = task = asyncio.get_running_loop().create_task(self._send(pieces, manner))
        task.add_done_callback(lambda task: self._sent(task, manner))

    async def _send(self, pieces: AsyncIterator[bytes], manner: Manner) -> None:
        try:
            if manner.bodiless:
                return
            async for piece in pieces:
                if piece:
                    self._write(piece if manner.old else chunk(piece))
                if self._writable is not None:
                    await self._writable
            if not manner.old:
                self._write(LAST_CHUNK)
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()

    def _sent(self, task: asyncio.Task[None], manner: Manner) -> None:
        self._task = None
        failed = task.cancelled() or task.exception() is not None
        if failed and not task.cancelled():
            _log.error("an answer broke off", exc_info=task.exception())
        if self._lost:
            self._connections.gone(self)
        elif failed:
            self._transport.abort()  # without the last chunk, so that what came is not taken for the whole
        elif manner.keep_alive and not (self._draining and not self._waiting):
            self._since_s = self._connections.now_s
            self._advance()
        else:
            self._finish()

    # Writing and the end.

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._taking.handed_bytes += len(data)
            self._transport.write(data)

    def _flush(self) -> None:
        out = self._out
        if out:
            self._write(out[0] if len(out) == 1 else b"".join(out))
            out.clear()

    def _let_continue(self) -> None:
        self._reader.expects_continue = False
        if self._reader.phase is BODY and not self._reader.body_bytes:
            self._write(CONTINUE)

    def _pace(self) -> None:
        """Holds the reading while enough waits; goes on soon with what was left only to let others have a turn."""
        waiting = self._waiting
        if waiting and self._task is None and self._writable is None:
            asyncio.get_running_loop().call_soon(self._advance)
        ahead = sum(len(arrived.body) for arrived, _ in waiting if isinstance(arrived, HttpRequest))
        hold = len(waiting) >= self._limits.max_pipelined or ahead > _AHEAD_BYTES
        if hold is self._reading_held or self._transport.is_closing():
            return
        self._reading_held = hold
        self._since_s = self._connections.now_s
        if hold:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _let_others(self) -> None:
        """Who sends much is read on when others have had a turn: uvloop reads megabytes at a time otherwise."""
        if not self._reading_held and not self._transport.is_closing():
            self._transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._read_on)

    def _read_on(self) -> None:
        if not self._reading_held and not self._transport.is_closing():
            self._transport.resume_reading()

    def _finish(self) -> None:
        """After the last answer: closes our side, and waits a little for the client to close its own. Closing both
        while the client still sends would reset the connection, and could take the answer with it."""
        self._flush()
        self._leave()
        if self._transport.is_closing():
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()
        if self._reading_held:
            self._reading_held = False
            self._transport.resume_reading()

    def _leave(self) -> None:
        """From here on nothing that comes is answered."""
        self._waiting.clear()
        self._reader.ended = True
        self._leaving = True
        self._since_s = self._connections.now_s
        self._connections.leaves(self)

    # Slow clients.

    def _stalls(self, now_s: float) -> bool:
        """Whether the client takes too little of what is written, or nothing."""
        unsent = self._transport.get_write_buffer_size()
        if unsent:
            self._since_s = now_s
        return self._taking.stalls(now_s, unsent, self._limits, waits=bool(unsent))

    def _check_sender(self, passed_s: float) -> None:
        limits = self._limits
        reader = self._reader
        if reader.phase is BETWEEN:
            if passed_s > limits.idle_timeout_s:
                self._leave()
                self._transport.close()
        elif reader.phase is BODY:
            if passed_s > limits.body_timeout_s + reader.body_bytes / limits.min_bytes_per_s:
                self._give_up(f"the body came too slowly, {reader.body_bytes} bytes in {passed_s:.0f} s")
        elif passed_s > limits.header_timeout_s:
            self._give_up(f"the headers did not end within {limits.header_timeout_s:g} s")

    def _give_up(self, message: str) -> None:
        self._connections.cut += 1
        self._waiting += self._reader.give_up(408, message)
        self._advance()


def _result(task: asyncio.Task[HttpResponse]) -> HttpResponse:
    if not task.cancelled() and task.exception() is None:
        return task.result()
    if not task.cancelled():
        _log.error("the app raised", exc_info=task.exception())
    return broken()
