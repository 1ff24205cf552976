"""Peers that want to bring a server down, against a server as it is run: it lives, its memory stays where it was, and
another client's predictions come as before, meanwhile and afterwards."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import hpack
import pytest
from http2_peer import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    PING,
    PREFACE,
    PRIORITY,
    SETTINGS,
    goaway,
    raw,
    rst_stream,
    settings,
    window_update,
)
from serving import DEADLINE_S, Running, serving, until

MAX_GROWTH_BYTES = 32_000_000
PROMPT_S = 2.0
"""What a prediction may take during an attack: far more than one takes, as the attacker is on the same two cores."""
PATIENCE_S = 2.0
"""What the server gives a slow client here."""
PREDICT = "/tensorflow.serving.PredictionService/Predict"
COLUMN = "/v1/models/column:predict"
GOOD = b'{"instances": [1.5]}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "column.py").write_text("def predict(x: float) -> float:\n    return 2 * x\n")
    times = ("header", "body", "write", "idle", "linger", "handshake")
    limits = ", ".join(f"{name}_timeout_s: {PATIENCE_S}" for name in times)
    (folder / "config.yaml").write_text(f"models: {{column: {{path: 'column.py:predict'}}}}\nlimits: {{{limits}}}\n")
    with serving(str(folder / "config.yaml"), state=folder / "state") as running:
        assert running.get("/readyz").status == 200
        for _ in range(200):
            assert running.predict("column", [1.5]) == [3.0]
        yield running
        assert running.process.poll() is None


@pytest.fixture(scope="module")
def quiet(server: Running) -> int:
    """What the server has open while nobody asks, taken before the first attack."""
    return descriptors(server)


@pytest.fixture(autouse=True)
def unharmed(server: Running, quiet: int) -> Iterator[None]:
    """Another client asks all the time."""
    before, logged = resident_bytes(server), server.log.stat().st_size
    stop, took_s, wrong = threading.Event(), [], []

    def ask() -> None:
        while not stop.wait(0.05):
            began = time.monotonic()
            try:
                if server.predict("column", [1.5]) != [3.0]:
                    wrong.append("another answer")
            except (OSError, AssertionError) as error:
                wrong.append(repr(error))
            took_s.append(time.monotonic() - began)

    bystander = threading.Thread(target=ask)
    bystander.start()
    try:
        yield
    finally:
        until(lambda: len(took_s) >= 2)
        stop.set()
        bystander.join()
    assert not wrong
    assert max(took_s) < PROMPT_S
    assert resident_bytes(server) - before < MAX_GROWTH_BYTES
    with server.log.open() as log:
        log.seek(logged)
        assert "Traceback" not in log.read()


def resident_bytes(server: Running) -> int:
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def descriptors(server: Running) -> int:
    """Files and sockets that the server has open."""
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())


class Attacker:
    """A socket, and what is sent through it till the server has had enough."""

    def __init__(self, server: Running, *said: tuple[int, int], greets: bool = True) -> None:
        self.socket = socket.create_connection(server.address, DEADLINE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if greets:
            self.send(PREFACE + settings(*said))

    def send(self, data: bytes) -> bool:
        """Whether the server still takes it."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def flood(self, chunk: bytes, times: int) -> None:
        for _ in range(times):
            if not self.send(chunk):
                return

    def rest(self) -> bytes:
        """All that comes till the server closes."""
        data = bytearray()
        with suppress(OSError):
            while piece := self.socket.recv(1 << 20):
                data += piece
        return bytes(data)

    def until(self, wanted: bytes) -> bytes:
        """All that comes till these bytes have."""
        data = bytearray()
        while wanted not in data:
            data += self.socket.recv(1 << 20)
        return bytes(data)

    def ending(self) -> int:
        """The error code of the server's GOAWAY."""
        data, code = self.rest(), -1
        while len(data) >= 9:
            size, kind = int.from_bytes(data[:3], "big"), data[3]
            if kind == 7:
                code = int.from_bytes(data[13:17], "big")
            data = data[9 + size :]
        return code


@pytest.fixture
def attack(server: Running) -> Iterator[Callable[..., Attacker]]:
    attackers: list[Attacker] = []

    def start(*said: tuple[int, int], greets: bool = True) -> Attacker:
        attackers.append(Attacker(server, *said, greets=greets))
        return attackers[-1]

    yield start
    for attacker in attackers:
        attacker.socket.close()


def block(path: str = COLUMN, method: str = "POST", *more: tuple[str, str]) -> bytes:
    """A header block that builds on no other."""
    fields = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "h"), *more]
    return bytes(hpack.Encoder().encode([hpack.NeverIndexedHeaderTuple(*field) for field in fields]))


