"""What `salver inspect` says of documents: the facts are those that stand in them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from pmml_documents import document

from salver.formats.pmml.describe.document import DocumentFacts, describe
from salver.formats.pmml.describe.text import lines_of
from salver.formats.pmml.evaluator import PmmlEvaluator

LEAVES = """<Node id="{0}"><True/>
    <Node id="{0}l" score="1"><SimplePredicate field="a" operator="lessThan" value="2"/></Node>
    <Node id="{0}r" score="3"><SimplePredicate field="a" operator="greaterOrEqual" value="2"/></Node></Node>"""
TREE = f'<TreeModel functionName="regression" splitCharacteristic="binarySplit">SCHEMA{LEAVES}</TreeModel>'
RULES = """<PMML version="4.4"><Header/>
    <DataDictionary>
    <DataField name="size" optype="continuous" dataType="double" displayName="Size in cm">
      <Interval closure="closedOpen" leftMargin="0" rightMargin="10"/></DataField>
    <DataField name="colour" optype="categorical" dataType="string">
      <Value value="red"/><Value value="blue"/><Value value="?" property="missing"/></DataField>
    <DataField name="age" optype="continuous" dataType="integer"/>
    <DataField name="y" optype="continuous" dataType="double"/>
    </DataDictionary>
    <RegressionModel functionName="regression" modelName="sizes">
    <MiningSchema>
      <MiningField name="size" invalidValueTreatment="asMissing" missingValueReplacement="3"
        missingValueTreatment="asMean"/>
      <MiningField name="colour"/>
      <MiningField name="age" outliers="asExtremeValues" lowValue="18" highValue="99"/>
      <MiningField name="y" usageType="target"/></MiningSchema>
    <Output><OutputField name="score" feature="predictedValue" dataType="double"/>
      <OutputField name="hidden" feature="transformedValue" isFinalResult="false" dataType="double" optype="continuous">
        <FieldRef field="score"/></OutputField></Output>
    <Targets><Target field="y" rescaleFactor="10" min="0"><TargetValue defaultValue="7"/></Target></Targets>
    <RegressionTable intercept="1"><NumericPredictor name="size" coefficient="2"/>
      <NumericPredictor name="age" coefficient="0.5"/>
      <CategoricalPredictor name="colour" value="red" coefficient="4"/></RegressionTable>
    </RegressionModel></PMML>"""


def told(folder: Path, text: str) -> DocumentFacts:
    path = folder / "model.pmml"
    path.write_text(text)
    return describe(PmmlEvaluator(str(path)), str(path))


@pytest.fixture
def rules(tmp_path: Path) -> DocumentFacts:
    return told(tmp_path, RULES)


def test_fields_come_with_their_rules(rules: DocumentFacts):
    size, colour, age = rules.inputs
    assert (size.type, size.optype, size.label, size.intervals) == ("double", "continuous", "Size in cm", ("[0, 10)",))
    assert (size.invalid_treatment, size.missing_treatment, size.missing_replacement) == ("asMissing", "asMean", "3")
    assert (colour.valid, colour.means_missing, colour.invalid_treatment) == (("red", "blue"), ("?",), "returnInvalid")
    assert (age.outliers, age.low, age.high, age.intervals) == ("asExtremeValues", 18.0, 99.0, ())


def test_targets_and_outputs(rules: DocumentFacts):
    (target,) = rules.targets
    assert (target.name, target.rules, target.default) == ("y", {"min": "0", "rescaleFactor": "10"}, "7")
    score, hidden = rules.outputs
    assert (score.feature, score.type, score.is_final) == ("predictedValue", "double", True)
    assert (hidden.expression, hidden.is_final) == ("FieldRef", False)


def test_the_example_is_a_row_that_is_answered(rules: DocumentFacts):
    assert rules.example == {"size": 5.0, "colour": "red", "age": 0}
    # 1 + 2 * 5 + 0.5 * 18 + 4, ten times.
    assert (rules.answer["y"], rules.answer["score"]) == (240.0, 240.0)


def test_the_whole_in_words(rules: DocumentFacts):
    lines = [" ".join(line.split()) for line in lines_of(rules)]
    assert "RegressionModel 'sizes' regression, line 10" in lines
    assert "equations 1, terms 3, numeric terms 2, categorical terms 1" in lines
    assert "size continuous double [0, 10) missing: 3 (asMean); invalid: missing; 'Size in cm'" in lines
    assert "colour categorical string 'red', 'blue' '?' and missing: stays so; invalid: refused" in lines
    assert "age continuous integer any outliers: clamped to [18, 99]" in lines
    assert "y continuous double min 0; rescaleFactor 10; missing: 7" in lines
    assert "hidden double transformedValue FieldRef not final" in lines


def test_a_tree_is_counted(tmp_path: Path):
    facts = told(tmp_path, document(TREE.format("t"), {"a": "double", "y": "target:double"}))
    assert facts.shape.facts == {"nodes": 3, "leaves": 2, "depth": 1}
    assert facts.compiled[0].startswith("TreeModel: 1 tree, ")


def test_trees_are_counted_together(tmp_path: Path):
    trees = "".join(f"<Segment><True/>{TREE.format(name)}</Segment>" for name in "ab")
    forest = f"""<MiningModel functionName="regression">SCHEMA
        <Segmentation multipleModelMethod="average">{trees}</Segmentation></MiningModel>"""
    facts = told(tmp_path, document(forest, {"a": "double", "y": "target:double"}))
    assert facts.shape.facts == {"method": "average", "segments": 2, "trees": 2, "nodes": 6, "leaves": 4, "depth": 1}
    assert facts.shape.parts == ()
    assert "adds up" in facts.compiled[0]


def test_segments_that_differ_are_told_one_by_one(tmp_path: Path):
    predicate = '<SimplePredicate field="a" operator="lessThan" value="0"/>'
    model = f"""<MiningModel functionName="regression">SCHEMA
        <Segmentation multipleModelMethod="selectFirst">
        <Segment id="low" weight="2">{predicate}{TREE.format("a")}</Segment>
        <Segment><True/><RegressionModel functionName="regression">SCHEMA
          <RegressionTable intercept="5"/></RegressionModel></Segment></Segmentation></MiningModel>"""
    facts = told(tmp_path, document(model, {"a": "double", "y": "target:double"}))
    low, rest = facts.shape.parts
    assert (low.id, low.predicate, low.weight, low.shape.element) == ("low", "a < 0", 2.0, "TreeModel")
    assert (rest.id, rest.predicate, rest.shape.facts) == ("2", "", {"equations": 1, "terms": 0})
    assert [line.split(":")[0].strip() for line in facts.compiled] == ["MiningModel", "segment low", "segment 2"]
    assert any("segment low, weight 2, where a < 0" in line for line in lines_of(facts))


def test_models_that_do_not_answer_are_named(tmp_path: Path):
    both = TREE.format("a").replace("<TreeModel", '<TreeModel modelName="one" isScorable="false"', 1) + TREE.format("b")
    assert told(tmp_path, document(both, {"a": "double", "y": "target:double"})).other_models == ("TreeModel one",)


def test_facts_are_plain_data(rules: DocumentFacts):
    assert asdict(rules)["inputs"][0]["name"] == "size"
