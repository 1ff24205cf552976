"""Documents as ONNX models: the same answers for the same columns, or a refusal that says why."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from pmml_cases import document_of, names, rows_of
from pmml_documents import document

from salver import load
from salver.core.errors import Fault, Unsupported
from salver.formats.onnx_options import OnnxOptions
from salver.formats.onnx_writing import Value
from salver.formats.pmml.convert.conversion import Conversion, convert
from salver.formats.pmml.convert.graph import Graph
from salver.formats.pmml.convert.rows import make_rows
from salver.formats.pmml.convert.special import arctan, erf, normal_distribution
from salver.formats.pmml.convert.trees import two_way
from salver.formats.pmml.convert.verification import verify
from salver.formats.pmml.dictionary import DataField
from salver.formats.pmml.evaluator import PmmlEvaluator
from salver.formats.pmml.models.activations import NAMES
from salver.formats.pmml.scope import Counter
from salver.formats.pmml.trees.features import Features
from salver.formats.pmml.trees.field_steps import FieldSteps
from salver.formats.pmml.values import is_value, read
from salver.formats.trees.steps import NOTHING
from salver.formats.trees.walk import Walk

NUMBERS = {"a": "double", "b": "double", "y": "target:double"}
CLASSES = {"a": "double", "b": "double", "y": "target:string no yes"}


def opened(folder: Path, text: str) -> PmmlEvaluator:
    path = folder / "model.pmml"
    path.write_text(text)
    return PmmlEvaluator(str(path))


def converted(folder: Path, text: str, **options: bool) -> tuple[Conversion, Any]:
    conversion = convert(opened(folder, text), str(folder / "model.onnx"), **options)
    return conversion, load(folder / "model.onnx")


def answers(folder: Path, text: str, columns: dict[str, Any], **options: bool) -> dict[str, Any]:
    """What the model says; that it is what the document says has been verified by then."""
    _, model = converted(folder, text, **options)
    with model:
        told = model.predict(columns)
    return {name: array.tolist() for name, array in told.items()}


def table(intercept: float, **coefficients: float) -> str:
    terms = "".join(f'<NumericPredictor name="{name}" coefficient="{c}"/>' for name, c in coefficients.items())
    return f'intercept="{intercept}">{terms}</RegressionTable>'


# Models.


def tree(score: float, strategy: str = "") -> str:
    return f"""<TreeModel functionName="regression" {strategy}>SCHEMA<Node id="top" score="9" defaultChild="up"><True/>
        <Node id="low" score="{score}"><SimplePredicate field="a" operator="lessThan" value="2"/></Node>
        <Node id="up" score="{score + 1}"><SimplePredicate field="a" operator="greaterOrEqual" value="2"/></Node>
        </Node></TreeModel>"""


@pytest.mark.parametrize(
    ("strategy", "missing"),
    [("lastPrediction", 9.0), ("nullPrediction", math.nan), ("defaultChild", 2.0), ("none", math.nan)],
)
def test_missing_values_in_a_tree(tmp_path: Path, strategy: str, missing: float):
    text = document(tree(1, f'missingValueStrategy="{strategy}"'), NUMBERS)
    told = answers(tmp_path, text, {"a": [1.0, 2.0, math.nan], "b": [0.0, 0.0, 0.0]})
    assert told["y"] == pytest.approx([1.0, 2.0, missing], nan_ok=True)
    assert told["entityId"] == ["low", "up", {"lastPrediction": "top", "defaultChild": "up"}.get(strategy, "")]


CLASS_TREE = """<TreeModel functionName="classification">SCHEMA<Node id="r"><True/>
    <Node id="l" score="{0}"><SimplePredicate field="a" operator="lessOrEqual" value="{2}"/>
      <ScoreDistribution value="no" recordCount="3"/><ScoreDistribution value="yes" recordCount="1"/></Node>
    <Node id="u" score="{1}"><SimplePredicate field="a" operator="greaterThan" value="{2}"/>
      <ScoreDistribution value="no" recordCount="2"/><ScoreDistribution value="yes" recordCount="6"/></Node>
    </Node></TreeModel>"""


def test_labels_and_probabilities_of_a_tree(tmp_path: Path):
    text = document(CLASS_TREE.format("no", "yes", 0.5), CLASSES)
    told = answers(tmp_path, text, {"a": [0.5, 0.6, math.nan], "b": [0.0] * 3})
    assert told["y"] == ["no", "yes", ""]
    assert told["probability(yes)"] == pytest.approx([0.25, 0.75, math.nan], nan_ok=True)


@pytest.mark.parametrize(
    "method", ["sum", "average", "weightedSum", "weightedAverage", "max", "median", "weightedMedian"]
)
def test_forests_of_numbers(tmp_path: Path, method: str):
    trees = "".join(f'<Segment weight="{w}"><True/>{tree(s)}</Segment>' for w, s in ((1, 2), (3, 5), (2, 8)))
    text = document(
        f"""<MiningModel functionName="regression">SCHEMA<Segmentation multipleModelMethod="{method}">{trees}
        </Segmentation></MiningModel>""",
        NUMBERS,
    )
    expected = {
        "sum": 15,
        "average": 5,
        "weightedSum": 2 + 15 + 16,
        "weightedAverage": 33 / 6,
        "max": 8,
        "median": 5,
        "weightedMedian": 5,
    }[method]
    told = answers(tmp_path, text, {"a": [1.0, 3.0, math.nan], "b": [0.0] * 3})["y"]
    assert told[0] == pytest.approx(expected)
    assert math.isnan(told[2])


@pytest.mark.parametrize("treatment", ["continue", "skipSegment", "returnMissing"])
@pytest.mark.parametrize("method", ["majorityVote", "weightedMajorityVote", "average", "weightedAverage"])
def test_forests_of_classes(tmp_path: Path, method: str, treatment: str):
    trees = "".join(
        f'<Segment weight="{w}"><True/>{CLASS_TREE.format(*ends)}</Segment>'
        for w, ends in ((1, ("no", "yes", 0)), (3, ("yes", "no", 1)), (2.5, ("no", "yes", 2)))
    )
    text = document(
        f"""<MiningModel functionName="classification">SCHEMA<Segmentation multipleModelMethod="{method}"
        missingPredictionTreatment="{treatment}" missingThreshold="0.5">{trees}</Segmentation></MiningModel>""",
        CLASSES,
    )
    told = answers(tmp_path, text, {"a": [-1.0, 5.0], "b": [0.0] * 2})
    if method == "majorityVote":
        assert (told["y"], told["probability(no)"]) == (["no", "yes"], pytest.approx([2 / 3, 1 / 3]))


def test_a_chain_of_boosted_trees_and_a_logit(tmp_path: Path):
    trees = "".join(f"<Segment><True/>{tree(s).replace('SCHEMA', SCHEMA_A)}</Segment>" for s in (-3, 0.5))
    text = document(
        f"""<MiningModel functionName="classification">SCHEMA<Segmentation multipleModelMethod="modelChain">
        <Segment><True/><MiningModel functionName="regression"><MiningSchema><MiningField name="a"/></MiningSchema>
          <Output><OutputField name="margin" feature="predictedValue" dataType="double" isFinalResult="false"/></Output>
          <Targets><Target rescaleConstant="0.25"/></Targets>
          <Segmentation multipleModelMethod="sum">{trees}</Segmentation></MiningModel></Segment>
        <Segment><True/><RegressionModel functionName="classification" normalizationMethod="logit">
          <MiningSchema><MiningField name="margin"/><MiningField name="y" usageType="target"/></MiningSchema>
          <RegressionTable targetCategory="yes" intercept="0"><NumericPredictor name="margin" coefficient="2"/>
          </RegressionTable><RegressionTable targetCategory="no" intercept="0"/></RegressionModel></Segment>
        </Segmentation></MiningModel>""",
        CLASSES,
    )
    told = answers(tmp_path, text, {"a": [1.0, 2.0], "b": [0.0] * 2})
    shares = [1 / (1 + math.exp(-2 * (total + 0.25))) for total in (-2.5, -0.5)]
    assert told["probability(yes)"] == pytest.approx(shares, rel=1e-12)


SCHEMA_A = '<MiningSchema><MiningField name="a"/></MiningSchema>'


@pytest.mark.parametrize("method", ["none", "softmax", "exp", "logit", "probit", "cloglog", "loglog", "cauchit"])
def test_regressions(tmp_path: Path, method: str):
    text = document(
        f"""<RegressionModel functionName="regression" normalizationMethod="{method}">SCHEMA
        <RegressionTable {table(0.5, a=0.25, b=-1)}</RegressionModel>""",
        NUMBERS,
    )
    eta = 0.5 + 0.25 * 2 - 1.5
    logit = 1 / (1 + math.exp(-eta))
    expected = {
        "none": eta,
        "softmax": logit,
        "exp": math.exp(eta),
        "logit": logit,
        "probit": 0.5 * math.erfc(-eta / math.sqrt(2)),
        "cloglog": 1 - math.exp(-math.exp(eta)),
        "loglog": math.exp(-math.exp(-eta)),
        "cauchit": 0.5 + math.atan(eta) / math.pi,
    }[method]
    told = answers(tmp_path, text, {"a": [2.0, math.nan], "b": [1.5, 0.0]})["y"]
    assert told == pytest.approx([expected, math.nan], rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("method", ["none", "simplemax", "softmax", "logit"])
@pytest.mark.parametrize("count", [2, 3])
def test_classifying_regressions(tmp_path: Path, method: str, count: int):
    labels = ["u", "v", "w"][:count]
    tables = "".join(
        f'<RegressionTable targetCategory="{label}" {table(0.2 + place / 10, a=0.1 * place)}'
        for place, label in enumerate(labels)
    )
    text = document(
        f"""<RegressionModel functionName="classification" normalizationMethod="{method}">SCHEMA{tables}
        </RegressionModel>""",
        {"a": "double", "y": f"target:string {' '.join(labels)}"},
    )
    told = answers(tmp_path, text, {"a": [0.5]})
    assert sum(told[f"probability({label})"][0] for label in labels) == pytest.approx(1.0)


def test_an_ordinal_target(tmp_path: Path):
    tables = "".join(f'<RegressionTable targetCategory="{x}" {table(i - 1.0, a=0.5)}' for i, x in enumerate("uvw"))
    text = document(
        f"""<RegressionModel functionName="classification" normalizationMethod="logit">SCHEMA{tables}
        </RegressionModel>""",
        {"a": "double", "y": "target:string u v w"},
    ).replace('name="y" optype="categorical"', 'name="y" optype="ordinal"')
    told = answers(tmp_path, text, {"a": [0.0]})
    first, second = (1 / (1 + math.exp(-eta)) for eta in (-1.0, 0.0))
    assert told["probability(v)"] == pytest.approx([second - first])


@pytest.mark.parametrize(
    "activation",
    [name for name in NAMES if name != "radialBasis"],
)
def test_networks(tmp_path: Path, activation: str):
    inputs = "".join(
        f"""<NeuralInput id="{name}"><DerivedField optype="continuous" dataType="double"><NormContinuous field="{name}">
        <LinearNorm orig="0" norm="0"/><LinearNorm orig="2" norm="1"/></NormContinuous></DerivedField></NeuralInput>"""
        for name in "ab"
    )
    text = document(
        f"""<NeuralNetwork functionName="regression" activationFunction="{activation}">SCHEMA
        <NeuralInputs>{inputs}</NeuralInputs>
        <NeuralLayer><Neuron id="h" bias="0.1"><Con from="a" weight="0.5"/><Con from="b" weight="-0.25"/></Neuron>
        </NeuralLayer><NeuralLayer activationFunction="identity"><Neuron id="o" bias="1"><Con from="h" weight="2"/>
        </Neuron></NeuralLayer>
        <NeuralOutputs><NeuralOutput outputNeuron="o"><DerivedField optype="continuous" dataType="double">
        <NormContinuous field="y"><LinearNorm orig="0" norm="0"/><LinearNorm orig="10" norm="1"/></NormContinuous>
        </DerivedField></NeuralOutput></NeuralOutputs></NeuralNetwork>""",
        NUMBERS,
    )
    told = answers(tmp_path, text, {"a": [2.0, math.nan], "b": [4.0, 1.0]})["y"]
    if activation == "tanh":
        assert told[0] == pytest.approx(10 * (1 + 2 * math.tanh(0.1 + 0.5 - 0.5)))
    assert math.isnan(told[1])


# Fields.


def test_integers_truth_values_and_texts_are_columns_of_their_own_kind(tmp_path: Path):
    text = document(
        """<RegressionModel functionName="regression">SCHEMA<RegressionTable intercept="1">
        <NumericPredictor name="n" coefficient="2"/><CategoricalPredictor name="t" value="true" coefficient="10"/>
        <CategoricalPredictor name="c" value="red" coefficient="100"/></RegressionTable></RegressionModel>""",
        {"n": "integer", "t": "boolean", "c": "string", "y": "target:double"},
    )
    told = answers(tmp_path, text, {"n": np.array([1, 2, 3]), "t": [True, False, True], "c": ["red", "", "blue"]})
    assert told["y"] == [113.0, 5.0, 17.0]


def test_a_float_field_decides_in_single_precision(tmp_path: Path):
    model = tree(1).replace('value="2"', 'value="0.1"')
    text = document(model, {"a": "float", "b": "double", "y": "target:double"})
    told = answers(tmp_path, text, {"a": np.array([0.1, 0.09999999], np.float32), "b": [0.0, 0.0]})
    assert told["y"] == [2.0, 1.0]


TREATED = """<PMML version="4.4"><DataDictionary><DataField name="a" optype="continuous" dataType="double">
    <Interval closure="closedOpen" leftMargin="0" rightMargin="10"/></DataField>
    <DataField name="c" optype="categorical" dataType="string"><Value value="u"/><Value value="v"/>
    <Value value="?" property="missing"/></DataField>
    <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
    <RegressionModel functionName="regression"><MiningSchema>
    <MiningField name="a" {0} missingValueReplacement="4"/>
    <MiningField name="c" {0} missingValueReplacement="v"/><MiningField name="y" usageType="target"/></MiningSchema>
    <Targets><Target field="y" castInteger="round" max="50" rescaleFactor="2"/></Targets>
    <RegressionTable intercept="0.25"><NumericPredictor name="a" coefficient="1"/>
    <CategoricalPredictor name="c" value="u" coefficient="10"/>
    <CategoricalPredictor name="c" value="v" coefficient="20"/>
    </RegressionTable></RegressionModel></PMML>"""


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        # 0.25 + a + c, twice, rounded: 4 stands for what is missing, v for the unknown w.
        ("asMissing", [23.0, 29.0, 49.0]),
        ("asIs", [23.0, 29.0, 21.0]),
    ],
)
def test_treatments_and_targets(tmp_path: Path, treatment: str, expected: list[float]):
    text = TREATED.format(f'invalidValueTreatment="{treatment}"')
    assert answers(tmp_path, text, {"a": [1.0, math.nan, 10.0], "c": ["u", "u", "w"]})["y"] == expected


def test_rows_that_a_document_refuses(tmp_path: Path):
    text = TREATED.format("")
    with pytest.raises(Unsupported, match=r"field 'a' refuses rows .* \[0, 10\) .*MiningField\[1\], line 7\)"):
        converted(tmp_path, text)
    assert not (tmp_path / "model.onnx").exists()
    conversion, model = converted(tmp_path, text, invalid_as_missing=True)
    with model:
        told = model.predict({"a": [1.0, 10.0, 1.0], "c": ["u", "u", "w"]})["y"].tolist()
    assert told == pytest.approx([23.0, math.nan, math.nan], nan_ok=True)
    assert conversion.verified.refused > 100


def test_a_fraction_in_an_integer_field_has_no_answer(tmp_path: Path):
    text = document(tree(1), {"a": "integer", "b": "double", "y": "target:double"})
    assert math.isnan(answers(tmp_path, text, {"a": [1.5], "b": [0.0]})["y"][0])


def test_radial_basis_functions(tmp_path: Path):
    inputs = "".join(
        f"""<NeuralInput id="{name}"><DerivedField optype="continuous" dataType="double"><FieldRef field="{name}"/>
        </DerivedField></NeuralInput>"""
        for name in "ab"
    )
    text = document(
        f"""<NeuralNetwork functionName="regression" activationFunction="radialBasis" width="2" altitude="3">SCHEMA
        <NeuralInputs>{inputs}</NeuralInputs>
        <NeuralLayer><Neuron id="h"><Con from="a" weight="0.5"/><Con from="b" weight="-1"/></Neuron></NeuralLayer>
        <NeuralOutputs><NeuralOutput outputNeuron="h"><DerivedField optype="continuous" dataType="double">
        <FieldRef field="y"/></DerivedField></NeuralOutput></NeuralOutputs></NeuralNetwork>""",
        NUMBERS,
    )
    distance = (1.5 - 0.5) ** 2 + (2.0 + 1.0) ** 2
    expected = math.exp(2 * math.log(3) - distance / (2 * 2**2))
    assert answers(tmp_path, text, {"a": [1.5], "b": [2.0]})["y"] == pytest.approx([expected], rel=1e-12)


def derived(expression: str, type_: str = "double") -> str:
    return document(
        f"""<RegressionModel functionName="regression">SCHEMA<LocalTransformations>
        <DerivedField name="d" dataType="{type_}" optype="continuous">{expression}</DerivedField></LocalTransformations>
        <RegressionTable intercept="0"><NumericPredictor name="d" coefficient="1"/></RegressionTable>
        </RegressionModel>""",
        {"a": "double", "c": "string", "y": "target:double"},
    )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('<Apply function="-"><Apply function="exp"><FieldRef field="a"/></Apply><Constant>1</Constant></Apply>', None),
        ('<Apply function="max"><FieldRef field="a"/><Constant>0</Constant></Apply>', [0.5, 0.0]),
        ('<Apply function="+"><FieldRef field="a" mapMissingTo="7"/><Constant>1</Constant></Apply>', [1.5, 8.0]),
        ('<Apply function="round"><FieldRef field="a"/></Apply>', [1.0, math.nan]),
        ('<NormDiscrete field="c" value="red"/>', [1.0, math.nan]),
        (
            """<Apply function="if"><Apply function="equal"><FieldRef field="c"/><Constant>red</Constant></Apply>
            <FieldRef field="a"/><Constant>-1</Constant></Apply>""",
            [0.5, math.nan],
        ),
        (
            """<MapValues outputColumn="out" defaultValue="-1"><FieldColumnPair field="c" column="in"/><InlineTable>
            <row><in>red</in><out>3</out></row><row><in>blue</in><out>4</out></row></InlineTable></MapValues>""",
            [3.0, math.nan],
        ),
        (
            """<Discretize field="a" defaultValue="9" mapMissingTo="8"><DiscretizeBin binValue="1">
            <Interval closure="closedOpen" leftMargin="0" rightMargin="1"/></DiscretizeBin></Discretize>""",
            [1.0, 8.0],
        ),
    ],
)
def test_derived_fields(tmp_path: Path, expression: str, expected: list[float] | None):
    told = answers(tmp_path, derived(expression), {"a": [0.5, math.nan], "c": ["red", ""]})["y"]
    wanted = expected or [math.exp(0.5) - 1, math.nan]
    assert told == pytest.approx(wanted, rel=1e-12, nan_ok=True)


# Outputs.


def test_declared_outputs_and_display_values(tmp_path: Path):
    text = document(
        CLASS_TREE.format("no", "yes", 0.5).replace(
            "SCHEMA",
            """SCHEMA<Output><OutputField name="label" feature="predictedValue" dataType="string"/>
            <OutputField name="shown" feature="predictedDisplayValue" dataType="string"/>
            <OutputField name="p" feature="probability" dataType="double"/>
            <OutputField name="twice" feature="transformedValue" dataType="double"><Apply function="*">
              <FieldRef field="p"/><Constant>2</Constant></Apply></OutputField></Output>
            <Targets><Target field="y"><TargetValue value="yes" displayValue="Yes!"/></Target></Targets>""",
        ),
        CLASSES,
    )
    told = answers(tmp_path, text, {"a": [0.0, 1.0], "b": [0.0, 0.0]})
    assert (told["label"], told["shown"]) == (["no", "yes"], ["no", "Yes!"])
    assert (told["p"], told["twice"]) == ([0.75, 0.75], [1.5, 1.5])


def test_integer_labels_are_integers_where_none_can_be_missing(tmp_path: Path):
    labels = CLASS_TREE.format("0", "1", 0.5).replace('value="no"', 'value="0"').replace('value="yes"', 'value="1"')
    fields = {"a": "double", "b": "double", "y": "target:integer 0 1"}
    conversion, _ = converted(tmp_path, document(labels, fields))
    assert conversion.outputs[0].dtype == "float64"
    kept = labels.replace("<TreeModel", '<TreeModel missingValueStrategy="defaultChild"', 1)
    kept = kept.replace('<Node id="r">', '<Node id="r" defaultChild="u">')
    conversion, model = converted(tmp_path, document(kept, fields))
    assert conversion.outputs[0].dtype == "int64"
    with model:
        assert model.predict({"a": [math.nan], "b": [0.0]})["y"].tolist() == [1]


# Refusals.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            document(
                tree(1).replace("SCHEMA", 'SCHEMA<Output><OutputField name="why" feature="reasonCode"/></Output>'),
                NUMBERS,
            ),
            r"feature='reasonCode' cannot be converted.*OutputField, line 3\)",
        ),
        (document(tree(1), NUMBERS | {"when": "date"}), r"field 'when' is a date.*DataField\[4\], line 2\)"),
        (
            document(tree(1, 'missingValueStrategy="aggregateNodes"'), NUMBERS),
            r"missingValueStrategy=aggregateNodes mixes nodes.*/PMML/TreeModel, line 3\)",
        ),
        (
            derived('<Apply function="stringLength"><FieldRef field="c"/></Apply>'),
            r"function 'stringLength' cannot be converted.*/DerivedField/Apply, line 4\)",
        ),
        (
            document(
                """<BaselineModel functionName="regression">SCHEMA<TestDistributions field="a" testStatistic="zValue">
                <Baseline><PoissonDistribution mean="2"/></Baseline></TestDistributions></BaselineModel>""",
                {"a": "double"},
            ),
            r"a BaselineModel cannot be converted; there are .*/PMML/BaselineModel, line 3\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_path_and_line(tmp_path: Path, text: str, said: str):
    with pytest.raises(Unsupported, match=said):
        converted(tmp_path, text)
    assert not (tmp_path / "model.onnx").exists()


def test_a_model_that_differs_is_refused_with_row_and_output(tmp_path: Path):
    converted(tmp_path, document(tree(1), NUMBERS))
    other = opened(tmp_path, document(tree(1.5), NUMBERS))
    rows = make_rows([entry.data for entry in other.document.door.inputs], {"a": [2.0]}, [], with_invalid=False)
    with pytest.raises(Unsupported, match=r"output 'y' of made-up row \d+ is .*, the document says .* \(a=.*, b=.*\)"):
        verify(other, str(tmp_path / "model.onnx"), rows)


def test_rows_lie_at_thresholds_and_beside_them(tmp_path: Path):
    model = opened(tmp_path, document(tree(1), NUMBERS))
    rows = make_rows([entry.data for entry in model.document.door.inputs], {"a": [2.0]}, [], with_invalid=False)
    numbers = rows.columns["a"]
    assert {2.0, math.nextafter(2.0, 3), math.nextafter(2.0, 1)} <= set(numbers.tolist())
    assert 0 < np.isnan(numbers).sum() < len(rows) / 2


# Parts.


@pytest.mark.parametrize(
    ("make", "truth"),
    [(arctan, math.atan), (erf, math.erf), (normal_distribution, lambda x: 0.5 * math.erfc(-x / math.sqrt(2)))],
)
def test_functions_that_are_made_of_others(make: Any, truth: Any):
    graph = Graph(["x", "y"])
    graph.name_output(make(graph, "x"), "y")
    model = graph.write([Value("x", "float64", ["n"])], [Value("y", "float64", ["n"])])
    points = np.array([0.0, 1e-9, 0.3, 1.0, -1.0, 2.5, -4.7, 5.99, 6.01, 40.0, -1e6, np.inf, -np.inf])
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    (told,) = session.run(["y"], {"x": points})
    np.testing.assert_allclose(told, [truth(x) for x in points], rtol=1e-14, atol=2e-15)


def test_a_third_way_for_missing_values_becomes_a_step_before():
    features = Features(Counter(OnnxOptions()))
    builder = FieldSteps(features)
    leaf = [builder.leaf(payload) for payload in (0, 1, 2)]
    inner = builder.step(1, 5.0, leaf[0], leaf[1], leaf[1])
    builder.finish(builder.step(0, 2.0, inner, leaf[2], builder.leaf(NOTHING)))
    steps = builder.build()
    plain = two_way(steps)
    assert not steps.is_blind
    assert plain.is_blind
    values = np.array([0.0, 2.0, 3.0, 5.0, 6.0, np.nan])
    matrix = np.array([(x, y) for x in values for y in values])
    np.testing.assert_array_equal(plain.payload[Walk(plain).leaves(matrix)], steps.payload[Walk(steps).leaves(matrix)])


# All golden cases that convert say what the document says.


@pytest.mark.slow
@pytest.mark.parametrize("name", names("*"))
def test_golden_cases(name: str, tmp_path: Path):
    try:
        source = PmmlEvaluator(document_of(name))
        convert(source, str(tmp_path / "model.onnx"), invalid_as_missing=True)
    except Fault:
        return
    fields = [entry.data for entry in source.document.door.inputs]
    rows = [row for row in rows_of(name) if all(fits(row.get(field.name), field) for field in fields)]
    told = source.of_values([*rows])
    with load(tmp_path / "model.onnx") as model:
        got = model.predict({field.name: column([row.get(field.name) for row in rows], field) for field in fields})
    answered = [place for place in range(len(rows)) if "_error" not in told or told["_error"][place] is None]
    for output, array in got.items():
        for place in answered:
            wanted, value = told[output][place], array.tolist()[place]
            if isinstance(value, str):
                assert value == (wanted or ""), (output, place)
            else:
                wanted = math.nan if wanted is None else float(wanted)
                assert value == pytest.approx(wanted, rel=2e-5, abs=1e-6, nan_ok=True), (output, place)


def fits(value: Any, field: DataField) -> bool:
    """Whether a column of the model could hold it: it has numbers, and no missing truth values."""
    return field.is_text or (field.kind != "boolean" if value is None else is_value(value, field.type))


def column(values: list[Any], field: DataField) -> Any:
    if field.is_text:
        return [value or "" for value in values]
    numbers = np.array([read(value, field.type) for value in values])
    return numbers.astype(bool) if field.kind == "boolean" else numbers
