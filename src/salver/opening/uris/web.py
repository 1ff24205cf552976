"""Files of web servers, by HTTP: asked for only if they changed, taken up again where they were cut off (RFC 9110,
sections 13 and 14).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from salver.core.errors import BadInput, Fault, NotFound, Unavailable
from salver.opening.uris.budget import Budget
from salver.opening.uris.connection import BROKEN, Reply, asked
from salver.opening.uris.names import safe_name
from salver.opening.uris.shelf import Copy, Shelf, Version, sync
from salver.opening.uris.uri import Uri
from salver.opening.uris.whole import keep_file

_CHUNK: Final = 1 << 16
_MAX_BREAKS: Final = 100
_RANGE: Final = re.compile(r"bytes (\d{1,19})-\d{1,19}/(\d{1,19}|\*)")
_MISSING: Final = (404, 410)
_LATER: Final = (408, 425, 429)


def fetch_web(uri: Uri, shelf: Shelf, budget: Budget) -> Path:
    """The newest copy, fetched where there is none yet. A connection that breaks is taken up again as long as each one
    brings something. Raises as `fetching.fetch`."""
    file = shelf.partial / safe_name(uri.name, uri.shown)
    for _ in range(_MAX_BREAKS):
        before, had = shelf.begun(), _size(file)
        kept = _ask(uri, shelf, file, budget)
        if kept is not None:
            return kept
        if _size(file) <= (had if shelf.begun() == before else 0):
            break
    raise Unavailable(f"{uri.shown}: the connection broke after {_size(file)} bytes")


def _ask(uri: Uri, shelf: Shelf, file: Path, budget: Budget) -> Path | None:
    """The copy, or None when the connection broke."""
    begun, copy = shelf.begun(), shelf.copy_for(uri)
    headers = _conditions(begun, copy, _size(file))
    resumed = begun if "Range" in headers else None
    with asked(uri, headers, budget) as reply:
        if resumed is not None and reply.status in (206, 416):
            if not _goes_on(reply, _size(file), resumed):
                shelf.discard()
                return _ask(uri, shelf, file, budget)
            version = resumed
        elif copy is not None and _is_same(reply, copy, asked_for_rest=resumed is not None):
            return copy.path
        else:
            version = _new_version(uri, reply)
            shelf.begin(version)
        budget.expect(version.size)
        if not _receive(reply, file, version, budget):
            return None
    budget.left_s()
    return keep_file(uri, file, shelf, version, budget)


def _conditions(begun: Version | None, copy: Copy | None, had: int) -> Mapping[str, str]:
    """Only the rest of what was begun, if it is still the same; or all of it, if it is not what is here."""
    if begun is not None and begun.validator and had:
        return {"Range": f"bytes={had}-", "If-Range": begun.validator}
    if copy is None or not copy.version.is_known:
        return {}
    if copy.version.etag:
        return {"If-None-Match": copy.version.etag}
    return {"If-Modified-Since": copy.version.modified}


def _is_same(reply: Reply, copy: Copy, asked_for_rest: bool) -> bool:
    """Whether what the server has is the copy."""
    if reply.status == 304:
        return not asked_for_rest
    return reply.status == 200 and copy.version.is_known and _version(reply) == copy.version


def _new_version(uri: Uri, reply: Reply) -> Version:
    """Of an answer that is to be taken whole."""
    if reply.status != 200:
        raise _fault(uri, reply)
    version = _version(reply)
    if version.size is None and not _tells_its_end(reply) and not uri.sha256:
        raise BadInput(f"{uri.shown}: the answer does not say how long it is; give a #sha256= to check it by")
    return version


def _receive(reply: Reply, file: Path, version: Version, budget: Budget) -> bool:
    """Whether all came. What came is in the file either way."""
    budget.start(_size(file))
    with file.open("ab") as out:
        whole = False
        try:
            for chunk in (chunks := _Chunks(reply)):
                out.write(chunk)
                budget.spend(len(chunk))
            whole = not chunks.broken
        finally:
            sync(out)
    budget.left_s()
    if version.size is not None and _size(file) > version.size:
        raise BadInput(f"{budget.source}: has more bytes than the {version.size} that it told of")
    return whole and (version.size is None or _size(file) == version.size)


class _Chunks:
    """What comes, till its end or till the connection breaks."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.broken = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            while chunk := self._reply.read1(_CHUNK):
                yield chunk
        except BROKEN:
            self.broken = True


def _version(reply: Reply) -> Version:
    length = reply.headers.get("Content-Length", "")
    told = length.isdecimal() and length.isascii() and len(length) < 20
    size = int(length) if told else None
    return Version(reply.headers.get("ETag", ""), reply.headers.get("Last-Modified", ""), size)


def _goes_on(reply: Reply, had: int, begun: Version) -> bool:
    """Whether the answer is the rest of what is here."""
    found = _RANGE.fullmatch(reply.headers.get("Content-Range", ""))
    if reply.status != 206 or found is None or int(found[1]) != had:
        return False
    return found[2] == "*" or begun.size is None or int(found[2]) == begun.size


def _tells_its_end(reply: Reply) -> bool:
    return reply.headers.get("Transfer-Encoding", "").lower() == "chunked"


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


def _fault(uri: Uri, reply: Reply) -> Fault:
    status, reason = reply.status or 0, str(reply.reason)[:80]
    if status in _MISSING:
        return NotFound(f"{uri.shown}: is not there ({status} {reason})")
    if status >= 500 or status in _LATER:
        return Unavailable(f"{uri.shown}: answers {status} {reason}")
    return BadInput(f"{uri.shown}: answers {status} {reason}, wanted 200")
