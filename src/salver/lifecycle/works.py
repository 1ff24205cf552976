"""The loop: for each model that stirs, ask its policy and do the one thing it names, until it is still.

Loads and unloads are child tasks. A model's fault ends as an error in its own book, never here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Final

from salver.core.calls import State
from salver.core.errors import Fault, Unavailable
from salver.core.servable import Servable
from salver.lifecycle.clock import Clock
from salver.lifecycle.hosted import Hosted, ModelSpec, OnChange, Record, Table
from salver.lifecycle.live import Live
from salver.lifecycle.loader import MakeLoader
from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.policies import Load
from salver.lifecycle.wishes import Wishes

MAX_REASON: Final = 2000
"""Characters of a failure that are kept."""
REMEMBERED_MODELS: Final = 64
"""How many models that are served no more can still be asked for their states."""

_log = logging.getLogger(__name__)


class Works:
    """All models, and what can be borrowed of them. Belongs to one event loop."""

    def __init__(self, make_loader: MakeLoader, options: LifecycleOptions, clock: Clock, on_change: OnChange) -> None:
        self.hosted: dict[str, Hosted] = {}
        self.tables: dict[str, Table] = {}
        """Model -> what can be borrowed of it; a table is never changed, only replaced."""
        self.restless: dict[str, None] = {}
        """Models whose policy may have something to say."""
        self.gone: dict[str, Hosted] = {}
        """The models forgotten last, as they ended."""
        self.wishes = Wishes()
        self.closing = False
        self.finished = False
        self._make_loader = make_loader
        self._options = options
        self._clock = clock
        self._on_change = on_change
        self._loads = 0
        self._tasks: asyncio.TaskGroup | None = None
        self._stirred = asyncio.Event()
        self._passed = asyncio.Event()

    def host(self, name: str, spec: ModelSpec) -> Hosted:
        """Serves a model from now on; one of that name that is there goes over to the new source."""
        hosted = self.hosted.get(name)
        self.gone.pop(name, None)
        if hosted is None:
            hosted = self.hosted[name] = Hosted(name, spec, self._clock, self._on_change)
            self.tables[name] = {}
        else:
            hosted.respec(spec)
            self.tables[name] = hosted.table()
        self._heed(hosted)
        return hosted

    def remove(self, hosted: Hosted) -> None:
        """Unloads a model, then forgets it."""
        hosted.removed = True
        self.stir(hosted)

    def wish(self, wishes: Wishes) -> None:
        """Sets what operators want."""
        self.wishes = wishes
        for hosted in self.hosted.values():
            self._heed(hosted)

    def stir(self, hosted: Hosted) -> None:
        """Has a model looked after at the next pass, unless it was forgotten in the meantime."""
        if self.hosted.get(hosted.name) is hosted:
            self.restless[hosted.name] = None
            self.wake()

    def wake(self) -> None:
        """Has a pass made, and those who wait told."""
        self._stirred.set()

    def close(self) -> None:
        """Unloads every model; when the last is gone, `run()` ends."""
        self.closing = True
        for hosted in self.hosted.values():
            self.remove(hosted)
        self.wake()

    async def wait(self, condition: Callable[[], bool]) -> None:
        """Returns when the condition holds after a pass. Raises Unavailable when there are no more passes."""
        while not condition():
            if self.finished:
                raise Unavailable("the server is shutting down")
            await self._passed.wait()

    async def run(self) -> None:
        """Passes over what stirs until it is closed and empty."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                while not self._is_over():
                    self._stirred.clear()
                    self._pass()
                    if not self._is_over():
                        await self._stirred.wait()
        finally:
            self.finished = True
            self._tell_waiters()

    def _is_over(self) -> bool:
        return self.closing and not self.hosted

    def _pass(self) -> None:
        for name in tuple(self.restless):
            self._advance(self.hosted[name])
        self._tell_waiters()

    def _advance(self, hosted: Hosted) -> None:
        """Does what the policy says until it says nothing more, or there is no room to load."""
        while True:
            hosted.reconcile()
            action = hosted.spec.transition(hosted.snapshot())
            if action is None:
                break
            record = hosted.record(action.instance)
            if not isinstance(action, Load):
                self._unload(hosted, record)
            elif self._loads < self._options.load_parallelism:
                self._load(hosted, record)
            else:
                return
        del self.restless[hosted.name]
        if hosted.removed and all(record.state is State.END for record in hosted.records):
            self._forget(hosted)

    def _forget(self, hosted: Hosted) -> None:
        del self.hosted[hosted.name], self.tables[hosted.name]
        self.gone[hosted.name] = hosted
        for name in list(self.gone)[:-REMEMBERED_MODELS]:
            del self.gone[name]

    def _load(self, hosted: Hosted, record: Record) -> None:
        self._loads += 1
        hosted.move(record, State.LOADING)
        record.loading = self._start(self._loading(hosted, record))

    def _unload(self, hosted: Hosted, record: Record) -> None:
        """Lets an instance go, wherever it stands."""
        if record.state is State.START:
            hosted.move(record, State.END)
            return
        hosted.move(record, State.UNLOADING)
        if record.live is not None:
            self._publish(hosted)
            self._start(self._unloading(hosted, record, record.live))
        elif record.loading is not None:
            record.loading.cancel()

    async def _loading(self, hosted: Hosted, record: Record) -> None:
        started = self._clock.monotonic()
        version = record.instance.version
        try:
            loaded = await self._make_loader(hosted.name, version, record.found.path).load()
            record.live = Live(hosted.name, version, loaded)
        except asyncio.CancelledError as error:
            if _is_cancelled():
                hosted.move(record, State.END)
                raise
            self._fail(hosted, record, error)
        except (Exception, SystemExit) as error:  # noqa: BLE001  whatever a model raises is that model's own failure
            self._fail(hosted, record, error)
        else:
            await self._take(hosted, record, record.live, self._clock.monotonic() - started)
        finally:
            self._loads -= 1
            record.loading = None
            self.stir(hosted)

    async def _take(self, hosted: Hosted, record: Record, live: Live, load_s: float) -> None:
        """Puts a loaded instance on the table, or closes it when it was given up in the meantime."""
        if record.state is State.UNLOADING:
            await self._unloading(hosted, record, live)
            return
        record.load_s = load_s
        hosted.move(record, State.AVAILABLE)
        self._publish(hosted)

    def _fail(self, hosted: Hosted, record: Record, error: BaseException) -> None:
        if record.state is State.UNLOADING:
            hosted.move(record, State.END)
            return
        if not isinstance(error, Fault):
            _log.warning("model '%s' version %d", hosted.name, record.instance.version, exc_info=error)
        delay_s = self._options.retry_delay_s(record.attempt)
        record.retry_at = None if delay_s is None else self._clock.monotonic() + delay_s
        hosted.move(record, State.END, reason(error))

    async def _unloading(self, hosted: Hosted, record: Record, live: Live) -> None:
        """Drains and closes. Bounded: a call that never ends, or a servable that never closes, is left behind."""
        name = f"version {live.version} of model '{live.model}'"
        try:
            try:
                async with asyncio.timeout(self._options.drain_timeout_s):
                    await live.wait_idle()
            except TimeoutError:
                _log.warning("%s is closed although %d calls still use it", name, live.leases)
            await self._close(live.servable, name)
        finally:
            record.live = None
            hosted.move(record, State.END)
            self.stir(hosted)

    async def _close(self, servable: Servable, name: str) -> None:
        try:
            async with asyncio.timeout(self._options.drain_timeout_s):
                await servable.aclose()
        except Exception as error:  # noqa: BLE001  it is gone all the same
            _log.warning("%s did not close as it should", name, exc_info=error)

    def _publish(self, hosted: Hosted) -> None:
        self.tables[hosted.name] = hosted.table()

    def _heed(self, hosted: Hosted) -> None:
        hosted.unloaded = hosted.name in self.wishes.unloaded
        hosted.reloads = self.wishes.generations.get(hosted.name, 0)
        self.stir(hosted)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        assert self._tasks is not None, "only run() starts work"  # noqa: S101
        return self._tasks.create_task(work)

    def _tell_waiters(self) -> None:
        passed, self._passed = self._passed, asyncio.Event()
        passed.set()


def reason(error: BaseException) -> str:
    """What went wrong, for people: a Fault's sentence, else the exception's name and text."""
    text = error.message if isinstance(error, Fault) else f"{type(error).__name__}: {error}".removesuffix(": ")
    return text[:MAX_REASON] or type(error).__name__


def _is_cancelled() -> bool:
    """Whether someone cancelled this task, as opposed to a model raising CancelledError by itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
