"""A graph of two nodes in Seldon's contract over HTTP, where the servers are what costs: ours, Seldon's wrapper and
MLServer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import TypeAlias

import numpy as np

from bench import graph_documents, load, questions, servers
from bench.contest import COLUMNS, IN_FLIGHT, Contender, row, take_turns
from bench.effort import Effort
from bench.figures import Part, Target, ratio
from bench.peers import mlserver_graph, seldon, venv
from bench.peers.seldon_nodes import Scale, Score
from bench.questions import Array, Question
from bench.running import free_port, serving

OURS, THREADS = "salver", "salver, on threads"
SELDON, MLSERVER, MLSERVER_CHAIN = "Seldon wrappers", "MLServer, one runtime", "MLServer, two models"
COMPARED = {SELDON: (OURS, THREADS), MLSERVER: (OURS,), MLSERVER_CHAIN: (OURS,)}
"""By peer, which of ours it is held against: MLServer calls its runtimes on the event loop."""
TIMES = 10
Peer: TypeAlias = Callable[[int], tuple[list[str], dict[str, str]]]
WORDS = (
    "A transformer and a model, the same two classes everywhere: trivial NumPy on one row of 13. "
    f"{IN_FLIGHT} in flight and one in flight, all of a server on one core. Here they are a graph, with `inline: true` "
    "and with the default, where classes are called on threads, as they may wait for anything. Seldon's wrapper "
    "(1.17.1, gunicorn with four threads) runs a process for each node. What asks one node after the other stands "
    "outside, as Seldon's executor does: a driver of ours (`bench/peers/chain.py`) on the load's core, so that it "
    "costs them nothing, but that its processor time stands in `CPU`. MLServer runs in one process "
    "(`parallel_workers` 0), with both steps in one runtime, and as two models with the same driver."
)


def measure(effort: Effort) -> Part:
    part = Part("A graph of two nodes", WORDS, (*COLUMNS[:-1], "of salver"))
    values = np.linspace(0.0, 3.0, 13).reshape(1, -1)
    expected = Score().predict(Scale().transform_input(values, []), [])
    asked = {"seldon": questions.seldon(values), "v2": questions.open_inference("pair", "data", values)}
    with ExitStack() as stack:
        contenders = _start(stack, part, asked, expected)
        take_turns(contenders, effort)
    by_name = {(each.name, each.question.protocol): each for each in contenders}
    part.rows += [row(contender, by_name[OURS, contender.question.protocol]) for contender in contenders]
    part.targets += _targets(by_name)
    return part


def _start(stack: ExitStack, part: Part, asked: Mapping[str, Question], expected: Array) -> list[Contender]:
    contenders = []
    for name, inline in ((OURS, True), (THREADS, False)):
        server = servers.salver(graph_documents.pair(inline=inline), asked["seldon"], expected)
        ours = stack.enter_context(server)
        for question in asked.values():
            load.check(ours.port, question, expected)
            contenders.append(Contender(name, ours, question))
    peers: tuple[tuple[str, str, Peer], ...] = (
        (SELDON, "seldon", lambda port: (seldon.command(port), {})),
        (MLSERVER, "v2", mlserver_graph.at_once),
        (MLSERVER_CHAIN, "v2", lambda port: (mlserver_graph.in_turn(port), {})),
    )
    for name, protocol, command_for in peers:
        try:
            port = free_port()
            command, environment = command_for(port)
            running = stack.enter_context(serving(command, port, asked[protocol], expected, environment))
        except (venv.Missing, RuntimeError) as error:
            part.skipped.append(f"{name}: {error}")
        else:
            contenders.append(Contender(name, running, asked[protocol]))
    return contenders


def _targets(contenders: Mapping[tuple[str, str], Contender]) -> Iterator[Target]:
    for (name, protocol), theirs in contenders.items():
        for ours in COMPARED.get(name, ()):
            our = contenders[ours, protocol]
            rates, medians = ratio(our.rates(), theirs.rates()), ratio(theirs.medians_us(), our.medians_us())
            yield Target(f"requests/s, {ours} / {name}", rates, TIMES, "times", at_least=True)
            yield Target(f"one in flight, median, {name} / {ours}", medians, TIMES, "times", at_least=True)
