"""What has come whole: checked, unpacked where it is an archive, and put on its shelf."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from salver.core.errors import BadInput
from salver.opening.uris.archives import unpack
from salver.opening.uris.budget import Budget
from salver.opening.uris.shelf import Shelf, Version
from salver.opening.uris.uri import Uri

_CHUNK: Final = 1 << 20


def keep_file(uri: Uri, file: Path, shelf: Shelf, version: Version, budget: Budget) -> Path:
    """A file that lies in a folder of its own becomes the newest copy; of an archive, the folder of what is in it."""
    check_sha256(uri, file, budget)
    if not uri.is_archive:
        return shelf.keep(file.parent, file.name, version, uri.sha256)
    shelf.clear_unpacked()
    unpack(file, shelf.unpacked / file.name, budget.for_unpacking())
    return shelf.keep(shelf.unpacked, file.name, version, uri.sha256)


def check_sha256(uri: Uri, file: Path, budget: Budget) -> None:
    """Raises BadInput unless the file has the checksum that the URI tells, if it tells one."""
    if not uri.sha256:
        return
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
            budget.left_s()
    if digest.hexdigest() != uri.sha256:
        raise BadInput(f"{uri.shown}: its sha256 is {digest.hexdigest()}, wanted {uri.sha256}")
