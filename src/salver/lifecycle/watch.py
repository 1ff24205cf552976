"""Looks at every source, again and again, on threads, and writes what it sees into the models' books.

Each model is looked at on its own, so that a mount that hangs, or a folder that cannot be read, holds up no other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from salver.lifecycle.clock import Clock
from salver.lifecycle.hosted import Hosted, ModelSpec
from salver.lifecycle.sources.sight import ModelsSource, Sight
from salver.lifecycle.works import Works, reason

THREADS: Final = 8
_TICK_S: Final = 1.0
"""How often what failed is thought of where files are not looked at again."""

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Discovery:
    """Models that come and go by themselves."""

    source: ModelsSource
    adopt: Callable[[str, str], ModelSpec]
    """(name, path) -> how to serve a model that was found."""


class Watch:
    """The looking half of the manager. Belongs to one event loop."""

    def __init__(self, works: Works, discovery: Discovery | None, poll_interval_s: float, clock: Clock) -> None:
        self.blind = "the folder of models has not been looked at yet" if discovery else ""
        """Why it is not known which models there are; empty when it is."""
        self.looked = discovery is None
        self._works = works
        self._discovery = discovery
        self.configured = frozenset(works.hosted)
        """The models that are there by name, whatever is discovered."""
        self._polls = poll_interval_s > 0
        self._pause_s = poll_interval_s if self._polls else _TICK_S
        self._clock = clock
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="salver-look")
        self._discovering = asyncio.Lock()
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Looks until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                for hosted in self._works.hosted.values():
                    self._begin(hosted)
                while True:
                    if self._discovery is not None and (self._polls or self.blind):
                        await self._discover(self._discovery)
                    await self._clock.sleep(self._pause_s)
        finally:
            self._tasks = None
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def look(self, model: str | None = None) -> None:
        """Looks once, now: at one model, known or not, or at all."""
        if self._discovery is not None:
            await self._discover(self._discovery)
        found = tuple(self._works.hosted.values())
        await asyncio.gather(*(self._look(hosted) for hosted in found if model in (None, hosted.name)))

    def configure(self, models: Mapping[str, ModelSpec]) -> tuple[Hosted, ...]:
        """Has these models there by name, and no others that were; returns the new ones. An equal spec is no change."""
        before, self.configured = self.configured, frozenset(models)
        for name in before - self.configured:
            self._works.remove(self._works.hosted[name])
        changed = [self._serve(name, spec) for name, spec in models.items() if not self._stays(name, spec)]
        return tuple(hosted for hosted in changed if hosted.name not in before)

    def _stays(self, name: str, spec: ModelSpec) -> bool:
        hosted = self._works.hosted.get(name)
        return hosted is not None and not hosted.removed and hosted.spec == spec

    def _serve(self, name: str, spec: ModelSpec) -> Hosted:
        """Hosts a model and looks at it from now on."""
        before = self._works.hosted.get(name)
        stays = before is not None and not before.removed and before.spec.source is spec.source
        hosted = self._works.host(name, spec)
        if not stays:
            self._begin(hosted)
        return hosted

    def _begin(self, hosted: Hosted) -> None:
        """Looks again and again at what is its source now. A look at another, which may hang, is given up."""
        if hosted.watching is not None:
            hosted.watching.cancel()
        if self._tasks is not None:
            hosted.watching = self._tasks.create_task(self._follow(hosted))

    async def _follow(self, hosted: Hosted) -> None:
        while self._works.hosted.get(hosted.name) is hosted:
            if self._polls or hosted.seen is not hosted.spec.source:
                await self._look(hosted)
            else:
                self._works.stir(hosted)
            await self._clock.sleep(self._pause_s)

    async def _look(self, hosted: Hosted) -> None:
        async with hosted.looking:
            source = hosted.spec.source
            seen, error = await self._ask(source.look)
            if hosted.spec.source is source:
                self._note(hosted, seen, error)

    def _note(self, hosted: Hosted, sight: Sight | None, error: str) -> None:
        before = hosted.error
        if sight is not None:
            hosted.see(sight)
        else:
            hosted.error = error
        if hosted.error and hosted.error != before:
            _log.warning("model '%s': %s", hosted.name, hosted.error)
        self._works.stir(hosted)

    async def _discover(self, discovery: Discovery) -> None:
        async with self._discovering:
            paths, error = await self._ask(discovery.source.look)
            if error and error != self.blind:
                _log.warning("%s", error)
            self.blind = error
            self.looked = True
            if paths is not None and not self._works.closing:
                self._adopt(discovery, dict(paths))
            self._works.wake()

    def _adopt(self, discovery: Discovery, paths: dict[str, str]) -> None:
        """Hosts the models that are new or have moved, and removes those that are gone. Configured ones stay."""
        for name in self._works.hosted.keys() - self.configured - paths.keys():
            self._works.remove(self._works.hosted[name])
        for name in sorted(paths.keys() - self.configured):
            hosted = self._works.hosted.get(name)
            if hosted is None or hosted.removed or hosted.spec.source.path != paths[name]:
                self._serve(name, discovery.adopt(name, paths[name]))

    async def _ask(self, look: Callable[[], _T]) -> tuple[_T | None, str]:
        """What a source says, or why it cannot."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, look), ""
        except Exception as error:  # noqa: BLE001  whatever one source raises must not stop the others
            return None, reason(error)
