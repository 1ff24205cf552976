"""A client for any of the HTTP protocols: a call goes out, its reply comes back. Blocking, one connection a call."""

from __future__ import annotations

import http.client
from typing import Final
from urllib.parse import urlsplit

from salver.core.calls import Call, Reply
from salver.core.errors import BadInput, Internal, Late, Unavailable
from salver.protocols.http import HttpResponse
from salver.protocols.route import HttpProtocol

MAX_ANSWER_BYTES: Final = 1 << 30


class HttpClient:
    """Speaks one protocol to the server at `url`: `http://host:port`, with port 8501 where none is given, and the
    path of a proxy in front of it."""

    def __init__(self, url: str, protocol: HttpProtocol, *, timeout_s: float = 60.0) -> None:
        self._url = url
        self._host, self._port, self._prefix = _address(url)
        self._protocol = protocol
        self._timeout_s = timeout_s

    def __call__(self, call: Call) -> Reply:
        """The reply. Raises the Fault that the server answered, or Unavailable when it does not answer."""
        request = self._protocol.encode_call(call)
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
        try:
            target = self._prefix + request.target.decode("latin-1")
            connection.request(request.method.decode(), target, request.body, headers)
            answer = connection.getresponse()
            body = answer.read(MAX_ANSWER_BYTES + 1)
        except TimeoutError:
            raise Late(f"no answer from {self._url} within {self._timeout_s:g} s") from None
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise Unavailable(f"no answer from {self._url}: {reason}; is the server running?") from None
        finally:
            connection.close()
        if len(body) > MAX_ANSWER_BYTES:
            raise Internal(f"the answer of {self._url} is larger than {MAX_ANSWER_BYTES} bytes")
        received = tuple((name.lower().encode(), value.encode("latin-1")) for name, value in answer.getheaders())
        return self._protocol.decode_reply(call, HttpResponse(answer.status, body, None, received))


def _address(url: str) -> tuple[str, int, str]:
    """Host, port and path. Raises BadInput."""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}", scheme="http")
        if parts.scheme == "http" and parts.hostname:
            return parts.hostname, parts.port or 8501, parts.path.rstrip("/")
    except ValueError:  # a port that is none, a bracket too many
        pass
    raise BadInput(f"'{url}' is no server's address; wanted http://host:port")
