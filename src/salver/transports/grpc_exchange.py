"""One gRPC call without a socket: headers and messages in, codec, dispatch, codec, messages and a status out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, TypeAlias

from salver.core.calls import REPLIES, Call
from salver.core.errors import Fault, Internal, let_go
from salver.protocols.grpc import (
    Code,
    GrpcStatus,
    Headers,
    Refused,
    RequestHead,
    is_grpc,
    parse_timeout,
    read_request,
)
from salver.protocols.rpc import GrpcProtocol, Method, Streaming, Unary

_log: Final = logging.getLogger("salver")

Methods: TypeAlias = Mapping[bytes, tuple[GrpcProtocol, Method]]
"""From a path to what answers there."""

OK: Final = GrpcStatus(Code.OK)
LATE: Final = GrpcStatus(Code.DEADLINE_EXCEEDED, "Deadline Exceeded")
BROKEN: Final = GrpcStatus(Code.INTERNAL, "the server broke while it answered; its log holds the reason")

_TELLING: Final = (b":method", b":path", b"content-type", b"grpc-encoding", b"grpc-accept-encoding")
"""The fields that say what a call is; those that change from call to call are not among them."""
_MAX_KNOWN: Final = 256
_TIMED: Final = frozenset(kind for kind in REPLIES if "deadline" in kind.__dataclass_fields__)
_HEADED: Final = frozenset(kind for kind in REPLIES if "headers" in kind.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call whose method is known, before its messages."""

    head: RequestHead
    protocol: GrpcProtocol
    method: Unary | Streaming


class GrpcExchange:
    """The server as a function of a call. Never raises: what goes wrong is a status."""

    def __init__(self, dispatch: Callable[[Any], Awaitable[Any]], methods: Methods, *, max_message_bytes: int) -> None:
        self._dispatch = dispatch
        self._methods = methods
        self._known: dict[tuple[bytes | None, ...], Admitted] = {}
        self._services = frozenset(path.rpartition(b"/")[0] for path in methods)
        self.max_message_bytes = max_message_bytes
        """Of one message that comes, before and after inflating."""

    def serves(self, path: bytes) -> bool:
        """Whether a method answers at this path."""
        return path in self._methods

    def admit(self, headers: Headers) -> tuple[Admitted | GrpcStatus | None, float | None]:
        """What a request's headers ask for, or why it cannot be had, or None for a request that is not gRPC's; and the
        call's timeout in seconds."""
        fields = dict(headers)
        key = tuple(map(fields.get, _TELLING))
        try:
            admitted = self._known.get(key) or self._look(key, fields)
            if admitted is None:
                return None, None
            timeout = fields.get(b"grpc-timeout")
            return admitted, None if timeout is None else parse_timeout(timeout)
        except Refused as refused:
            return refused.status, None

    def _look(self, key: tuple[bytes | None, ...], fields: Mapping[bytes, bytes]) -> Admitted | None:
        if fields[b":method"] != b"POST" or not is_grpc(fields.get(b"content-type")):
            return None
        head = read_request(fields)
        found = self._methods.get(head.path)
        if found is None:
            raise Refused(Code.UNIMPLEMENTED, self._unknown(head.path))
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        admitted = self._known[key] = Admitted(head, *found)
        return admitted

    async def unary(
        self, admitted: Admitted, message: bytes, deadline: float | None, headers: Headers = ()
    ) -> bytes | GrpcStatus:
        """The answer's message to the one that came, or the status of a call that has none.

        A deadline (`time.monotonic()`) already past is answered at once.
        """
        method = admitted.method
        try:
            if deadline is not None and deadline <= monotonic():
                return LATE
            call = method.decode_call(message)  # type: ignore[union-attr] # the caller has looked
            if isinstance(call, bytes):
                return call
            if deadline is not None and type(call) in _TIMED:
                _hasten(call, deadline)
            if type(call) in _HEADED:
                call.headers = headers  # type: ignore[union-attr] # these have them
            return method.encode_reply(call, await self._dispatch(call))  # type: ignore[union-attr]
        except Exception as error:  # noqa: BLE001 - the last line of defence: all of it becomes a status
            return self.status(error, admitted)

    def stream(
        self, admitted: Admitted, messages: AsyncIterator[bytes], deadline: float | None, headers: Headers = ()
    ) -> AsyncIterator[bytes]:
        """The messages that answer those that come. Raises as it goes; `status` says what that means."""

        def ask(call: Call) -> Awaitable[Any]:
            if deadline is not None and type(call) in _TIMED:
                _hasten(call, deadline)
            if type(call) in _HEADED:
                call.headers = headers  # type: ignore[union-attr] # these have them
            return self._dispatch(call)

        return admitted.method.answer(messages, ask)  # type: ignore[union-attr] # the caller has looked

    def status(self, error: Exception, admitted: Admitted) -> GrpcStatus:
        """What went wrong, in the protocol's own words and numbers. Never raises."""
        if isinstance(error, Refused):
            return error.status
        fault = error
        try:
            if not isinstance(fault, Fault):
                _log.error("answering %s failed", admitted.head.path, exc_info=error)
                fault = Internal(f"{type(error).__name__} while answering")
            return admitted.protocol.encode_fault(fault, admitted.method)
        except Exception:  # noqa: BLE001 a table of faults that is broken itself
            _log.exception("a fault of %s could not be told", admitted.head.path)
            return BROKEN
        finally:
            let_go(error)

    def _unknown(self, path: bytes) -> str:
        service, _, name = (part[:200].decode("latin-1") for part in path.rpartition(b"/"))
        if not service.startswith("/"):
            return f"malformed method name: {path[:200].decode('latin-1')!r}"
        if path.rpartition(b"/")[0] not in self._services:
            return f"unknown service {service[1:]}"
        return f"unknown method {name} for service {service[1:]}"


def _hasten(call: Any, deadline: float) -> None:
    """The sooner of the call's own deadline and the one it was carried with."""
    if call.deadline is None or deadline < call.deadline:
        call.deadline = deadline
