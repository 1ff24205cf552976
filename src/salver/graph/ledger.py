"""Ledger: remembers answers by the id of their request, so that feedback can be joined with what was chosen.

Each process keeps its own answers; where there is a store, its thread writes them to the file and looks up there those
of other processes. Entries are JSON, never pickled. What is too old, or more than is kept, is forgotten.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic, time
from typing import Any, Final, NamedTuple

import orjson

from salver.graph.keys import bounded

MAX_ENTRIES: Final = 100_000
MAX_AGE_S: Final = 24 * 3600.0
MAX_ENTRY_BYTES: Final = 4096
MAX_BYTES: Final = 128 * 2**20
"""Of all entries together, in each process."""
MAX_WAIT_S: Final = 1.0
"""How long an answer of another process is waited for: it is written within a quarter of that."""
_MAX_WAITING: Final = 1000

_log: Final = logging.getLogger(__name__)


class Written(NamedTuple):
    """An answer as it is stored. `at` is Unix time in seconds."""

    id: str
    at: float
    entry: bytes


class _Sought(NamedTuple):
    id: str
    until: float
    loop: asyncio.AbstractEventLoop
    found: asyncio.Future[bytes | None]


class Ledger:
    """`remember` and `recall` are for the event loop, `take`, `give_back` and `look` for one other thread."""

    def __init__(self, wake: Callable[[], None] | None = None, max_entries: int = MAX_ENTRIES) -> None:
        """`wake` calls for `look`; without it there is no other process to ask."""
        self._wake = wake
        self._max_entries = max_entries
        self._kept: OrderedDict[str, Written] = OrderedDict()
        self._bytes = 0
        self._fresh: deque[Written] = deque(maxlen=max_entries)
        self._lock = Lock()
        self._asked: deque[_Sought] = deque()
        self._sought: list[_Sought] = []
        self._told = False

    def remember(self, name: str, entry: Mapping[str, Any]) -> None:
        """Keeps an answer under its request's id. An entry of more than 4096 bytes is kept without its key `answer`."""
        encoded = self._encoded(entry) if name else None
        if encoded is None:
            return
        written = Written(bounded(name), time(), encoded)
        self._keep(written)
        if self._wake is not None:
            with self._lock:
                self._fresh.append(written)

    async def recall(self, name: str) -> dict[str, Any] | None:
        """What was remembered under a request's id; None where nothing is, or it is too old. Waits a second or so at
        most, for what another process has remembered."""
        key = bounded(name)
        own = self._kept.get(key)
        if own is not None:
            encoded = own.entry if own.at >= time() - MAX_AGE_S else None
        else:
            encoded = await self._ask(key) if name else None
        if encoded is None:
            return None
        entry: dict[str, Any] = orjson.loads(encoded)
        return entry

    def take(self) -> list[Written]:
        """The answers that were not taken yet."""
        with self._lock:
            taken = list(self._fresh)
            self._fresh.clear()
            return taken

    def give_back(self, taken: list[Written]) -> None:
        """They could not be written."""
        with self._lock:
            self._fresh = deque([*taken, *self._fresh], maxlen=self._max_entries)

    def look(self, find: Callable[[str], bytes | None], *, again: bool) -> None:
        """Answers who has newly asked, with `again` who still waits too."""
        waiting = self._sought if again else []
        kept = [] if again else self._sought
        while self._asked:
            waiting.append(self._asked.popleft())
        now = monotonic()
        for sought in waiting:
            entry = find(sought.id)
            if entry is None and now < sought.until:
                kept.append(sought)
            else:
                _answer(sought, entry)
        self._sought = kept

    def close(self) -> None:
        """Nothing is looked up any more."""
        self._wake = None
        self.look(lambda name: None, again=True)
        for sought in self._sought:
            _answer(sought, None)
        self._sought = []

    async def _ask(self, key: str) -> bytes | None:
        wake = self._wake
        if wake is None or len(self._asked) + len(self._sought) >= _MAX_WAITING:
            return None
        loop = asyncio.get_running_loop()
        found: asyncio.Future[bytes | None] = loop.create_future()
        self._asked.append(_Sought(key, monotonic() + MAX_WAIT_S, loop, found))
        wake()
        if self._wake is None:
            return None  # closed meanwhile, and perhaps nobody looks any more
        return await found

    def _keep(self, written: Written) -> None:
        kept = self._kept
        before = kept.pop(written.id, None)
        if before is not None:
            self._bytes -= len(before.entry)
        kept[written.id] = written
        self._bytes += len(written.entry)
        while len(kept) > self._max_entries or self._bytes > MAX_BYTES:
            self._bytes -= len(kept.popitem(last=False)[1].entry)

    def _encoded(self, entry: Mapping[str, Any]) -> bytes | None:
        encoded = _json(entry)
        if encoded is None and "answer" in entry:
            encoded = _json({key: value for key, value in entry.items() if key != "answer"})
        if encoded is None and not self._told:
            self._told = True
            _log.warning(
                "what a graph notes of its answers is no JSON or longer than %d bytes: feedback on them must bring it",
                MAX_ENTRY_BYTES,
            )
        return encoded


def _json(entry: Mapping[str, Any]) -> bytes | None:
    """None where it is too long or no JSON."""
    try:
        encoded = orjson.dumps(entry, option=orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError:
        return None
    return encoded if len(encoded) <= MAX_ENTRY_BYTES else None


def _answer(sought: _Sought, entry: bytes | None) -> None:
    def tell() -> None:
        if not sought.found.done():
            sought.found.set_result(entry)

    try:
        sought.loop.call_soon_threadsafe(tell)
    except RuntimeError:
        _log.debug("the loop that asked for an answer is closed")
