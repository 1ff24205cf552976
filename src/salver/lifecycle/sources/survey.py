"""Reads names, sizes and times of the files below a path, never their content. Bounded; symbolic links are followed."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from salver.core.errors import Unavailable

MAX_FILES: Final = 10_000
MAX_DEPTH: Final = 32
DERIVED: Final = frozenset({"__pycache__"})
"""Folders that loading itself may write: what is in them is no part of a model."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What the files at a path look like from outside."""

    fingerprint: str
    """A digest of (relative path, size, mtime) of every file."""
    touched: float
    """Unix time of the last change to any of them, in seconds: of its content, or of its arrival here. The change
    time counts too, since copying tools set the modification time back."""
    files: int


def survey(path: str) -> Survey:
    """Raises OSError for what cannot be read, Unavailable for more files than a model has."""
    digest = hashlib.blake2b(digest_size=16)
    touched = 0.0
    files = 0
    for name, status in _walk(path, "", ()):
        if status is not None:
            touched = max(touched, status.st_mtime, status.st_ctime)
        if status is not None and stat.S_ISDIR(status.st_mode):
            continue
        files += 1
        if files > MAX_FILES:
            raise Unavailable(f"there are more than {MAX_FILES} files below '{path}'")
        size, mtime_ns = (status.st_size, status.st_mtime_ns) if status is not None else (-1, -1)
        digest.update(f"{name}\0{size}\0{mtime_ns}\0".encode("utf-8", "surrogateescape"))
    return Survey(digest.hexdigest(), touched, files)


def _walk(path: str, name: str, above: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, os.stat_result | None]]:
    """Relative name and status of each folder and regular file, in a fixed order; None for a link to nothing.

    `above` are the folders on the way here: a link back to one of them is not followed.
    """
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        if not name:
            raise
        yield name, None
        return
    if stat.S_ISREG(status.st_mode):
        yield name, status
    if not stat.S_ISDIR(status.st_mode):
        return
    here = (status.st_dev, status.st_ino)
    if here in above:
        return
    if len(above) == MAX_DEPTH:
        raise Unavailable(f"the folders below '{path}' are nested deeper than {MAX_DEPTH}")
    yield name, status
    for child in sorted(os.listdir(path)):  # noqa: PTH208  names only, half the price
        if child not in DERIVED:
            yield from _walk(f"{path}/{child}", f"{name}/{child}", (*above, here))
