"""Settings of HTTP/2 (RFC 9113 §6.5.2): a table of what each may be, and what a peer has said."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from salver.protocols.http2.errors import ConnectionFailed, ErrorCode
from salver.protocols.http2.limits import Http2Limits

HEADER_TABLE_SIZE: Final = 0x1
ENABLE_PUSH: Final = 0x2
MAX_CONCURRENT_STREAMS: Final = 0x3
INITIAL_WINDOW_SIZE: Final = 0x4
MAX_FRAME_SIZE: Final = 0x5
MAX_HEADER_LIST_SIZE: Final = 0x6
NO_RFC7540_PRIORITIES: Final = 0x9
"""RFC 9218 §2.1: priorities are not looked at, so none need be sent."""

DEFAULT_WINDOW_BYTES: Final = 65_535
DEFAULT_FRAME_BYTES: Final = 16_384
DEFAULT_TABLE_BYTES: Final = 4_096

_UNBOUNDED: Final = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Setting:
    """What a peer may say, and which error it is to say something else."""

    name: str
    least: int = 0
    most: int = _UNBOUNDED
    error: ErrorCode = ErrorCode.PROTOCOL_ERROR


SETTINGS: Final[dict[int, Setting]] = {
    HEADER_TABLE_SIZE: Setting("SETTINGS_HEADER_TABLE_SIZE"),
    ENABLE_PUSH: Setting("SETTINGS_ENABLE_PUSH", 0, 1),
    MAX_CONCURRENT_STREAMS: Setting("SETTINGS_MAX_CONCURRENT_STREAMS"),
    INITIAL_WINDOW_SIZE: Setting("SETTINGS_INITIAL_WINDOW_SIZE", 0, (1 << 31) - 1, ErrorCode.FLOW_CONTROL_ERROR),
    MAX_FRAME_SIZE: Setting("SETTINGS_MAX_FRAME_SIZE", DEFAULT_FRAME_BYTES, (1 << 24) - 1),
    MAX_HEADER_LIST_SIZE: Setting("SETTINGS_MAX_HEADER_LIST_SIZE"),
}
"""Settings that mean something here. Others are ignored (§6.5.2)."""

_PAIR: Final = struct.Struct(">HI")


def read(payload: bytes, *, from_server: bool) -> Iterator[tuple[int, int]]:
    """The known settings of a SETTINGS frame in their order. Raises ConnectionFailed for what must not be said."""
    if len(payload) % _PAIR.size:
        raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, f"SETTINGS of {len(payload)} bytes, wanted a multiple of 6")
    for identifier, value in _PAIR.iter_unpack(payload):
        setting = SETTINGS.get(identifier)
        if setting is None:
            continue
        most = 0 if from_server and identifier == ENABLE_PUSH else setting.most
        if not setting.least <= value <= most:
            raise ConnectionFailed(setting.error, f"{setting.name} is {value}, wanted {setting.least} to {most}")
        yield identifier, value


def ours(limits: Http2Limits, *, client: bool) -> list[tuple[int, int]]:
    """What we say of ourselves: where it differs from the default."""
    said = [
        (MAX_HEADER_LIST_SIZE, limits.max_header_bytes),
        (INITIAL_WINDOW_SIZE, limits.stream_window_bytes),
        (ENABLE_PUSH, 0) if client else (MAX_CONCURRENT_STREAMS, limits.max_concurrent_streams),
    ]
    if limits.max_frame_bytes != DEFAULT_FRAME_BYTES:
        said.append((MAX_FRAME_SIZE, limits.max_frame_bytes))
    if not client:
        said.append((NO_RFC7540_PRIORITIES, 1))
    return sorted(said)
