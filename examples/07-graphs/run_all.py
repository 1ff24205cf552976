"""Asks every graph of this folder, and holds each answer against one that was worked out by hand.

python run_all.py [WORD]         only graphs whose path has the word
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from by_hand import ASKED, Ask

import salver
from salver.core.errors import Fault

HERE = Path(__file__).parent
SHARES: Final = {"routers/weighted": 0.2, "routers/random_abtest": 0.3}
"""By document, the part of all requests that `hundreds` should get."""
SHARED: Final = 400

BANDITS: Final = (
    *(f"routers/{kind}" for kind in ("epsilon_greedy", "thompson_sampling", "gaussian_thompson_sampling", "ucb1")),
    *("routers/exp3", "routers/exp4", "flow/state"),
)
"""Told that `hundreds` is right in 9 of 10 cases, and `tens` in 1 of 10, each comes to prefer `hundreds`."""
LESSONS: Final = 400


def ask(model: salver.Model, question: Ask) -> None:
    """Raises AssertionError for an answer other than the one that is due."""
    trail = salver.Trail()
    try:
        answer = model.predict(dict(question.inputs), trail=trail)
    except Fault as fault:
        if not question.error or question.error not in fault.message:
            raise
        return
    assert not question.error, f"wanted an error, got {answer}"
    if question.answer is not None:
        assert_same(answer, question.answer)
    assert_same({key: trail.tags.get(key) for key in question.tags}, question.tags)


def assert_same(got: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    assert got.keys() == wanted.keys(), f"wanted {list(wanted)}, got {list(got)}"
    for name, value in wanted.items():
        right = np.asarray(value)
        is_number = right.dtype.kind in "iuf" and np.shape(got[name]) == right.shape
        same = np.allclose(got[name], right, rtol=1e-5) if is_number else np.array_equal(got[name], right)
        assert same, f"{name}: wanted {value}, got {got[name]}"


def share_of_hundreds(model: salver.Model) -> float:
    return float(np.mean([model.predict({"x": [1.0]})["output"][0] == 100 for _ in range(SHARED)]))


def lessons(model: salver.Model, better: float = 100, **more: Any) -> Iterator[bool]:
    """Whether the better child was chosen, again and again; after each the graph is told how good the answer was."""
    chance = np.random.default_rng(1)
    for number in range(LESSONS):
        chosen = bool(model.predict({"x": [1.0], **more}, id=str(number))["output"][0] == better)
        model.feedback(float(chance.random() < (0.9 if chosen else 0.1)), id=str(number))
        yield chosen


def run_segments(model: salver.Model) -> str:
    """What is better in one segment is worse in the other."""
    found = []
    for segment, better in (("eu", 100), ("us", 10)):
        chosen = list(lessons(model, better, segment=[segment]))
        late = np.mean(chosen[LESSONS // 2 :])
        assert late > 0.75, f"in {segment} the better child was chosen in {late:.0%} of the later half"
        found.append(f"{late:.0%} in {segment}")
    return f"the better child was chosen in {', '.join(found)}"


def run_customers(model: salver.Model) -> str:
    """Always the same child for a customer, and half of them each."""
    first, second = ([_of_customer(model, number) for number in range(SHARED)] for _ in range(2))
    assert first == second, "a customer got another child"
    share = np.mean(np.array(first) == 100)
    assert abs(share - 0.5) < 0.1, f"{share:.0%} for hundreds, wanted 50%"
    return f"{share:.0%} for hundreds, and always the same"


def _of_customer(model: salver.Model, number: int) -> float:
    return float(model.predict({"x": [1.0], "customer": [f"customer {number}"]})["output"][0])


SPECIAL: Final = {"routers/by_segment": run_segments, "routers/sticky": run_customers}


def documents() -> list[str]:
    return sorted(path.relative_to(HERE).as_posix() for path in HERE.rglob("*.graph.yaml"))


def run(document: str, folder: Path = HERE) -> str:
    """What became of it, in words. Raises AssertionError where it is not what it should be."""
    name = document.removesuffix(".graph.yaml")
    with salver.load(folder / document) as model:
        if name in SPECIAL:
            return SPECIAL[name](model)
        if name in SHARES:
            share = share_of_hundreds(model)
            assert abs(share - SHARES[name]) < 0.1, f"{share:.0%} for hundreds, wanted {SHARES[name]:.0%}"
            return f"{share:.0%} for hundreds"
        if name in BANDITS:
            chosen = list(lessons(model))
            late = np.mean(chosen[LESSONS // 2 :])
            assert late > 0.75, f"the better child was chosen in {late:.0%} of the later half"
            return f"the better child was chosen in {np.mean(chosen[:20]):.0%} of 20, {late:.0%} of the later half"
        for question in ASKED[name]:
            ask(model, question)
        return f"{len(ASKED[name])} as worked out by hand"


def main() -> None:
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory() as folder:  # a copy: a graph may keep what it learns beside its document
        place = Path(shutil.copytree(HERE, Path(folder) / "graphs"))
        for document in documents():
            if word in document:
                print(f"{document:55}{run(document, place)}")


if __name__ == "__main__":
    main()
