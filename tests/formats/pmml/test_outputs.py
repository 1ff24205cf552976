"""What a document says of its answer: features, casts, what is hidden, and what chains hand on."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from pmml_documents import document
from pmml_pieces import CLASSES, NUMBERS, tree

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml.evaluator import PmmlEvaluator
from salver.formats.pmml.options import PmmlOptions

LINE = '<RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>'
NODES = (
    '<Node id="top" score="a"><True/><Node id="low" score="b">'
    '<SimplePredicate field="x" operator="lessThan" value="0"/>'
    '<ScoreDistribution value="a" recordCount="1" confidence="0.2"/>'
    '<ScoreDistribution value="b" recordCount="3" confidence="0.7"/></Node></Node>'
)


def opened(folder: Path, text: str) -> PmmlEvaluator:
    path = folder / "model.pmml"
    path.write_text(text, encoding="utf-8")
    return PmmlEvaluator(str(path))


def of_a_line(folder: Path, fields: str) -> PmmlEvaluator:
    """A model that says 2 x + 1."""
    inside = f"<Output>{fields}</Output>{LINE}"
    text = f'<RegressionModel functionName="regression">SCHEMA{inside}</RegressionModel>'
    return opened(folder, document(text, NUMBERS))


def of_a_tree(folder: Path, fields: str) -> PmmlEvaluator:
    return opened(folder, document(tree(f"<Output>{fields}</Output>{NODES}", "", "classification"), CLASSES))


def field(name: str, feature: str = "", inside: str = "", **attributes: str) -> str:
    given = "".join(f' {key}="{value}"' for key, value in ({"feature": feature} | attributes).items() if value)
    return f'<OutputField name="{name}"{given}>{inside}</OutputField>'


def ref(name: str) -> str:
    return f'<FieldRef field="{name}"/>'


@pytest.mark.parametrize(
    ("type_", "wanted"),
    [("double", 2.5), ("string", "2.5"), ("float", 2.5), ("", 2.5)],
)
def test_an_output_is_cast_to_its_type(tmp_path: Path, type_: str, wanted: Any):
    model = of_a_line(tmp_path, field("o", "predictedValue", dataType=type_))
    assert model.of_values({"x": 0.75})["o"] == wanted
    assert model.of_values([{"x": 0.75}])["o"].tolist() == [wanted]


def test_a_whole_number_becomes_an_integer_and_another_is_missing(tmp_path: Path):
    model = of_a_line(tmp_path, field("o", "predictedValue", dataType="integer"))
    assert [model.of_values({"x": x})["o"] for x in (3, 0.75)] == [7, None]
    assert isinstance(model.of_values({"x": 3})["o"], int)
    assert model.of_values([{"x": 3}, {"x": 1}])["o"].dtype.kind == "i"


def test_what_is_no_final_result_is_not_of_the_answer_but_may_be_read(tmp_path: Path):
    double = f'<Apply function="*">{ref("h")}<Constant>2</Constant></Apply>'
    fields = field("h", "predictedValue", isFinalResult="false") + field("o", "transformedValue", double)
    of_a_line(tmp_path, fields)
    bare = PmmlEvaluator(str(tmp_path / "model.pmml"), PmmlOptions(own_view=False))
    assert bare.of_values({"x": 1}) == {"y": 3, "o": 6}


def test_an_expression_reads_the_target_inputs_and_what_came_before(tmp_path: Path):
    fields = field("t", "transformedValue", ref("y")) + field("i", "transformedValue", ref("x"))
    fields += field("both", "transformedValue", f'<Apply function="+">{ref("t")}{ref("i")}</Apply>')
    assert of_a_line(tmp_path, fields).of_values({"x": 1}) == {"y": 3, "t": 3, "i": 1, "both": 4}
    missing = of_a_line(tmp_path, fields).of_values({"x": None})
    assert missing == {"y": None, "t": None, "i": None, "both": None}


def test_an_expression_makes_a_transformed_value_without_saying_so(tmp_path: Path):
    assert of_a_line(tmp_path, field("o", "", ref("x"))).of_values({"x": 1})["o"] == 1


def test_features_of_a_tree(tmp_path: Path):
    fields = field("label", "predictedValue") + field("node", "entityId") + field("p", "probability")
    fields += (
        field("p of a", "probability", value="a") + field("c", "confidence") + field("c of a", "confidence", value="a")
    )
    model = of_a_tree(tmp_path, fields)
    wanted = {"label": "b", "node": "low", "p": 0.75, "p of a": 0.25, "c": 0.7, "c of a": 0.2}
    assert {name: model.of_values({"x": -1})[name] for name in wanted} == wanted
    nothing = model.of_values({"x": 1})
    assert {nothing[name] for name in wanted} == {None}


def test_a_residual_is_what_was_missed(tmp_path: Path):
    model = of_a_line(tmp_path, field("r", "residual"))
    assert model.of_values({"x": 1, "y": 5})["r"] == 2
    assert model.of_values({"x": 1})["r"] is None
    model = of_a_tree(tmp_path, field("r", "residual") + field("r of a", "residual", value="a"))
    assert [model.of_values({"x": -1, "y": y})["r"] for y in "ab"] == [-0.75, 0.25]
    assert [model.of_values({"x": -1, "y": y})["r of a"] for y in "ab"] == [0.75, -0.25]


def test_a_residual_of_texts_is_refused(tmp_path: Path):
    output = f"<Output>{field('r', 'residual')}</Output>"
    text = f'<RegressionModel functionName="regression">SCHEMA{output}{LINE}</RegressionModel>'
    with pytest.raises(BadInput, match=r"a residual is of numbers, field 'y' is text .*OutputField, line 3"):
        opened(tmp_path, document(text, {"x": "double", "y": "target:string"}))


def test_a_decision_is_an_expression(tmp_path: Path):
    decision = f'<Apply function="if"><Apply function="greaterThan">{ref("y")}<Constant>2</Constant></Apply>'
    decision += '<Constant dataType="string">yes</Constant><Constant dataType="string">no</Constant></Apply>'
    model = of_a_line(tmp_path, field("d", "decision", decision, dataType="string"))
    assert model.of_values([{"x": 0}, {"x": 1}, {"x": None}])["d"].tolist() == ["no", "yes", None]


def chain(predicate: str = "<True/>") -> str:
    """A model of 2 x + 1, and one of ten times that."""
    said = field("step", "predictedValue", isFinalResult="false") + field("shown", "predictedValue")
    tenfold = LINE.replace('name="x"', 'name="step"').replace('"1"', '"0"').replace('"2"', '"10"')
    first, second = (
        f'<RegressionModel functionName="regression"><MiningSchema><MiningField name="{name}"/></MiningSchema>'
        f"<Output>{output}</Output>{table}</RegressionModel>"
        for name, output, table in (("x", said, LINE), ("step", "", tenfold))
    )
    segments = f"<Segment>{predicate}{first}</Segment><Segment><True/>{second}</Segment>"
    segmentation = f'<Segmentation multipleModelMethod="modelChain">{segments}</Segmentation>'
    return document(f'<MiningModel functionName="regression">SCHEMA{segmentation}</MiningModel>', NUMBERS)


def test_a_chain_hands_on_what_its_models_say(tmp_path: Path):
    model = opened(tmp_path, chain())
    assert model.of_values({"x": 1}) == {"y": 30, "shown": 3}
    columns = model.of_values([{"x": 1}, {"x": None}])
    assert (columns["y"][0], columns["shown"][0]) == (30, 3)
    assert all(math.isnan(columns[name][1]) for name in ("y", "shown"))


def test_a_model_that_takes_no_part_hands_on_nothing(tmp_path: Path):
    model = opened(tmp_path, chain('<SimplePredicate field="x" operator="greaterThan" value="0"/>'))
    assert model.of_values({"x": 1}) == {"y": 30, "shown": 3}
    assert model.of_values({"x": -1}) == {"y": None, "shown": None}
    columns = model.of_values([{"x": -1}, {"x": 1}])
    assert (math.isnan(columns["y"][0]), columns["y"][1], columns["shown"][1]) == (True, 30, 3)


@pytest.mark.parametrize(
    ("fields", "kind", "reason"),
    [
        (field("o", "warp"), Unsupported, "feature='warp' is not supported"),
        (field("o", "predictedValue", segmentId="1"), BadInput, "no segment '1'"),
        (field("o", "transformedValue", ref("later")) + field("later"), BadInput, "no field 'later'"),
        (field("o", "predictedValue", dataType="word"), BadInput, "dataType='word' is not known"),
    ],
)
def test_what_cannot_be_said_is_refused(tmp_path: Path, fields: str, kind: type[Exception], reason: str):
    with pytest.raises(kind, match=rf"{reason}.*/PMML/RegressionModel/Output/OutputField.*, line 3"):
        of_a_line(tmp_path, fields)
