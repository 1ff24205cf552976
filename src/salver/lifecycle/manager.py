"""The manager of what is live: lends handles, takes wishes, tells states. The door to this room.

It knows no format, no file and no protocol. It belongs to one event loop: nothing is locked, and whoever borrows
never waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

from salver.core.calls import ModelsDescription, Readiness, VersionStatus
from salver.core.errors import ModelFailure, NotFound, NotServed, Precondition, Unavailable
from salver.lifecycle import report
from salver.lifecycle.clock import Clock
from salver.lifecycle.hosted import Hosted, ModelSpec, OnChange
from salver.lifecycle.live import Live
from salver.lifecycle.loader import MakeLoader
from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.watch import Discovery, Watch
from salver.lifecycle.wishes import Wishes
from salver.lifecycle.works import Works

_log: Final = logging.getLogger(__name__)

Keep: TypeAlias = Callable[[Callable[[Wishes], Wishes]], Awaitable[Wishes]]
"""Puts a change of the wishes where it lasts, and returns all that is wished then."""


class Manager:
    """Keeps models as sources and operators want them.

    A model configured by name is never looked up in `discovery`. `on_change` hears of every move; it must be quick
    and must not raise. `keep` takes what operators change; without it their wishes end with the process.
    """

    def __init__(
        self,
        models: Mapping[str, ModelSpec],
        make_loader: MakeLoader,
        *,
        discovery: Discovery | None = None,
        options: LifecycleOptions | None = None,
        clock: Clock | None = None,
        on_change: OnChange = lambda change: None,
        keep: Keep | None = None,
    ) -> None:
        options = options or LifecycleOptions()
        clock = clock or Clock()
        self._works = Works(make_loader, options, clock, on_change)
        for name, spec in models.items():
            self._works.host(name, spec)
        self._watch = Watch(self._works, discovery, options.poll_interval_s, clock)
        self._tables = self._works.tables
        self._keep = keep or self._keep_here
        self._labels_anyway = options.allow_labels_for_unavailable
        self._running = False

    def borrow(self, model: str, version: int | None = None, label: str | None = None) -> Live:
        """The version asked for, or the highest available one, leased: `release()` it.

        Raises NotFound for what does not exist, Unavailable for what does but is not live.
        """
        try:
            live = self._tables[model][version if label is None else label]
        except KeyError:
            raise report.refusal(self._known(model), version, label) from None
        live.leases += 1
        return live

    def models(self) -> tuple[str, ...]:
        """The names of all models, sorted."""
        return tuple(sorted(self._works.hosted))

    def available(self, model: str) -> tuple[int, ...]:
        """The versions that can be borrowed, ascending. Raises NotFound."""
        self._known(model)
        return tuple(sorted(key for key in self._tables[model] if isinstance(key, int)))

    def status(self, model: str) -> tuple[VersionStatus, ...]:
        """The states of its versions, descending, failed and lately ended ones too, and those of models that were
        served till lately. Raises NotFound."""
        return report.status(self._works.gone.get(model) or self._known(model))

    def describe(self, model: str | None = None) -> ModelsDescription:
        """One model, or all, in full. Raises NotFound."""
        names = self.models() if model is None else (model,)
        return ModelsDescription(tuple(report.describe(self._known(name)) for name in names))

    def ready(self) -> Readiness:
        """Whether every wanted model has an available version, and if not, why."""
        if self._watch.blind:
            return Readiness(False, self._watch.blind)
        return report.readiness(list(self._works.hosted.values()))

    @property
    def wishes(self) -> Wishes:
        """What operators want."""
        return self._works.wishes

    def wish(self, wishes: Wishes) -> None:
        """Sets all that operators want. Returns at once; `settled` waits until it is so."""
        self._works.wish(wishes)

    async def settled(self, model: str) -> None:
        """Returns when a model is as it is wanted.

        Raises NotFound for an unknown model, Unavailable with the reason when a version that is wanted has
        failed, or none can be found.
        """
        hosted = self._known(model)
        await self._works.wait(lambda: not hosted.is_moving and model not in self._works.restless)
        reason = report.failures(hosted)
        if reason:
            raise Unavailable(f"model '{model}': {reason}")

    async def load(self, model: str) -> None:
        """Wants a model in memory; one that has failed is tried anew. Raises as `settled` does."""
        await self.look(model)
        failed = bool(report.failures(self._known(model)))
        await self._change(model, lambda wishes: wishes.reload(model) if failed else wishes.load(model))

    async def unload(self, model: str) -> None:
        """Wants a model out of memory, and returns when it is. Raises NotFound."""
        self._known(model)
        await self._change(model, lambda wishes: wishes.unload(model))

    async def reload(self, model: str) -> None:
        """Loads a model's versions anew, the old ones serving meanwhile. Raises as `settled` does."""
        await self.look(model)
        self._known(model)
        await self._change(model, lambda wishes: wishes.reload(model))

    def configure(self, models: Mapping[str, ModelSpec]) -> Coroutine[Any, Any, None]:
        """Serves these models by name and no others; what was discovered stays. Await it till the new are available.

        All of it is changed at once, before this returns, and stays so, whoever waits or fails: models that are left
        out are unloaded, drained; others go over to their new spec; an equal spec is no change. Raises Precondition,
        and changes nothing, for a label on a version that is not available. Waiting raises NotServed for new models
        that have failed or that there is nothing of, Unavailable when a later configuration or the end came between.
        """
        if self._works.closing:
            raise Unavailable("the server is shutting down")
        self._check_labels(models)
        gone = self._watch.configured.difference(models)
        return self._wait_configured(self._watch.configure(models), gone)

    async def look(self, model: str | None = None) -> None:
        """Looks at a model's files, or at all, now instead of at the next poll. It need not be known yet."""
        await self._watch.look(model)

    async def wait_ready(self, timeout_s: float) -> Readiness:
        """Returns once every model is available or has failed for the first time, or the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._works.wait(lambda: self.ready().ready or not self._is_moving())
        return self.ready()

    async def wait_available(self) -> tuple[ModelFailure, ...]:
        """Returns once every configured model has an available version or has failed with no try left: the latter.

        A model that there is no version of is waited for: one may still come.
        """
        await self._works.wait(lambda: all(report.is_decided(hosted) for hosted in self._configured()))
        return tuple(report.failure(hosted) for hosted in self._configured() if report.shortfall(hosted))

    async def run(self) -> None:
        """Works until `aclose()`. Cancelled, it ends at once and closes nothing."""
        self._running = True
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._watch.run())
            await self._works.run()
            watching.cancel()

    async def aclose(self) -> None:
        """Unloads everything, drained, and ends `run()`.

        Takes at most twice `drain_timeout_s`, plus what the loads need that are given up.
        """
        self._works.close()
        if self._running:
            await self._works.wait(lambda: self._works.finished)

    async def _change(self, model: str, change: Callable[[Wishes], Wishes]) -> None:
        self.wish(await self._keep(change))
        await self.settled(model)

    async def _wait_configured(self, new: tuple[Hosted, ...], gone: frozenset[str]) -> None:
        await self._forget_wishes(gone)
        await self._works.wait(lambda: not any(self._is_coming(hosted) for hosted in new))
        for hosted in new:
            if self._works.hosted.get(hosted.name) is not hosted or hosted.removed:
                raise Unavailable(f"a later configuration took model '{hosted.name}' away before it was available")
        failures = tuple(report.failure(hosted) for hosted in new if report.shortfall(hosted))
        if failures:
            raise NotServed(failures)

    def _check_labels(self, models: Mapping[str, ModelSpec]) -> None:
        for name, spec in models.items():
            hosted = self._works.hosted.get(name)
            before = hosted.spec.labels if hosted else {}
            for label, version in spec.labels.items():
                stays = before.get(label, version) == version and self._labels_anyway
                unchanged = hosted is not None and hosted.spec == spec
                if not (stays or unchanged or version in self._tables.get(name, ())):
                    raise Precondition(
                        f"Request to assign label to version {version} of model {name}, which is not currently "
                        "available for inference"
                    )

    async def _forget_wishes(self, models: frozenset[str]) -> None:
        wishes = self.wishes
        if models.isdisjoint({*wishes.unloaded, *wishes.generations}):
            return
        self.wish(wishes.forget(models))
        try:
            await self._keep(lambda kept: kept.forget(models))
        except Unavailable as fault:
            _log.warning("what was wished of models that are gone is not forgotten: %s", fault.message)

    def _is_coming(self, hosted: Hosted) -> bool:
        """Whether a model that is still served may become available, or more so, without anyone asking."""
        here = self._works.hosted.get(hosted.name) is hosted
        return here and (hosted.is_coming or hosted.name in self._works.restless)

    def _configured(self) -> list[Hosted]:
        return [hosted for name, hosted in sorted(self._works.hosted.items()) if name in self._watch.configured]

    async def _keep_here(self, change: Callable[[Wishes], Wishes]) -> Wishes:
        return change(self.wishes)

    def _known(self, model: str) -> Hosted:
        hosted = self._works.hosted.get(model)
        if hosted is None:
            if self._watch.blind:
                raise Unavailable(f"whether there is a model '{model}' is not known: {self._watch.blind}")
            raise NotFound(f"there is no model '{model}'", model=model)
        return hosted

    def _is_moving(self) -> bool:
        works = self._works
        return (
            not self._watch.looked or bool(works.restless) or any(hosted.is_moving for hosted in works.hosted.values())
        )
