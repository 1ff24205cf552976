"""A gRPC call of one message each way. Nearly always the message is one frame, and the answer is there at once."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

from salver.core.eager import start
from salver.protocols.grpc import Code, GrpcStatus, Refused
from salver.protocols.grpc_messages import MessageReader, frame, frames
from salver.transports.grpc_exchange import BROKEN, LATE
from salver.transports.http2_grpc import COPIED_BYTES, CROWDED, HEAD, HEAD_GZIP, OK, GrpcStream

_SLOW: Final = GrpcStatus(Code.DEADLINE_EXCEEDED, "the message came too slowly")


class UnaryCall(GrpcStream):
    """One message in, one out."""

    _reader: MessageReader | None = None
    _message: bytes | None = None

    def begin(self) -> None:
        if self.ended:
            self._miscounted("none")

    def receive(self, data: bytes, counted: int, ended: bool) -> None:
        if ended:
            self.ended = True
            if self._reader is None and self._is_whole(data):
                self._begin(data[5:])
                if self.open:  # what is answered gives its bytes back by itself
                    self.host.http2.consumed(self.id, counted)
                return
        self.host.http2.consumed(self.id, counted)
        self._gather(data)

    def check(self, now_s: float) -> None:
        if self.ended:
            return
        if self._deadline is not None and monotonic() >= self._deadline:
            self._end(LATE)
        elif self.late_body(now_s):
            self._end(_SLOW)

    def _is_whole(self, data: bytes) -> bool:
        """Whether this is just one message, not compressed: nearly always so."""
        size = len(data) - 5
        return (
            0 <= size <= self._exchange.max_message_bytes and not data[0] and int.from_bytes(data[1:5], "big") == size
        )

    def _gather(self, data: bytes) -> None:
        """A message that comes in pieces, or compressed, or is none."""
        if self._reader is None:
            self._reader = MessageReader(self._admitted.head.encoding, self._exchange.max_message_bytes)
        self.held_bytes += len(data)
        if not self.host.hold(self, len(data)):
            self._end(CROWDED)
            return
        try:
            messages = self._reader.feed(data)
            if self.ended:
                self._reader.end()
        except Refused as refused:
            self._end(refused.status)
            return
        if self._message is not None:
            messages.insert(0, self._message)
        if len(messages) > 1:
            self._miscounted("several")
        elif messages and self.ended:
            self._begin(messages[0])
        elif messages:
            self._message = messages[0]
        elif self.ended:
            self._miscounted("none")

    def _miscounted(self, came: str) -> None:
        self._end(GrpcStatus(Code.UNIMPLEMENTED, f"this method takes one message, and {came} came"))

    def _begin(self, message: bytes) -> None:
        try:
            answer = start(self._exchange.unary(self._admitted, message, self._deadline, self._headers))
        except asyncio.CancelledError:
            answer = BROKEN
        if isinstance(answer, asyncio.Task):
            self.task = answer
            answer.add_done_callback(self._called)
            self._expect()
        else:
            self._answer(answer)

    def _called(self, task: asyncio.Task[bytes | GrpcStatus]) -> None:
        """A call that had to wait is done."""
        self.task = None
        if self.open:
            self._answer(BROKEN if task.cancelled() else task.result())
            self.host.soon()
        else:
            self.host.over(self)

    def _answer(self, answer: bytes | GrpcStatus) -> None:
        if isinstance(answer, GrpcStatus):
            self._end(answer)
            return
        if self._timer is not None:
            self._stop_timer()
        gzip = self._admitted.head.gzip
        http2 = self.host.http2
        http2.send_headers(self.id, HEAD_GZIP if gzip else HEAD)
        if gzip or len(answer) > COPIED_BYTES:
            for piece in frames(answer, gzip):
                http2.send_data(self.id, piece)
        else:
            http2.send_data(self.id, frame(answer))
        http2.send_headers(self.id, OK, end=True)
        self.close()
