"""Which core serves and which one asks."""

from __future__ import annotations

import os
from collections.abc import Callable

AVAILABLE = sorted(os.sched_getaffinity(0))
SERVER, LOAD = AVAILABLE[0], AVAILABLE[-1]


def pin(core: int) -> Callable[[], None]:
    """For `preexec_fn`: the new process, and all it starts, stays on this core."""
    return lambda: os.sched_setaffinity(0, {core})
