"""The one corridor: a Call finds the live version that answers it, and comes back as its Reply.

It knows no bytes and no sockets; above it are transports, streams and the embedded client, below it the lifecycle.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter_ns
from typing import Any, Final, TypeAlias, TypeVar

from salver.core import calls
from salver.core.calls import Call, Reply, State
from salver.core.errors import BadInput, Fault, Internal, NotFound, Unsupported
from salver.core.graphlike import Graphlike
from salver.core.servable import Request, Response
from salver.core.signature import principal, select
from salver.core.tensor import Tensor
from salver.lifecycle.live import Live
from salver.lifecycle.manager import Manager
from salver.observe.catalogue import FEEDBACK, REWARD
from salver.observe.meter import Meter, Meters
from salver.observe.metrics import Metrics
from salver.observe.told import Told
from salver.version import __version__

Configure: TypeAlias = Callable[[calls.Configure], Awaitable[None]]
"""Makes the server serve these models and no others. Raises a Fault when they cannot be, or one has failed."""
TakeProfile: TypeAlias = Callable[[float], Awaitable[bytes]]
"""Seconds -> what the process did from now on for so long. Raises a Fault."""

T = TypeVar("T")

_log: Final = logging.getLogger("salver")


class Dispatch:
    """Answers every call with the reply `calls.REPLIES` names for it, or raises a Fault."""

    def __init__(
        self,
        manager: Manager,
        metrics: Metrics,
        configure: Configure | None = None,
        publish: Callable[[], None] = lambda: None,
        profile: TakeProfile | None = None,
    ) -> None:
        self._manager = manager
        self._take_profile = profile
        self._also_publish = publish
        self._configure = configure
        self._metrics = metrics
        self._meters = Meters(metrics)
        self._told = Told(metrics)
        self._stopping = False
        self._verbs: dict[type[Any], Callable[[Any], Coroutine[Any, Any, Reply]]] = {
            calls.Predict: self.predict,
            calls.PredictTogether: self._predict_together,
            calls.Metadata: self._metadata,
            calls.Status: self._status,
            calls.Ready: self._ready,
            calls.Live: self._live,
            calls.About: self._about,
            calls.Models: self._models,
            calls.Statistics: self._statistics,
            calls.Scrape: self._scraped,
            calls.Load: self._load,
            calls.Unload: self._unload,
            calls.Reload: self._reload,
            calls.Configure: self._configured,
            calls.Profile: self._profiled,
            calls.Feedback: self._feedback,
            calls.Route: self._routed,
            calls.Combine: self._combined,
            calls.NodeHealth: self._node_health,
            calls.Learnt: self._learnt,
            calls.Forget: self._forget,
        }

    def publish(self) -> None:
        """Brings the metrics up to date for whoever reads them from outside this process."""
        self._meters.publish()
        self._also_publish()

    @property
    def activity(self) -> int:
        """Grows with every prediction."""
        return self._meters.begun

    def stop(self) -> None:
        """From here on the server says that it is not ready. It goes on answering."""
        self._stopping = True

    def __call__(self, call: Call) -> Coroutine[Any, Any, Reply]:
        return self._verbs[type(call)](call)

    async def predict(self, call: calls.Predict) -> calls.Predicted:
        """Runs a model: borrow, read, check, answer, give back. Counted and timed whatever happens."""
        started_ns = perf_counter_ns()
        try:
            live = self._manager.borrow(call.model or self._meant(call), call.version, call.label)
        except Fault as fault:
            self._meters.refused(call.protocol, type(fault).__name__)
            raise
        meter = live.notes.get(call.protocol) or self._meter(live, call.protocol)
        meter.begin()
        try:
            request = call.read(live.signatures)
            signature = live.signatures.get(request.signature)
            if signature is None:
                request.signature, signature = select(live.signatures, request.signature)
            signature.check(request.tensors)
            if request.outputs:
                signature.check_outputs(request.outputs)
            if call.deadline is not None and (request.deadline is None or call.deadline < request.deadline):
                request.deadline = call.deadline
            request.headers = call.headers
            if call.id and not request.id:
                request.id = call.id
            response = await live.servable(request)
        except Exception as error:  # noqa: BLE001 - a model is foreign code
            reason = _fault(error, live)
            meter.fail(perf_counter_ns() - started_ns, type(reason).__name__)
            try:
                raise reason from error.__cause__ if reason is error else error
            finally:
                del reason  # a frame that holds what was raised in it is a cycle, and would keep the whole request
        except BaseException:
            meter.fail(perf_counter_ns() - started_ns, "Cancelled")
            raise
        finally:
            live.release()
        meter.succeed(perf_counter_ns() - started_ns)
        if response.trail is not None and response.trail.metrics:
            self._told.count(live.model, response.trail.metrics)
        return calls.Predicted(live.model, live.version, request.signature, signature, response)

    async def _predict_together(self, call: calls.PredictTogether) -> calls.PredictedTogether:
        """One after another; the version is held over all of them, so that no switch comes between."""
        live = self._manager.borrow(call.model, call.version, call.label)
        try:
            parts = [
                await self.predict(
                    calls.Predict(call.protocol, call.model, live.version, None, read, deadline=call.deadline)
                )
                for read in call.reads
            ]
        finally:
            live.release()
        return calls.PredictedTogether(tuple(parts))

    def _meant(self, call: calls.Predict | calls.Feedback | calls.Route | calls.Combine) -> str:
        """The model of a call that names none: the one in the header `seldon`, as clients of its gateway send it over
        gRPC, or the only one."""
        for name, value in call.headers:
            if name == b"seldon" and value:
                return value.decode(errors="replace")
        return self._sole()

    def _sole(self) -> str:
        models = self._manager.models()
        if len(models) == 1:
            return models[0]
        if not models:
            raise NotFound("no model is served")
        raise NotFound(
            f"{len(models)} models are served, so the call must name one: {', '.join(models[:10])}. The path is "
            f"/seldon/<namespace>/{models[0]}/api/v1.0/predictions, or the header 'seldon: {models[0]}'"
        )

    async def _feedback(self, call: calls.Feedback) -> calls.FeedbackTaken:
        """A model that is no graph learns nothing, which is no failure: whoever sends feedback need not know."""
        live = self._manager.borrow(call.model or self._meant(call), call.version, call.label)
        try:
            lesson = replace(call.read(live.signatures), headers=tuple(call.headers))
            response = None if live.graph is None else await live.graph.learn(lesson)
            self._metrics.counter(FEEDBACK, live.model).add(1)
            self._metrics.gauge(REWARD, live.model).add(lesson.reward or 0.0)
            return calls.FeedbackTaken(live.model, live.version, response)
        except Exception as error:  # noqa: BLE001 - a model is foreign code
            raise _fault(error, live) from error.__cause__
        finally:
            live.release()

    async def _routed(self, call: calls.Route) -> calls.Routed:
        with self._graph_of(call.model or self._meant(call)) as (live, graph):
            (request,) = self._read(call, live)
            return calls.Routed(live.model, await self._guarded(graph.route(request), live))

    async def _combined(self, call: calls.Combine) -> calls.Combined:
        with self._graph_of(call.model or self._meant(call)) as (live, graph):
            answers = self._read(call, live)
            return calls.Combined(live.model, await self._guarded(graph.combine(answers), live))

    def _read(self, call: calls.Route | calls.Combine, live: Live) -> tuple[Request, ...]:
        requests = call.read(live.signatures)
        for request in requests:
            request.headers = call.headers
        return requests

    async def _guarded(self, answering: Awaitable[T], live: Live) -> T:
        try:
            return await answering
        except Exception as error:  # noqa: BLE001 - a model is foreign code
            raise _fault(error, live) from error.__cause__

    async def _node_health(self, call: calls.NodeHealth) -> calls.HealthTold:
        live = self._manager.borrow(call.model or self._sole())
        try:
            if live.graph is not None:
                return calls.HealthTold(await live.graph.health(call.node))
            if call.node not in ("", live.model):
                raise NotFound(f"model '{live.model}' is no graph, so it has no node '{call.node:.60}'")
            return calls.HealthTold(Response({"strData": Tensor.of("healthy", "BYTES")}))
        finally:
            live.release()

    async def _learnt(self, call: calls.Learnt) -> calls.LearntState:
        with self._graph_of(call.model) as (live, graph):
            return calls.LearntState(live.model, live.version, await graph.learnt())

    async def _forget(self, call: calls.Forget) -> calls.Done:
        with self._graph_of(call.model) as (live, graph):
            await graph.forget(call.node)
            return calls.Done(live.model)

    @contextmanager
    def _graph_of(self, model: str) -> Iterator[tuple[Live, Graphlike]]:
        live = self._manager.borrow(model)
        try:
            if live.graph is None:
                raise NotFound(f"model '{live.model}' is no graph: it has no nodes", model=live.model)
            yield live, live.graph
        finally:
            live.release()

    def _meter(self, live: Live, protocol: str) -> Meter:
        meter = live.notes[protocol] = self._meters.of(live.model, live.version, protocol)
        return meter

    async def _metadata(self, call: calls.Metadata) -> calls.ModelMetadata:
        live = self._manager.borrow(call.model or self._sole(), call.version, call.label)
        try:
            return calls.ModelMetadata(
                live.model,
                live.version,
                self._manager.available(live.model),
                live.format,
                live.signatures,
                live.native,
                () if live.graph is None else live.graph.describe(),
            )
        finally:
            live.release()

    async def _status(self, call: calls.Status) -> calls.ModelStatus:
        version = call.version if call.label is None else self._labelled(call.model, call.label)
        versions = self._manager.status(call.model)
        if version is not None:
            versions = tuple(status for status in versions if status.version == version)
            if not versions:
                raise NotFound(f"model '{call.model}' has no version {version}", model=call.model, version=version)
        return calls.ModelStatus(call.model, versions)

    def _labelled(self, model: str, label: str) -> int:
        (described,) = self._manager.describe(model).models
        if label not in described.labels:
            raise NotFound(f"model '{model}' has no label '{label}'", model=model, label=label)
        return described.labels[label]

    async def _ready(self, call: calls.Ready) -> calls.Readiness:
        if self._stopping:
            return calls.Readiness(False, "the server is stopping")
        if call.model is None:
            return self._manager.ready()
        try:
            self._manager.borrow(call.model or self._sole(), call.version).release()
        except Fault as fault:
            return calls.Readiness(False, fault.message)
        return calls.Readiness(True)

    async def _live(self, call: calls.Live) -> calls.Readiness:
        return calls.Readiness(True)

    async def _about(self, call: calls.About) -> calls.ServerAbout:
        return calls.ServerAbout("salver", __version__)

    async def _models(self, call: calls.Models) -> calls.ModelsDescription:
        return self._manager.describe(call.model)

    async def _statistics(self, call: calls.Statistics) -> calls.ServerStatistics:
        wanted = {
            (description.model, version.version)
            for description in self._manager.describe().models
            for version in description.versions
            if version.state is State.AVAILABLE
            and call.model in (None, description.model)
            and call.version in (None, version.version)
        }
        if call.model is not None and not wanted:
            self._manager.borrow(call.model, call.version, None).release()
        return calls.ServerStatistics(tuple(self._tally(*key) for key in sorted(wanted)))

    def _tally(self, model: str, version: int) -> calls.VersionStatistics:
        tally = self._meters.tally(model, version)
        return calls.VersionStatistics(
            model,
            version,
            tally.successes,
            tally.failures,
            tally.success_ns,
            tally.failure_ns,
            int(tally.last_s * 1000),
        )

    async def _scraped(self, call: calls.Scrape) -> calls.Scraped:
        self.publish()
        return calls.Scraped(self._metrics.render())

    async def _load(self, call: calls.Load) -> calls.Done:
        await self._manager.load(call.model)
        return calls.Done(call.model)

    async def _unload(self, call: calls.Unload) -> calls.Done:
        await self._manager.unload(call.model)
        return calls.Done(call.model)

    async def _reload(self, call: calls.Reload) -> calls.Done:
        await self._manager.reload(call.model)
        return calls.Done(call.model)

    async def _configured(self, call: calls.Configure) -> calls.Done:
        if self._configure is None:
            raise Unsupported("this server's models are not configured over the wire")
        await self._configure(call)
        return calls.Done()

    async def _profiled(self, call: calls.Profile) -> calls.Profiled:
        if self._take_profile is None:
            raise Unsupported("this server takes no profiles")
        return calls.Profiled(await self._take_profile(call.duration_s))


def _fault(error: Exception, live: Live) -> Fault:
    """What to raise: whatever breaks in a model is the model's fault, never the caller's or the server's."""
    if isinstance(error, BadInput) and error.signature is None:
        error.signature_name, error.signature = principal(live.signatures)
    if isinstance(error, Fault):
        return error
    _log.error("model %s version %d failed", live.model, live.version, exc_info=error)
    return Internal(f"the model failed: {type(error).__name__}: {error}")
