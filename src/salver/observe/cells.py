"""Numbers with names in one block of memory: a process's own, or a file that other processes read while it is written.

It knows no metrics and no text format. A block holds a header and then records, each a key and its float64 cells:

    header   8 bytes magic, 8 bytes how many bytes are in use (header included), 8 bytes the owner's process id
    record   4 bytes length of the key, 4 bytes number of cells, the key, zeros to a multiple of 8, the cells

All numbers are in the machine's own byte order: only processes of one machine share a block. A record is written
first and counted as used afterwards, so a reader never sees half of one. Cells are aligned, so a reader sees each
of them either before or after a change.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

Floats: TypeAlias = "memoryview[float]"

MAX_BYTES: Final = 16 * 1024 * 1024
"""Reserved for each process, not spent: pages take memory and disk only once they are written."""
SUFFIX: Final = ".cells"

_MAGIC: Final = b"SALVERc1"
_HEADER: Final = struct.Struct("=8sQQ")
_RECORD: Final = struct.Struct("=II")


class Cells:
    """The block one process writes. Take cells from any thread; write to each from one thread at a time.

    A folder may be shared by processes on one machine: each has a file there, and takes over the file of one that
    has ended, so that no count is lost and there are never more files than processes at once. Must not be
    inherited by fork: make it in the process that uses it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._descriptor = None if folder is None else _own_file(folder)
        self._block = memoryview(_map(self._descriptor))
        self._numbers = self._block.cast("d")
        self._lock = threading.Lock()
        self._found: dict[tuple[bytes, int], Floats] = {}
        self._used = _HEADER.size
        for key, start, count in _records(self._block, _used(self._block)):
            self._used = start + 8 * count
            self._found[key, count] = self._numbers[start // 8 : start // 8 + count]
        _HEADER.pack_into(self._block, 0, _MAGIC, self._used, os.getpid())

    def take(self, key: bytes, count: int) -> Floats:
        """The float64 cells of that key, zero when they are new; the same memory each time.

        When the block is full, cells that nobody else will see: serving goes on, uncounted.
        """
        with self._lock:
            cells = self._found.get((key, count))
            if cells is None:
                cells = self._found[key, count] = self._append(key, count)
            return cells

    def __iter__(self) -> Iterator[tuple[bytes, Floats]]:
        """Every key and its cells."""
        with self._lock:
            return iter([(key, cells) for (key, _), cells in self._found.items()])

    def snapshot(self) -> Snapshot:
        """What the block holds at this moment."""
        return Snapshot(bytes(self._block[: self._used]), os.getpid())

    def close(self) -> None:
        """Leaves the file to others. No cell may be written to afterwards."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            os.close(self._descriptor)
            self._descriptor = None

    def _append(self, key: bytes, count: int) -> Floats:
        start = _cells_start(self._used, len(key))
        end = start + 8 * count
        if end > len(self._block):
            return memoryview(bytearray(8 * count)).cast("d")
        self._block[self._used : end] = _RECORD.pack(len(key), count) + key.ljust(end - self._used - 8, b"\0")
        self._used = end
        _HEADER.pack_into(self._block, 0, _MAGIC, end, os.getpid())
        return self._numbers[start // 8 : end // 8]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The bytes of one process's block."""

    block: bytes
    pid: int | None
    """The process that is writing it, None when that has ended."""

    def __iter__(self) -> Iterator[tuple[bytes, Floats]]:
        """Each key and its float64 cells."""
        numbers = memoryview(self.block)
        for key, start, count in _records(numbers, _used(numbers)):
            yield key, numbers[start : start + 8 * count].cast("d")


def snapshots(folder: Path) -> list[Snapshot]:
    """One for each process that has written to the folder. What is no block of this format is left out."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            found.append(_read(descriptor))
        finally:
            os.close(descriptor)
    return [snapshot for snapshot in found if snapshot.block]


def _read(descriptor: int) -> Snapshot:
    header = os.pread(descriptor, _HEADER.size, 0)
    block = os.pread(descriptor, min(_used(header), MAX_BYTES), 0)
    if _lock(descriptor, fcntl.LOCK_SH):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        return Snapshot(block, None)
    return Snapshot(block, int(_HEADER.unpack_from(header)[2]) if len(header) == _HEADER.size else None)


def _own_file(folder: Path) -> int:
    """A locked file: one that a process has left behind, else a new one. The lock falls when the process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        if _lock(descriptor, fcntl.LOCK_EX):
            return descriptor
        os.close(descriptor)
    return _new_file(folder)


def _new_file(folder: Path) -> int:
    path = folder / f"{os.getpid()}-{os.urandom(4).hex()}{SUFFIX}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    if _lock(descriptor, fcntl.LOCK_EX):
        return descriptor
    os.close(descriptor)  # Another process that looked for a free file was faster.
    return _new_file(folder)


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _map(descriptor: int | None) -> mmap.mmap:
    if descriptor is None:
        return mmap.mmap(-1, MAX_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    os.ftruncate(descriptor, MAX_BYTES)
    return mmap.mmap(descriptor, MAX_BYTES)


def _used(block: bytes | memoryview) -> int:
    """How many bytes hold records, 0 for what is no block."""
    if len(block) < _HEADER.size:
        return 0
    magic, used, _ = _HEADER.unpack_from(block)
    return int(used) if magic == _MAGIC else 0


def _records(block: memoryview, used: int) -> Iterator[tuple[bytes, int, int]]:
    """Key, offset of its cells and their number, up to the first record that does not fit."""
    at, end = _HEADER.size, min(used, len(block))
    while at + _RECORD.size <= end:
        key_bytes, count = _RECORD.unpack_from(block, at)
        start = _cells_start(at, key_bytes)
        if start + 8 * count > end or count == 0:
            return
        yield bytes(block[at + _RECORD.size : at + _RECORD.size + key_bytes]), start, count
        at = start + 8 * count


def _cells_start(at: int, key_bytes: int) -> int:
    return (at + _RECORD.size + key_bytes + 7) // 8 * 8
