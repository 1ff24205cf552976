"""What the operating system says of a process, read from `/proc`; nothing where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from salver.observe.catalogue import CPU_SECONDS, OPEN_FILES, RESIDENT_BYTES, START_SECONDS
from salver.observe.exposition import Values

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


def processes(pids: Iterable[int], proc: Path = Path("/proc")) -> Values:
    """The process metrics of each of the processes that can be looked at."""
    values: Values = []
    for pid in pids:
        try:
            values += _process(proc, pid)
        except (OSError, ValueError, IndexError):
            continue
    return values


def _process(proc: Path, pid: int) -> Values:
    # The second field is the program's name in brackets, which may itself hold spaces and brackets.
    fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
    user, system, started, resident = (int(fields[number - 3]) for number in (14, 15, 22, 24))
    return [
        (CPU_SECONDS, (), ((user + system) / _TICKS_PER_S,)),
        (RESIDENT_BYTES, (), (float(resident * _PAGE_BYTES),)),
        (OPEN_FILES, (), (float(sum(1 for _ in (proc / str(pid) / "fd").iterdir())),)),
        (START_SECONDS, (), (_boot_time_s(proc) + started / _TICKS_PER_S,)),
    ]


def _boot_time_s(proc: Path) -> float:
    for line in (proc / "stat").read_text().splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    raise ValueError("/proc/stat names no boot time")
