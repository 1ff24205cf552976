"""What loading and unloading leave to clear up: the garbage collector, the GIL and the C library's memory.

It knows no models, only their keys. A full collection looks at every object, 0.35 us each, and holds the event loop up
meanwhile; a runtime such as TensorFlow brings 270,000 of them. What a runtime brings is there to stay, so it is
frozen as soon as it is imported: no collection looks at it again. What models are made of is left to be collected,
since versions go.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import cache
from time import monotonic, perf_counter
from typing import Final

SWITCH_INTERVAL_S: Final = 0.0002
"""How long a loading thread may keep the GIL from the event loop at a time; Python's own 5 ms are a slow request."""
_BEARABLE_S: Final = 0.02
_QUIET_S: Final = 0.25
_PATIENCE_S: Final = 60.0

_giving_way: int = 0
_usual_interval_s: float = 0.0
_lock: Final = threading.Lock()


@contextmanager
def giving_way() -> Iterator[None]:
    """While any thread is in here, Python code on one thread yields to the others soon."""
    global _giving_way, _usual_interval_s
    with _lock:
        if not _giving_way:
            _usual_interval_s = sys.getswitchinterval()
            sys.setswitchinterval(min(SWITCH_INTERVAL_S, _usual_interval_s))
        _giving_way += 1
    try:
        yield
    finally:
        with _lock:
            _giving_way -= 1
            if not _giving_way:
                sys.setswitchinterval(_usual_interval_s)


class Tidy:
    """Clears up after versions. Belongs to one event loop.

    `activity` grows with every request: what takes long waits for a moment without any, a minute at most.
    """

    def __init__(self, activity: Callable[[], int]) -> None:
        self._activity = activity
        self._live: set[Hashable] = set()
        self._frozen: set[Hashable] = set()
        self._due = False
        self._due_in_full: float | None = None

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Around the import of a runtime, on any thread: no collection comes between, and what came is looked at no
        more."""
        enabled = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            self._freeze()
            if enabled:
                gc.enable()

    def loaded(self, key: Hashable) -> None:
        """A version is in memory."""
        self._live.add(key)

    def ended(self, key: Hashable) -> None:
        """A version is gone, or never came; what is left of it is freed when the caller has let go of it too."""
        if key in self._frozen and self._due_in_full is None:
            self._due_in_full = monotonic() + _PATIENCE_S
            asyncio.get_running_loop().call_later(_QUIET_S, self._wait_quiet, self._activity())
        self._live.discard(key)
        self._frozen.discard(key)
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._collect)

    def _collect(self) -> None:
        self._due = False
        began = perf_counter()
        gc.collect()
        if perf_counter() - began > _BEARABLE_S:
            self._freeze()
        self._trim()

    def _wait_quiet(self, before: int) -> None:
        now = self._activity()
        if monotonic() < (self._due_in_full or 0.0) and (now != before or self._due):
            asyncio.get_running_loop().call_later(_QUIET_S, self._wait_quiet, now)
            return
        self._due_in_full = None
        gc.unfreeze()
        gc.collect()
        self._freeze()
        self._trim()

    def _freeze(self) -> None:
        live, self._live = self._live, set()
        self._frozen |= live
        gc.freeze()

    def _trim(self) -> None:
        """On a thread: it may take a tenth of a second, and needs no GIL."""
        trim = _malloc_trim()
        if trim is not None:
            asyncio.get_running_loop().run_in_executor(None, trim, 0)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    """glibc's, which gives free memory back to the system; other C libraries do so by themselves, or never."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
