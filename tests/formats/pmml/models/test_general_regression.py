"""GeneralRegressionModel beyond its golden cases, by the specification's formulas."""

from __future__ import annotations

import math
import statistics

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput

NUMBER = {"x": "double", "n": "double", "y": "target:double"}
FUNCTIONS = {
    "logit": lambda y: 1 / (1 + math.exp(-y)),
    "probit": statistics.NormalDist().cdf,
    "cloglog": lambda y: 1 - math.exp(-math.exp(y)),
    "loglog": lambda y: math.exp(-math.exp(-y)),
    "cauchit": lambda y: 0.5 + math.atan(y) / math.pi,
}


def fields(classes="u v w"):
    return {"x": "double", "n": "double", "k": f"target:string {classes}".strip()}


def model(kind, weights, attributes="", function="regression", cells='predictorName="x" parameterName="p1" value="1"'):
    """Weights are triples: parameter, beta, class or ""."""
    betas = "".join(
        f'<PCell parameterName="{name}" beta="{beta}" {f"targetCategory={chr(34)}{label}{chr(34)}" if label else ""}/>'
        for name, beta, label in weights
    )
    return (
        f'<GeneralRegressionModel functionName="{function}" modelType="{kind}" {attributes}>SCHEMA'
        '<ParameterList><Parameter name="p0"/><Parameter name="p1"/></ParameterList>'
        '<CovariateList><Predictor name="x"/></CovariateList>'
        f"<PPMatrix><PPCell {cells}/></PPMatrix><ParamMatrix>{betas}</ParamMatrix></GeneralRegressionModel>"
    )


SLOPE = [("p0", 0.5, ""), ("p1", -2, "")]


def shares(answer, *labels):
    return [answer[f"probability({label})"] for label in labels]


@pytest.mark.parametrize("kind", ["regression", "generalLinear"])
def test_linear(tmp_path, kind):
    assert evaluator(tmp_path, model(kind, SLOPE), NUMBER).of_values({"x": 3})["y"] == -5.5


@pytest.mark.parametrize("link", FUNCTIONS)
def test_generalized_linear(tmp_path, link):
    text = model("generalizedLinear", SLOPE, f'linkFunction="{link}" distribution="binomial"')
    value = evaluator(tmp_path, text, NUMBER).of_values({"x": 0.4})["y"]
    assert value == pytest.approx(FUNCTIONS[link](0.5 - 0.8), rel=1e-12)


def test_offset_and_trials(tmp_path):
    values = 'linkFunction="logit" offsetValue="0.7" trialsValue="12"'
    compiled = evaluator(tmp_path, model("generalizedLinear", SLOPE, values), NUMBER)
    assert compiled.of_values({"x": 0.4})["y"] == pytest.approx(12 * FUNCTIONS["logit"](0.4))
    variables = 'linkFunction="logit" offsetVariable="n" trialsVariable="x"'
    compiled = evaluator(tmp_path, model("generalizedLinear", SLOPE, variables), NUMBER)
    assert compiled.of_values({"x": 0.4, "n": 1})["y"] == pytest.approx(0.4 * FUNCTIONS["logit"](0.7))
    assert compiled.of_values({"x": 0.4, "n": None})["y"] is None


@pytest.mark.parametrize(
    ("weights", "attributes"),
    [
        ([("p0", 0.5, "v"), ("p1", -2, "v")], ""),
        (SLOPE, 'targetReferenceCategory="u"'),
        ([("p0", 0.5, "v"), ("p1", -2, "")], 'targetReferenceCategory="u"'),
    ],
)
def test_two_classes(tmp_path, weights, attributes):
    """The class that has parameters, or that is not the reference, has the mean."""
    text = model("generalizedLinear", weights, f'linkFunction="cloglog" {attributes}', "classification")
    answer = evaluator(tmp_path, text, fields("u v")).of_values({"x": 0.1})
    mean = FUNCTIONS["cloglog"](0.3)
    assert shares(answer, "u", "v") == pytest.approx([1 - mean, mean], rel=1e-12)
    assert answer["k"] == "v"


def test_multinomial(tmp_path):
    weights = [("p0", 0.3, "u"), ("p1", -0.5, "u"), ("p0", -0.3, "v"), ("p1", 0.5, "v")]
    text = model("multinomialLogistic", weights, 'targetReferenceCategory="w"', "classification")
    answer = evaluator(tmp_path, text, fields()).of_values({"x": 2})
    parts = [math.exp(0.3 - 1), math.exp(-0.3 + 1), 1]
    assert shares(answer, "u", "v", "w") == pytest.approx([part / sum(parts) for part in parts])


