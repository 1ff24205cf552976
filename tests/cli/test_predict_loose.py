"""Files of rows for a model that judges each row by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pmml_documents import document

MODEL = """<RegressionModel functionName="regression">SCHEMA<RegressionTable intercept="1">
<NumericPredictor name="x" coefficient="2"/><CategoricalPredictor name="colour" value="red" coefficient="10"/>
</RegressionTable></RegressionModel>"""
FIELDS = {"x": "double", "colour": "string red green", "y": "target:double"}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.pmml"
    path.write_text(document(MODEL, FIELDS))
    return path


def answers(out: str) -> list[Any]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.csv", "colour,x,other\nred,2,z\n,,\ngreen, 1.5 \n"),
        ("rows.json", '[{"x": 2, "colour": "red"}, {}, {"x": 1.5, "colour": "green"}]'),
        ("rows.jsonl", '{"x": 2, "colour": "red"}\n{"x": null}\n{"x": "1.5", "colour": "green"}\n'),
        ("columns.json", '{"x": [2, null, 1.5], "colour": ["red", null, "green"]}'),
    ],
)
def test_an_empty_cell_a_null_and_what_is_not_there_are_missing(salver, model, write, name, text):
    ran = salver("predict", model, write(name, text))
    assert (ran.status, ran.err) == (0, "")
    assert answers(ran.out) == [{"y": 15.0}, {"y": None}, {"y": 4.0}]


def test_texts_come_as_they_are_and_a_refused_row_has_its_reason(salver, model, write):
    ran = salver("predict", model, write("rows.csv", "x,colour\n1,red\nnone,red\n1_0,red\n1,pink\n"))
    assert ran.status == 0
    good, *bad = answers(ran.out)
    assert good == {"y": 13.0, "_error": None}
    for row, value in zip(bad, ("none", "1_0", "pink"), strict=True):
        assert row["y"] is None
        assert value in row["_error"]


def test_one_row_of_a_document(salver, model, write):
    ran = salver("predict", model, write("row.json", '{"x": 2, "colour": "red"}'))
    assert answers(ran.out) == [{"y": 15.0}]


def test_inspect_tells_what_is_meant_to_come_in(salver, model):
    ran = salver("inspect", model)
    assert ran.status == 0
    assert "optional; one of 'red', 'green'" in ran.out
    assert "model.predict({'x': 1.0, 'colour': 'red'})" in ran.out
    facts = json.loads(salver("inspect", model, "--json").out)
    domain = facts["signatures"]["serving_default"]["inputs"]["colour"]["domain"]
    assert domain == {"kind": "categorical", "categories": ["red", "green"]}
