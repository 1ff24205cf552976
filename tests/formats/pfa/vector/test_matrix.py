"""The numbers of a batch as one matrix, or none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from salver.formats.pfa.avro.types import DOUBLE, INT, STRING, Field, Record
from salver.formats.pfa.vector.matrix import of_columns, of_rows

PAIR = Record("Pair", [Field("x", DOUBLE), Field("y", DOUBLE)])


def test_columns_stand_in_the_order_of_the_fields() -> None:
    found = of_columns({"y": np.array([3, 4], np.int64), "x": np.array([1.5, np.nan], np.float32)}, PAIR)
    assert found is not None
    assert found.dtype == np.float64
    assert np.array_equal(found, [[1.5, 3.0], [np.nan, 4.0]], equal_nan=True)


@pytest.mark.parametrize(
    "columns",
    [
        {"x": np.zeros(2)},
        {"x": np.zeros(2), "y": np.zeros(3)},
        {"x": np.zeros(2), "y": np.zeros((2, 1))},
        {"x": np.zeros(2), "y": np.zeros(2, bool)},
        {"x": np.zeros(2), "y": np.array([1.0, None], object)},
        {"x": np.zeros(2), "y": np.zeros(2, complex)},
    ],
)
def test_columns_that_are_not_plain_numbers_make_none(columns: dict[str, Any]) -> None:
    assert of_columns(columns, PAIR) is None


def test_rows_stand_in_the_order_of_the_fields() -> None:
    found = of_rows([{"y": 2.0, "x": 1.0}, {"x": 3.0, "y": np.inf}], PAIR)
    assert found is not None
    assert found.tolist() == [[1.0, 2.0], [3.0, np.inf]]


@pytest.mark.parametrize(
    "rows",
    [
        [{"x": 1.0, "y": 2}],
        [{"x": 1.0, "y": True}],
        [{"x": 1.0, "y": None}],
        [{"x": 1.0, "y": np.float64(1)}],
        [{"x": 1.0}],
        [{"x": 1.0, "y": 2.0, "z": 3.0}],
        [{"x": 1.0, "z": 2.0}],
        [[1.0, 2.0]],
        [None],
        ["xy"],
        [3.0],
        [],
    ],
)
def test_rows_that_are_not_plainly_floating_numbers_make_none(rows: list[Any]) -> None:
    assert of_rows(rows, PAIR) is None


@pytest.mark.parametrize("other", [INT, STRING])
def test_records_of_other_types_make_none(other: Any) -> None:
    mixed = Record("Mixed", [Field("x", DOUBLE), Field("y", other)])
    assert of_rows([{"x": 1.0, "y": 2.0}], mixed) is None
    assert of_columns({"x": np.zeros(2), "y": np.array(["a", "b"])}, mixed) is None
