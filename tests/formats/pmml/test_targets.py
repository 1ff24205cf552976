"""What becomes of a prediction: clamped, rescaled, rounded, in this order; or replaced where there is none."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from pmml_documents import document
from pmml_pieces import CLASSES, tree

from salver.core.errors import BadInput
from salver.formats.pmml.evaluator import PmmlEvaluator

NUMBERS = {"x": "double", "y": "target:double"}
LINE = '<RegressionTable intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable>'


def opened(folder: Path, text: str) -> PmmlEvaluator:
    path = folder / "model.pmml"
    path.write_text(text, encoding="utf-8")
    return PmmlEvaluator(str(path))


def ask(folder: Path, attributes: str, x: float | None, inside: str = "") -> Any:
    """What a model says that says x, with a Target."""
    targets = f'<Targets><Target field="y" {attributes}>{inside}</Target></Targets>'
    model = opened(
        folder,
        document(f'<RegressionModel functionName="regression">SCHEMA{targets}{LINE}</RegressionModel>', NUMBERS),
    )
    alone, among = model.of_values({"x": x})["y"], model.of_values([{"x": x}, {"x": 0}])["y"][0]
    assert alone == among or (alone is None and math.isnan(among))
    return alone


@pytest.mark.parametrize(
    ("attributes", "x", "wanted"),
    [
        ("", 3, 3),
        ('min="1"', 0, 1),
        ('max="5"', 9, 5),
        ('min="1" max="5"', 3, 3),
        ('rescaleFactor="2"', 3, 6),
        ('rescaleConstant="10"', 3, 13),
        ('rescaleFactor="2" rescaleConstant="10"', 3, 16),
        ('min="1" max="5" rescaleFactor="2" rescaleConstant="10"', 9, 20),
        ('max="5" rescaleFactor="2" castInteger="round"', 2.26, 5),
        ('rescaleFactor="0.5" castInteger="ceiling"', 3, 2),
        ('castInteger="round"', 2.5, 3),
        ('castInteger="round"', -2.5, -2),
        ('castInteger="ceiling"', 2.1, 3),
        ('castInteger="ceiling"', -2.9, -2),
        ('castInteger="floor"', 2.9, 2),
        ('castInteger="floor"', -2.1, -3),
        ('min="1"', None, None),
        ('castInteger="round"', None, None),
    ],
)
def test_numbers_are_clamped_then_rescaled_then_rounded(tmp_path: Path, attributes: str, x: Any, wanted: Any):
    assert ask(tmp_path, attributes, x) == wanted


def test_a_default_stands_in_for_what_is_missing_as_it_is(tmp_path: Path):
    default = '<TargetValue defaultValue="42"/>'
    assert ask(tmp_path, 'max="5" rescaleFactor="2"', None, default) == 42
    assert ask(tmp_path, 'max="5" rescaleFactor="2"', 9, default) == 10


PRIORS = (
    '<Targets><Target field="y"><TargetValue value="a" priorProbability="0.25" displayValue="Aye"/>'
    '<TargetValue value="b" priorProbability="0.75"/></Target></Targets>'
)
OUTPUT = (
    '<Output><OutputField name="shown" feature="predictedDisplayValue"/>'
    '<OutputField name="p" feature="probability" value="a"/></Output>'
)
NODES = (
    '<Node><True/><Node score="a"><SimplePredicate field="x" operator="lessThan" value="0"/>'
    '<ScoreDistribution value="a" recordCount="3"/><ScoreDistribution value="b" recordCount="1"/></Node></Node>'
)


def test_priors_stand_in_for_classes_that_are_missing(tmp_path: Path):
    model = opened(tmp_path, document(tree(f"{OUTPUT}{PRIORS}{NODES}", "", "classification"), CLASSES))
    for x, wanted in ((-1, ("a", "Aye", 0.75)), (1, ("b", "b", 0.25)), (None, ("b", "b", 0.25))):
        alone = model.of_values({"x": x})
        assert (alone["y"], alone["shown"], alone["p"]) == wanted
    among = model.of_values([{"x": -1}, {"x": 1}])
    assert (among["y"].tolist(), among["p"].tolist()) == (["a", "b"], [0.75, 0.25])


def test_a_class_that_is_none_is_refused(tmp_path: Path):
    fields = {"x": "double", "y": "target:integer 0 1"}
    text = document(
        tree(
            '<Targets><Target><TargetValue value="a" priorProbability="1"/></Target></Targets>'
            '<Node score="0"><True/></Node>',
            "",
            "classification",
        ),
        fields,
    )
    with pytest.raises(BadInput, match=r"'a' is no integer, as the target is .*TargetValue, line 3"):
        opened(tmp_path, text)
