"""Random documents and rows: the compiled engine says what a plain interpreter says, and the same however it is asked.

`PMML_DOCUMENTS=1000 pytest tests/formats/pmml/test_properties.py` has so many documents a test.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pmml_interpreter import Interpreter
from pmml_interpreter_trees import Answer
from pmml_interpreter_values import Refused
from pmml_random_fields import LEVELS, array, element
from pmml_random_models import Generated, documents

from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.formats.pmml.evaluator import PmmlEvaluator

DOCUMENTS = int(os.environ.get("PMML_DOCUMENTS", "10"))
some = settings(
    max_examples=DOCUMENTS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
Opened = Callable[[str], PmmlEvaluator]
Row = Mapping[str, Any]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Opens a document."""

    def open_it(document: str) -> PmmlEvaluator:
        path = tmp_path / "model.pmml"
        path.write_text(document, encoding="utf-8")
        return PmmlEvaluator(str(path))

    return open_it


# Engine and interpreter.


@pytest.mark.slow
@some
@given(documents("tree"))
def test_trees_answer_as_the_specification_says(opened: Opened, generated: Generated):
    compare(opened, generated)


@pytest.mark.slow
@some
@given(documents("regression"))
def test_regressions_answer_as_the_specification_says(opened: Opened, generated: Generated):
    compare(opened, generated)


@pytest.mark.slow
@some
@given(documents("mining"))
def test_models_of_models_answer_as_the_specification_says(opened: Opened, generated: Generated):
    compare(opened, generated)


@pytest.mark.slow
@some
@given(documents("any", derived=5))
def test_models_over_derived_fields_answer_as_the_specification_says(opened: Opened, generated: Generated):
    compare(opened, generated)


def compare(opened: Opened, generated: Generated) -> None:
    answers = opened(generated.document).of_values(list(generated.rows))
    interpreter = Interpreter(generated.document)
    for number, row in enumerate(generated.rows):
        refused = "_error" in answers and answers["_error"][number] is not None
        said = {name: column[number] for name, column in answers.items()}
        try:
            wanted = interpreter.answer(row)
        except Refused:
            wanted = None
        if refused or wanted is None:
            # Whether a value is looked at that the answer does not turn on is left to each.
            assert interpreter.has_doubts(row), f"row {number} {row} is refused: {said['_error']}"
            continue
        found = list(differences(wanted, said))
        assert not found, f"row {number} {row}: {'; '.join(found)}"


def differences(wanted: Answer, said: Row) -> Iterator[str]:
    if wanted.is_tied:
        return
    for name, value in wanted.outputs.items():
        if name not in said or not is_said(value, said[name]):
            yield f"{name} is {said.get(name)!r}, wanted {value!r}"


def is_said(value: Any, said: Any) -> bool:
    """Whether an answer is what the interpreter says."""
    if is_missing(said) or is_missing(value):
        return is_missing(said) and is_missing(value)
    if isinstance(value, str):
        return bool(value == said)
    return math.isclose(value, said, rel_tol=1e-9, abs_tol=1e-12)


# Ways to ask.


@pytest.mark.slow
@some
@given(documents("any", derived=3))
def test_rows_columns_and_single_rows_are_answered_alike(opened: Opened, generated: Generated):
    model, rows = opened(generated.document), generated.rows
    together = rows_of(model.of_values(list(rows)), len(rows))
    assert_same(together, [model.of_values(row) for row in rows])
    assert_same(together, rows_of(model.of_values(columns_of(generated)), len(rows)))
    first, rest = rows[:5], rows[5:]
    parts = [rows_of(model.of_values(list(part)), len(part)) for part in (first, rest)]
    assert_same(together, [*parts[0], *parts[1]])


@pytest.mark.slow
@some
@given(documents("any", derived=3), st.randoms(use_true_random=False))
def test_neither_order_nor_what_nobody_reads_matters(opened: Opened, generated: Generated, chance: Any):
    model, rows = opened(generated.document), generated.rows
    # A row of nothing but unknown names would be refused.
    strange: list[dict[str, Any]] = [{**row, "??? of no use": "?"} if row else {} for row in rows]
    mixed: list[Row] = [dict(chance.sample([*row.items()], len(row))) for row in strange]
    assert_same(rows_of(model.of_values(list(rows)), len(rows)), rows_of(model.of_values(mixed), len(rows)))
    columns = columns_of(generated)
    turned = {name: columns[name] for name in chance.sample([*columns], len(columns))}
    assert_same(
        rows_of(model.of_values(columns), len(rows)),
        rows_of(model.of_values({"??? of no use": [0] * len(rows), **turned}), len(rows)),
    )


