"""The other end of an HTTP/2 connection, by hand: frames are laid out here as RFC 9113 draws them, header blocks are
made and read by the library `hpack`, and what the connection under test sends is read by the library `hyperframe`."""

from __future__ import annotations

from typing import Any

import hpack
from hyperframe.frame import Frame

from salver.protocols.http2.connection import Connection
from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.events import Ended, Event, RequestReceived, StreamReset
from salver.protocols.http2.limits import Http2Limits

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 5, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITISED = 0x1, 0x1, 0x4, 0x8, 0x20
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS = 1, 2, 3
INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = 4, 5, 6
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

Fields = list[tuple[str, str]]
GET: Fields = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "here")]
POST: Fields = [(":method", "POST"), *GET[1:]]
OK: Fields = [(":status", "200")]


def raw(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame (§4.1)."""
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def settings(*pairs: tuple[int, int]) -> bytes:
    """SETTINGS (§6.5)."""
    return raw(SETTINGS, 0, 0, b"".join(key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in pairs))


def window_update(stream: int, increment: int) -> bytes:
    """WINDOW_UPDATE (§6.9)."""
    return raw(WINDOW_UPDATE, 0, stream, increment.to_bytes(4, "big"))


def rst_stream(stream: int, code: int = ErrorCode.CANCEL) -> bytes:
    """RST_STREAM (§6.4)."""
    return raw(RST_STREAM, 0, stream, code.to_bytes(4, "big"))


def goaway(last: int, code: int = ErrorCode.NO_ERROR) -> bytes:
    """GOAWAY (§6.8)."""
    return raw(GOAWAY, 0, 0, last.to_bytes(4, "big") + code.to_bytes(4, "big"))


class Peer:
    """Holds the connection under test, talks to it, and keeps what it said."""

    def __init__(
        self, limits: Http2Limits | None = None, *, of_client: bool = False, said: bytes | None = None
    ) -> None:
        """`of_client`: the connection under test is a client. `said`: our settings; by default, none."""
        self.connection = Connection(client=of_client, limits=limits or Http2Limits())
        self.of_client = of_client
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.events: list[Event] = []
        self.connection.start()
        self.greeting = self.connection.take()
        preface = b"" if of_client else PREFACE
        self.say(preface, settings() if said is None else said, raw(SETTINGS, ACK, 0))
        self.heard()

    def say(self, *frames: bytes) -> list[Event]:
        """Sends frames in one piece; the events."""
        events = self.connection.receive(b"".join(frames))
        self.events += events
        return events

    def block(self, fields: Fields) -> bytes:
        """A header block. Each must be sent, and in this order."""
        return bytes(self.encoder.encode(fields))

    def read(self, block: bytes) -> Fields:
        """The fields of a header block that the connection has sent. Each must be read, and in this order."""
        fields: list[Any] = list(self.decoder.decode(block))
        return [(name, value) for name, value in fields]

    def headers(self, stream: int, fields: Fields | None = None, *, end: bool = False) -> bytes:
        """HEADERS of a request that has a body, or with `end` of one that has none."""
        if fields is None:
            fields = OK if self.of_client else GET if end else POST
        return raw(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, self.block(fields))

    def heard(self) -> list[Any]:
        """The frames that the connection has sent since, as `hyperframe` reads them."""
        data = memoryview(self.connection.take())
        frames = []
        while data:
            frame, length = Frame.parse_frame_header(data[:9])
            frame.parse_body(data[9 : 9 + length])
            frames.append(frame)
            data = data[9 + length :]
        return frames

    def names(self) -> list[tuple[str, int]]:
        """Type and stream of the frames that the connection has sent since."""
        return [(frame.__class__.__name__.removesuffix("Frame"), frame.stream_id) for frame in self.heard()]

    def ends(self, code: ErrorCode, *frames: bytes) -> None:
        """Sends frames, and asserts that they end the connection with this code: GOAWAY, then nothing ever."""
        events = self.say(*frames)
        assert isinstance(events[-1], Ended)
        assert events[-1].code is code, (events[-1].code, events[-1].message)
        last = self.heard()[-1]
        assert (type(last).__name__, last.error_code) == ("GoAwayFrame", code)
        assert self.connection.ended
        assert self.connection.idle
        assert self.say(raw(PING, 0, 0, b"x" * 8)) == []
        assert self.heard() == []

    def resets(self, stream: int, code: ErrorCode, *frames: bytes) -> None:
        """Sends frames, and asserts that they end one stream with this code, and that the connection lives on."""
        known = stream in {event.stream for event in self.events if isinstance(event, RequestReceived)}
        events = self.say(*frames)
        assert not any(isinstance(event, Ended) for event in events), [vars(e) for e in events if isinstance(e, Ended)]
        resets = [frame for frame in self.heard() if type(frame).__name__ == "RstStreamFrame"]
        assert [(frame.stream_id, frame.error_code) for frame in resets] == [(stream, code)]
        told = [event.stream for event in events if isinstance(event, RequestReceived | StreamReset)]
        assert told.count(stream) in (0, 1 if known else 2), "told of a stream, but not of its end"
        self.lives()

    def lives(self) -> None:
        """Asserts that the connection still works: a PING comes back, and where it serves, a request is heard."""
        events = self.say(raw(PING, 0, 0, b"alive???"))
        if not self.of_client:
            used = [event.stream for event in self.events if isinstance(event, RequestReceived)]
            number = max([999, *used]) + 2
            (event,) = self.say(self.headers(number, end=True))
            assert isinstance(event, RequestReceived)
            self.connection.send_headers(number, ((b":status", b"204"),), end=True)
        assert events == []
        pongs = [frame for frame in self.heard() if type(frame).__name__ == "PingFrame"]
        assert [frame.opaque_data for frame in pongs] == [b"alive???"]
