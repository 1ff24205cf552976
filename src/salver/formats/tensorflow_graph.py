"""A TensorFlow graph as an Evaluator: its signatures, each with the tensors that stand behind its names.

It checks no requests: `Signature.check` has seen them before they come here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput, Fault
from salver.core.servable import Request, Response
from salver.core.signature import Signature, select
from salver.core.tensor import NUMPY, Tensor
from salver.formats.graph_effects import Effects
from salver.formats.tensorflow_options import Scheduling
from salver.formats.tensorflow_runtime import BFLOAT16, GraphSession, Run, fault
from salver.formats.tensorflow_scheduling import Trial

MAX_PLANS: Final = 64
"""How many choices of some outputs are kept prepared: each holds a piece of the graph."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One signature, and the graph's tensor behind each name: `x` -> `dense_1_input:0`."""

    signature: Signature
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


class GraphEvaluator:
    """One session. Thread-safe: calls into a session are. Counts of rows, shapes and ranks are for TensorFlow to
    judge where a spec does not check them."""

    may_wait = False

    def __init__(
        self,
        session: GraphSession,
        entries: Mapping[str, Entry],
        graph_def: Any,
        *,
        scheduling: Scheduling = "auto",
        metadata: Mapping[str, str] = MappingProxyType({}),
        native: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        effects = Effects(graph_def)
        self._entries = {name: _judged(entry, effects) for name, entry in entries.items()}
        self.signatures: Mapping[str, Signature] = MappingProxyType(
            {name: entry.signature for name, entry in self._entries.items()}
        )
        self.metadata = metadata
        self.native = native
        self._session = session
        self._scheduling: Scheduling = scheduling
        self._lock = threading.Lock()
        self._plans: dict[tuple[str, tuple[str, ...]], _Plan] = {}

    def __call__(self, request: Request) -> Response:
        plan = self._plans.get((request.signature, request.outputs)) or self._prepared(request)
        tensors = request.tensors
        try:
            if not plan.plain or len(tensors) != plan.count:
                return plan.evaluate(tensors)
            arrays = []
            for name in plan.inputs:
                arrays.append(tensors[name].array)  # noqa: PERF401 - asked for each request, a comprehension is a call
            return plan.respond(plan.run(arrays))
        except Fault:
            raise
        except Exception as error:
            raise fault(error) from error

    def close(self) -> None:
        """Ends the session. Some of the graph's memory is free when Python next collects its garbage."""
        with self._lock:
            self._plans.clear()
            self._session.close()

    def _prepared(self, request: Request) -> _Plan:
        """The plan for a request, made on its first use; of many choices of some outputs the oldest goes."""
        name, signature = select(self.signatures, request.signature)
        outputs = tuple(output for output in signature.outputs if output in request.outputs)
        with self._lock:
            plan = self._plans.get((name, outputs))
            if plan is None:
                plan = _Plan(self._session, self._entries[name], outputs or tuple(signature.outputs), self._scheduling)
                chosen = [key for key in self._plans if key[1]]
                if outputs and len(chosen) >= MAX_PLANS:
                    del self._plans[chosen[0]]
                self._plans[name, outputs] = plan
            return plan


def _judged(entry: Entry, effects: Effects) -> Entry:
    """What writes is not batched: its rows are not independent, nor are its calls."""
    if not effects.writes(entry.outputs.values()):
        return entry
    return replace(entry, signature=replace(entry.signature, stateful=True, batched=False))


class _Plan:
    """A call for some outputs of a signature, prepared: which arrays go in, and what becomes of those that come out.

    A graph's tensor is fed and fetched once at most, and none is both, whatever the signature says of it.
    """

    __slots__ = (
        "_defaults",
        "_fed",
        "_fetched",
        "_outputs",
        "_run",
        "_sources",
        "_targets",
        "count",
        "inputs",
        "plain",
    )

    def __init__(self, session: GraphSession, entry: Entry, outputs: Sequence[str], scheduling: Scheduling) -> None:
        signature = entry.signature
        self.inputs = tuple(entry.inputs)
        self.count = len(self.inputs)
        self._targets = entry.inputs
        self._defaults = signature.defaults
        self._fed = tuple(dict.fromkeys(entry.inputs.values()))
        self._outputs = tuple((name, signature.outputs[name].dtype) for name in outputs)
        self._sources = tuple(entry.outputs[name] for name in outputs)
        self._fetched = tuple(tensor for tensor in dict.fromkeys(self._sources) if tensor not in self._fed)
        specs = (*signature.inputs.values(), *(signature.outputs[name] for name in outputs))
        self.plain = (
            all(spec.dtype != "BF16" for spec in specs)
            and len(self._fed) == len(self.inputs)
            and self._sources == self._fetched
        )
        """Whether each input is one array as it is, and each output another."""
        self._run = _scheduled(session, self._fed, self._fetched, scheduling)

    def run(self, arrays: list[Any]) -> list[Any]:
        """Arrays for what is fed to values of what is fetched, scalars among them."""
        run = self._run
        if type(run) is Trial and run.chosen is not None:
            run = self._run = run.chosen
        return run(arrays)

    def evaluate(self, tensors: Mapping[str, Tensor]) -> Response:
        """The whole way, for any tensors that the signature accepts."""
        feed = self._feed(tensors)
        fetched = self.run([feed[tensor] for tensor in self._fed])
        values = {**feed, **dict(zip(self._fetched, fetched, strict=True))}
        return self.respond(
            [
                np.asarray(values[source]).view(np.uint16) if dtype == "BF16" else values[source]
                for source, (_, dtype) in zip(self._sources, self._outputs, strict=True)
            ]
        )

    def respond(self, values: list[Any]) -> Response:
        tensors = {}
        place = 0
        for name, dtype in self._outputs:
            value = values[place]
            tensors[name] = Tensor(dtype, value if type(value) is np.ndarray else np.asarray(value, NUMPY[dtype]))
            place += 1  # noqa: SIM113 - the quickest of the ways to walk along two sequences
        return Response(tensors)

    def _feed(self, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
        """The array for each of the graph's tensors: what was given, and the defaults for the rest."""
        feed: dict[str, Any] = {}
        for name, tensor in tensors.items():
            target, array = self._targets[name], _taken(tensor)
            if target in feed and not np.array_equal(feed[target], array):
                raise BadInput(
                    f"input '{name}' is the same tensor of the graph as another, '{target}': they must be equal"
                )
            feed[target] = array
        for name, default in self._defaults.items():
            if default is not None:
                feed.setdefault(self._targets[name], _taken(default))
        return feed


def _taken(tensor: Tensor) -> Any:
    """The array as TensorFlow takes it."""
    return tensor.array.view(BFLOAT16) if tensor.dtype == "BF16" else tensor.array


def _scheduled(
    session: GraphSession, fed: Sequence[str], fetched: Sequence[str], scheduling: Scheduling
) -> Run | Trial:
    if not fetched:
        return lambda arrays: []
    inline = session.prepare(fed, fetched, inline=scheduling != "pool")
    return Trial(inline, lambda: session.prepare(fed, fetched, inline=False)) if scheduling == "auto" else inline
