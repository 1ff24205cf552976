"""The answer to one unary call of gRPC, as it comes: headers, one message, trailers. No socket.

Where the server does not say how the call ended, its HTTP status does, as the documents of gRPC want it.
"""

from __future__ import annotations

import asyncio
from typing import TypeAlias

from salver.core.errors import Fault, Internal
from salver.protocols.grpc import Code, GrpcStatus, Headers, Refused, is_grpc, read_status
from salver.protocols.grpc_messages import MessageReader

Outcome: TypeAlias = tuple[GrpcStatus, bytes | None]
"""How a call ended, and its message, where there is one."""


class Answer:
    """To one call."""

    __slots__ = ("_http_status", "_max_bytes", "_message", "_reader", "_whom", "outcome")

    def __init__(self, outcome: asyncio.Future[Outcome | Fault], max_bytes: int, whom: object) -> None:
        """`outcome` is told once, whatever comes later. `whom` answers, as the faults name it."""
        self.outcome = outcome
        self._max_bytes = max_bytes
        self._whom = whom
        self._message: bytes | None = None
        self._reader: MessageReader | None = None
        self._http_status = 200

    def begin(self, headers: Headers, ended: bool) -> None:
        """The final header fields; `ended`: they are all there is (Trailers-Only)."""
        fields = dict(headers)
        self._http_status = int(fields[b":status"])
        if ended or self._http_status != 200:
            self.settle(read_status(headers, self._http_status))
        elif not is_grpc(media := fields.get(b"content-type")):
            told = "missing" if media is None else repr(media[:60].decode("latin-1"))
            self.fail(Internal(f"the answer of {self._whom} is no gRPC: its content-type is {told}"))
        else:
            self._reader = MessageReader(fields.get(b"grpc-encoding", b"identity"), self._max_bytes)

    def feed(self, data: bytes) -> None:
        """A piece of the body."""
        if self._reader is None or self.outcome.done():
            return
        try:
            for message in self._reader.feed(data):
                if self._message is not None:
                    raise Refused(Code.INTERNAL, "more than one message")
                self._message = message
        except Refused as refused:
            self._refuse(refused)

    def end(self, trailers: Headers) -> None:
        """The server has said everything; without trailers, where it forgot them."""
        status = read_status(trailers, self._http_status)
        if status.code is Code.OK and self._reader is not None:
            try:
                self._reader.end()
            except Refused as refused:
                self._refuse(refused)
        self.settle(status)

    def settle(self, status: GrpcStatus) -> None:
        if not self.outcome.done():
            self.outcome.set_result((status, self._message))

    def fail(self, fault: Fault) -> None:
        if not self.outcome.done():
            self.outcome.set_result(fault)

    def _refuse(self, refused: Refused) -> None:
        self.fail(Internal(f"the answer of {self._whom} cannot be read: {refused.message}"))
