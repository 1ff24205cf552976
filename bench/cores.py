"""Which core serves and which one asks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AVAILABLE = sorted(os.sched_getaffinity(0))
SERVER, LOAD = AVAILABLE[0], AVAILABLE[-1]


def pin(core: int) -> Callable[[], None]:
    """For `preexec_fn`: the new process, and all it starts, stays on this core."""
    return lambda: os.sched_setaffinity(0, {core})


@contextmanager
def pinned() -> Iterator[None]:
    """This process on the server's core meanwhile, as the others are."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {SERVER})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
