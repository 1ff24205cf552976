"""What may come in: rows, columns, all that Python has for a number, and names that are none."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput
from salver.formats.pmml.evaluator import PmmlEvaluator

INPUTS = {"income": "double", "age": "integer", "single": "float", "job": "string", "since": "date"}
FIELDS = {**INPUTS, "y": "target:double"}
ECHO = "".join(
    f'<OutputField name="{name}!" feature="transformedValue" dataType="{each}"><FieldRef field="{name}"/></OutputField>'
    for name, each in INPUTS.items()
)
MODEL = (
    f'<RegressionModel functionName="regression">SCHEMA<Output>{ECHO}</Output>'
    '<RegressionTable intercept="1"/></RegressionModel>'
)
WHOLE = {"income": 1.5, "age": 30, "single": 0.5, "job": "clerk", "since": "2020-01-31"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> PmmlEvaluator:
    """A model that says what it was asked with."""
    return evaluator(tmp_path_factory.mktemp("door"), MODEL, FIELDS)


@pytest.mark.parametrize(
    ("name", "value", "held"),
    [
        ("income", 2, 2.0),
        ("income", "2.5", 2.5),
        ("income", True, 1.0),
        ("income", np.float32(0.5), 0.5),
        ("income", np.int64(7), 7.0),
        ("income", 10**400, math.inf),
        ("income", b"4", 4.0),
        ("income", None, None),
        ("income", math.nan, None),
        ("age", 30.0, 30),
        ("age", "30", 30),
        ("age", "30.0", 30),
        ("single", 0.1, float(np.float32(0.1))),
        ("job", "Ü", "Ü"),
        ("job", 7, "7"),
        ("job", 7.0, "7.0"),
        ("job", True, "true"),
        ("job", b"x", "x"),
        ("job", "", ""),
        ("job", None, None),
        ("job", math.nan, None),
        ("since", datetime.date(2020, 1, 31), "2020-01-31"),
        ("since", np.datetime64("2020-01-31"), "2020-01-31"),
        ("since", "2020-01-31T12:00:00", "2020-01-31"),
    ],
)
def test_a_value_comes_in_however_it_is_given(model: PmmlEvaluator, name: str, value: Any, held: Any):
    row = {**WHOLE, name: value}
    assert model.of_values(row)[f"{name}!"] == held
    for many in (model.of_values([row, WHOLE]), model.of_values({key: [entry] for key, entry in row.items()})):
        found = many[f"{name}!"][0]
        assert found == held or (held is None and (found is None or math.isnan(found)))


NONE = [
    ("income", "many"),
    ("income", ""),
    ("income", {}),
    ("age", 30.5),
    ("age", math.inf),
    ("age", 10**400),
    ("since", "noon"),
    ("since", 5),
]


@pytest.mark.parametrize(("name", "value"), NONE)
def test_what_is_no_value_of_its_field_refuses_its_row_alone(model: PmmlEvaluator, name: str, value: Any):
    answers = model.of_values([WHOLE, {**WHOLE, name: value}])
    assert answers["_error"][0] is None
    assert f"field '{name}': " in answers["_error"][1]
    assert (answers["y"][0], math.isnan(answers["y"][1])) == (1, True)
    assert "_error" in model.of_values({**WHOLE, name: value})


COLUMNS: list[tuple[str, Callable[[], Any]]] = [
    ("a list", lambda: [1.5, None, 2]),
    ("a tuple", lambda: (1.5, None, 2)),
    ("floats", lambda: np.array([1.5, np.nan, 2])),
    ("single floats", lambda: np.array([1.5, np.nan, 2], np.float32)),
    ("objects", lambda: np.array([1.5, None, 2], object)),
    ("texts", lambda: np.array(["1.5", None, "2"], object)),
    ("every other", lambda: np.array([1.5, 0, np.nan, 0, 2, 0])[::2]),
]


@pytest.mark.parametrize("column", [make for _, make in COLUMNS], ids=[name for name, _ in COLUMNS])
def test_a_column_comes_in_however_it_is_given(model: PmmlEvaluator, column: Callable[[], Any]):
    found = model.of_values({"income": column()})["income!"].tolist()
    assert (found[0], math.isnan(found[1]), found[2]) == (1.5, True, 2)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, np.bool_])
def test_whole_numbers_come_in_as_columns(model: PmmlEvaluator, dtype: Any):
    assert model.of_values({"age": np.array([1, 0], dtype)})["age!"].tolist() == [1, 0]


def test_a_column_that_is_none_is_missing(model: PmmlEvaluator):
    answers = model.of_values({"income": [1.0, 2.0], "job": None, "age": None})
    assert answers["job!"].tolist() == [None, None]
    assert np.isnan(answers["age!"]).all()


def test_no_rows_have_no_answers(model: PmmlEvaluator):
    assert model.of_values([])["y"].tolist() == []
    assert model.of_values({"income": []})["y"].tolist() == []


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ([{"incom": 1}], "row 0: there is no field 'incom'"),
        ([WHOLE, {"incom": 1, "age": 2}], "row 1: there is no field 'incom'; did you mean 'income'?"),
        ([{"weather": 1}], "row 0: there is no field 'weather'; the inputs are"),
        ([5], "row 0 is int 5, wanted an object by field name"),
        ({"incom": [1.0], "age": [2]}, "there is no field 'incom'; did you mean 'income'?"),
        ({"income": [1.0, 2.0], "age": [3]}, "columns must have the same number of rows, got 'income' 2, 'age' 1"),
        ({"income": [1.0], "age": 3}, "column 'age' is int 3, wanted a list or an array"),
        ({"income": [1.0], "job": "x"}, "column 'job' is str 'x', wanted a list or an array"),
        ({"income": np.ones((2, 2))}, "column 'income' has one value a row, got an array of shape"),
    ],
)
def test_what_is_asked_wrongly_is_refused(model: PmmlEvaluator, asked: Any, reason: str):
    with pytest.raises(BadInput) as fault:
        model.of_values(asked)
    assert reason in fault.value.message


def test_names_that_nobody_reads_are_passed_over(model: PmmlEvaluator):
    assert model.of_values({**WHOLE, "weather": "fine"})["income!"] == 1.5
    assert model.of_values({"income": [1.0], "weather": ["fine"]})["income!"].tolist() == [1]
    # A name that looks like a field is no matter where that field comes too.
    assert model.of_values({**WHOLE, "incom": 9})["income!"] == 1.5


def test_rows_are_not_written_to(model: PmmlEvaluator, tmp_path: Path):
    column = np.array([0.1, 0.2])
    row = dict(WHOLE)
    model.of_values({"single": column})
    model.of_values(row)
    assert (column.tolist(), row) == ([0.1, 0.2], WHOLE)
