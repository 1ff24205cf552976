"""Models inside a program that judge each row by itself: values as they are go in, and come out."""

from __future__ import annotations

import asyncio
import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from pmml_documents import document

import salver
from salver.core.frames import loose_columns
from salver.core.tensor import TensorSpec

MODEL = """<RegressionModel functionName="regression">SCHEMA<RegressionTable intercept="1">
<NumericPredictor name="x" coefficient="2"/><CategoricalPredictor name="colour" value="red" coefficient="10"/>
</RegressionTable></RegressionModel>"""
FIELDS = {"x": "double", "colour": "string red green", "y": "target:double"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """y = 1 + 2 x, and 10 more for red; only red and green are colours."""
    path = tmp_path_factory.mktemp("pmml") / "model.pmml"
    path.write_text(document(MODEL, FIELDS))
    with salver.load(path) as opened:
        yield opened


def test_a_dict_of_values_is_a_row(model: Any) -> None:
    assert model.predict({"x": 2, "colour": "red"}) == {"y": 15.0}
    assert model.predict({"x": "2.5", "colour": "green"}) == {"y": 6.0}
    assert model.predict({"colour": "red"}) == {"y": None}
    assert model.predict(MappingProxyType({"x": 2.0, "colour": "red"})) == {"y": 15.0}


@pytest.mark.parametrize(
    "inputs",
    [
        {"x": [2, None, 1.5], "colour": ["red", "red", "green"]},
        {"x": np.array([2, np.nan, 1.5]), "colour": np.array(["red", "red", "green"])},
        [{"x": 2, "colour": "red"}, {"colour": "red"}, {"colour": "green", "x": 1.5}],
    ],
)
def test_rows_and_columns(model: Any, inputs: Any) -> None:
    answer = model.predict(inputs)
    assert answer.keys() == {"y"}
    np.testing.assert_array_equal(answer["y"], [15, np.nan, 4])
    np.testing.assert_array_equal(asyncio.run(model.predict_async(inputs))["y"], [15, np.nan, 4])


def test_a_refused_row_has_its_reason(model: Any) -> None:
    answer = model.predict({"x": 1, "colour": "pink"})
    assert answer["y"] is None
    assert "colour" in answer["_error"]
    assert "pink" in answer["_error"]
    for wanted in ((), ("y",), ("_error",)):
        answer = model.predict([{"x": 1, "colour": "red"}, {"x": 1, "colour": "pink"}], outputs=wanted)
        np.testing.assert_array_equal(answer["y"], [13, np.nan])
        assert answer["_error"][0] is None
        assert "pink" in answer["_error"][1]


def test_what_is_no_input_or_output_or_signature_is_refused(model: Any) -> None:
    row = {"x": 1, "colour": "red"}
    for inputs in ({"z": 1}, [{"x": 1}, {"z": 1}], {"z": [1]}):
        with pytest.raises(salver.BadInput, match="'z'"):
            model.predict(inputs)
    with pytest.raises(salver.BadInput, match="no output 'z'"):
        model.predict(row, outputs=("z",))
    with pytest.raises(salver.BadInput, match="no signature 'z'"):
        model.predict(row, signature="z")
    with pytest.raises(salver.BadInput, match="the model has 2 inputs, so wanted a dict of arrays with the names 'x'"):
        model.predict([[1, 2]])
    assert model.predict(row, signature="serving_default", outputs=("y",)) == {"y": 13.0}


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_frames(model: Any, library: Any) -> None:
    asked = library.DataFrame({"colour": ["red", "pink", None], "x": [1.0, 2.0, None], "other": [1, 2, 3]})
    answer = model.predict(asked)
    assert type(answer) is type(asked)
    assert list(answer.columns) == ["y", "_error"]
    assert answer["y"].to_list()[0] == 13
    assert "pink" in answer["_error"].to_list()[1]
    assert len(asyncio.run(model.predict_async(asked))) == 3


def test_a_frame_may_lack_columns_but_not_all(model: Any) -> None:
    answer = model.predict(pd.DataFrame({"colour": ["red", "green"]}, index=["u", "v"]))
    assert answer.index.tolist() == ["u", "v"]
    assert answer["y"].isna().all()
    with pytest.raises(salver.BadInput, match=r"none of the columns \['x', 'colour'\]; its columns are \['a'\]"):
        model.predict(pd.DataFrame({"a": [1]}))


def test_a_model_of_one_field_takes_its_values_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "model.pmml"
    path.write_text(
        document(
            '<RegressionModel functionName="regression">SCHEMA<RegressionTable intercept="1">'
            '<NumericPredictor name="x" coefficient="2"/></RegressionTable></RegressionModel>',
            {"x": "double", "y": "target:double"},
        )
    )
    with salver.load(path) as model:
        np.testing.assert_array_equal(model.predict([1, None, 2.5])["y"], [3, np.nan, 6])
        assert model.predict(4) == {"y": 9.0}


PANDAS = {
    "i": (pd.array([1, None], "Int64"), [1, None]),
    "f": (pd.array([1.5, None], "Float64"), [1.5, None]),
    "small": (np.array([1, 2], np.int8), [1, 2]),
    "b": (pd.array([True, None], "boolean"), [True, None]),
    "c": (pd.Categorical(["a", None]), ["a", None]),
    "s": (pd.array(["x", pd.NA], "string"), ["x", None]),
    "o": (["x", 1], ["x", 1]),
    "n": ([1.5, np.nan], [1.5, None]),
    "d": (pd.to_datetime(["2026-01-31", None]), [datetime.datetime(2026, 1, 31), None]),
    "l": ([["a"], ["b", "c"]], [["a"], ["b", "c"]]),
}
POLARS = {
    "i": ([1, None], [1, None]),
    "f": ([1.5, None], [1.5, None]),
    "b": ([True, None], [True, None]),
    "c": (pl.Series(["a", None], dtype=pl.Categorical), ["a", None]),
    "s": (["x", None], ["x", None]),
    "d": ([datetime.date(2026, 1, 31), None], [datetime.date(2026, 1, 31), None]),
    "l": ([["a"], ["b", "c"]], [["a"], ["b", "c"]]),
}


@pytest.mark.parametrize("dtype", ["FP64", "BYTES"])
@pytest.mark.parametrize(("library", "columns"), [(pd, PANDAS), (pl, POLARS)], ids=["pandas", "polars"])
def test_columns_of_every_kind_have_plain_values(library: Any, columns: Any, dtype: str) -> None:
    frame = library.DataFrame({name: values for name, (values, _) in columns.items()})
    found = loose_columns(frame, {name: TensorSpec(dtype, (-1,), loose=True) for name in columns})
    for name, (_, wanted) in columns.items():
        assert [None if value != value else value for value in found[name]] == wanted, name
