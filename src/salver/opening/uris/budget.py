"""Budget: how much, how many and how long a fetch may be, and who is told how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, TypeAlias

from salver.core.bounds import at_least, positive
from salver.core.errors import BadInput, Unavailable

Progress: TypeAlias = Callable[[int, int | None], None]
"""Told of the bytes so far and of all bytes, None where nobody knows. What it raises ends the fetch."""
_MOST_S: Final = 2_000_000
"""Sockets refuse to wait for more than 2**31 ms."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Bounds of fetching a model's URI."""

    max_bytes: int = 20 * 2**30
    """Bytes that one model may have, as fetched and as unpacked."""
    max_files: int = 10_000
    """Files that one model may have."""
    timeout_s: float = 3600.0
    """How long a model may take, in seconds."""
    idle_timeout_s: float = 60.0
    """How long nothing at all may come, in seconds."""
    root: str = ""
    """The folder that local models must lie in, and relative paths are relative to; any where it is empty."""

    def __post_init__(self) -> None:
        at_least(self, 1, "max_bytes", "max_files")
        positive(self, "timeout_s", "idle_timeout_s")
        for name in ("timeout_s", "idle_timeout_s"):
            if getattr(self, name) > _MOST_S:
                raise BadInput(f"{name} must be at most {_MOST_S}, got {getattr(self, name)}")


class Budget:
    """Of one fetch. Bytes and files are counted as they come, whatever was announced."""

    def __init__(self, options: Fetch, source: str, progress: Progress | None = None) -> None:
        self.options = options
        self.source = source
        self.total: int | None = None
        self._progress = progress
        self._ends = monotonic() + options.timeout_s
        self._bytes = 0
        self._files = 0

    def left_s(self) -> float:
        """Seconds till the end. Raises Unavailable when there are none."""
        left = self._ends - monotonic()
        if left <= 0:
            raise Unavailable(f"{self.source}: not fetched within {self.options.timeout_s:g} s")
        return left

    def patience_s(self) -> float:
        """Seconds that the next thing may take."""
        return min(self.left_s(), self.options.idle_timeout_s)

    def expect(self, total: int | None) -> None:
        """What is announced. Raises BadInput when it is too much."""
        self.total = total
        if total is not None and total > self.options.max_bytes:
            raise BadInput(f"{self.source}: has {total} bytes, max_bytes is {self.options.max_bytes}")

    def start(self, count: int) -> None:
        """Bytes that are here already; those counted so far are forgotten."""
        self._bytes = 0
        self.spend(count)

    def spend(self, count: int) -> None:
        """Bytes that came. Raises BadInput when they are too many, Unavailable when it is too late."""
        self._bytes += count
        if self._bytes > self.options.max_bytes:
            raise BadInput(f"{self.source}: has more bytes than max_bytes, {self.options.max_bytes}")
        self.left_s()
        if self._progress is not None:
            self._progress(self._bytes, self.total)

    def add_file(self) -> None:
        """One more. Raises BadInput when they are too many."""
        self._files += 1
        if self._files > self.options.max_files:
            raise BadInput(f"{self.source}: has more files than max_files, {self.options.max_files}")

    def for_unpacking(self) -> Budget:
        """The same bounds for what comes out of an archive, in the time that is left."""
        other = Budget(self.options, self.source)
        other._ends = self._ends
        return other
