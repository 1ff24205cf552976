import numpy as np

from salver.formats.trees.ensemble import lay_out
from salver.formats.trees.steps import INNER, NOTHING, StepsBuilder


def test_steps_of_several_trees_are_one_table() -> None:
    made = StepsBuilder()
    low, high = made.leaf(0), made.leaf(1)
    made.finish(made.step(0, 2.5, low, high, made.leaf(NOTHING)))
    made.finish(made.leaf(0))
    steps = made.build()
    assert steps.payload.tolist() == [0, 1, NOTHING, INNER, 0]
    assert steps.roots.tolist() == [3, 4]
    assert steps.ways[3].tolist() == [1, 0, 2]
    assert steps.ways[4].tolist() == [4, 4, 4]
    assert (steps.depth, steps.levels) == (1, None)


def test_depth_is_that_of_the_longest_way_and_counts_missing_ones() -> None:
    made = StepsBuilder()
    leaf = made.leaf(0)
    inner = made.step(0, 1.0, leaf, leaf, leaf)
    made.finish(made.step(0, 2.0, leaf, leaf, inner))
    assert made.build().depth == 2


def test_levels_are_kept_of_the_steps_that_change_them() -> None:
    made = StepsBuilder()
    leaf = made.leaf(0)
    made.finish(made.step(0, 1.0, leaf, leaf, (leaf[0], 1)))
    levels = made.build().levels
    assert levels is not None
    assert levels.tolist() == [[0, 0, 0], [0, 0, 1]]


def test_ways_that_meet_are_laid_out_apart() -> None:
    made = StepsBuilder()
    left, right = made.leaf(0), made.leaf(1)
    shared = made.step(0, 1.0, left, right, right)
    made.finish(made.step(1, 1.0, shared, shared, shared))
    layout = lay_out(made.build())
    assert layout is not None
    assert len(layout.step) == 3
    assert len(layout.leaf_step) == 4
    assert sorted(np.concatenate([layout.true[1:], layout.false[1:]]).tolist()) == [0, 1, 2, 3]


def test_a_tree_that_is_a_leaf_gets_a_node_above_it() -> None:
    made = StepsBuilder()
    made.finish(made.leaf(7))
    layout = lay_out(made.build())
    assert layout is not None
    assert layout.step.tolist() == [-1]
    assert layout.leaf_step.tolist() == [0, 0]


def test_trees_that_would_grow_too_much_are_not_laid_out() -> None:
    made = StepsBuilder()
    way = made.leaf(0)
    for _ in range(30):
        way = made.step(0, 1.0, way, way, way)
    made.finish(way)
    assert lay_out(made.build()) is None