@pytest.mark.slow
@some
@given(documents("any", derived=3))
def test_none_nan_and_no_key_are_the_same(opened: Opened, generated: Generated):
    model = opened(generated.document)
    bare: list[Row] = [{name: value for name, value in row.items() if not is_missing(value)} for row in generated.rows]
    assume(all(bare))
    wanted = rows_of(model.of_values(bare), len(bare))
    assert_same(wanted, rows_of(model.of_values(list(generated.rows)), len(bare)))
    for gap in (None, math.nan):
        told: list[Row] = [{**dict.fromkeys(generated.fields, gap), **row} for row in bare]
        assert_same(wanted, rows_of(model.of_values(told), len(bare)))
        assert_same(wanted, [model.of_values(row) for row in told])


@pytest.mark.slow
@some
@given(documents("any"))
def test_a_request_is_answered_as_values_are(opened: Opened, generated: Generated):
    model, rows = opened(generated.document), generated.rows
    wanted = model.of_values(list(rows))
    tensors = {name: Tensor("JSON", objects(column)) for name, column in columns_of(generated).items()}
    response = model(Request(tensors, params={"row_errors": True}))
    said = {name: tensor.array for name, tensor in response.tensors.items()}
    assert_same(rows_of(wanted, len(rows)), rows_of(said, len(rows)))


VALUES = {
    "double": "1",
    "float": "1",
    "integer": "1",
    "boolean": "true",
    "string": "mid",
    "date": "2020-01-31",
    "dateTime": "2020-01-31T12:30:00",
    "time": "12:30:00",
}


@pytest.mark.parametrize("type_", VALUES)
def test_no_comparison_with_a_missing_value_is_true(opened: Opened, type_: str):
    tests = [
        element("SimplePredicate", {"field": "x", "operator": operator, "value": VALUES[type_]})
        for operator in ("equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual")
    ]
    tests += [
        element("SimpleSetPredicate", {"field": "x", "booleanOperator": operator}, array([VALUES[type_]], type_))
        for operator in ("isIn", "isNotIn")
    ]
    logic = ("and", "or", "xor", "surrogate")
    tests += [element("CompoundPredicate", {"booleanOperator": each}, test, test) for each in logic for test in tests]
    model = opened(one_question(tests, type_))
    assert model.of_values({"x": VALUES[type_]})["y"] == 1
    assert model.of_values({"x": None})["y"] == 0
    assert model.of_values([{"x": None}, {"x": VALUES[type_]}, {"x": math.nan}])["y"].tolist() == [0, 1, 0]


def one_question(predicates: Sequence[str], type_: str) -> str:
    """A tree that says 1 where any predicate on the field x is TRUE, else 0."""
    levels = [element("Value", {"value": value}) for value in LEVELS] if type_ == "string" else []
    attributes = {"name": "x", "optype": "ordinal" if levels else "continuous", "dataType": type_}
    target = {"name": "y", "optype": "continuous", "dataType": "double"}
    dictionary = element("DataDictionary", {}, element("DataField", attributes, *levels), element("DataField", target))
    schema = element(
        "MiningSchema",
        {},
        *(element("MiningField", each) for each in ({"name": "x"}, {"name": "y", "usageType": "target"})),
    )
    nodes = [element("Node", {"score": "1"}, predicate) for predicate in predicates]
    strategies = {"functionName": "regression", "noTrueChildStrategy": "returnLastPrediction"}
    return element(
        "PMML",
        {},
        dictionary,
        element("TreeModel", strategies, schema, element("Node", {"score": "0"}, element("True"), *nodes)),
    )


# Answers side by side.


def columns_of(generated: Generated) -> dict[str, list[Any]]:
    return {name: [row.get(name) for row in generated.rows] for name in generated.fields}


def rows_of(answers: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    return [{name: column[number] for name, column in answers.items()} for number in range(count)]


def objects(values: Sequence[Any]) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def is_missing(value: Any) -> bool:
    return value is None or bool(value != value)


def assert_same(left: Sequence[Row], right: Sequence[Row]) -> None:
    """Raises AssertionError where two answers differ in more than the last bits of a sum."""
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        for name in one.keys() | other.keys():
            found, wanted = one.get(name), other.get(name)
            # Words are not compared: a number is told as it came.
            alike = is_missing(found) == is_missing(wanted) if name == "_error" else is_same(found, wanted)
            assert alike, f"row {number}: {name} is {found!r} and {wanted!r}"


def is_same(value: Any, other: Any) -> bool:
    if is_missing(value) or is_missing(other) or isinstance(value, str):
        return bool(value == other) or (is_missing(value) and is_missing(other))
    return math.isclose(value, other, rel_tol=1e-12, abs_tol=1e-15)
