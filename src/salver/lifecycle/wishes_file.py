"""The wishes of operators as a document on disk, shared by every process that serves the same models.

It is wanted state, not a message: whoever reads it late, or after a restart, does what it says all the same.
Written under a lock and replaced as a whole, so no reader ever sees half of it.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from salver.core.errors import Unavailable
from salver.lifecycle.wishes import Wishes

_log: Final = logging.getLogger("salver.lifecycle")


class WishesFile:
    """The document at one path. A file that is missing or broken wishes nothing."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def read(self) -> Wishes:
        """What it says now."""
        try:
            return _wishes(json.loads(self.path.read_text()))
        except FileNotFoundError:
            return Wishes()
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            _log.warning("the wishes in %s cannot be read and are ignored: %s", self.path, error)
            return Wishes()

    def change(self, change: Callable[[Wishes], Wishes]) -> Wishes:
        """Replaces what it says by what `change` makes of it, and returns that. Raises Unavailable with the reason."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with (self.path.parent / f"{self.path.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                wishes = change(self.read())
                self._replace(_document(wishes))
                return wishes
        except OSError as error:
            raise Unavailable(f"the change cannot be kept in {self.path}: {error.strerror or error}") from None

    async def keep(self, change: Callable[[Wishes], Wishes]) -> Wishes:
        """`change`, off the event loop."""
        return await asyncio.to_thread(self.change, change)

    def stamp(self) -> tuple[int, int]:
        """Changes whenever the document does; cheap to ask."""
        try:
            status = self.path.stat()
        except OSError:
            return 0, 0
        return status.st_mtime_ns, status.st_ino

    def _replace(self, document: str) -> None:
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(document)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _document(wishes: Wishes) -> str:
    return json.dumps({"unloaded": sorted(wishes.unloaded), "generations": dict(wishes.generations)}, indent=1) + "\n"


def _wishes(document: Any) -> Wishes:
    unloaded = document.get("unloaded", [])
    if not isinstance(unloaded, list):
        raise TypeError("unloaded is no list of models")
    generations = {str(model): int(count) for model, count in document.get("generations", {}).items()}
    return Wishes(frozenset(map(str, unloaded)), generations)
