"""Hooks: models, and pieces that are plain arithmetic, as what a node of a graph does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from salver.core.errors import BadInput
from salver.core.fit import fit
from salver.core.lesson import Lesson
from salver.core.servable import Evaluator, Request, Response, Servable
from salver.core.signature import Signature, select
from salver.graph.guards.reconstruction import Reconstructed
from salver.graph.node import Chooser, Combine, Combiner, Learn, Learner, Route, Transform, Transformer
from salver.layers.offload import Offload
from salver.layers.timely import Timely

_UNSIGNED: Final[Mapping[str, Signature]] = MappingProxyType({})


def servable_of(model: Evaluator | Servable) -> Servable:
    """An opened model as it answers in a graph: off the event loop where it would hold it up, in time."""
    return Timely(model) if isinstance(model, Servable) else Offload()(model)


def asking(servable: Servable, name: str, signature: Signature) -> Transform:
    """What comes is made to fit the signature of that name, and the model asked."""

    async def ask(request: Request) -> Response:
        tensors = fit(request.tensors, signature)
        signature.check(tensors)
        return await servable(request.carrying(tensors, name))

    return ask


def transforming(transformer: Transformer) -> Transform:
    """A transformer that is quick."""

    async def transform(request: Request) -> Response:
        return transformer.transform(request)

    return transform


class MaybeSlow(Protocol):
    """A transformer that knows of itself what it takes."""

    @property
    def may_be_slow(self) -> bool:
        """Whether its next call may take longer than an event loop should be held up."""

    def transform(self, request: Request) -> Response: ...


class Yielding:
    """Such a one as a Transform: on a thread while it says that it may be slow."""

    def __init__(self, transformer: MaybeSlow) -> None:
        self._transformer = transformer
        # Nearly all calls are quick and some are not, so what one took says nothing of the next.
        self._offloaded = Offload(max_inline_s=0.0)(_Computing(transformer))

    async def __call__(self, request: Request) -> Response:
        if self._transformer.may_be_slow:
            return await self._offloaded(request)
        return self._transformer.transform(request)

    async def aclose(self) -> None:
        await self._offloaded.aclose()


def reconstructing(servable: Servable, judge: Reconstructed, output: str) -> Transform:
    """A guard that compares what comes with what a model makes of it. Raises BadInput where the output is not there."""
    name, signature = select(servable.signatures, "")
    outputs = list(signature.outputs)
    wanted = output or outputs[0]
    if wanted not in outputs or (not output and len(outputs) > 1):
        raise BadInput(f"output must be one of the model's: {', '.join(outputs)}; got {output!r:.60}")
    ask = asking(servable, name, signature)

    async def transform(request: Request) -> Response:
        made = await ask(request)
        return judge.judge(request, made.tensors[wanted])

    return transform


def choosing(chooser: Chooser) -> Route:
    async def route(request: Request) -> int:
        return chooser.choose(request)

    return route


def combining(combiner: Combiner) -> Combine:
    async def combine(answers: Sequence[Response | None], request: Request) -> Response:
        return combiner.combine(answers, request)

    return combine


def learning(learner: Learner) -> Learn:
    async def learn(lesson: Lesson) -> Response | None:
        learner.learn(lesson)
        return None

    return learn


class _Computing:
    """A transformer as an evaluator."""

    signatures = _UNSIGNED
    may_wait = False

    def __init__(self, transformer: Transformer) -> None:
        self._transformer = transformer

    def __call__(self, request: Request) -> Response:
        return self._transformer.transform(request)

    def close(self) -> None:
        """There is nothing to give back."""
