import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, made, record, tree_type

from salver.formats.pfa.avro.types import DOUBLE, INT, LONG, STRING, Type, Union
from salver.formats.pfa.library.forest_rows import forest

DATUM = record("Datum", x=DOUBLE, y=DOUBLE)
TREE = tree_type(DATUM, DOUBLE, DOUBLE)
COLUMNS = ["x", "y"]
NUMBERS = st.sampled_from([-1.0, 0.0, -0.0, 5e-324, 1.0, 2.0, math.nan, math.inf, -math.inf])
OPERATORS = ["<", "<=", ">", ">=", "==", "!=", "alwaysTrue", "alwaysFalse"]


def node(field: str, operator: str, value: Any, passed: Any, failed: Any) -> Any:
    return {"field": field, "operator": operator, "value": value, "pass": passed, "fail": failed}


LEAVES = NUMBERS.map(lambda x: ("double", x))
NODES: st.SearchStrategy[Any] = st.deferred(
    lambda: st.builds(node, st.sampled_from(COLUMNS), st.sampled_from(OPERATORS), NUMBERS, WAYS, WAYS)
)
WAYS: st.SearchStrategy[Any] = LEAVES | NODES.map(lambda one: ("TreeNode", one))


@settings(max_examples=40, deadline=None)
@given(st.lists(NODES, min_size=1, max_size=4), st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_rows_come_to_the_leaves_that_each_comes_to_alone(trees: list[Any], rows: list[tuple[float, float]]) -> None:
    found = forest(trees, TREE, COLUMNS)
    assert found is not None
    walk = made("model.tree.simpleTree", DATUM, TREE)
    expected = [[walk(dict(zip(COLUMNS, row, strict=True)), tree) for tree in trees] for row in rows]
    np.testing.assert_array_equal(found(np.array(rows)), expected)


def test_many_rows_are_as_few() -> None:
    chance = np.random.default_rng(0)

    def grown(depth: int) -> Any:
        if depth == 0:
            return "double", float(chance.normal())
        split = node(COLUMNS[chance.integers(2)], "<=", float(chance.normal()), grown(depth - 1), grown(depth - 1))
        return "TreeNode", split

    trees = [grown(4)[1] for _ in range(20)]
    found, rows = forest(trees, TREE, COLUMNS), chance.normal(size=(3_000, 2))
    assert found is not None
    many = found(rows)
    assert many.shape == (3_000, 20)
    assert many.dtype.name == "float64"
    np.testing.assert_array_equal(many[:100], found(rows[:100]))
    rows[5] = math.nan
    np.testing.assert_array_equal(np.delete(found(rows), 5, 0), np.delete(many, 5, 0))


def test_leaves_may_be_arrays_of_one_length() -> None:
    tree = tree_type(DATUM, Union([DOUBLE, STRING]), VECTOR)
    one = node("x", "<", ("double", 1.0), ("array", [1.0, 2.0]), ("array", [3.0, 4.0]))
    other = node("x", "<", ("double", 1.0), ("array", [1.0]), ("array", [3.0, 4.0]))
    found = forest([one, one], tree, COLUMNS)
    assert found is not None
    np.testing.assert_array_equal(found(np.array([[2.0, 0.0]])), [[[3.0, 4.0], [3.0, 4.0]]])
    assert forest([one, other], tree, COLUMNS) is None


@pytest.mark.parametrize(
    ("value", "leaf", "tree"),
    [
        (STRING, DOUBLE, node("x", "alwaysTrue", "a", ("double", 1.0), ("double", 1.0))),
        (Union([INT, STRING]), DOUBLE, node("x", "<", ("int", 1), ("double", 1.0), ("double", 1.0))),
        (Union([DOUBLE, STRING]), DOUBLE, node("x", "<", ("string", "a"), ("double", 1.0), ("double", 1.0))),
        (DOUBLE, STRING, node("x", "<", 1.0, ("string", "a"), ("string", "b"))),
        (DOUBLE, DOUBLE, node("z", "<", 1.0, ("double", 1.0), ("double", 1.0))),
        (DOUBLE, DOUBLE, node("x", "~", 1.0, ("double", 1.0), ("double", 1.0))),
        (DOUBLE, DOUBLE, node("x", "isMissing", 1.0, ("double", 1.0), ("double", 1.0))),
        (LONG, DOUBLE, node("x", "<", 2**53 + 1, ("double", 1.0), ("double", 1.0))),
        (DOUBLE, LONG, node("x", "<", 1.0, ("long", 2**53 + 1), ("long", 1))),
    ],
)
def test_other_trees_are_not_taken(value: Type, leaf: Type, tree: Any) -> None:
    assert forest([tree], tree_type(DATUM, value, leaf), COLUMNS) is None
    assert forest([], TREE, COLUMNS) is None


def test_trees_as_deep_as_you_like() -> None:
    tree = node("x", "<=", 0.0, ("double", 0.0), ("double", -1.0))
    for depth in range(1, 3_000):
        tree = node("x", "<=", float(depth), ("TreeNode", tree), ("double", float(depth)))
    found = forest([tree], TREE, COLUMNS)
    assert found is not None
    np.testing.assert_array_equal(found(np.array([[-5.0, 0.0], [0.5, 0.0], [9e9, 0.0]])), [[0.0], [-1.0], [2999.0]])
