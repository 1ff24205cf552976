"""The JSON document in a request, wherever it stands: the body, a field `json` of a form or of the query, or the parts
of a multipart form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs

from salver.core.errors import BadInput
from salver.protocols.jsondoc import NotJson, read

MULTIPART: Final = b"multipart/form-data"
FORM: Final = b"application/x-www-form-urlencoded"
MAX_PARTS: Final = 32

_BOUNDARY: Final = re.compile(rb'boundary="?([^";,\s]{1,70})"?', re.IGNORECASE)
_DISPOSITION: Final = re.compile(rb"^content-disposition:\s*form-data\s*;([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_NAME: Final = re.compile(rb'(?:^|[;\s])name="?([^";]*)"?', re.IGNORECASE)


def document_of(body: bytes, content_type: bytes | None, query: bytes) -> Any:
    """The JSON value that was sent; bytes stand for what a part `binData` held. Raises BadInput, NotJson where it is
    no JSON."""
    if content_type is not None and content_type[: len(MULTIPART)].lower() == MULTIPART:
        return _read_parts(body, content_type)
    if content_type is not None and content_type[: len(FORM)].lower() == FORM:
        body = _from_form(body)
    if not body and query:
        body = _field(query, "the query")
    if not body:
        raise NotJson("there is neither a body nor a field `json`")
    return read(body)


def _from_form(body: bytes) -> bytes:
    """The field `json`; `curl -d` sends this content type whatever it is given, so a bare document is taken too."""
    return body if body.lstrip()[:1] in (b"{", b"[") else _field(body, "the form")


def _field(form: bytes, where: str) -> bytes:
    try:
        fields = parse_qs(form.decode(), strict_parsing=True, max_num_fields=MAX_PARTS, errors="strict")
    except ValueError:  # UnicodeDecodeError is one
        raise BadInput(f"{where}: wanted a field `json`, percent-encoded") from None
    if "json" not in fields:
        raise BadInput(f"{where}: wanted a field `json`")
    return fields["json"][0].encode()


def _read_parts(body: bytes, content_type: bytes) -> dict[str, Any]:
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise BadInput("Content-Type: a multipart form needs a boundary")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary[1], MAX_PARTS + 2)
    if len(pieces) < 3 or len(pieces) > MAX_PARTS + 2 or not pieces[-1].startswith(b"--"):
        raise BadInput(f"the form: wanted from 1 to {MAX_PARTS} parts, the last one ended by its boundary and --")
    document: dict[str, Any] = {}
    for piece in pieces[1:-1]:
        head, found, content = piece.partition(b"\r\n\r\n")
        named = _DISPOSITION.search(head)
        name = _NAME.search(named[1]) if named else None
        if not found or name is None:
            raise BadInput("the form: a part has no Content-Disposition with a name")
        kind = name[1].decode("latin-1")
        document.setdefault(kind, _PARTS.get(kind, read)(content))
    return document


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"strData: this is no UTF-8: {error}") from None


_PARTS: Final[dict[str, Callable[[bytes], Any]]] = {"strData": _text, "binData": lambda content: content}
"""How the parts are read that are no JSON."""
