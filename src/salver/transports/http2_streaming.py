"""A gRPC call that streams, in any of the three forms: one task that takes messages as they come and sends as it makes.

What the method has not taken is not given back to the client's window; what the client has not taken keeps the method
waiting. Messages made in one turn of the loop leave together.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from time import monotonic
from typing import Final

from salver.core.eager import start
from salver.protocols.grpc import GrpcStatus, Refused
from salver.protocols.grpc_messages import MessageReader, frames
from salver.transports.grpc_exchange import BROKEN, LATE, OK
from salver.transports.http2_grpc import COPIED_BYTES, CROWDED, HEAD, HEAD_GZIP, GrpcStream
from salver.transports.http2_stream import AHEAD_BYTES

_log = logging.getLogger(__name__)

_MESSAGE_COST_BYTES: Final = 64
"""What a waiting message costs beside its own bytes."""
_IN_A_ROW: Final = 256
"""So many messages of an answer are made before others have a turn."""


class StreamingCall(GrpcStream):
    """Messages in, messages out."""

    _unread_bytes = 0
    _owed = 0
    """Of the client's window, not given back yet."""
    _failure: Refused | None = None
    _arrived: asyncio.Event | None = None
    _roomy: asyncio.Event | None = None
    _made_bytes = 0

    def begin(self) -> None:
        self._reader = MessageReader(self._admitted.head.encoding, self._exchange.max_message_bytes)
        self._queue: deque[bytes] = deque()
        self._made: list[bytes] = []
        if self._deadline is not None and self._deadline <= monotonic():
            self._end(LATE)
            return
        try:
            answer = start(self._run())
        except (Exception, asyncio.CancelledError):  # noqa: BLE001 a method is foreign code
            _log.exception("a call broke off")
            answer = BROKEN
        if isinstance(answer, asyncio.Task):
            self.task = answer
            answer.add_done_callback(self._called)
            self._expect()
        else:
            self._end(answer)

    # What comes.

    def receive(self, data: bytes, counted: int, ended: bool) -> None:
        self._owed += counted
        self.ended = ended
        if self._failure is not None:
            self._give_back()
            return
        try:
            messages = self._reader.feed(data)
            if ended:
                self._reader.end()
        except Refused as refused:
            self._failure, messages = refused, []
        held_bytes, self.held_bytes = self.held_bytes, self._reader.held_bytes
        if not self.host.hold(self, self.held_bytes - held_bytes):
            self._failure = Refused(CROWDED.code, CROWDED.message)
        self._queue += messages
        self._unread_bytes += sum(len(message) + _MESSAGE_COST_BYTES for message in messages)
        if self._unread_bytes <= AHEAD_BYTES:
            self._give_back()
        if self._arrived is not None and (messages or ended or self._failure is not None):
            self._arrived.set()

    def _give_back(self) -> None:
        if self._owed:
            self.host.http2.consumed(self.id, self._owed)
            self._owed = 0
            self.host.soon()

    async def _messages(self) -> AsyncIterator[bytes]:
        """What has come and what comes; raises Refused where that is broken."""
        queue = self._queue
        while True:
            while queue:
                message = queue.popleft()
                self._unread_bytes -= len(message) + _MESSAGE_COST_BYTES
                if self._owed and self._unread_bytes <= AHEAD_BYTES:
                    self._give_back()
                yield message
            if self._failure is not None:
                raise self._failure
            if self.ended:
                return
            self._arrived = asyncio.Event()
            await self._arrived.wait()

    # What goes.

    async def _run(self) -> GrpcStatus:
        gzip = self._admitted.head.gzip
        in_a_row = 0
        pieces = None
        try:
            pieces = self._exchange.stream(self._admitted, self._messages(), self._deadline, self._headers)
            async for message in pieces:
                self._put(message, gzip)
                in_a_row += 1
                if in_a_row >= _IN_A_ROW or self._is_ahead():
                    in_a_row = 0
                    await self._pause()
        except Exception as error:  # noqa: BLE001 a method is foreign code
            return self._exchange.status(error, self._admitted)
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()
        return OK

    def _put(self, message: bytes, gzip: bool) -> None:
        """Puts a message aside until the turn ends."""
        if not self._made:
            self.host.filled.append(self)
            self.host.soon()
        self._made += frames(message, gzip)
        self._made_bytes += len(message)

    def push(self) -> None:
        """Queues what was put aside."""
        made = self._made
        if made and self.open:
            http2 = self.host.http2
            if not self._headed:
                self._headed = True
                http2.send_headers(self.id, HEAD_GZIP if self._admitted.head.gzip else HEAD)
            if self._made_bytes > COPIED_BYTES * len(made):
                for piece in made:
                    http2.send_data(self.id, piece)
            else:
                http2.send_data(self.id, b"".join(made))
        made.clear()
        self._made_bytes = 0

    def _is_ahead(self) -> bool:
        """Whether the client, or the socket, has enough to take."""
        host = self.host
        return not host.writable or self._made_bytes + host.http2.pending_bytes(self.id) > AHEAD_BYTES

    async def _pause(self) -> None:
        """Lets others have a turn, after which what was made is queued, and waits while that is too much."""
        await asyncio.sleep(0)
        while self._is_ahead():
            self._roomy = asyncio.Event()
            await self._roomy.wait()

    def proceed(self) -> None:
        if self._roomy is not None:
            self._roomy.set()

    def _called(self, task: asyncio.Task[GrpcStatus]) -> None:
        self.task = None
        if not task.cancelled() and task.exception() is not None:
            _log.error("a call broke off", exc_info=task.exception())
        if self.open:
            broken = task.cancelled() or task.exception() is not None
            self._end(BROKEN if broken else task.result())
            self.host.soon()
        else:
            self.host.over(self)

    def _end(self, status: GrpcStatus) -> None:
        self.push()
        self._give_back()
        self._queue.clear()
        super()._end(status)