def test_the_reference_is_the_class_without_parameters(tmp_path):
    weights = [("p0", 1, "w"), ("p0", 2, "u")]
    answer = evaluator(tmp_path, model("multinomialLogistic", weights, "", "classification"), fields()).of_values(
        {"x": 0}
    )
    assert answer["probability(v)"] == pytest.approx(1 / (1 + math.e + math.e**2))


def test_classes_that_the_dictionary_does_not_list(tmp_path):
    text = model("multinomialLogistic", [("p0", 1, "b")], 'targetReferenceCategory="a"', "classification")
    answer = evaluator(tmp_path, text, fields("")).of_values({"x": 0})
    assert shares(answer, "a", "b") == pytest.approx([1 / (1 + math.e), math.e / (1 + math.e)])


def test_cells_for_one_class(tmp_path):
    """p1 is x for class u, and 1 for all others."""
    cells = 'predictorName="x" parameterName="p1" value="1" targetCategory="u"'
    weights = [("p1", 0.5, "u"), ("p1", 0.5, "v")]
    text = model("multinomialLogistic", weights, 'targetReferenceCategory="w"', "classification", cells)
    parts = [math.exp(1.5), math.exp(0.5), 1]
    answer = evaluator(tmp_path, text, fields()).of_values({"x": 3})
    assert shares(answer, "u", "v", "w") == pytest.approx([part / sum(parts) for part in parts])


def test_an_offset_is_of_every_class_but_the_reference(tmp_path):
    weights = [("p0", 0.3, "u"), ("p0", -0.3, "v")]
    text = model("multinomialLogistic", weights, 'targetReferenceCategory="w" offsetVariable="n"', "classification")
    parts = [math.exp(0.3 + 0.5), math.exp(-0.3 + 0.5), 1]
    answer = evaluator(tmp_path, text, fields()).of_values({"x": 0, "n": 0.5})
    assert shares(answer, "u", "v", "w") == pytest.approx([part / sum(parts) for part in parts])


@pytest.mark.parametrize("link", FUNCTIONS)
def test_ordinal(tmp_path, link):
    weights = [("p0", -0.8, "u"), ("p0", 0.9, "v"), ("p1", 0.6, "")]
    text = model("ordinalMultinomial", weights, f'cumulativeLink="{link}"', "classification")
    answer = evaluator(tmp_path, text, fields()).of_values({"x": 0.5})
    first, second = FUNCTIONS[link](-0.5), FUNCTIONS[link](1.2)
    assert shares(answer, "u", "v", "w") == pytest.approx([first, second - first, 1 - second], rel=1e-9)


def test_a_missing_covariate(tmp_path):
    text = model("multinomialLogistic", [("p1", 1, "u"), ("p0", 1, "v")], "", "classification")
    answer = evaluator(tmp_path, text, fields()).of_values({"x": None})
    assert answer["k"] is None
    assert shares(answer, "u", "v", "w") == [None] * 3


@pytest.mark.parametrize(
    ("kind", "weights", "attributes", "function", "told"),
    [
        ("logLinear", SLOPE, "", "regression", "modelType='logLinear' is not known"),
        ("regression", SLOPE, "", "classification", "modelType=regression is none of functionName=classification"),
        ("ordinalMultinomial", SLOPE, "", "regression", "modelType=ordinalMultinomial is none of functionName"),
        ("generalizedLinear", SLOPE, "", "regression", "linkFunction"),
        ("ordinalMultinomial", SLOPE, "", "classification", "cumulativeLink"),
        ("ordinalMultinomial", SLOPE, 'cumulativeLink="log"', "classification", "cumulativeLink='log' is not known"),
        ("generalizedLinear", SLOPE, 'linkFunction="logit"', "classification", "is of two classes, there are 3"),
        ("multinomialLogistic", SLOPE, "", "classification", "targetReferenceCategory is missing: 3 classes"),
        ("multinomialLogistic", [("p0", 1, "z")], "", "classification", "class 'z' is not among the target's values"),
        ("regression", [("p0", 1, "u"), ("p0", 1, "v")], "", "regression", "parameters of 2 classes"),
        ("regression", SLOPE, 'offsetVariable="q"', "regression", "no field 'q'"),
        ("regression", SLOPE, 'trialsVariable="q"', "regression", "no field 'q'"),
        ("CoxRegression", SLOPE, "", "regression", "endTimeVariable"),
    ],
)
def test_what_is_refused(tmp_path, kind, weights, attributes, function, told):
    with pytest.raises(BadInput, match=told) as caught:
        evaluator(
            tmp_path, model(kind, weights, attributes, function), fields() if function == "classification" else NUMBER
        )
    assert "/PMML/GeneralRegressionModel" in caught.value.message
