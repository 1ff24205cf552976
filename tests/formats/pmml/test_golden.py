"""Golden cases: documents of many makers, with the answers that other implementations gave.

Those that lie beside this repository are skipped where they are not there; some are copied into `tests/data/pmml`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pmml_golden import COPIES, Case, cases, differences, same
from pmml_interpreter import Interpreter
from pmml_interpreter_values import Refused

from salver.core.errors import Fault
from salver.formats.pmml.evaluator import PmmlEvaluator
from salver.formats.pmml.frame import Array
from salver.formats.pmml.trees.forest import FieldForest
from salver.formats.trees.forest import Sum

SHARED = cases()
COPIED = cases(root=COPIES)
NONE = [pytest.param(None, marks=pytest.mark.skip(reason="the shared test data is not there"))]
INTERPRETED = ("TreeModel", "RegressionModel", "MiningModel")
"""What the interpreter of the tests knows (slowly), but for these."""
NOT_INTERPRETED = (
    "hand-fn-datetimes",
    "hand-fn-normal",
    "hand-mining-segment-outputs-targets",
    "hand-mining-selectAll",
    "hand-output-residual",
    "hand-target-priors-display",
    "hand-text-index-*",
    "pmml4s-dmg-mining-efficient-model-chain",
    "pmml4s-sas-3.1-iris-tree",
    "skl-isolation-forest-*",
    "skl-text-*",
    "skl-xgb-cancer",
)


def name_of(case: Case | None) -> str:
    return "none" if case is None else case.name


ARGUED = {"pmml4s-dmg-anomaly-iforest": (21, 24, 31), "pmml4s-dmg-anomaly-ocsvm": (14, 17, 20, 22, 24, 35)}
"""Rows in which the other implementation is held to be wrong: see "Where we differ from the golden rows" in
docs/pmml.md."""


@pytest.mark.parametrize("case", SHARED or NONE, ids=name_of)
def test_a_document_answers_as_others_say(case: Case):
    rows = sorted({int(line.split(":")[0].removeprefix("row ")) for line in differences(case)})
    assert tuple(rows) == ARGUED.get(case.name, ()), differences(case)


@pytest.mark.parametrize("case", COPIED, ids=name_of)
def test_a_copied_document_answers_as_others_say(case: Case):
    assert differences(case) == []


@pytest.mark.parametrize("case", SHARED or COPIED, ids=name_of)
def test_single_rows_are_answered_as_many_are(case: Case):
    try:
        model = PmmlEvaluator(case.document)
    except Fault:
        pytest.skip("it does not load")
    rows = case.rows()[:8]
    together = model.of_values(list(rows))
    for number, row in enumerate(rows):
        # What holds a list, a basket, would be taken for columns.
        is_plain = not any(isinstance(value, list) for value in row.values())
        alone = (
            model.of_values(row) if is_plain else {name: column[0] for name, column in model.of_values([row]).items()}
        )
        for name, column in together.items():
            if name != "_error":
                assert is_same(alone.get(name), column[number]), f"row {number}: {name}"
        assert (alone.get("_error") is None) == (together.get("_error", [None] * len(rows))[number] is None)


def is_same(one: Any, other: Any) -> bool:
    if isinstance(one, (list, tuple)) or isinstance(other, (list, tuple)):
        return all(is_same(*pair) for pair in zip(one, other, strict=True))
    if one is None or other is None or one != one or other != other:
        return (one is None or one != one) and (other is None or other != other)
    return bool(one == other) if isinstance(one, str) else math.isclose(one, other, rel_tol=1e-12)


# Who tests the tests' own truth.


def is_interpreted(case: Case) -> bool:
    return case.element in INTERPRETED and Path(case.document).stat().st_size < 50_000


@pytest.mark.parametrize("case", [case for case in SHARED or COPIED if is_interpreted(case)], ids=name_of)
def test_the_interpreter_of_the_tests_answers_as_others_say(case: Case):
    if any(fnmatch(case.name, pattern) for pattern in NOT_INTERPRETED):
        pytest.skip("it has something that the interpreter does not know")
    expected = case.table("expected")
    if any(row.get("_error") == "VerificationException" for row in expected):
        pytest.skip("it does not load")
    interpreter = Interpreter(Path(case.document).read_text(encoding="utf-8"))
    for number, (row, wanted) in enumerate(zip(case.rows()[:20], expected, strict=False)):
        try:
            answer = interpreter.answer(row)
        except Refused:
            assert wanted["_error"], f"row {number}"
            continue
        for name, cell in wanted.items():
            if name in answer.outputs:
                assert same(cell, answer.outputs[name], case.tolerance), f"row {number}: {name}"


# Ways to the same leaves.


FORESTS = [case for case in SHARED or COPIED if Path(case.document).read_bytes().count(b"<TreeModel") > 1]


@pytest.mark.parametrize("case", FORESTS, ids=name_of)
def test_trees_find_the_same_leaves_and_sums_with_onnxruntime_and_without(case: Case):
    model = PmmlEvaluator(case.document)
    frame = model.document.door.rows(case.rows())
    for kernel in kernels_of(model.document.model.kernel):
        forest, total = getattr(kernel, "forest", None), getattr(kernel, "_sum", None)
        if isinstance(forest, FieldForest):
            matrix = forest.matrix(frame).copy()
            assert_ways_are_one(forest, total, matrix)
            matrix[np.random.default_rng(1).random(matrix.shape) < 0.3] = np.nan
            assert_ways_are_one(forest, total, matrix)


def kernels_of(kernel: Any) -> Iterator[Any]:
    """A kernel, and those of its segments."""
    yield kernel
    for segment in getattr(kernel, "segments", ()):
        yield from kernels_of(segment.model.kernel)


def assert_ways_are_one(forest: FieldForest, total: Sum | None, matrix: Array) -> None:
    forest.find_leaves()
    np.testing.assert_array_equal(forest.payloads(matrix), forest.steps.payload[forest.walk.leaves(matrix)])
    if total is not None:
        np.testing.assert_array_equal(total(matrix), total.walked(matrix))
