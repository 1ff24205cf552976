"""A client for any of the HTTP protocols: a call goes out, its reply comes back. Blocking, one connection a call."""

from __future__ import annotations

import http.client
from typing import Final
from urllib.parse import urlsplit

from salver.core.calls import Call, Reply
from salver.core.errors import BadInput, Unavailable
from salver.protocols.http import HttpResponse
from salver.protocols.route import HttpProtocol

MAX_ANSWER_BYTES: Final = 1 << 30


class HttpClient:
    """Speaks one protocol to the server at `url` (`http://host:port`)."""

    def __init__(self, url: str, protocol: HttpProtocol, *, timeout_s: float = 60.0) -> None:
        parts = urlsplit(url if "//" in url else f"//{url}", scheme="http")
        if parts.scheme != "http" or not parts.hostname:
            raise BadInput(f"'{url}' is no server's address; wanted http://host:port")
        self._url = url
        self._host = parts.hostname
        self._port = parts.port or 8501
        self._protocol = protocol
        self._timeout_s = timeout_s

    def __call__(self, call: Call) -> Reply:
        """The reply. Raises the Fault that the server answered, or Unavailable when it does not answer."""
        request = self._protocol.encode_call(call)
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
        try:
            connection.request(request.method.decode(), request.target.decode("latin-1"), request.body, headers)
            answer = connection.getresponse()
            body = answer.read(MAX_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"no answer from {self._url}: {error}; is the server running?") from None
        finally:
            connection.close()
        received = tuple((name.lower().encode(), value.encode("latin-1")) for name, value in answer.getheaders())
        return self._protocol.decode_reply(call, HttpResponse(answer.status, body, None, received))
