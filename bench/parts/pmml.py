"""PMML from dict to dict, ours beside other engines: the wine models as scikit-learn's exporter writes them."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from bench import cores, pmml_documents, tree_ensemble, turns
from bench.effort import Effort
from bench.figures import Part, Target, ratio
from bench.parts.startup import WINE
from bench.peers import pmml_peers, venv
from bench.pmml_documents import WINE_COLUMNS

ROWS, OTHERS = 10_000, 1000
MOST_ROUNDS = 3
OURS, FLOAT, LOADED, RAW = "salver", "salver, fields of type float", "salver.load(...).predict", "onnxruntime alone"
OUTPUT = "probability(good)"
WHAT = SAME, ANOTHER, DICTS, COLUMNS = "same", "another", "dicts", "columns"
LIMITS = {"forest": (12, 200), "boosting": (12, 800), "logistic": (10, 20_000)}
"""Microseconds of a row, and thousands of rows a second, wanted on a machine where the others took `THERE`."""
PYPMML, JPMML, TRANSPILED = (pmml_peers.NAMES[name] for name in ("pypmml", "jpmml", "transpiled"))
THERE: dict[str, dict[str, tuple[float, float]]] = {
    "forest": {RAW: (4.9, 236), PYPMML: (546, 21.9), JPMML: (52, 11), TRANSPILED: (50, 27.8)},
    "boosting": {RAW: (4, 876), PYPMML: (1158, 61.4), JPMML: (32, 40.7), TRANSPILED: (32, 199)},
    "logistic": {PYPMML: (1171, 136), JPMML: (17, 247), TRANSPILED: (12, 366)},
}
WORDS = (
    "The wine models (a forest of 100 trees of depth 10, boosting with 100 trees of depth 3, logistic regression), "
    f"trained by scikit-learn and written by sklearn2pmml, in one process each, warm, in turns on one core. One row is "
    f"a dict to a dict, the median of many calls; a batch is {ROWS:,} rows, the best call of a turn: of ours as a list "
    "of dicts and as a dict of columns, of pypmml and JPMML as a pandas frame, of scikit-learn as an array. Medians "
    "over the rounds. The exporter declares the fields of trees as float; the same documents with double are what the "
    "others are measured with. `onnxruntime alone` is one TreeEnsemble that adds up the leaves of the same trees, an "
    "array to an array. The ratios wanted are those of the figures wanted to what the others took on the machine for "
    "which these were set: see `THERE` in `bench/parts/pmml.py`. The others are "
    f"{', '.join(package.replace('==', ' ') for package in pmml_peers.PACKAGES if '==' in package)}."
)


def measure(effort: Effort) -> Part:
    part = Part("PMML", WORDS, ("model", "engine", "one row µs", "another µs", "rows/s, dicts", "rows/s, columns"))
    rounds = min(effort.rounds, MOST_ROUNDS)
    with cores.pinned():
        try:
            folder = pmml_peers.models(WINE / "data" / "winequality_red.csv")
        except venv.Missing as missing:
            part.skipped.append(f"the wine models and the other engines: {missing}")
        else:
            rows = _wine_rows(folder)
            for model in pmml_peers.MODELS:
                _compare(part, folder, model, rows, rounds)
        part.targets += _scorecard(rounds)
    return part


Turn = Callable[[], float]


@dataclass
class Entrant:
    """An engine with a model: its turns, and what they took."""

    name: str
    turns: Mapping[str, Turn]
    took: dict[str, list[float]] = field(default_factory=lambda: {what: [] for what in WHAT})

    def take_turn(self, what: str) -> None:
        if what in self.turns:
            self.took[what].append(self.turns[what]())

    def us(self, what: str) -> float:
        return statistics.median(self.took[what])

    def per_second(self, what: str) -> float:
        return ROWS / statistics.median(self.took[what])

    def row(self, model: str) -> list[str]:
        singles = [f"{self.us(what):.1f}" for what in (SAME, ANOTHER)]
        batches = [f"{self.per_second(what):,.0f}" if self.took[what] else "" for what in (DICTS, COLUMNS)]
        return [model, self.name, *singles, *batches]


def _compare(part: Part, folder: Path, model: str, rows: list[dict[str, float]], rounds: int) -> None:
    with ExitStack() as stack:
        entrants = {entrant.name: entrant for entrant in _entrants(stack, part, folder, model, rows)}
        for what in WHAT:
            for _ in range(rounds):
                for entrant in entrants.values():
                    entrant.take_turn(what)
    part.rows += [entrant.row(model) for entrant in entrants.values()]
    part.targets += _targets(model, entrants)


def _entrants(
    stack: ExitStack, part: Part, folder: Path, model: str, rows: list[dict[str, float]]
) -> Iterator[Entrant]:
    columns = {name: np.array([row[name] for row in rows]) for name in WINE_COLUMNS}
    shares, *ours = _ours(folder, model, rows, columns)
    yield from ours
    matrix = np.stack(list(columns.values()), axis=1)
    if model != "logistic":
        yield _raw(folder / f"{model}.npz", matrix)
    for name, title in pmml_peers.NAMES.items():
        try:
            peer = stack.enter_context(pmml_peers.running(name, model, folder / "rows.csv"))
        except RuntimeError as error:
            part.skipped.append(str(error))
            continue
        np.testing.assert_allclose(peer.answers, shares[: len(peer.answers)], rtol=1e-9, err_msg=f"{name}, {model}")
        yield Entrant(title, {what: partial(peer.turn, what) for what in (SAME, ANOTHER, COLUMNS)})


def _ours(folder: Path, model: str, rows: list[dict[str, float]], columns: dict[str, Any]) -> Iterator[Any]:
    """First our answers, then the entrants."""
    import salver
    from salver.formats.pmml.evaluator import PmmlEvaluator

    evaluator = PmmlEvaluator(str(folder / f"{model}.pmml"))
    yield evaluator.of_values(columns)[OUTPUT]
    yield _entrant(OURS, evaluator.of_values, rows, rows, columns)
    loaded = salver.load(folder / f"{model}.pmml")
    yield _entrant(LOADED, loaded.predict, rows, rows, columns)
    if model != "logistic":
        narrow = PmmlEvaluator(str(folder / f"{model}-float.pmml"))
        yield _entrant(FLOAT, narrow.of_values, rows, rows, columns)


def _entrant(name: str, answer: Callable[[Any], Any], ones: Sequence[Any], rows: Any, columns: Any) -> Entrant:
    takes = {
        SAME: partial(turns.one_us, answer, ones[:1]),
        ANOTHER: partial(turns.one_us, answer, ones[:OTHERS]),
        COLUMNS: partial(turns.batch_s, answer, columns),
    }
    return Entrant(name, takes if rows is None else takes | {DICTS: partial(turns.batch_s, answer, rows)})


def _raw(trees: Path, matrix: np.ndarray) -> Entrant:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(tree_ensemble.model(trees), options)

    def run(values: np.ndarray) -> Any:
        return session.run(None, {"x": values})

    return _entrant(RAW, run, [matrix[place : place + 1] for place in range(OTHERS)], None, matrix)


def _targets(model: str, entrants: dict[str, Entrant]) -> Iterator[Target]:
    ours = entrants[OURS]
    one_us, thousands = LIMITS[model]
    yield Target(f"{model}, one row", ours.us(SAME), one_us, "µs")
    best = max(ours.per_second(DICTS), ours.per_second(COLUMNS)) / 1000
    yield Target(f"{model}, thousand rows/s", best, thousands, "rows/ms", at_least=True)
    for title, (there_us, there_thousands) in THERE[model].items():
        if title not in entrants:
            continue
        theirs = entrants[title]
        sooner, more = ratio(theirs.took[SAME], ours.took[SAME]), ratio(theirs.took[COLUMNS], ours.took[COLUMNS])
        yield Target(f"{model}, one row, {title} / ours", sooner, round(there_us / one_us, 2), "times", at_least=True)
        yield Target(
            f"{model}, rows/s, ours / {title}", more, round(thousands / there_thousands, 2), "times", at_least=True
        )


def _scorecard(rounds: int) -> list[Target]:
    from salver.formats.pmml.evaluator import PmmlEvaluator

    evaluator = PmmlEvaluator(str(pmml_documents.scorecard()))
    rows = pmml_documents.applicants(640)
    batches = [rows[start : start + 64] for start in range(0, 640, 64)]
    alone = statistics.median(turns.one_us(evaluator.of_values, rows) for _ in range(rounds))
    together = statistics.median(turns.one_us(evaluator.of_values, batches) for _ in range(rounds)) / 64
    what = "scorecard with 15 fields and reason codes"
    return [Target(f"{what}, alone", alone, 60, "µs"), Target(f"{what}, of 64 rows, one", together, 2, "µs")]


def _wine_rows(folder: Path) -> list[dict[str, float]]:
    """The wines over and over, also as a file for the others."""
    with (WINE / "data" / "winequality_red.csv").open() as file:
        wines = [dict(zip(WINE_COLUMNS, map(float, line), strict=False)) for line in csv.reader(file, delimiter=";")]
    rows = [wines[place % len(wines)] for place in range(ROWS)]
    with (folder / "rows.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, WINE_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return rows
