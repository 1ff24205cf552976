"""Two ends of an HTTP/2 conversation in the same words: our connection, and the library `h2` as the judge.

Each end keeps what it said and what it heard on every stream, so that the two can be compared when all has arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

from salver.protocols.http2 import events as ours
from salver.protocols.http2.connection import Connection
from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.limits import Http2Limits

Fields = tuple[tuple[bytes, bytes], ...]


@dataclass
class Message:
    """One direction of a stream."""

    heads: list[Fields] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    trailers: Fields | None = None
    ended: bool = False


class Side(Protocol):
    """What either end can do. What is said on a stream that is no more is dropped, as it may be in life."""

    said: dict[int, Message]
    heard: dict[int, Message]
    cut: set[int]
    """Streams that one of both has reset."""
    untaken: dict[int, int]
    """Bytes of bodies that were heard and not yet given back."""
    pongs: int

    def head(self, stream: int, fields: Fields, *, end: bool) -> None: ...
    def data(self, stream: int, body: bytes, *, end: bool) -> None: ...
    def trailers(self, stream: int, fields: Fields) -> None: ...
    def reset(self, stream: int) -> None: ...
    def take(self, stream: int, count: int) -> None: ...
    def ping(self) -> None: ...
    def hear(self, data: bytes) -> None: ...
    def out(self) -> bytes: ...
    def busy(self) -> bool: ...


class _Records:
    def __init__(self) -> None:
        self.said: dict[int, Message] = {}
        self.heard: dict[int, Message] = {}
        self.cut: set[int] = set()
        self.untaken: dict[int, int] = {}
        self.pongs = 0

    def _message(self, stream: int) -> Message:
        return self.heard.setdefault(stream, Message())

    def _hear_data(self, stream: int, data: bytes, counted: int) -> None:
        self._message(stream).body += data
        self.untaken[stream] = self.untaken.get(stream, 0) + counted

    def _say(self, stream: int) -> Message:
        return self.said.setdefault(stream, Message())


class Ours(_Records):
    """`salver.protocols.http2`."""

    def __init__(self, *, client: bool, limits: Http2Limits) -> None:
        super().__init__()
        self.client = client
        self.connection = Connection(client=client, limits=limits)
        self.connection.start()

    def open(self) -> int:
        return self.connection.open()

    def head(self, stream: int, fields: Fields, *, end: bool) -> None:
        message = self._say(stream)
        message.heads.append(fields)
        message.ended |= end
        self.connection.send_headers(stream, fields, end=end)

    def data(self, stream: int, body: bytes, *, end: bool) -> None:
        message = self._say(stream)
        message.body += body
        message.ended |= end
        self.connection.send_data(stream, body, end=end)

    def trailers(self, stream: int, fields: Fields) -> None:
        message = self._say(stream)
        message.trailers = fields
        message.ended = True
        self.connection.send_headers(stream, fields, end=True)

    def reset(self, stream: int) -> None:
        self.cut.add(stream)
        self.connection.send_reset(stream, ErrorCode.CANCEL)

    def take(self, stream: int, count: int) -> None:
        self.untaken[stream] -= count
        self.connection.consumed(stream, count)

    def ping(self) -> None:
        self.connection.ping()

    def out(self) -> bytes:
        return self.connection.take()

    def busy(self) -> bool:
        return not self.connection.idle

    def hear(self, data: bytes) -> None:
        for event in self.connection.receive(data):
            self._on(event)

    def _on(self, event: ours.Event) -> None:
        match event:
            case ours.RequestReceived() | ours.ResponseReceived():
                message = self._message(event.stream)
                message.heads.append(event.headers)
                message.ended |= event.ended
            case ours.DataReceived():
                self._hear_data(event.stream, event.data, event.counted)
                self._message(event.stream).ended |= event.ended
            case ours.TrailersReceived():
                self._message(event.stream).trailers = event.headers
                self._message(event.stream).ended = True
            case ours.StreamReset():
                self.cut.add(event.stream)
            case ours.PongReceived():
                self.pongs += 1
            case ours.WindowOpened():
                pass
            case _:
                raise AssertionError(f"heard {type(event).__name__} {getattr(event, 'message', '')}")


class Theirs(_Records):
    """The library `h2`. It knows windows, but keeps nothing back: what a window does not admit waits here."""

    def __init__(self, *, client: bool) -> None:
        super().__init__()
        self.client = client
        self.connection: Any = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=client, header_encoding=None)
        )
        self.connection.initiate_connection()
        self.waiting: dict[int, list[tuple[str, Any, bool]]] = {}
        self.pad: int | None = None
        self.heard_bytes = bytearray()
        self.preface_bytes = 0 if client else 24
        self.unacknowledged = 1  # settings; the library takes any acknowledgement for one of all it has said

    def open(self) -> int:
        number: int = self.connection.get_next_available_stream_id()
        return number

    def head(self, stream: int, fields: Fields, *, end: bool) -> None:
        message = self._say(stream)
        message.heads.append(fields)
        message.ended |= end
        self._do(stream, self.connection.send_headers, stream, fields, end_stream=end)

    def data(self, stream: int, body: bytes, *, end: bool) -> None:
        message = self._say(stream)
        message.body += body
        message.ended |= end
        self.waiting.setdefault(stream, []).append(("data", bytes(body), end))
        self._push(stream)

    def trailers(self, stream: int, fields: Fields) -> None:
        message = self._say(stream)
        message.trailers = fields
        message.ended = True
        self.waiting.setdefault(stream, []).append(("trailers", fields, True))
        self._push(stream)

    def reset(self, stream: int) -> None:
        self.cut.add(stream)
        self.waiting.pop(stream, None)
        self._do(stream, self.connection.reset_stream, stream, 8)

    def take(self, stream: int, count: int) -> None:
        self.untaken[stream] -= count
        self._do(stream, self.connection.acknowledge_received_data, count, stream)

    def ping(self) -> None:
        self.connection.ping(b"01234567")

    def settle(self, values: dict[int, int]) -> None:
        """New settings, in the midst of it all."""
        if self.unacknowledged:
            return
        self.unacknowledged += 1
        self.connection.update_settings({h2.settings.SettingCodes(key): value for key, value in values.items()})

    def out(self) -> bytes:
        data: bytes = self.connection.data_to_send()
        return data

    def busy(self) -> bool:
        return bool(self.connection.open_outbound_streams or self.connection.open_inbound_streams)

    def _do(self, stream: int, what: Any, *arguments: Any, **named: Any) -> None:
        try:
            what(*arguments, **named)
        except h2.exceptions.StreamClosedError:
            self.cut.add(stream)

    def _push(self, stream: int) -> None:
        """Sends what the windows admit now."""
        waiting = self.waiting.get(stream, [])
        while waiting and stream not in self.cut:
            kind, what, end = waiting[0]
            if kind == "trailers":
                waiting.pop(0)
                self._do(stream, self.connection.send_headers, stream, what, end_stream=True)
                continue
            try:
                window = self.connection.local_flow_control_window(stream)
            except h2.exceptions.StreamClosedError:
                self.cut.add(stream)
                return
            pad = self.pad if self.pad is not None and window > self.pad + 1 else None
            size = min(
                len(what), window - (0 if pad is None else pad + 1), self.connection.max_outbound_frame_size - 300
            )
            if what and size <= 0:
                return
            rest = what[size:]
            if rest:
                waiting[0] = (kind, rest, end)
            else:
                waiting.pop(0)
            self._do(
                stream, self.connection.send_data, stream, what[:size], end_stream=end and not rest, pad_length=pad
            )

    def hear(self, data: bytes) -> None:
        for frame in self._whole(data):
            for event in self.connection.receive_data(frame):
                self._on(event)
        for stream in list(self.waiting):
            self._push(stream)

    def _whole(self, data: bytes) -> Iterator[bytes]:
        """Frame by frame: the library applies a larger SETTINGS_MAX_FRAME_SIZE only to its next piece of bytes."""
        self.heard_bytes += data
        if self.preface_bytes:
            piece = bytes(self.heard_bytes[: self.preface_bytes])
            self.preface_bytes -= len(piece)
            del self.heard_bytes[: len(piece)]
            yield piece
        while len(self.heard_bytes) >= 9:
            size = 9 + int.from_bytes(self.heard_bytes[:3], "big")
            if len(self.heard_bytes) < size:
                return
            yield bytes(self.heard_bytes[:size])
            del self.heard_bytes[:size]

    def _on(self, event: Any) -> None:
        match event:
            case h2.events.RequestReceived() | h2.events.ResponseReceived() | h2.events.InformationalResponseReceived():
                self._message(event.stream_id).heads.append(_plain(event.headers))
            case h2.events.TrailersReceived():
                self._message(event.stream_id).trailers = _plain(event.headers)
            case h2.events.DataReceived():
                self._hear_data(event.stream_id, event.data, event.flow_controlled_length)
            case h2.events.StreamEnded():
                self._message(event.stream_id).ended = True
            case h2.events.StreamReset():
                self.cut.add(event.stream_id)
            case h2.events.SettingsAcknowledged():
                self.unacknowledged -= 1
            case h2.events.PingAckReceived():
                self.pongs += 1
            case h2.events.ConnectionTerminated():
                raise AssertionError(f"GOAWAY: {event.additional_data!r}")


def _plain(headers: Any) -> Fields:
    return tuple((bytes(name), bytes(value)) for name, value in headers)
