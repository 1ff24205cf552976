"""Servers that do what a test says, byte by byte: a script for each connection, run in a thread on a blocking socket.

For HTTP/2 the library `h2` is the other end of our client.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import h2.config
import h2.connection
import h2.events
import h2.settings

READY = b"\x08\x01"
"""`inference.ServerReadyResponse(ready=True)`: field 1, a varint."""
OK = ((":status", "200"), ("content-type", "application/grpc"))

Script: TypeAlias = Callable[[socket.socket], None]


@dataclass
class Far:
    """Where it listens, and how many connections came."""

    port: int
    connections: int = 0
    failed: list[BaseException] = field(default_factory=list)

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def grpc(self) -> str:
        return f"grpc://127.0.0.1:{self.port}"


@contextmanager
def far(*scripts: Script, tls: ssl.SSLContext | None = None) -> Iterator[Far]:
    """The first connection gets the first script, and so on; the last script is for all that follow. A socket is closed
    when its script ends. What a script asserts in vain fails the test."""
    threads: list[threading.Thread] = []
    opened: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = Far(server.getsockname()[1])

        def run(script: Script, connection: socket.socket) -> None:
            try:
                with connection:
                    connection.settimeout(10)
                    script(connection)
            except BaseException as error:
                told.failed.append(error)

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if tls is not None:
                    connection = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                script = scripts[min(told.connections, len(scripts) - 1)]
                told.connections += 1
                opened.append(connection)
                threads.append(threading.Thread(target=run, args=(script, connection)))
                threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield told
        finally:
            server.shutdown(socket.SHUT_RDWR)
            accepting.join(10)
            for connection in opened:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)
            for thread in threads:
                thread.join(10)
                assert not thread.is_alive()
    for error in told.failed:
        raise error


def until_closed(connection: socket.socket) -> None:
    """Reads until the client closes."""
    with suppress(ConnectionError):
        while connection.recv(1 << 16):
            pass


def request(connection: socket.socket) -> tuple[bytes, bytes]:
    """One HTTP/1.1 request: its head and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(1 << 16)
        assert piece, "the client has closed the connection"
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0] or b"0")
    while len(body) < length:
        body += connection.recv(1 << 16)
    return head, body


def message(data: bytes, flag: int = 0, length: int | None = None) -> bytes:
    """A message of gRPC, with whatever flag and length a test wants to claim."""
    return struct.pack(">BI", flag, len(data) if length is None else length) + data


@dataclass
class Asked:
    """What came on a stream so far."""

    stream: int
    headers: dict[str, str]
    pieces: list[bytes] = field(default_factory=list)
    whole: bool = False
    reset: int | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


class Http2Server:
    """The server's end of one connection. Gives windows back as it reads."""

    def __init__(self, connection: socket.socket, settings: dict[Any, int] | None = None) -> None:
        self.socket = connection
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8", validate_outbound_headers=False)
        self.h2 = h2.connection.H2Connection(config)
        self.h2.local_settings = h2.settings.Settings(client=False, initial_values=settings or {})
        self.h2.initiate_connection()
        self.asked: dict[int, Asked] = {}
        self.most_open = 0
        self.flush()

    def flush(self) -> None:
        with suppress(OSError):
            self.socket.sendall(self.h2.data_to_send())

    def read(self) -> bool:
        """One read of the socket; False once the client has closed it."""
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            return False
        for event in self.h2.receive_data(data):
            self._take(event)
        self.most_open = max(self.most_open, self.h2.open_inbound_streams)
        self.flush()
        return True

    def until(self, condition: Callable[[], Any]) -> None:
        while not condition():
            assert self.read(), "the client closed the connection"

    def next(self) -> Asked:
        """The next call whose request is whole."""
        self.until(lambda: any(asked.whole for asked in self.asked.values()))
        number = next(number for number, asked in self.asked.items() if asked.whole)
        return self.asked.pop(number)

    def headers(self, stream: int, *fields: tuple[str, str], end: bool = False) -> None:
        self.h2.send_headers(stream, list(fields), end_stream=end)
        self.flush()

    def data(self, stream: int, data: bytes, *, end: bool = False) -> None:
        """As fast as the client's windows allow."""
        while data:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(data))
            if not room:
                assert self.read(), "the client closed the connection"
                continue
            piece, data = data[:room], data[room:]
            self.h2.send_data(stream, piece, end_stream=end and not data)
            self.flush()

    def answer(self, stream: int, data: bytes = READY) -> None:
        """A call that went well."""
        self.headers(stream, *OK)
        self.data(stream, message(data))
        self.headers(stream, ("grpc-status", "0"), end=True)

    def calls(self) -> Iterator[Asked]:
        """One after another, until the client closes."""
        while True:
            whole = [number for number, asked in self.asked.items() if asked.whole]
            yield from map(self.asked.pop, whole)
            if not whole and not self.read():
                return

    def serve(self) -> None:
        """Answers every call until the client closes."""
        for asked in self.calls():
            self.answer(asked.stream)

    def hang_up(self) -> None:
        """Says nothing more."""
        self.socket.shutdown(socket.SHUT_WR)

    def goaway(self, last: int) -> None:
        """Leaves; the library would take nothing more from the client, so that the frame is made by hand."""
        self.socket.sendall(b"\0\0\x08\x07\0\0\0\0\0" + struct.pack(">II", last, 0))

    def _take(self, event: Any) -> None:
        stream = getattr(event, "stream_id", 0)
        match event:
            case h2.events.RequestReceived():
                self.asked[stream] = Asked(stream, dict(event.headers))
            case h2.events.DataReceived():
                self.asked[stream].pieces.append(event.data)
                self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
            case h2.events.StreamEnded():
                self.asked[stream].whole = True
            case h2.events.StreamReset():
                if stream in self.asked:
                    self.asked[stream].reset = int(event.error_code)


def ready(connection: socket.socket) -> None:
    """A script: says that it is ready, to whoever asks over gRPC."""
    Http2Server(connection).serve()
