"""Shelf: where one URI's content lies in the cache, whole or in part.

    <cache>/<hash of the URI>/lock            held while it is fetched, by one process and thread
                             /current.json    which copy is the newest, and how its source would know it again
                             /<version>/...   a whole copy, under its own name; the one before it stays, older ones go
                             /partial/...     what came so far, and partial.json, of which version it is

A copy appears by a rename, so whoever finds it finds it whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from salver.opening.uris.budget import Budget
from salver.opening.uris.uri import Uri

_POLL_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Version:
    """How a source tells one content from another."""

    etag: str = ""
    modified: str = ""
    size: int | None = None

    @property
    def validator(self) -> str:
        """What proves that a rest belongs to a beginning: a strong ETag or a date; empty where there is none."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified

    @property
    def is_known(self) -> bool:
        """Whether equal versions are equal contents: a size alone proves nothing."""
        return bool(self.etag or self.modified)

    @property
    def folder(self) -> str:
        """Its name in the cache; one of its own where the source does not tell contents apart."""
        told = f"{self.etag}\n{self.modified}\n{self.size}" if self.is_known else f"{time.time_ns()}"
        return hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Copy:
    """A whole one."""

    path: Path
    version: Version
    sha256: str
    """That of what was fetched, where it was checked."""
    since: float
    """Unix time."""


class Shelf:
    """Of one URI. All but `copy` is for whoever holds the lock."""

    def __init__(self, cache_dir: Path, uri: Uri) -> None:
        self._folder = cache_dir / hashlib.sha256(uri.address.encode()).hexdigest()[:32]
        self.partial = self._folder / "partial"
        self.unpacked = self._folder / "unpacked"
        self._current = self._folder / "current.json"
        self._begun = self._folder / "partial.json"

    @contextmanager
    def locked(self, budget: Budget) -> Iterator[None]:
        """Waits for whoever fetches the same. Raises Unavailable when that takes too long."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    time.sleep(min(_POLL_S, budget.left_s()))
            yield

    def copy(self) -> Copy | None:
        """The newest whole one."""
        told = _read(self._current)
        try:
            path = self._folder / told["folder"] / told["name"]
            found = Copy(path, Version(**told["version"]), told["sha256"], float(told["since"]))
        except (KeyError, TypeError, ValueError):
            return None
        return found if path.exists() else None

    def copy_for(self, uri: Uri) -> Copy | None:
        """The newest whole one, unless it was not checked as the URI wants."""
        found = self.copy()
        return found if found is not None and uri.sha256 in ("", found.sha256) else None

    def begun(self) -> Version | None:
        """The version whose beginning lies in `partial`."""
        try:
            return Version(**_read(self._begun)) if self.partial.is_dir() else None
        except TypeError:
            return None

    def begin(self, version: Version) -> None:
        """Makes room for the beginning of this version; that of another is thrown away."""
        self.discard()
        self.partial.mkdir()
        _write(self._begun, asdict(version))

    def discard(self) -> None:
        """Throws away what is not whole."""
        self._begun.unlink(missing_ok=True)
        shutil.rmtree(self.partial, ignore_errors=True)
        self.clear_unpacked()

    def clear_unpacked(self) -> None:
        """Throws away what an unpacking left that did not come to its end."""
        shutil.rmtree(self.unpacked, ignore_errors=True)

    def keep(self, made: Path, name: str, version: Version, sha256: str) -> Path:
        """Makes `made`, a folder that holds `name`, the newest copy. The path of `name` in it."""
        before = self.copy()
        folder = self._folder / version.folder
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
        told = {"folder": folder.name, "name": name, "version": asdict(version), "sha256": sha256, "since": time.time()}
        _write(self._current, told)
        self.discard()
        stay = {folder, before.path.parent} if before else {folder}
        for old in self._folder.iterdir():
            if old.is_dir() and old not in stay:
                shutil.rmtree(old, ignore_errors=True)
        return folder / name


def sync(file: Any) -> None:
    """Has what was written on the disk before it is renamed."""
    file.flush()
    os.fsync(file.fileno())


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _write(path: Path, told: dict[str, Any]) -> None:
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(told, file)
        sync(file)
    new.replace(path)
