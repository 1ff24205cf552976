"""Broken conversations: whatever comes, a connection neither raises nor hangs nor grows, says only whole frames, and
tells only of what it has checked. `scripts/fuzz` has ten million bytes of it."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import hpack
import pytest
from http2_peer import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GET,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    OK,
    PADDED,
    PING,
    POST,
    PREFACE,
    PRIORITISED,
    PRIORITY,
    SETTINGS,
    goaway,
    raw,
    rst_stream,
    settings,
    window_update,
)
from hyperframe.frame import Frame

from salver.protocols.http2.connection import Connection
from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.events import (
    DataReceived,
    Ended,
    Event,
    RequestReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from salver.protocols.http2.limits import Http2Limits

BYTES = int(os.environ.get("HTTP2_FUZZ_BYTES", "1000000"))
LIMITS = Http2Limits(
    max_concurrent_streams=8, max_header_bytes=4096, stream_window_bytes=70_000, max_control_frames=100
)


def conversation(chance: random.Random, *, of_client: bool) -> list[bytes]:
    """Frames of a peer that makes no mistakes, in any order that is allowed, more or less."""
    encoder = hpack.Encoder()
    frames = [
        settings(*chance.sample([(1, 0), (INITIAL_WINDOW_SIZE, 5), (INITIAL_WINDOW_SIZE, 1 << 20), (5, 20_000)], 2))
    ]
    for number in range(1, 2 * chance.randint(1, 12), 2):
        end = chance.choice([0, END_STREAM])
        fields = OK if of_client else GET if end else POST
        frames += _head(chance, number, encoder.encode([*fields, ("x", str(chance.random()))]), end)
        if not end:
            for _ in range(chance.randint(0, 3)):
                frames.append(raw(DATA, PADDED, number, b"\x02" + chance.randbytes(20) + b"\0\0"))
            if chance.random() < 0.5:
                frames.append(raw(DATA, END_STREAM, number, chance.randbytes(chance.choice([0, 5, 300]))))
            else:
                frames += _head(chance, number, encoder.encode([("grpc-status", "0")]), END_STREAM)
        frames += chance.sample(
            [
                window_update(0, 1000),
                window_update(number, 1 << 20),
                raw(PING, 0, 0, b"12345678"),
                raw(PING, ACK, 0, b"salver\0\1"),
                raw(SETTINGS, ACK, 0),
                settings((INITIAL_WINDOW_SIZE, chance.choice([0, 10, 100_000]))),
                raw(PRIORITY, 0, number, b"\0\0\0\0\x05"),
                rst_stream(number),
                goaway(number),
            ],
            chance.randint(0, 3),
        )
    return frames


def _head(chance: random.Random, number: int, block: bytes, end: int) -> list[bytes]:
    way = chance.random()
    if way < 0.6:
        return [raw(HEADERS, END_HEADERS | end, number, block)]
    if way < 0.8:
        flags = END_HEADERS | PADDED | PRIORITISED | end
        return [raw(HEADERS, flags, number, b"\x01" + b"\0\0\0\0\x10" + block + b"\0")]
    cut = chance.randrange(len(block))
    return [raw(HEADERS, end, number, block[:cut]), raw(CONTINUATION, END_HEADERS, number, block[cut:])]


def broken(chance: random.Random, frames: list[bytes]) -> bytes:
    """The same with some mistakes in it."""
    for _ in range(chance.choice([0, 1, 1, 2, 5])):
        place = chance.randrange(len(frames))
        frame = bytearray(frames[place] or b"\0")
        match chance.randrange(8):
            case 0:
                frame[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
            case 1:
                frame[chance.randrange(min(9, len(frame)))] = chance.randrange(256)
            case 2:
                del frame[chance.randrange(len(frame)) :]
            case 3:
                at = chance.randrange(len(frame))
                frame[at:at] = chance.randbytes(chance.randint(1, 9))
            case 4 if len(frame) > 3:
                frame[3] = chance.randrange(12)
            case 5 if len(frame) > 4:
                frame[4] = chance.randrange(256)
            case 6:
                frame[5:9] = chance.choice([0, 1, 2, 3, 99, 1 << 31]).to_bytes(4, "big")
            case 7:
                frame *= 150 if len(frame) < 30 else 2
        frames[place] = bytes(frame)
        if chance.random() < 0.2:
            frames.insert(chance.randrange(len(frames)), frames[place])
        if chance.random() < 0.1:
            frames.insert(
                chance.randrange(len(frames)),
                raw(
                    chance.randrange(10),
                    chance.randrange(64),
                    chance.randrange(4),
                    chance.randbytes(chance.randrange(40)),
                ),
            )
        if chance.random() < 0.05:
            chance.shuffle(frames)
    return b"".join(frames)


class Watched:
    """A connection with an application that takes and answers, and eyes on everything that comes out."""

    def __init__(self, chance: random.Random, *, of_client: bool) -> None:
        self.chance = chance
        self.of_client = of_client
        self.connection = Connection(client=of_client, limits=LIMITS)
        self.connection.start()
        self.open: set[int] = set()
        self.ended = False
        self.out = self.connection.take().removeprefix(PREFACE)
        if of_client:
            for _ in range(chance.randint(4, 12)):
                number = self.connection.open()
                self.open.add(number)
                self.connection.send_headers(number, ((b":method", b"POST"), (b":path", b"/")))
                self.connection.send_data(number, b"q" * chance.choice([1, 30_000]), end=chance.random() < 0.7)

    def hear(self, data: bytes) -> None:
        assert not (self.ended and self.connection.receive(data))
        for event in self.connection.receive(data):
            self._on(event)
        for number in [*self.open]:
            self._act(number)
        if self.chance.random() < 0.9:
            self.out += self.connection.take()
        assert self.connection.open_streams <= (12 if self.of_client else LIMITS.max_concurrent_streams)

    def _on(self, event: Event) -> None:
        assert not self.ended, "an event behind the end"
        match event:
            case RequestReceived():
                assert event.stream not in self.open
                assert {b":method", b":scheme", b":path"} <= dict(event.headers).keys() or event.headers[0][
                    1
                ] == b"CONNECT"
                assert all(name == name.lower() and not set(value) & {0, 10, 13} for name, value in event.headers)
                self.open.add(event.stream)
            case ResponseReceived():
                assert event.stream in self.open
                assert event.headers[0][0] == b":status"
            case DataReceived():
                assert event.stream in self.open
                assert len(event.data) <= event.counted
                if self.chance.random() < 0.8:
                    self.connection.consumed(event.stream, event.counted)
            case TrailersReceived():
                assert event.stream in self.open
                assert not any(name.startswith(b":") for name, _ in event.headers)
            case StreamReset():
                assert event.stream in self.open
                self.open.discard(event.stream)
            case Ended():
                assert event.code is not ErrorCode.INTERNAL_ERROR
                self.ended = True

    def _act(self, number: int) -> None:
        match self.chance.randrange(8):
            case 0:
                self.connection.send_headers(number, ((b":status", b"200"),))
            case 1:
                self.connection.send_data(number, b"a" * self.chance.choice([1, 100, 20_000]))
            case 2:
                self.connection.send_headers(number, ((b"grpc-status", b"0"),), end=True)
            case 3 if self.chance.random() < 0.2:
                self.connection.send_reset(number, ErrorCode.CANCEL)
            case 4 if self.chance.random() < 0.05:
                self.connection.goaway()

    def finish(self) -> None:
        """Everything that was said is whole frames; where it ended, GOAWAY was the last."""
        self.out += self.connection.take()
        rest, last = memoryview(self.out), None
        while rest:
            last, length = Frame.parse_frame_header(rest[:9], strict=True)
            assert len(rest) >= 9 + length
            last.parse_body(rest[9 : 9 + length])
            rest = rest[9 + length :]
        if self.ended:
            assert type(last).__name__ == "GoAwayFrame"
            assert self.connection.idle


def pieces(chance: random.Random, data: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(data):
        size = chance.choice([1, 9, 60, 400, 70_000])
        yield data[place : place + size]
        place += size


def fuzz(seed: int, *, of_client: bool) -> int:
    """One broken conversation; how many bytes were heard before it ended."""
    chance = random.Random(seed)
    data = broken(chance, conversation(chance, of_client=of_client))
    if not of_client and chance.random() < 0.98:
        data = PREFACE + data
    watched = Watched(chance, of_client=of_client)
    heard = 0
    for piece in pieces(chance, data):
        if not watched.ended:
            heard += len(piece)
        watched.hear(piece)
    watched.finish()
    return heard


@pytest.mark.slow
@pytest.mark.parametrize("of_client", [False, True], ids=["server", "client"])
def test_nothing_breaks_a_connection(of_client: bool):
    heard = seed = 0
    while heard < BYTES // 2:
        try:
            heard += fuzz(seed, of_client=of_client)
        except BaseException as error:
            error.add_note(f"fuzz({seed}, of_client={of_client})")
            raise
        seed += 1


@pytest.mark.slow
def test_noise_breaks_no_connection():
    chance = random.Random(1)
    for _ in range(300):
        watched = Watched(chance, of_client=False)
        watched.hear(PREFACE + settings() + chance.randbytes(chance.randrange(500)))
        watched.finish()
