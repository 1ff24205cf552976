"""PFA from datum to answer, ours beside titus2: models of scikit-learn as documents, and two made here."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench import cores, pfa_documents, turns
from bench.effort import Effort
from bench.figures import Part, Target, ratio
from bench.peers import pfa_peer, venv
from bench.peers.turn_takers import TurnTaker
from bench.pfa_documents import Case

BATCH = 512
MOST_ROUNDS = 5
WHAT = SAME, ANOTHER, LIST, COLUMNS, LOAD = "same", "another", "list", "columns", "load"
IN_BATCHES = ("boosting", "forest")
AT_MOST_US = {"x + 2": 0.6, "tree": 1.0, "boosting": 12.0, "forest": 20.0, "MLP": 15.0}
"""Microseconds of a row."""
TIMES = {"RBF SVM": 20.0, "5-NN": 20.0}
"""How often titus2's time is wanted."""
BATCH_US, LOAD_MS, LOADED = 3.0, 60.0, "boosting"
TOLD_US = {
    "x + 2": 2.0, "tree": 17.0, "linear": 13.5, "softmax": 14.0, "k-means": 28.0, "RBF SVM": 485.0, "MLP": 299.0,
    "5-NN": 688.0, "boosting": 1534.0, "forest": 1747.0,
}  # fmt: skip
"""What titus2 took on the machine that the limits are for. Of them the ratios wanted are made; where titus2 cannot be
had, they stand in for its figures."""
WORDS = (
    "The models of `../shared/testdata/pfa/models`, made of scikit-learn's, `x + 2`, and a support vector machine with "
    "60 vectors of 10 numbers; each engine with its check of the input, from a Python value to a Python value, warm, "
    "in turns on one core. One row is always the same one, another is all recorded ones in turn. Batches are "
    f"{BATCH} rows, a list to `Engine.actions` and columns to the evaluator that serves, by the row, the best of a "
    "turn. Load is from the text of a document to an engine, the best of a turn. Medians over the rounds. Before "
    "anything is timed the two engines' answers to all rows are compared. titus2 is 1.2.0, with NumPy 1.23.5 and a "
    "stand-in for `inspect.getargspec`, without which it cannot be imported. Where microseconds are wanted, the ratio "
    "wanted is that of what titus2 took on the machine for which these were set: see `TOLD_US` in `bench/parts/pfa.py`."
)
COLUMN_NAMES = (
    "model", "one row µs", "another µs", "titus2, one µs", "titus2, another µs", "one: times", "load ms",
    "titus2, load ms",
)  # fmt: skip
_FOLDER = Path(tempfile.gettempdir()) / "salver-bench" / "pfa"


def measure(effort: Effort) -> Part:
    part = Part("Answering PFA", WORDS, COLUMN_NAMES)
    rounds = min(effort.rounds, MOST_ROUNDS)
    with cores.pinned():
        for case in pfa_documents.cases():
            _compare(part, case, rounds)
    wanting = pfa_documents.RECORDED.keys() - {row[0] for row in part.rows}
    if wanting:
        part.skipped.append(f"{', '.join(sorted(wanting))}: there is no {pfa_documents.MODELS}")
    return part


@dataclass
class Entrant:
    """An engine with a document: its turns, and what they took."""

    turns: dict[str, Callable[[], float]]
    took: dict[str, list[float]] = field(default_factory=lambda: {what: [] for what in WHAT})

    def take_turn(self, what: str) -> None:
        if what in self.turns:
            self.took[what].append(self.turns[what]())

    def median(self, what: str) -> float:
        return statistics.median(self.took[what])


def _compare(part: Part, case: Case, rounds: int) -> None:
    ours, answers = _ours(case)
    with ExitStack() as stack:
        peer = _peer(stack, part, case)
        entrants = [ours]
        if peer is not None:
            _check(case.name, answers, peer.answers)
            entrants.append(Entrant({what: partial(peer.turn, what) for what in (SAME, ANOTHER, LOAD)}))
        for what in WHAT:
            for _ in range(rounds):
                for entrant in entrants:
                    entrant.take_turn(what)
    theirs = entrants[1] if len(entrants) > 1 else None
    part.rows.append(_row(case.name, ours, theirs))
    part.targets += _targets(case, ours, theirs)


