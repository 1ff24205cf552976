"""Documents that are computed for many rows at once answer with the bits that they give row by row, and others have no
plan."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pfa_forms import engine, function

from salver.formats.pfa import Engine, PFAError

DOUBLES = {"type": "array", "items": "double"}
TREE = {"model.tree.simpleTree": ["input", {"cell": "tree"}]}
FOREST = {"a.map": [{"cell": "trees"}, function("double", {"model.tree.simpleTree": ["input", "t"]}, t="Tree")]}
EDGES = [math.nan, math.inf, -math.inf, 0.0, -0.0, 0.5, 0.1, 1e308, -800.0, 46341.0]


def record(of: str) -> dict[str, Any]:
    return {"type": "record", "name": "Row", "fields": [{"name": "x", "type": of}, {"name": "y", "type": of}]}


def tree_type(leaf: Any = "double") -> dict[str, Any]:
    fields = [
        {"name": "field", "type": {"type": "enum", "name": "Fields", "symbols": ["x", "y"]}},
        {"name": "operator", "type": "string"},
        {"name": "value", "type": "double"},
        {"name": "pass", "type": ["Tree", leaf]},
        {"name": "fail", "type": ["Tree", leaf]},
    ]
    return {"type": "record", "name": "Tree", "fields": fields}


def node(field: str, value: float, yes: Any, no: Any, tag: str = "double") -> dict[str, Any]:
    def onward(one: Any) -> Any:
        return {"Tree": one} if isinstance(one, dict) else {tag: one}

    return {"field": field, "operator": "<", "value": value, "pass": onward(yes), "fail": onward(no)}


TREES = [node("x", at / 3, node("y", at / 7, 0.1 * at, 1e-9 * at), 1e9 * at) for at in range(1, 30)]


def documented(action: Any, of: str = "double", gives: Any = "double", **fields: Any) -> Engine:
    cells = {
        "tree": {"type": tree_type(), "init": TREES[4]},
        "trees": {"type": {"type": "array", "items": "Tree"}, "init": TREES},
    }
    return engine(action, takes=record(of), gives=gives, **{"cells": cells, **fields})


def row_by_row(made: Engine, rows: list[Any]) -> list[Any]:
    found = []
    for row in rows:
        try:
            found.append(made.action(row))
        except PFAError as error:
            found.append(type(error))
    return found


def bits(values: Any) -> Any:
    return np.asarray(values, np.float64).view(np.int64).tolist()


PLANNED: list[Any] = [
    TREE,
    {"a.sum": [FOREST]},
    {"+": [{"double": 0.3}, {"*": [{"double": 0.1}, {"a.sum": [FOREST]}]}]},
    {"m.link.logit": [{"+": [{"a.sum": [FOREST]}, "input.x"]}]},
    {"m.exp": [{"-": [TREE, {"*": ["input.x", "input.y"]}]}]},
    [{"let": {"s": {"a.sum": [FOREST]}}}, {"+": ["s", {"m.tanh": ["s"]}]}],
    {"*": [TREE, 2]},
]


@pytest.mark.parametrize("action", PLANNED, ids=range(len(PLANNED)))
def test_a_batch_has_the_bits_of_its_rows(action: Any) -> None:
    made = documented(action)
    assert made.plan is not None
    rows = [{"x": x, "y": y} for x in EDGES for y in EDGES]
    with np.errstate(all="ignore"):
        answers = made.actions(rows)
    one_by_one = [made.action(row) for row in rows]
    assert [x == y or (x != x and y != y) for x, y in zip(answers, one_by_one, strict=True)] == [True] * len(rows)
    finite = [at for at, x in enumerate(one_by_one) if x == x]
    assert bits([answers[at] for at in finite]) == bits([one_by_one[at] for at in finite])


@pytest.mark.parametrize("of", ["int", "long", "float"])
@pytest.mark.parametrize(
    "action",
    [
        TREE,
        {"+": [TREE, {"*": ["input.x", "input.x"]}]},
        {"+": [TREE, {"+": ["input.x", "input.y"]}]},
        [{"let": {"unused": {"*": ["input.x", "input.x"]}}}, TREE],
    ],
    ids=range(4),
)
def test_numbers_that_are_no_doubles_overflow_and_are_rounded_in_a_batch_too(of: str, action: Any) -> None:
    made = documented(action, of)
    numbers = [1, 2, 46341, 2147483647] if of != "float" else [0.1, 0.2, 0.7, 16777217.0]
    rows = [{"x": x, "y": y} for x in numbers for y in numbers]
    if made.plan is None:
        return
    matrix = np.array([[row["x"], row["y"]] for row in rows], np.float32 if of == "float" else np.float64)
    assert made.plan(matrix.astype(np.float64)).tolist() == row_by_row(made, rows)


def test_whole_numbers_in_the_document_overflow() -> None:
    made = documented({"+": [TREE, {"*": [2147483647, 2]}]})
    assert made.plan is None
    assert row_by_row(made, [{"x": 0.0, "y": 0.0}])[0].__name__ == "PFARuntimeError"


def test_lists_of_numbers_come_out_as_lists() -> None:
    cells = {
        "trees": {
            "type": {"type": "array", "items": tree_type(DOUBLES)},
            "init": [node("x", at, [1.0, 0.1 * at], [2.0, 0.2 * at], "array") for at in range(5)],
        }
    }
    walk = {"a.map": [{"cell": "trees"}, function(DOUBLES, {"model.tree.simpleTree": ["input", "t"]}, t="Tree")]}
    made = documented(
        {
            "la.scale": [
                {"a.reduce": [walk, function(DOUBLES, {"la.add": ["p", "q"]}, p=DOUBLES, q=DOUBLES)]},
                {"double": 0.2},
            ]
        },
        gives=DOUBLES,
        cells=cells,
    )
    assert made.plan is not None
    rows = [{"x": x, "y": 0.0} for x in (-1.0, 0.5, 2.0, 3.5, 9.0)]
    assert made.actions(rows) == [made.action(row) for row in rows]


@pytest.mark.parametrize(
    "action",
    [
        "input.x",
        {"+": ["input.x", "input.y"]},
        {"if": {"<": ["input.x", 0]}, "then": TREE, "else": 0.0},
        {"+": [TREE, {"m.sin": ["input.x"]}]},
        {"+": [TREE, {"rand.gaussian": [0.0, 1.0]}]},
        [{"log": [1]}, TREE],
        {"+": [TREE, {"/": ["input.x", 3]}]},
    ],
)
def test_what_is_not_known_for_rows_has_no_plan_and_is_answered_all_the_same(action: Any) -> None:
    made = documented(action)
    assert made.plan is None
    assert len(made.actions([{"x": float(x), "y": 1.0} for x in range(5)])) == 5


def test_a_document_that_keeps_state_has_no_plan() -> None:
    cells = {"tree": {"type": tree_type(), "init": TREES[4]}, "c": {"type": "double", "init": 0.0}}
    made = documented([{"cell": "c", "to": "input.x"}, TREE], cells=cells)
    assert made.plan is None


def test_the_first_row_that_is_refused_is_told_in_a_batch() -> None:
    made = documented(TREE)
    with pytest.raises(PFAError, match=r"input\.y"):
        made.actions([{"x": 1.0, "y": 1.0}] * 5 + [{"x": 1.0, "y": "no"}])
    assert made.actions([{"x": 1, "y": 1}] * 5) == [made.action({"x": 1, "y": 1})] * 5
