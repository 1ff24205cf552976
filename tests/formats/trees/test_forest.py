"""The ways through a forest find the same, bit by bit. Those of onnxruntime are tested where documents make forests."""

import numpy as np
import pytest

from salver.formats.onnx_options import OnnxOptions
from salver.formats.trees.forest import Forest
from salver.formats.trees.steps import Array, StepsBuilder, Way

TREES, COLUMNS, DEPTH = 15, 4, 5


class Sessions:
    """Sessions of a document that has none yet."""

    def __init__(self) -> None:
        self.onnx = OnnxOptions()
        self.sessions = 0


def planted() -> tuple[Forest, int]:
    """A forest of full trees, and the number of its leaves; missing values go the way of false."""
    chance, builder = np.random.default_rng(0), StepsBuilder()
    leaves = iter(range(TREES * 2**DEPTH))

    def grown(depth: int) -> Way:
        if depth == 0:
            return builder.leaf(next(leaves))
        true, false = grown(depth - 1), grown(depth - 1)
        return builder.step(int(chance.integers(COLUMNS)), float(chance.integers(-2, 3)), true, false, false)

    for _ in range(TREES):
        builder.finish(grown(DEPTH))
    return Forest(builder.build(), COLUMNS, Sessions()), TREES * 2**DEPTH


def rows(count: int, *, missing: bool) -> Array:
    values = np.random.default_rng(count).integers(-3, 4, (count, COLUMNS)).astype(float)
    if missing:
        values[0, :] = np.nan
    return values


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("count", [1, 50, 5_000])
def test_rows_of_a_table_are_looked_up_by_leaf(count: int, missing: bool) -> None:
    forest, leaves = planted()
    matrix, table = rows(count, missing=missing), np.random.default_rng(1).normal(size=(leaves, 2))
    walked = forest.steps.payload.take(forest.walk.leaves(matrix))
    np.testing.assert_array_equal(forest.payloads(matrix), walked)
    np.testing.assert_array_equal(forest.looking_up(table)(matrix), table[walked])
    np.testing.assert_array_equal(forest.looking_up(table[:, 0])(matrix), table[walked, 0])


def test_the_sum_is_added_tree_by_tree() -> None:
    forest, leaves = planted()
    matrix, weights = rows(5_000, missing=False), np.random.default_rng(1).normal(size=leaves + 1)
    expected = np.zeros(len(matrix))
    for tree in forest.payloads(matrix).T:
        expected += weights[tree]
    np.testing.assert_array_equal(forest.summing(weights)(matrix), expected)
