"""Files that follow one another: a new one when the old is full or old. One writer, no threads."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from salver.core.bounds import positive


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a file is finished and the next begun, and how many are kept."""

    max_file_bytes: int = 256 * 2**20
    """A file is finished when it is this large."""
    max_file_age_s: float = 3600.0
    """And when it was begun so long ago, in seconds."""
    max_files: int = 100
    """The oldest files of this process are removed beyond this number."""

    def __post_init__(self) -> None:
        positive(self, "max_file_bytes", "max_file_age_s", "max_files")


class RotatingFiles:
    """`<prefix>-<UTC time>-<process>-<number>.tfrecord`, each complete: never appended to once it is finished."""

    def __init__(self, prefix: str, rotation: Rotation) -> None:
        self._prefix = prefix
        self._rotation = rotation
        self._file: BinaryIO | None = None
        self._begun_s = 0.0
        self._bytes = 0
        self._number = 0
        self._finished: list[Path] = []

    def write(self, data: bytes) -> None:
        """Raises OSError; the next call tries a new file."""
        if self._file is None or self._is_over():
            self._next()
        assert self._file is not None  # noqa: S101 - just opened
        try:
            self._file.write(data)
            self._bytes += len(data)
        except OSError:
            self.close()
            raise

    def flush(self) -> None:
        """Hands what was written to the system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Finishes the file that is open."""
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _is_over(self) -> bool:
        age_s = time.monotonic() - self._begun_s
        return self._bytes >= self._rotation.max_file_bytes or age_s >= self._rotation.max_file_age_s

    def _next(self) -> None:
        self.close()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        path = Path(f"{self._prefix}-{stamp}-{os.getpid()}-{self._number}.tfrecord")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("xb")
        self._number += 1
        self._begun_s, self._bytes = time.monotonic(), 0
        self._finished.append(path)
        while len(self._finished) > self._rotation.max_files:
            self._finished.pop(0).unlink(missing_ok=True)
