"""A client over HTTP/2 as blunt as it gets: the library `h2` on a blocking socket, and raw frames where a test wants
what the library would not send."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import h2.config
import h2.connection
import h2.events

GRPC = (("te", "trailers"), ("content-type", "application/grpc"))


@dataclass
class Answer:
    """What came on one stream so far."""

    headers: dict[str, str] = field(default_factory=dict)
    informational: list[dict[str, str]] = field(default_factory=list)
    data: bytes = b""
    trailers: dict[str, str] = field(default_factory=dict)
    ended: bool = False
    reset: int | None = None

    @property
    def status(self) -> int:
        return int(self.headers[":status"])

    @property
    def grpc(self) -> tuple[int, str]:
        """Status and message, from the trailers or from an answer that is trailers only."""
        fields = self.trailers or self.headers
        return int(fields["grpc-status"]), fields.get("grpc-message", "")

    @property
    def messages(self) -> list[tuple[int, bytes]]:
        """(flag, message) of each."""
        found, rest = [], self.data
        while rest:
            flag, size = struct.unpack(">BI", rest[:5])
            assert len(rest) >= 5 + size
            found.append((flag, rest[5 : 5 + size]))
            rest = rest[5 + size :]
        return found


class Client:
    """Takes everything it gets, unless a test says otherwise."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        config = h2.config.H2Configuration(client_side=True, header_encoding="utf-8", validate_outbound_headers=False)
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self.answers: dict[int, Answer] = {}
        self.takes = True
        """Whether windows are given back."""
        self.goaways: list[int] = []
        self.last_streams: list[int] = []
        self.closed = False
        self._rest = b""
        self.flush()

    def flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def open(self, headers: Iterable[tuple[str, str]], *, end: bool = False) -> int:
        stream: int = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, list(headers), end_stream=end)
        self.answers[stream] = Answer()
        return stream

    def grpc(self, method: str, *more: tuple[str, str]) -> int:
        """Opens a call; its messages follow by `send`."""
        path = (":method", "POST"), (":scheme", "http"), (":path", f"/test.Echo/{method}"), (":authority", "h")
        return self.open((*path, *GRPC, *more))

    def send(self, stream: int, data: bytes = b"", *, end: bool = False) -> None:
        """Data, as fast as the windows allow, and everything queued before."""
        while True:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(data))
            if room or not data:
                piece, data = data[:room], data[room:]
                self.h2.send_data(stream, piece, end_stream=end and not data)
                if not data:
                    break
            else:
                self.flush()
                self.read()
        self.flush()

    def read(self) -> bool:
        """One read of the socket; False when the server has closed it."""
        try:
            self.flush()
            data = self.socket.recv(1 << 20)
        except (BrokenPipeError, ConnectionResetError):
            data = b""
        if not data:
            self.closed = True
            return False
        for event in self.h2.receive_data(self._without_goaways(data)):
            self._take(event)
        return True

    def _without_goaways(self, data: bytes) -> bytes:
        """The whole frames there are, but GOAWAY, after which the library would take nothing more."""
        data, kept = self._rest + data, b""
        while len(data) >= 9 and len(data) >= (end := 9 + int.from_bytes(data[:3], "big")):
            if data[3] == 7:
                last, code = struct.unpack(">II", data[9:17])
                self.last_streams.append(last)
                self.goaways.append(code)
            else:
                kept += data[:end]
            data = data[end:]
        self._rest = data
        return kept

    def wait(self, *streams: int) -> Answer:
        """Until all of these streams are over; the first one's answer."""
        while not all(self.answers[stream].ended for stream in streams):
            assert self.read(), "the server closed the connection"
        return self.answers[streams[0]]

    def wait_closed(self) -> None:
        while self.read():
            pass

    def _take(self, event: Any) -> None:
        answer = self.answers.get(getattr(event, "stream_id", 0), Answer())
        match event:
            case h2.events.InformationalResponseReceived():
                answer.informational.append(dict(event.headers))
            case h2.events.ResponseReceived():
                answer.headers = dict(event.headers)
            case h2.events.DataReceived():
                answer.data += event.data
                if self.takes and event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.TrailersReceived():
                answer.trailers = dict(event.headers)
            case h2.events.StreamEnded():
                answer.ended = True
            case h2.events.StreamReset():
                answer.ended, answer.reset = True, int(event.error_code)


@contextmanager
def connected(port: int) -> Iterator[Client]:
    """A client until the block ends."""
    client = Client(port)
    try:
        yield client
    finally:
        client.socket.close()


def message(data: bytes, flag: int = 0, length: int | None = None) -> bytes:
    """A message on the wire, with whatever flag and length a test wants to claim."""
    return struct.pack(">BI", flag, len(data) if length is None else length) + data
