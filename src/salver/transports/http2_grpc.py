"""What every gRPC call over HTTP/2 needs of its stream: the answer's first and last frames, and the deadline.

What a call means is the exchange's business. Calls of one message each way are in `http2_unary`, others in
`http2_streaming`.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

from salver.protocols.grpc import ACCEPT_ENCODING, CONTENT_TYPE, Code, GrpcStatus, Headers, trailers
from salver.protocols.http2.encoding import encode_static
from salver.transports.grpc_exchange import LATE, Admitted, GrpcExchange
from salver.transports.http2_stream import Host, Stream

_FIELDS: Final = ((b":status", b"200"), (b"content-type", CONTENT_TYPE))
HEAD: Final = encode_static(_FIELDS)
"""Before an answer's messages."""
HEAD_GZIP: Final = encode_static((*_FIELDS, (b"grpc-encoding", b"gzip")))
OK: Final = encode_static(((b"grpc-status", b"0"),))
"""Behind them, when all went well."""
CROWDED: Final = GrpcStatus(Code.RESOURCE_EXHAUSTED, "too many unfinished messages at once")
COPIED_BYTES: Final = 64 * 1024
"""Up to this size messages are copied behind what goes before them; a larger one is sent by itself."""


class GrpcStream(Stream):
    """What unary and streaming calls share: the answer's frames and the deadline."""

    _deadline: float | None = None
    _timer: asyncio.TimerHandle | None = None
    _headed = False

    def __init__(
        self,
        host: Host,
        number: int,
        ended: bool,
        exchange: GrpcExchange,
        admitted: Admitted,
        timeout_s: float | None,
        headers: Headers,
    ) -> None:
        super().__init__(host, number, ended)
        self._headers = headers
        self._exchange = exchange
        self._admitted = admitted
        if timeout_s is not None:
            self._deadline = monotonic() + timeout_s

    def leave(self) -> None:
        self._stop_timer()
        super().leave()

    def _expect(self) -> None:
        """The call waits: it is ended at its deadline, if it has one."""
        if self._deadline is not None:
            delay_s = max(0.0, self._deadline - monotonic())
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._expire)

    def _expire(self) -> None:
        self._timer = None
        task = self.task
        self._end(LATE)
        if task is not None:
            task.cancel()
        self.host.soon()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, status: GrpcStatus) -> None:
        """The call's last frame."""
        self._stop_timer()
        end_call(self.host, self.id, status, self._headed)
        self.close()


def end_call(host: Host, number: int, status: GrpcStatus, headed: bool) -> None:
    """A call's last frame: trailers, or, where nothing has been said yet, trailers only."""
    http2 = host.http2
    if headed:
        http2.send_headers(number, OK if status.code is Code.OK else trailers(status), end=True)
    else:
        accept = (ACCEPT_ENCODING,) if status.code is Code.UNIMPLEMENTED else ()
        http2.send_headers(number, (*_FIELDS, *accept, *trailers(status)), end=True)
