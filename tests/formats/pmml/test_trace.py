"""Traces add up: what is shown of a prediction is what it is made of."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pmml_cases import document_of, names, rows_of
from pmml_documents import document

from salver.core.errors import Fault
from salver.formats.pmml.describe.explanations import (
    Explained,
    Leaves,
    Points,
    Segments,
    Sums,
    Trace,
    TracedSum,
    TreePath,
)
from salver.formats.pmml.describe.trace import trace
from salver.formats.pmml.describe.trace_text import lines_of_trace
from salver.formats.pmml.evaluator import PmmlEvaluator

FIELDS = {"a": "double", "b": "double", "c": "string red blue", "y": "target:double"}


def opened(folder: Path, text: str) -> PmmlEvaluator:
    path = folder / "model.pmml"
    path.write_text(text)
    return PmmlEvaluator(str(path))


def traced(folder: Path, model: str, row: dict[str, Any], trees: int = 0) -> Trace:
    return trace(opened(folder, document(model, FIELDS)), row, trees)


def explained(told: Trace) -> Explained:
    assert told.model is not None
    return told.model


def words(told: Trace) -> list[str]:
    return [" ".join(line.split()) for line in lines_of_trace(told)]


# Trees.


def tree(strategy: str) -> str:
    return f"""<TreeModel functionName="regression" {strategy}>SCHEMA<Node id="top" score="5" defaultChild="up"><True/>
        <Node id="low" score="1" recordCount="12"><SimplePredicate field="a" operator="lessThan" value="2"/></Node>
        <Node id="up" score="2"><CompoundPredicate booleanOperator="and">
            <SimplePredicate field="a" operator="greaterOrEqual" value="2"/>
            <SimpleSetPredicate field="c" booleanOperator="isIn"><Array n="1" type="string">red</Array>
            </SimpleSetPredicate></CompoundPredicate></Node></Node></TreeModel>"""


def test_every_predicate_is_told_with_its_value_and_outcome(tmp_path: Path):
    told = traced(tmp_path, tree(""), {"a": 3.0, "c": "red"})
    path = explained(told).detail
    assert isinstance(path, TreePath)
    assert [(test.node, test.predicate, dict(test.values), test.outcome) for test in path.tests] == [
        ("low", "a < 2", {"a": 3.0}, "FALSE"),
        ("up", "(a >= 2 and c in {red})", {"a": 3.0, "c": "red"}, "TRUE"),
    ]
    assert (path.leaf, path.score, path.path) == ("up", "2", "/PMML/TreeModel/Node/Node[2]")
    assert told.outputs["y"] == 2.0
    assert "node low a < 2 a = 3.0 FALSE" in words(told)


@pytest.mark.parametrize(
    ("strategy", "leaf", "remark"),
    [
        ('missingValueStrategy="lastPrediction"', "top", "its own score (lastPrediction)"),
        ('missingValueStrategy="nullPrediction"', None, "no answer (nullPrediction)"),
        ('missingValueStrategy="defaultChild"', "up", "on to its default child up"),
        ('missingValueStrategy="none"', None, "no answer (returnNullPrediction)"),
        (
            'missingValueStrategy="none" noTrueChildStrategy="returnLastPrediction"',
            "top",
            "score (returnLastPrediction)",
        ),
    ],
)
def test_strategies_are_told_and_lead_where_the_model_goes(
    tmp_path: Path, strategy: str, leaf: str | None, remark: str
):
    told = traced(tmp_path, tree(strategy), {"c": "red"})
    path = explained(told).detail
    assert isinstance(path, TreePath)
    assert path.tests[0].outcome == "UNKNOWN"
    assert path.leaf == leaf == explained(told).entity
    assert path.remarks[-1].endswith(remark)
    assert told.outputs["y"] == (None if path.score is None else float(path.score))


# Sums.


def test_terms_of_a_regression(tmp_path: Path):
    model = """<RegressionModel functionName="regression" normalizationMethod="exp">SCHEMA
        <RegressionTable intercept="0.5"><NumericPredictor name="a" exponent="2" coefficient="0.25"/>
        <CategoricalPredictor name="c" value="red" coefficient="-1"/>
        <PredictorTerm coefficient="3"><FieldRef field="a"/><FieldRef field="b"/></PredictorTerm>
        </RegressionTable></RegressionModel>"""
    told = traced(tmp_path, model, {"a": 2.0, "b": 0.5, "c": "red"})
    sums = explained(told).detail
    assert isinstance(sums, Sums)
    (equation,) = sums.equations
    assert [(term.name, term.coefficient, term.value, term.product) for term in equation.terms] == [
        ("a ^ 2", 0.25, 4.0, 1.0),
        ("c = red", -1.0, 1.0, -1.0),
        ("a * b", 3.0, 1.0, 3.0),
    ]
    assert (equation.total, sums.link) == (3.5, "exp")
    assert told.outputs["y"] == pytest.approx(math.exp(3.5))


def test_a_missing_term_makes_the_sum_missing(tmp_path: Path):
    model = """<RegressionModel functionName="regression">SCHEMA<RegressionTable intercept="1">
        <NumericPredictor name="a" coefficient="2"/></RegressionTable></RegressionModel>"""
    sums = explained(traced(tmp_path, model, {"b": 1.0})).detail
    assert isinstance(sums, Sums)
    assert (sums.equations[0].terms[0].product, sums.equations[0].total) == (None, None)


def test_parameters_of_a_general_regression(tmp_path: Path):
    model = """<GeneralRegressionModel functionName="regression" modelType="generalizedLinear" linkFunction="log"
        offsetVariable="b">SCHEMA
        <ParameterList><Parameter name="p0"/><Parameter name="p1"/><Parameter name="p2"/></ParameterList>
        <FactorList><Predictor name="c"/></FactorList><CovariateList><Predictor name="a"/></CovariateList>
        <PPMatrix><PPCell value="1" predictorName="a" parameterName="p1"/>
        <PPCell value="1" predictorName="a" parameterName="p2"/>
        <PPCell value="red" predictorName="c" parameterName="p2"/></PPMatrix>
        <ParamMatrix><PCell parameterName="p0" beta="0.5"/><PCell parameterName="p1" beta="2"/>
        <PCell parameterName="p2" beta="-1"/></ParamMatrix></GeneralRegressionModel>"""
    told = traced(tmp_path, model, {"a": 0.25, "b": 0.125, "c": "red"})
    sums = explained(told).detail
    assert isinstance(sums, Sums)
    (equation,) = sums.equations
    assert [(term.name, term.product) for term in equation.terms] == [("b", 0.125), ("a", 0.5), ("a * c = red", -0.25)]
    assert equation.total == 0.875
    assert told.outputs["y"] == pytest.approx(math.exp(0.875))


def test_points_of_a_scorecard(tmp_path: Path):
    attribute = '<Attribute partialScore="{}"{}><SimplePredicate field="a" operator="{}" value="2"/></Attribute>'
    model = f"""<Scorecard functionName="regression" initialScore="10" reasonCodeAlgorithm="pointsBelow"
        baselineScore="20">SCHEMA<Output><OutputField name="why" feature="reasonCode" dataType="string"/></Output>
        <Characteristics>
        <Characteristic name="first" reasonCode="R1">{attribute.format(5, "", "lessThan")}
          {attribute.format(15, ' reasonCode="R2"', "greaterOrEqual")}</Characteristic>
        <Characteristic name="second" reasonCode="R3" baselineScore="1"><Attribute partialScore="3"><True/></Attribute>
        </Characteristic></Characteristics></Scorecard>"""
    told = traced(tmp_path, model, {"a": 4.0})
    points = explained(told).detail
    assert isinstance(points, Points)
    first, second = points.characteristics
    assert (first.attribute, first.score, first.reason, first.points) == ("a >= 2", 15.0, "R2", 5.0)
    assert (second.attribute, second.score, second.reason, second.points) == ("true", 3.0, "R3", -2.0)
    assert points.total == told.outputs["y"] == 28.0
    assert explained(told).reasons == ("R2",)


# Segments.


def leaf_tree(score: float) -> str:
    return f"""<TreeModel functionName="regression">SCHEMA<Node id="r"><True/>
        <Node id="l" score="{score}"><SimplePredicate field="a" operator="lessThan" value="2"/></Node>
        <Node id="u" score="{score + 1}"><SimplePredicate field="a" operator="greaterOrEqual" value="2"/></Node>
        </Node></TreeModel>"""


def test_trees_of_a_forest_add_up_however_many_are_shown(tmp_path: Path):
    segments = "".join(f'<Segment weight="{w}"><True/>{leaf_tree(s)}</Segment>' for w, s in ((1, 2), (3, 4), (2, 8)))
    model = f"""<MiningModel functionName="regression">SCHEMA
        <Segmentation multipleModelMethod="weightedAverage">{segments}</Segmentation></MiningModel>"""
    told = traced(tmp_path, model, {"a": 5.0}, trees=2)
    leaves = explained(told).detail
    assert isinstance(leaves, Leaves)
    assert [(one.tree, one.leaf, one.score, one.weight) for one in leaves.trees] == [("1", "u", 3, 1), ("2", "u", 5, 3)]
    assert (leaves.in_all, leaves.total, leaves.divisor) == (3, 3 + 15 + 18, 6.0)
    assert told.outputs["y"] == 6.0
    assert any("and 1 more trees" in line for line in lines_of_trace(told))


def test_segments_are_told_with_those_that_take_no_part(tmp_path: Path):
    model = f"""<MiningModel functionName="regression">SCHEMA<Segmentation multipleModelMethod="selectFirst">
        <Segment id="s"><SimplePredicate field="b" operator="greaterThan" value="0"/>{leaf_tree(1)}</Segment>
        <Segment id="t"><True/>{leaf_tree(7)}</Segment></Segmentation></MiningModel>"""
    told = traced(tmp_path, model, {"a": 1.0, "b": -1.0})
    segments = explained(told).detail
    assert isinstance(segments, Segments)
    first, second = segments.segments
    assert (first.predicate, first.left_out, first.explained) == ("b > 0", "takes no part", None)
    assert second.explained is not None
    assert second.explained.prediction == told.outputs["y"] == 7.0
    assert "segment s where b > 0: takes no part" in words(told)


def test_of_a_selection_only_those_before_the_answer_are_asked(tmp_path: Path):
    model = f"""<MiningModel functionName="regression">SCHEMA<Segmentation multipleModelMethod="selectFirst">
        <Segment><True/>{leaf_tree(1)}</Segment><Segment><True/>{leaf_tree(7)}</Segment></Segmentation></MiningModel>"""
    segments = explained(traced(tmp_path, model, {"a": 1.0})).detail
    assert isinstance(segments, Segments)
    assert [segment.left_out for segment in segments.segments] == ["", "is not asked"]


# Inputs.


RULES = """<PMML version="4.4"><DataDictionary><DataField name="a" optype="continuous" dataType="double">
    <Interval closure="closedClosed" leftMargin="0" rightMargin="10"/></DataField>
    <DataField name="b" optype="continuous" dataType="float"/>
    <DataField name="d" optype="continuous" dataType="double"/>
    <DataField name="y" optype="continuous" dataType="double"/>
    </DataDictionary><RegressionModel functionName="regression"><MiningSchema>
    <MiningField name="a" invalidValueTreatment="{}" missingValueReplacement="3"/>
    <MiningField name="b" outliers="asExtremeValues" lowValue="-1" highValue="1"/><MiningField name="d"/>
    <MiningField name="y" usageType="target"/></MiningSchema>
    <LocalTransformations><DerivedField name="twice" dataType="double" optype="continuous">
    <Apply function="*"><FieldRef field="b"/><Constant>2</Constant></Apply></DerivedField>
    <DerivedField name="unused" dataType="double" optype="continuous"><FieldRef field="d"/></DerivedField>
    </LocalTransformations><RegressionTable intercept="0"><NumericPredictor name="a" coefficient="1"/>
    <NumericPredictor name="twice" coefficient="1"/></RegressionTable></RegressionModel></PMML>"""


def test_what_the_schema_did_is_told(tmp_path: Path):
    told = trace(opened(tmp_path, RULES.format("asMissing")), {"a": 11.0, "b": 5.0, "other": 1})
    assert [(each.name, each.value, each.remark) for each in told.inputs] == [
        ("a", 3.0, "invalid: replaced (asMissing)"),
        ("b", 1.0, "outlier: clamped (asExtremeValues)"),
        ("d", None, "not sent"),
    ]
    assert told.passed_over == ("other",)
    assert [(each.name, each.value) for each in told.derived] == [("twice", 2.0)]
    assert told.outputs["y"] == 5.0


def test_missing_and_rounded_values(tmp_path: Path):
    told = trace(opened(tmp_path, RULES.format("asMissing")), {"a": None, "b": 0.1, "d": 4.0})
    assert [each.remark for each in told.inputs] == ["missing: replaced (asIs)", "rounded to single precision", ""]
    assert told.inputs[1].value == float(np.float32(0.1))


def test_a_refused_row_is_told_with_its_reason(tmp_path: Path):
    told = trace(opened(tmp_path, RULES.format("returnInvalid")), {"a": 11.0, "b": 0.0})
    assert told.model is None
    assert told.refused.startswith("field 'a': 11.0 is invalid, wanted double [0, 10]")
    assert any(line.startswith("refused field 'a'") for line in words(told))


def test_models_without_an_explainer_tell_what_they_know(tmp_path: Path):
    model = """<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2">SCHEMA
        <ComparisonMeasure kind="distance"><squaredEuclidean/></ComparisonMeasure>
        <ClusteringField field="a" compareFunction="absDiff"/>
        <Cluster id="near"><Array n="1" type="real">1</Array></Cluster>
        <Cluster id="far"><Array n="1" type="real">9</Array></Cluster></ClusteringModel>"""
    told = trace(opened(tmp_path, document(model, {"a": "double"})), {"a": 2.0})
    assert (explained(told).entity, explained(told).affinities) == ("near", {"near": 1.0, "far": 49.0})
    assert "affinities: near = 1.0, far = 49.0" in words(told)


# All golden cases: what is traced is what was predicted.


@pytest.mark.slow
@pytest.mark.parametrize("name", names("*"))
def test_traces_of_golden_cases_add_up(name: str):
    try:
        model = PmmlEvaluator(document_of(name))
    except Fault:
        return
    for row in rows_of(name)[:5]:
        told = trace(model, row)
        assert list(lines_of_trace(told))
        if told.model is not None:
            adds_up(told.model)


def adds_up(model: Explained) -> None:
    predicted = model.prediction if model.raw is None else model.raw
    match model.detail:
        case TreePath() as path:
            assert path.leaf == model.entity
            if path.score is not None and model.function == "regression":
                assert float(path.score) == predicted
        case Leaves(total=float() as total, divisor=divisor):
            assert total / divisor == pytest.approx(predicted, rel=1e-12)
        case Sums(link="none" | "identity", equations=(TracedSum(total=float() as total),)) if not model.probabilities:
            assert total == pytest.approx(predicted, rel=1e-9, abs=1e-12)
        case Points(total=float() as total):
            assert total == pytest.approx(predicted, rel=1e-12)
        case Segments(segments=segments):
            for segment in segments:
                if segment.explained is not None:
                    adds_up(segment.explained)
