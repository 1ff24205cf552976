"""`salver convert`: PMML documents become ONNX models that other commands take."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

Write: TypeAlias = Callable[[str, str], Path]

LINE = """<PMML version="4.4"><Header/><DataDictionary>
<DataField name="size" optype="continuous" dataType="double">{}</DataField>
<DataField name="price" optype="continuous" dataType="double"/></DataDictionary>
<RegressionModel functionName="regression"><MiningSchema><MiningField name="size"/>
<MiningField name="price" usageType="target"/></MiningSchema>
<RegressionTable intercept="10"><NumericPredictor name="size" coefficient="2.5"/></RegressionTable>
</RegressionModel></PMML>"""
RULE = '<Interval closure="closedClosed" leftMargin="0" rightMargin="100"/>'


@pytest.fixture
def line(write: Write) -> Path:
    return write("line.pmml", LINE.format(""))


def test_the_model_takes_the_columns_and_gives_the_answers(salver, line, tmp_path, write):
    ran = salver("convert", line, tmp_path / "line.onnx")
    assert ran.status == 0
    assert "input   size   FP64\n  output  price  FP64\n" in ran.out
    assert "1,000 made-up rows through both" in ran.out
    assert "1 output agrees within 1e-9" in ran.out
    rows = write("rows.csv", "size\n4\n\n")
    answers = [salver("predict", model, rows).out for model in (line, tmp_path / "line.onnx")]
    assert [json.loads(text.splitlines()[0]) for text in answers] == [{"price": 20.0}] * 2


def test_rows_that_would_be_refused_are_missing_where_that_is_wished(salver, write, tmp_path):
    document, target = write("line.pmml", LINE.format(RULE)), tmp_path / "line.onnx"
    ran = salver("convert", document, target)
    assert ran.status == 1
    assert "refuses rows in which it is not double [0, 100]" in ran.err
    assert "--invalid-as-missing" in ran.err
    assert "line 4)" in ran.err
    assert not target.exists()
    ran = salver("convert", document, target, "--invalid-as-missing")
    assert "200 rows that the document refuses have no answer in the model" in ran.out
    assert target.exists()


def test_a_file_that_is_there_is_replaced_as_a_whole(salver, line, tmp_path):
    target = tmp_path / "line.onnx"
    target.write_text("old")
    salver("convert", line, target)
    assert salver("inspect", target).status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["line.onnx", "line.pmml"]


@pytest.mark.parametrize(
    ("target", "said"),
    [("line.bin", "wanted one that ends in .onnx"), ("none/line.onnx", "there is no folder")],
)
def test_wrong_targets_get_one_sentence(salver, line, tmp_path, target, said):
    ran = salver("convert", line, tmp_path / target)
    assert (ran.status, ran.out) == (1, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_other_formats_are_not_converted(salver, wine, tmp_path):
    ran = salver("convert", wine, tmp_path / "wine.onnx")
    assert ran.status == 1
    assert "is onnx, and only PMML documents are converted" in ran.err