def grpc_block() -> bytes:
    return block(PREDICT, "POST", ("te", "trailers"), ("content-type", "application/grpc"))


def numbers(count: int) -> range:
    """Of streams."""
    return range(1, 2 * count, 2)


ENHANCE_YOUR_CALM, PROTOCOL_ERROR, COMPRESSION_ERROR, FRAME_SIZE_ERROR = 11, 1, 9, 6

FLOODS: dict[str, tuple[bytes, bytes, int]] = {
    "PING": (b"", raw(PING, 0, 0, b"12345678"), ENHANCE_YOUR_CALM),
    "PING answers": (b"", raw(PING, ACK, 0, b"12345678"), ENHANCE_YOUR_CALM),
    "SETTINGS": (b"", settings((INITIAL_WINDOW_SIZE, 1)), ENHANCE_YOUR_CALM),
    "SETTINGS, empty": (b"", settings(), ENHANCE_YOUR_CALM),
    "PRIORITY": (b"", raw(PRIORITY, 0, 5, b"\0\0\0\1\0"), ENHANCE_YOUR_CALM),
    "WINDOW_UPDATE": (b"", window_update(0, 1), ENHANCE_YOUR_CALM),
    "GOAWAY": (b"", goaway(0), ENHANCE_YOUR_CALM),
    "unknown frames": (b"", raw(0x77, 0, 0, bytes(100)), ENHANCE_YOUR_CALM),
    "empty DATA": (raw(HEADERS, END_HEADERS, 1, block()), raw(DATA, 0, 1), ENHANCE_YOUR_CALM),
    "CONTINUATION": (raw(HEADERS, 0, 1, block()), raw(CONTINUATION, 0, 1), ENHANCE_YOUR_CALM),
    "CONTINUATION, full": (raw(HEADERS, 0, 1, block()), raw(CONTINUATION, 0, 1, bytes(16_000)), ENHANCE_YOUR_CALM),
    "RST_STREAM of one": (
        raw(HEADERS, END_HEADERS | END_STREAM, 1, block()), rst_stream(1), ENHANCE_YOUR_CALM,
    ),
}  # fmt: skip