def _ours(case: Case) -> tuple[Entrant, list[Any]]:
    """Ours, and what it answers."""
    from salver.formats.pfa import Engine

    text, rows = json.dumps(case.document), case.rows
    engine = Engine.from_json(text)
    takes: dict[str, Callable[[], float]] = {
        SAME: partial(turns.call_us, engine.action, rows[:1]),
        ANOTHER: partial(turns.call_us, engine.action, rows),
        LOAD: lambda: turns.batch_s(Engine.from_json, text) * 1000,
    }
    if case.name in IN_BATCHES:
        takes |= _in_batches(case, engine)
    return Entrant(takes), [engine.action(row) for row in rows]


def _in_batches(case: Case, engine: Any) -> dict[str, Callable[[], float]]:
    from salver.core.servable import Request
    from salver.core.tensor import Tensor
    from salver.formats.pfa.evaluator import PfaEvaluator

    rows = (case.rows * (-(-BATCH // len(case.rows))))[:BATCH]
    evaluator = PfaEvaluator(str(pfa_documents.MODELS / f"{pfa_documents.RECORDED[case.name]}.pfa"))
    request = Request({name: Tensor("FP64", np.array([row[name] for row in rows], float)) for name in rows[0]})
    singly = [engine.action(row) for row in rows]
    assert engine.actions(rows) == singly, f"{case.name}: another answer in a batch"
    assert evaluator(request).tensors["output"].array.tolist() == singly, f"{case.name}: another answer in columns"
    return {
        LIST: lambda: turns.batch_s(engine.actions, rows) / BATCH * 1e6,
        COLUMNS: lambda: turns.batch_s(evaluator, request) / BATCH * 1e6,
    }


def _peer(stack: ExitStack, part: Part, case: Case) -> TurnTaker | None:
    """titus2 with the document; None where it cannot be had, which the part then says once."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    document, rows = _FOLDER / f"{case.name}.pfa", _FOLDER / f"{case.name}.rows.json"
    document.write_text(json.dumps(case.document))
    rows.write_text(json.dumps(case.rows))
    try:
        return stack.enter_context(pfa_peer.running(document, rows))
    except (venv.Missing, RuntimeError) as error:
        reason = f"{pfa_peer.NAME} ({error}); the ratios are to what it took on another machine"
        if reason not in part.skipped:
            part.skipped.append(reason)
        return None


def _check(name: str, ours: list[Any], theirs: list[Any]) -> None:
    if any(isinstance(one, str) for one in ours):
        assert ours == theirs, name
    else:
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-12, err_msg=name)


def _row(name: str, ours: Entrant, theirs: Entrant | None) -> list[str]:
    mine = [f"{ours.median(what):.2f}" for what in (SAME, ANOTHER)]
    if theirs is None:
        told = TOLD_US[name]
        return [name, *mine, f"({told:g})", "", f"({told / ours.median(SAME):.0f})", f"{ours.median(LOAD):.1f}", ""]
    other = [f"{theirs.median(what):.1f}" for what in (SAME, ANOTHER)]
    times = f"{ratio(theirs.took[SAME], ours.took[SAME]):.0f}"
    return [name, *mine, *other, times, f"{ours.median(LOAD):.1f}", f"{theirs.median(LOAD):.1f}"]


def _targets(case: Case, ours: Entrant, theirs: Entrant | None) -> Iterator[Target]:
    name = case.name
    times = TIMES.get(name)
    if name in AT_MOST_US:
        yield Target(f"{name}, one row", ours.median(SAME), AT_MOST_US[name], "µs")
        times = round(TOLD_US[name] / AT_MOST_US[name], 1)
    if times is not None:
        there = theirs.took[SAME] if theirs is not None else [TOLD_US[name]] * len(ours.took[SAME])
        sooner = ratio(there, ours.took[SAME])
        yield Target(f"{name}, one row, titus2 / ours", sooner, times, "times", at_least=True)
    if name in IN_BATCHES:
        yield Target(f"{name}, a row of {BATCH} as a list", ours.median(LIST), BATCH_US, "µs")
        yield Target(f"{name}, a row of {BATCH} as columns", ours.median(COLUMNS), BATCH_US, "µs")
    if name == LOADED:
        kilobytes = len(json.dumps(case.document)) / 1000
        yield Target(f"load of {name} ({kilobytes:.0f} kB)", ours.median(LOAD), LOAD_MS, "ms")
