"""What a request over HTTP is beside its message: where it stands, its puid, whether it is a cloud event."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from salver.protocols.http import Headers, HttpRequest
from salver.protocols.seldon.bodies import document_of
from salver.protocols.seldon.faults import HEADERS
from salver.protocols.seldon.meta import read_puid

PUID: Final = b"Seldon-Puid"
EVENT: Final = b"Ce-Specversion"
EVENT_VERSION: Final = b"0.3"
"""Of cloud events, which is the executor's."""

_CONTENT_TYPE: Final = b"content-type"
_PUID: Final = PUID.lower()
_EVENT: Final = EVENT.lower()
_HEEDED: Final = frozenset((_CONTENT_TYPE, _PUID, _EVENT))
_VISIBLE: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%")


class Asked:
    """Kept from when a request is taken apart until it is answered."""

    __slots__ = ("_body", "_content_type", "_event", "_namespace", "_target", "puid_header")

    def __init__(self, request: HttpRequest, namespace: str) -> None:
        self._body = request.body
        self._target = request.target
        self._namespace = namespace
        self._content_type: bytes | None = None
        self.puid_header = b""
        self._event = False
        for name, value in request.headers:
            if name not in _HEEDED:
                continue
            if name == _CONTENT_TYPE:
                self._content_type = value
            elif name == _PUID:
                self.puid_header = value
            else:
                self._event = True

    def document(self) -> Any:
        """The JSON value that was sent. Raises BadInput, NotJson."""
        return document_of(self._body, self._content_type, self._target.partition(b"?")[2])

    def header_puid(self) -> str:
        """The header's, else empty. Raises BadInput for one too long."""
        return read_puid(self.puid_header.decode("latin-1"), "header Seldon-") if self.puid_header else ""

    def headers(self, puid: str, model: str) -> Headers:
        """Those of the answer. The puid came in a body, so it is made fit for a header."""
        text = puid.encode() if puid.isalnum() and puid.isascii() else quote(puid, safe=_VISIBLE).encode()
        if not self._event:
            return (*HEADERS, (PUID, text))
        source = b"seldon." + quote(model, safe="").encode()
        namespace = quote(self._namespace or "default", safe="").encode()
        return (
            *HEADERS,
            (PUID, text),
            (b"Ce-Id", text),
            (EVENT, EVENT_VERSION),
            (b"Ce-Path", self._target.partition(b"?")[0]),
            (b"Ce-Source", source),
            (b"Ce-Type", b"%b.%b.response" % (source, namespace)),
        )
