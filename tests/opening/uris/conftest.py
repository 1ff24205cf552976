"""A web server that keeps files, and can be told to break off."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme


@dataclass
class Site:
    """What is served, how, and what was asked."""

    port: int = 0
    scheme: str = "http"
    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)
    """Bytes after which each answer breaks off, the next first; whole answers when it is empty."""
    ranges: bool = True
    etags: bool = True
    lengths: bool = True
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    """Awaited before an answer to /held."""
    sent: int = 0

    def url(self, path: str) -> str:
        return f"{self.scheme}://localhost:{self.port}{path}"

    def header(self, name: str) -> list[str]:
        return [headers[name] for _, headers in self.asked if name in headers]


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            site.asked.append((self.path, dict(self.headers)))
            self.close_connection = True
            if path == "/held":
                site.release.wait(20)
            if path.startswith("/drip"):
                self.drip(b"HTTP/1.1 200 OK\r\n" + (b"X: " if "headers" in path else b"Content-Length: 99999\r\n\r\n"))
            elif path in site.redirects:
                self.begin(302, {"Location": site.redirects[path], "Content-Length": "0"})
            elif path in site.statuses or path not in site.files:
                self.begin(site.statuses.get(path, 404), {"Content-Length": "0"})
            else:
                self.send_file(site.files[path])

        def send_file(self, content: bytes) -> None:
            etag = f'"{hashlib.md5(content).hexdigest()}"'
            headers = {"ETag": etag} if site.etags else {}
            if site.etags and self.headers.get("If-None-Match") == etag:
                self.begin(304, headers)
                return
            start = 0
            wanted = self.headers.get("Range", "")
            if site.ranges and wanted and self.headers.get("If-Range") == etag:
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            if site.lengths:
                headers["Content-Length"] = str(len(content) - start)
            self.begin(206 if "Content-Range" in headers else 200, headers)
            rest = content[start:]
            rest = rest[: site.breaks.pop(0)] if site.breaks else rest
            site.sent += len(rest)
            self.wfile.write(rest)

        def drip(self, head: bytes) -> None:
            with suppress(OSError):
                self.wfile.write(head)
                while not site.release.wait(0.005):
                    self.wfile.write(b"x")

        def begin(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()

    return Handler


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that leaves is none."""


@contextmanager
def _serving(context: ssl.SSLContext | None = None) -> Iterator[Site]:
    served = Site()
    server = _Server(("localhost", 0), _handler(served))
    served.port = server.server_address[1]
    if context is not None:
        served.scheme = "https"
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.002}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with _serving() as served:
        yield served


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure_site(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with _serving(context) as served:
        yield served


@pytest.fixture(params=["site", "secure_site"])
def any_site(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"
