"""`--grpc_channel_arguments`: gRPC's own settings, as far as this server has a counterpart to them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from salver.core.errors import BadInput
from salver.protocols.http2.limits import Http2Limits
from salver.transports.limits import HttpLimits

MAX_MESSAGE_BYTES: Final = 2**31 - 1
"""What TensorFlow Serving takes, of a message and of a body."""

_log: Final = logging.getLogger("salver")


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The limit that an argument stands for: its field, and what the argument's number is divided by."""

    field: str
    divisor: int = 1
    of_http2: bool = False


HEEDED: Final = {
    "grpc.max_concurrent_streams": Counterpart("max_concurrent_streams", of_http2=True),
    "grpc.max_metadata_size": Counterpart("max_header_bytes", of_http2=True),
    "grpc.http2.max_frame_size": Counterpart("max_frame_bytes", of_http2=True),
    "grpc.max_receive_message_length": Counterpart("max_body_bytes"),
    "grpc.max_connection_idle_ms": Counterpart("idle_timeout_s", divisor=1000),
    "grpc.server_handshake_timeout_ms": Counterpart("handshake_timeout_s", divisor=1000),
}


def limits_of(arguments: str) -> tuple[HttpLimits, Http2Limits]:
    """The limits with what the arguments say; those that say nothing here, or nonsense, are told of and passed over."""
    http, http2 = HttpLimits(max_body_bytes=MAX_MESSAGE_BYTES), Http2Limits()
    for name, text in _pairs(arguments):
        found = HEEDED.get(name)
        if found is None:
            _log.info("the gRPC argument %s has no meaning here", name)
            continue
        try:
            changed = {found.field: _number(text, found)}
            http, http2 = (http, replace(http2, **changed)) if found.of_http2 else (replace(http, **changed), http2)
        except (ValueError, BadInput) as error:
            _log.warning("the gRPC argument %s=%s is passed over: %s", name, text, error)
    return http, http2


def _pairs(arguments: str) -> Iterator[tuple[str, str]]:
    for argument in filter(None, arguments.split(",")):
        name, mark, value = argument.partition("=")
        if mark:
            yield name, value
        else:
            _log.warning("the gRPC argument %s has no value", name)


def _number(text: str, found: Counterpart) -> Any:
    """The field's value; -1 is no limit to the size of a message."""
    number = int(text)
    if found.field == "max_body_bytes":
        return min(number, MAX_MESSAGE_BYTES) if number >= 0 else MAX_MESSAGE_BYTES
    return number / found.divisor if found.divisor != 1 else number
