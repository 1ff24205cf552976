"""Trees that never change are written in place, and answer as those do that are walked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_forms import answer, engine, function

from salver.formats.pfa import Engine

DATUM = {
    "type": "record",
    "name": "Datum",
    "fields": [{"name": "x", "type": "double"}, {"name": "n", "type": "int"}, {"name": "word", "type": "string"}],
}
LEAF = "string"
TREE = {
    "type": "record",
    "name": "Tree",
    "fields": [
        {"name": "field", "type": {"type": "enum", "name": "Fields", "symbols": ["x", "n", "word"]}},
        {"name": "operator", "type": "string"},
        {"name": "value", "type": ["double", "int", "string"]},
        {"name": "pass", "type": ["Tree", LEAF]},
        {"name": "fail", "type": ["Tree", LEAF]},
    ],
}
ROWS = [{"x": x, "n": n, "word": word} for x in (-1.0, 0.5, float("nan")) for n in (0, 3) for word in ("a", "b")]


def node(field: str, test: str, value: Any, yes: Any, no: Any) -> dict[str, Any]:
    def onward(branch: Any) -> Any:
        return {"Tree": branch} if isinstance(branch, dict) else {"string": branch}

    return {"field": field, "operator": test, "value": value, "pass": onward(yes), "fail": onward(no)}


def grown(test: tuple[str, str, Any], yes: Any, no: Any) -> dict[str, Any]:
    field, operator, value = test
    return node(field, operator, value, yes, no)


def walked(tree: Any, *, known: bool) -> Engine:
    """An engine that walks a tree, which it knows never changes or does not."""
    action: Any = {"model.tree.simpleTree": ["input", {"cell": "tree"}]}
    if not known:
        action = {"do": [{"if": {"==": ["input.x", 1e300]}, "then": {"cell": "tree", "to": {"cell": "tree"}}}, action]}
    return engine(action, takes=DATUM, gives=LEAF, cells={"tree": {"type": TREE, "init": tree}})


TESTS = st.tuples(
    st.just("x"),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.sampled_from([-1.0, 0.0, 0.5]).map(lambda v: {"double": v}),
)
WHOLE = st.tuples(
    st.just("n"),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.sampled_from([0, 2, 3]).map(lambda v: {"int": v}),
)
WORDS = st.tuples(st.just("word"), st.sampled_from(["==", "!="]), st.sampled_from("ab").map(lambda v: {"string": v}))
TREES = st.recursive(
    st.sampled_from(["one", "two", "three"]),
    lambda below: st.tuples(TESTS | WHOLE | WORDS, below, below).map(lambda made: grown(*made)),
    max_leaves=8,
).filter(lambda made: isinstance(made, dict))


@given(TREES)
@settings(max_examples=25, deadline=None)
def test_a_tree_in_place_answers_as_one_that_is_walked(tree: Any) -> None:
    in_place, as_data = walked(tree, known=True), walked(tree, known=False)
    assert [in_place.action(row) for row in ROWS] == [as_data.action(row) for row in ROWS]


def test_a_tree_that_never_changes_is_in_the_source() -> None:
    tree = node("x", "<", {"double": 0.5}, "low", node("word", "==", {"string": "a"}, "a", "other"))
    made = walked(tree, known=True)
    assert "tree_cell" not in made.source
    assert [made.action({"x": x, "n": 0, "word": "a"}) for x in (0.0, 0.5, float("nan"))] == ["low", "a", "a"]
    assert "tree_cell" in walked(tree, known=False).source


def test_leaves_of_one_tag_may_be_of_two_types() -> None:
    ways = [
        {"name": way, "type": ["Tree", {"type": "array", "items": items}]}
        for way, items in (("pass", "int"), ("fail", "double"))
    ]
    of = {**TREE, "fields": [*TREE["fields"][:3], *ways]}
    tree = {**node("x", "<", {"double": 0.5}, "", ""), "pass": {"array": [1]}, "fail": {"array": [2.5]}}
    made = engine(
        {"model.tree.simpleTree": ["input", {"cell": "tree"}]},
        takes=DATUM,
        gives={"type": "array", "items": "double"},
        cells={"tree": {"type": of, "init": tree}},
    )
    assert "tree_cell" not in made.source
    assert repr([made.action({"x": x, "n": 0, "word": ""}) for x in (0.0, 1.0)]) == "[[1.0], [2.5]]"


def test_a_tree_that_changes_is_asked_anew() -> None:
    tree = node("x", "<", {"double": 0.5}, "low", "high")
    flips = {"cell": "tree", "path": [["value"]], "to": {"upcast": "input.x", "as": ["double", "int", "string"]}}
    made = engine(
        [
            flips,
            {"model.tree.simpleTree": [{"new": {"x": 0.0, "n": 0, "word": ["a"]}, "type": "Datum"}, {"cell": "tree"}]},
        ],
        takes=DATUM,
        gives=LEAF,
        cells={"tree": {"type": TREE, "init": tree}},
    )
    assert [made.action({"x": x, "n": 0, "word": ""}) for x in (1.0, -1.0)] == ["low", "high"]


@pytest.mark.parametrize("named", ["input", "row"])
def test_an_array_of_trees_is_walked_in_order(named: str) -> None:
    trees = [node("x", "<", {"double": value}, "low", "high") for value in (0.0, 1.0, 2.0)]
    walk = {"a.map": [{"cell": "trees"}, function(LEAF, {"model.tree.simpleTree": [named, "tree"]}, tree="Tree")]}
    action = [{"let": {"row": "input"}}, walk]
    found = answer(
        action,
        {"x": 1.5, "n": 0, "word": ""},
        takes=DATUM,
        gives={"type": "array", "items": LEAF},
        cells={"trees": {"type": {"type": "array", "items": TREE}, "init": trees}},
    )
    assert found == ["high", "high", "low"]


def test_a_tree_may_be_walked_for_another_record_than_the_input() -> None:
    tree = node("x", "<", {"double": 0.5}, "low", "high")
    row = {"new": {"x": {"-": ["input.x", 1]}, "n": 0, "word": ["a"]}, "type": "Datum"}
    found = answer(
        {"model.tree.simpleTree": [row, {"cell": "tree"}]},
        {"x": 1.2, "n": 0, "word": ""},
        takes=DATUM,
        gives=LEAF,
        cells={"tree": {"type": TREE, "init": tree}},
    )
    assert found == "low"


def test_a_deep_tree_loads_and_answers() -> None:
    tree: Any = "deepest"
    for at in range(90):
        tree = node("x", ">", {"double": float(at)}, tree, f"at {at}")
    made = walked(tree, known=True)
    assert [made.action({"x": x, "n": 0, "word": ""}) for x in (100.0, 40.5)] == ["deepest", "at 89"]
