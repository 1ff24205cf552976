"""onnxruntime, the descent and the walk find the same, bit by bit, and all find what the predicates say."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pmml_documents import evaluator

from salver.formats.onnx_options import OnnxOptions
from salver.formats.pmml.frame import Array
from salver.formats.pmml.trees.forest import FieldForest
from salver.formats.trees import forest as forests
from salver.formats.trees.ensemble import has_one_thread
from salver.formats.trees.forest import Sum

FIELDS = {"x": "double", "y": "double", "c": "string u v w", "t": "target:double"}
FEW, MANY = 7, forests._MANY_ROWS


def node(chance: np.random.Generator, depth: int) -> str:
    """A node's inside: a score, or two children that are opposite, or several with whatever predicates."""
    score = f'score="{chance.normal():.3f}"'
    if depth == 0:
        return f"<Node {score}>PREDICATE</Node>"
    field, value = chance.choice(["x", "y"]), chance.integers(-2, 3)
    less = f'<SimplePredicate field="{field}" operator="lessThan" value="{value}"/>'
    rest = f'<SimplePredicate field="{field}" operator="greaterOrEqual" value="{value}"/>'
    some = '<SimpleSetPredicate field="c" booleanOperator="isIn"><Array type="string">u w</Array></SimpleSetPredicate>'
    equal = f'<SimplePredicate field="{field}" operator="equal" value="{value}"/>'
    both = f'<CompoundPredicate booleanOperator="or">{less}{some}</CompoundPredicate>'
    predicates = [[less, rest], [some, equal, "<True/>"], [both, "<True/>"]][chance.integers(0, 3)]
    children = "".join(node(chance, depth - 1).replace("PREDICATE", predicate, 1) for predicate in predicates)
    return f"<Node {score}>PREDICATE{children}</Node>"


Grow = Callable[[str], tuple[FieldForest, Sum]]


@pytest.fixture(scope="module")
def grow(tmp_path_factory: pytest.TempPathFactory) -> Grow:
    return cache(lambda strategy: forest(tmp_path_factory.mktemp(strategy), strategy))


def forest(folder: Path, strategy: str) -> tuple[FieldForest, Sum]:
    chance = np.random.default_rng(len(strategy))
    segments = [
        f'<Segment><True/><TreeModel functionName="regression" missingValueStrategy="{strategy}" '
        f'noTrueChildStrategy="returnLastPrediction">SCHEMA'
        f"{node(chance, place % 4).replace('PREDICATE', '<True/>', 1)}</TreeModel></Segment>"
        for place in range(12)
    ]
    text = (
        '<MiningModel functionName="regression">SCHEMA<Segmentation multipleModelMethod="sum">'
        f"{''.join(segments)}</Segmentation></MiningModel>"
    )
    kernel = evaluator(folder, text, FIELDS).document.model.kernel
    trees: FieldForest = kernel.forest  # type: ignore[attr-defined]
    trees.find_leaves()
    return trees, kernel._sum  # type: ignore[attr-defined]


def matrix(forest: FieldForest, rows: int, *, missing: bool) -> Array:
    """Values at the thresholds and beside them; sets are 1 or 0."""
    chance = np.random.default_rng(rows)
    values = chance.choice([-2.5, -1.0, 0.0, np.nextafter(0, 1), 1.0, 2.0, 7.0], (rows, len(forest.features.names)))
    values[:, 2:] = chance.integers(0, 2, values[:, 2:].shape)
    if missing:
        values[chance.random(values.shape) < 0.3] = np.nan
    return values


@pytest.mark.parametrize("strategy", ["none", "lastPrediction", "nullPrediction", "defaultChild"])
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("rows", [1, FEW, MANY])
def test_all_ways_give_the_same(grow: Grow, strategy: str, missing: bool, rows: int) -> None:
    trees, total = grow(strategy)
    values = matrix(trees, rows, missing=missing)
    walked = trees.steps.payload[trees.walk.leaves(values)]
    np.testing.assert_array_equal(trees.payloads(values), walked)
    np.testing.assert_array_equal(total(values), total.walked(values))
    assert np.array_equal(total.one(values[:1]), total.walked(values[:1])[0], equal_nan=True)


def test_the_descent_takes_many_rows_without_missing_values(grow: Grow) -> None:
    trees, total = grow("none")
    full, holed = matrix(trees, 9_000, missing=False), matrix(trees, 10, missing=True)
    descent = trees.descent(full)
    assert descent is not None
    assert trees.descent(holed) is None
    np.testing.assert_array_equal(total(full), np.concatenate([total(part) for part in np.split(full, 30)]))
    np.testing.assert_array_equal(descent.leaves(full[:50]), trees.walk.leaves(full[:50]))


def test_onnxruntime_keeps_many_rows_where_it_has_several_threads() -> None:
    assert has_one_thread(OnnxOptions())
    assert not has_one_thread(OnnxOptions(intra_op_threads=2))
    assert not has_one_thread(OnnxOptions(shared_threads=0))