@pytest.mark.parametrize("flood", FLOODS)
def test_floods(attack: Callable[..., Attacker], flood: str) -> None:
    first, frame, code = FLOODS[flood]
    attacker = attack()
    attacker.send(first)
    attacker.flood(frame * (200_000 // len(frame)), 20)
    assert attacker.ending() in (code, -1)  # what the server said may be lost when it closes on so much unread


def test_ten_thousand_streams_reset_as_soon_as_opened(attack: Callable[..., Attacker]) -> None:
    attacker = attack()
    request = block()
    frames = [raw(HEADERS, END_HEADERS, number, request) + rst_stream(number) for number in numbers(10_000)]
    attacker.send(b"".join(frames))
    assert attacker.ending() in (ENHANCE_YOUR_CALM, -1)


def test_resets_one_by_one_stop_what_they_began(server: Running, attack: Callable[..., Attacker]) -> None:
    attacker = attack()
    request = block()
    for number in numbers(2000):
        attacker.send(raw(HEADERS, END_HEADERS, number, request) + raw(DATA, 0, number, GOOD) + rst_stream(number))
        if number % 200 == 1:
            assert server.predict("column", [2.5]) == [5.0]


@pytest.mark.parametrize("garbage", [bytes(5000), b"\xff" * 5000, os.urandom(5000), b"GET / HTTP/1.1\r\n\r\n" * 9])
def test_a_preface_and_then_garbage(attack: Callable[..., Attacker], garbage: bytes) -> None:
    attacker = attack(greets=False)
    attacker.send(PREFACE + garbage)
    assert attacker.ending() in (PROTOCOL_ERROR, FRAME_SIZE_ERROR, -1)


def test_prefaces_that_do_not_end(server: Running, attack: Callable[..., Attacker]) -> None:
    attackers = [attack(greets=False) for _ in range(len(PREFACE))]
    for size, attacker in enumerate(attackers):
        attacker.send(PREFACE[:size])
    for attacker in attackers:
        assert b"HTTP/2" not in attacker.rest()
    slow = attack(greets=False)
    for byte in PREFACE + settings():
        slow.send(bytes((byte,)))
    slow.send(raw(HEADERS, END_HEADERS | END_STREAM, 1, block("/readyz", "GET")))
    slow.send(raw(PING, 0, 0, b"12345678"))
    assert b"12345678" in slow.until(b"12345678")


def test_header_blocks_that_unfold(attack: Callable[..., Attacker]) -> None:
    attacker = attack()
    entry = b"\x40\x01a\x7f\xa1\x1e" + b"b" * 4000  # into the table, and then eight thousand times out of it
    attacker.send(raw(HEADERS, END_HEADERS | END_STREAM, 1, block("/readyz", "GET") + entry))
    bomb = block("/readyz", "GET") + b"\xbe" * 8000
    for number in numbers(100):
        attacker.send(raw(HEADERS, END_HEADERS | END_STREAM, number + 2, bomb))
    attacker.send(raw(PING, 0, 0, b"alive???"))
    assert attacker.until(b"alive???").count(b"431") == 100


def test_a_thousand_connections_that_say_nothing(server: Running, attack: Callable[..., Attacker]) -> None:
    silent = [attack(greets=bool(number % 2)) for number in range(1000)]
    until(lambda: descriptors(server) >= 1000)
    assert server.predict("column", [2.5]) == [5.0]
    assert all(len(attacker.rest()) < 1000 for attacker in silent)


@pytest.mark.parametrize("request_", [grpc_block(), block()], ids=["grpc", "http"])
def test_as_many_streams_as_may_be_and_none_that_ends(
    server: Running, attack: Callable[..., Attacker], request_: bytes
) -> None:
    attackers = [attack() for _ in range(3)]
    for attacker in attackers:
        attacker.send(b"".join(raw(HEADERS, END_HEADERS, number, request_) for number in numbers(1000)))
        attacker.send(b"".join(raw(DATA, 0, number, b"\0\0") for number in numbers(1000)))
    assert server.predict("column", [2.5]) == [5.0]
    for attacker in attackers:  # each stream is told that it takes too long, and then there is none
        attacker.until(raw(7, 0, 0, bytes(3))[:4])


def test_bodies_in_crumbs(server: Running, attack: Callable[..., Attacker]) -> None:
    """Two bytes a frame, a chunk: what is held must not cost twenty times that."""
    over_http2, of_grpc, over_http1 = attack(), attack(), attack(greets=False)
    over_http2.send(raw(HEADERS, END_HEADERS, 1, block()))
    of_grpc.send(raw(HEADERS, END_HEADERS, 1, grpc_block()) + raw(DATA, 0, 1, b"\0" + (60 << 20).to_bytes(4, "big")))
    over_http1.send(b"POST %b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" % COLUMN.encode())
    for attacker in (over_http2, of_grpc):
        threading.Thread(target=attacker.rest, daemon=True).start()  # the windows are to stay open
        attacker.flood(raw(DATA, 0, 1, b"  ") * 20_000, 30)
    over_http1.flood(b"2\r\n  \r\n" * 20_000, 40)
    assert server.predict("column", [2.5]) == [5.0]


def test_a_flood_of_requests_leaves_others_their_turn(attack: Callable[..., Attacker]) -> None:
    attacker = attack((INITIAL_WINDOW_SIZE, 2**31 - 1))
    attacker.send(window_update(0, 2**31 - 2**16))
    request = block("/metrics", "GET")
    for start in range(0, 5000, 500):
        frames = (
            raw(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, request) for number in range(start, start + 500)
        )
        attacker.send(b"".join(frames))
        assert attacker.socket.recv(1 << 20)


def test_a_reader_that_stalls(server: Running, quiet: int, attack: Callable[..., Attacker]) -> None:
    """By its window, or by its socket: nothing piles up for it, and in the end it is cut."""
    request = block("/openapi.json", "GET")
    closed = attack((INITIAL_WINDOW_SIZE, 0))
    wide = attack((INITIAL_WINDOW_SIZE, 2**31 - 1))
    wide.send(window_update(0, 2**31 - 2**16))
    for attacker in (closed, wide):
        for number in numbers(400):
            attacker.send(raw(HEADERS, END_HEADERS | END_STREAM, number, request))
    until(lambda: descriptors(server) <= quiet + 1)  # the other client


@pytest.mark.parametrize("kind", [DATA, HEADERS, SETTINGS])
def test_a_frame_that_claims_16_mb(attack: Callable[..., Attacker], kind: int) -> None:
    attacker = attack()
    attacker.send(b"\xff\xff\xff" + bytes((kind, 0)) + b"\0\0\0\1")
    assert attacker.ending() == FRAME_SIZE_ERROR


def test_broken_compression_of_headers(attack: Callable[..., Attacker]) -> None:
    for broken in (
        b"\xff\xff\xff\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff\xff\x0f",
        b"\xc8",
        b"\x00\x85\xff\xff\xff\xff\xff",
    ):
        attacker = attack()
        attacker.send(raw(HEADERS, END_HEADERS | END_STREAM, 1, broken))
        assert attacker.ending() == COMPRESSION_ERROR
