"""One HTTP question and its answer: redirects followed with care, proxies of the environment used, time kept.

Credentials in a URL are sent to its own host and to no other.
"""

from __future__ import annotations

import base64
import http.client
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import Message
from typing import IO, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit

from salver.core.errors import BadInput, Unavailable
from salver.opening.uris.budget import Budget
from salver.opening.uris.uri import Uri, without_secrets

Reply = http.client.HTTPResponse | HTTPError
BROKEN: Final = (OSError, http.client.HTTPException, ValueError)
"""What reading raises when a connection breaks, ValueError where the watch cut it off."""


@contextmanager
def asked(uri: Uri, headers: Mapping[str, str], budget: Budget) -> Iterator[Reply]:
    """The answer, whatever its status; its body is to be read within the time of the budget, which cuts it off.

    Raises Unavailable when nobody answers.
    """
    sockets: list[socket.socket] = []
    watch = threading.Timer(budget.left_s(), _cut, [sockets])
    watch.daemon = True
    watch.start()
    try:
        with _opened(uri, headers, sockets, budget) as reply:
            budget.left_s()  # headers that were cut off look like headers that ended
            yield reply
    finally:
        watch.cancel()


def _opened(uri: Uri, headers: Mapping[str, str], sockets: list[socket.socket], budget: Budget) -> Reply:
    address, credentials = _parted(uri.address)
    request = urllib.request.Request(address, headers={"User-Agent": "salver", **headers})  # noqa: S310 - http(s) only
    if credentials:
        request.add_unredirected_header("Authorization", f"Basic {credentials}")
    opener = urllib.request.build_opener(_Http(sockets), _Https(sockets), _Redirects(uri))
    try:
        reply: http.client.HTTPResponse = opener.open(request, timeout=budget.patience_s())
        return reply
    except HTTPError as error:
        return error
    except URLError as error:
        raise Unavailable(f"{uri.shown}: {_why(error.reason)}") from None
    except BROKEN as error:
        budget.left_s()
        raise Unavailable(f"{uri.shown}: {_why(error)}") from None


def _parted(address: str) -> tuple[str, str]:
    """The URL without user and password, and these as they are sent."""
    parts = urlsplit(address)
    if parts.username is None:
        return address, ""
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host)), base64.b64encode(pair.encode()).decode()


def _why(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    return without_secrets(f"{type(error).__name__}: {error}" if isinstance(error, Exception) else str(error))


def _cut(sockets: list[socket.socket]) -> None:
    """Ends a connection that some other thread reads from, beneath TLS."""
    for one in sockets:
        with suppress(OSError):
            socket.socket.shutdown(one, socket.SHUT_RDWR)


def _watched(kind: type[http.client.HTTPConnection], sockets: list[socket.socket]) -> Callable[..., Any]:
    """Makes connections whose sockets are noted as soon as they are there."""

    class Watched(kind):  # type: ignore[valid-type, misc]  # one of two that are known
        def connect(self) -> None:
            super().connect()
            sockets.append(self.sock)

    return Watched


class _Http(urllib.request.HTTPHandler):
    def __init__(self, sockets: list[socket.socket]) -> None:
        super().__init__()
        self._sockets = sockets

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_watched(http.client.HTTPConnection, self._sockets), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, sockets: list[socket.socket]) -> None:
        super().__init__()
        self._sockets = sockets

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_watched(http.client.HTTPSConnection, self._sockets), req)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """To http and https, never from a safe to an unsafe one."""

    def __init__(self, uri: Uri) -> None:
        self._uri = uri

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        scheme = urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (req.type == "https" and scheme != "https"):
            raise BadInput(f"{self._uri.shown}: redirects to {scheme}://, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
