"""What the nodes of a graph add to a request, in this process: the graph's first step driven by hand, as transports
drive it."""

from __future__ import annotations

import copy
import statistics
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench import cores, graph_documents
from bench.effort import Effort
from bench.figures import Part, Target
from bench.turns import call_us

IDS: Final = 50
MOST_TEN_US, MOST_ROUTER_US = 100, 10
WORDS = (
    "A graph called in this process, on one core, with one row of two columns. `alone` is a graph of one inline "
    "component that gives back what comes; the others have ten more nodes behind it, or a router over two such. What "
    "they `add` is against `alone` in the same round; medians over the rounds. The answers of a router that learns are "
    "remembered by the graph, so that feedback finds them: that is counted here, and left out in a row of its own. "
    "`predict` is `salver.load(...).predict` of `alone`: from plain code a graph is asked on a loop of its own, on "
    "another thread."
)


def measure(effort: Effort) -> Part:
    import salver
    from salver.embedded import opened_of

    chains, routers = graph_documents.chains(), graph_documents.routers()
    documents: dict[str, Path] = {"alone": graph_documents.alone(), **chains, **routers}
    models = {name: salver.load(path) for name, path in documents.items()}
    row = np.array([[25.0, 1.0]])
    answers = {name: _driven(opened_of(model).model) for name, model in models.items()}
    for answer in answers.values():
        np.testing.assert_array_equal(next(iter(answer("first").tensors.values())).array, row)
    for name in routers:
        graph = copy.copy(opened_of(models[name]).model)
        if graph.ledger is not None:  # type: ignore[union-attr] # it is a graph
            graph.ledger = None  # type: ignore[union-attr]
            answers[f"{name}, not remembered"] = _driven(graph)
    answers["predict"] = lambda _: models["alone"].predict({"data": row})
    with cores.pinned():
        found = _rounds(answers, effort.rounds)
    for model in models.values():
        model.close()
    return _part(found, set(chains), set(routers))


def _driven(graph: Callable[..., Any]) -> Callable[[str], Any]:
    from salver.core.servable import Request
    from salver.core.tensor import Tensor
    from salver.core.trail import Trail

    tensors = {"data": Tensor("FP64", np.array([[25.0, 1.0]]), ("amount", "age"))}

    def answer(name: str) -> Any:
        request = Request(tensors)
        request.id = name
        request.trail = Trail()
        try:
            graph(request).send(None)
        except StopIteration as stop:
            return stop.value
        raise AssertionError("the graph waits for something")

    return answer


def _rounds(answers: Mapping[str, Callable[[str], Any]], rounds: int) -> dict[str, list[float]]:
    """Microseconds of a call, by graph and round."""
    ids = [f"{number:032x}" for number in range(IDS)]
    found: dict[str, list[float]] = {name: [] for name in answers}
    for _ in range(rounds):
        for name, answer in answers.items():
            found[name].append(call_us(answer, ids))
    return found


def _part(found: Mapping[str, list[float]], chains: set[str], routers: set[str]) -> Part:
    part = Part("Graphs", WORDS, ("graph", "µs", "adds µs"))
    for name, times in found.items():
        adds = statistics.median(one - alone for one, alone in zip(times, found["alone"], strict=True))
        part.rows.append([name, f"{statistics.median(times):.1f}", "" if name == "alone" else f"{adds:.1f}"])
        if name in chains:
            part.targets.append(Target(f"{name} add", adds, MOST_TEN_US, "µs"))
        elif name in routers:
            part.targets.append(Target(f"`{name}` adds", adds, MOST_ROUTER_US, "µs"))
    return part
