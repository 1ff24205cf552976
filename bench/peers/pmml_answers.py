"""One peer with one PMML document, in a process of its own in the peers' environment.

Run as `pmml_answers.py PEER FOLDER MODEL CSV`. Its first line is a JSON list of what it answers to the first rows; then
it reads a line, `same`, `another` or `columns`, and writes what the turn took: microseconds of one row, always the same
or another each time, or seconds of all rows.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench import turns

CHECKED, OTHERS = 50, 1000
OUTPUT = "probability(good)"


class Peer:
    """Functions that answer one row and many rows, and what they want."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.row: Callable[[Any], Any]
        self.batch: Callable[[Any], Any]
        self.rows: list[Any] = table.to_dict("records")
        self.table: Any = table
        self.warm_calls = 3000

    def share(self, answer: Any) -> float:
        return float(answer[OUTPUT])


def pypmml(model: Path, table: pd.DataFrame) -> Peer:
    from pypmml import Model  # type: ignore[import-not-found]

    peer = Peer(table)
    peer.row = peer.batch = Model.fromFile(str(model.with_suffix(".pmml"))).predict
    return peer


def jpmml(model: Path, table: pd.DataFrame, *, transpile: bool = False) -> Peer:
    from jpmml_evaluator import make_evaluator  # type: ignore[import-not-found]

    evaluator = make_evaluator(str(model.with_suffix(".pmml")), "jpype", transpile=transpile)
    peer = Peer(table)
    peer.row, peer.batch = evaluator.evaluate, evaluator.evaluateAll
    return peer


def transpiled(model: Path, table: pd.DataFrame) -> Peer:
    return jpmml(model, table, transpile=True)


def sklearn(model: Path, table: pd.DataFrame) -> Peer:
    estimator = pickle.loads(model.with_suffix(".pickle").read_bytes())
    peer = Peer(table)
    # Arrays in place of frames, which cost it more: without their names, so that it does not miss them.
    del estimator.feature_names_in_
    peer.table = table.to_numpy()
    peer.rows = [peer.table[place : place + 1] for place in range(len(table))]
    peer.row = peer.batch = estimator.predict_proba
    peer.warm_calls = 100
    peer.share = lambda answer: float(answer[0, 1])  # type: ignore[method-assign]
    return peer


PEERS = {"pypmml": pypmml, "jpmml": jpmml, "transpiled": transpiled, "sklearn": sklearn}


def main(name: str, folder: str, model: str, csv: str) -> None:
    peer = PEERS[name](Path(folder) / model, pd.read_csv(csv))
    shares = [peer.share(peer.row(row)) for row in peer.rows[:CHECKED]]
    for place in range(peer.warm_calls):
        peer.row(peer.rows[place % len(peer.rows)])
    for _ in range(3):
        peer.batch(peer.table)
    print(json.dumps(shares), flush=True)
    takes = {
        "same": lambda: turns.one_us(peer.row, peer.rows[:1]),
        "another": lambda: turns.one_us(peer.row, peer.rows[:OTHERS]),
        "columns": lambda: turns.batch_s(peer.batch, peer.table),
    }
    for line in sys.stdin:
        print(takes[line.strip()](), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
