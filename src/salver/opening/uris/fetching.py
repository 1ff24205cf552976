"""`fetch`: a model's URI becomes a path on this machine."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from salver.core.errors import BadInput, Unavailable
from salver.opening.uris.bucket import fetch_bucket
from salver.opening.uris.budget import Budget, Fetch, Progress
from salver.opening.uris.local import local_path, version_of
from salver.opening.uris.shelf import Shelf
from salver.opening.uris.uri import Uri, parse_uri
from salver.opening.uris.web import fetch_web
from salver.opening.uris.whole import check_sha256, keep_file

_log: Final = logging.getLogger("salver")
_SOURCES: Final[Mapping[str, Callable[[Uri, Shelf, Budget], Path]]] = {
    "http": fetch_web,
    "https": fetch_web,
    "s3": fetch_bucket,
    "gs": fetch_bucket,
}


def fetch(uri: str, cache_dir: Path | str, options: Fetch = Fetch(), progress: Progress | None = None) -> Path:  # noqa: B008 - frozen
    """The file or folder that a URI names. It waits: call it on a thread.

    A path or file:// is where it is. Of http, https, s3 and gs a copy is made in the cache, whose source is asked each
    time whether it is still the newest; where the source does not answer, the last copy serves. An archive (.zip, .tar,
    .tar.gz, .tgz) is unpacked, and its folder answered. With `#sha256=...` a file has that checksum or is refused, and
    a copy that has it is not asked after again. A fetch that was cut off goes on where it stopped. Who fetches the same
    at the same time, in whatever process, waits and shares.

    Raises BadInput for what is refused (bounds, names, checksums, what may not be read), NotFound, Unsupported for
    other schemes, Unavailable for a source that does not answer in time. No message holds credentials.
    """
    parsed = parse_uri(uri)
    budget = Budget(options, parsed.shown, progress)
    try:
        if parsed.scheme in ("", "file"):
            return _local(parsed, Path(cache_dir), budget)
        shelf = Shelf(Path(cache_dir), parsed)
        asked = time.time()
        with shelf.locked(budget):
            return _shared(parsed, shelf, asked) or _fetched(parsed, shelf, budget)
    except OSError as error:
        raise Unavailable(f"{parsed.shown}: cannot be kept: {error.strerror or type(error).__name__}") from None


def _local(uri: Uri, cache_dir: Path, budget: Budget) -> Path:
    path = local_path(uri, budget)
    if path.is_dir():
        if uri.sha256:
            raise BadInput(f"{uri.shown}: is a folder; a sha256 is that of one file")
        return path
    if not uri.is_archive:
        check_sha256(uri, path, budget)
        return path
    shelf = Shelf(cache_dir, uri)
    with shelf.locked(budget):
        copy, version = shelf.copy_for(uri), version_of(path)
        if copy is not None and copy.version == version:
            return copy.path
        return keep_file(uri, path, shelf, version, budget)


def _shared(uri: Uri, shelf: Shelf, asked: float) -> Path | None:
    """A copy that need not be asked after: its checksum is known, or somebody has fetched it since this began."""
    copy = shelf.copy()
    if copy is None or copy.sha256 != uri.sha256 or not (uri.sha256 or copy.since > asked):
        return None
    return copy.path


def _fetched(uri: Uri, shelf: Shelf, budget: Budget) -> Path:
    try:
        return _SOURCES[uri.scheme](uri, shelf, budget)
    except BadInput:
        shelf.discard()
        raise
    except Unavailable as fault:
        copy = shelf.copy()
        if copy is None or uri.sha256:
            raise
        _log.warning("%s; the copy of %s serves", fault.message, time.ctime(copy.since))
        return copy.path
