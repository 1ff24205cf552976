"""RegressionModel beyond its golden cases, by the specification's formulas."""

from __future__ import annotations

import math
import statistics
from typing import Any

import pytest
from pmml_documents import document, evaluator

from salver.core.errors import BadInput
from salver.formats.pmml.evaluator import PmmlEvaluator

PHI = statistics.NormalDist().cdf
FUNCTIONS = {
    "logit": lambda y: 1 / (1 + math.exp(-y)),
    "probit": PHI,
    "cloglog": lambda y: 1 - math.exp(-math.exp(y)),
    "loglog": lambda y: math.exp(-math.exp(-y)),
    "cauchit": lambda y: 0.5 + math.atan(y) / math.pi,
}
NUMBERS = {"x": "double", "y": "target:double"}
CLASSES = {"x": "double", "k": "target:string u v w"}


def table(content="", intercept=0.0, target=None):
    category = "" if target is None else f'targetCategory="{target}"'
    return f'<RegressionTable intercept="{intercept}" {category}>{content}</RegressionTable>'


def slope(coefficient, name="x", exponent=1):
    return f'<NumericPredictor name="{name}" coefficient="{coefficient}" exponent="{exponent}"/>'


def model(*tables, function="regression", method=None):
    normalization = "" if method is None else f'normalizationMethod="{method}"'
    return f'<RegressionModel functionName="{function}" {normalization}>SCHEMA{"".join(tables)}</RegressionModel>'


def classes(method, count=3):
    """y = 0.4x, 1 - 0.2x and 0.5."""
    tables = [table(slope(0.4), 0, "u"), table(slope(-0.2), 1, "v"), table("", 0.5, "w")]
    return model(*tables[-count:], function="classification", method=method)


def ordinal(tmp_path, text):
    path = tmp_path / "model.pmml"
    path.write_text(document(text, CLASSES).replace('name="k" optype="categorical"', 'name="k" optype="ordinal"'))
    return PmmlEvaluator(str(path))


def shares(answer, *labels):
    return [answer[f"probability({label})"] for label in labels]


@pytest.mark.parametrize("method", [*FUNCTIONS, "softmax", "exp", "none"])
def test_a_number_is_normalized(tmp_path, method):
    function = {**FUNCTIONS, "softmax": FUNCTIONS["logit"], "exp": math.exp, "none": float}[method]
    compiled = evaluator(tmp_path, model(table(slope(0.5), -0.3), method=method), NUMBERS)
    answers = compiled.of_values({"x": [-2.0, 0.1, 3.0]})["y"].tolist()
    assert answers == pytest.approx([function(0.5 * x - 0.3) for x in (-2.0, 0.1, 3.0)], rel=1e-12)


@pytest.mark.parametrize("method", FUNCTIONS)
def test_two_classes(tmp_path, method):
    compiled = evaluator(tmp_path, classes(method, 2), CLASSES)
    first = FUNCTIONS[method](1 - 0.2 * 2)
    answer = compiled.of_values({"x": 2})
    assert shares(answer, "v", "w") == pytest.approx([first, 1 - first], rel=1e-12)
    assert answer["k"] == ("v" if first > 0.5 else "w")


def test_two_classes_without_a_method_are_clamped(tmp_path):
    compiled = evaluator(tmp_path, classes("none", 2), CLASSES)
    answer = compiled.of_values({"x": [-3.0, 2.0, 8.0]})
    assert answer["probability(v)"].tolist() == pytest.approx([1, 0.6, 0])
    assert answer["probability(w)"].tolist() == pytest.approx([0, 0.4, 1])


def test_three_classes(tmp_path):
    x, y = 2.0, [0.8, 0.6, 0.5]
    found = {
        method: shares(evaluator(tmp_path, classes(method), CLASSES).of_values({"x": x}), "u", "v", "w")
        for method in ("softmax", "simplemax", "none", "logit")
    }
    assert found["softmax"] == pytest.approx([math.exp(each) / sum(map(math.exp, y)) for each in y])
    assert found["simplemax"] == pytest.approx([each / sum(y) for each in y])
    assert found["none"] == pytest.approx([0.8, 0.6, 1 - 1.4])
    logits = [FUNCTIONS["logit"](each) for each in y]
    assert found["logit"] == pytest.approx([each / sum(logits) for each in logits])


@pytest.mark.parametrize("method", FUNCTIONS)
def test_ordered_classes_are_differences(tmp_path, method):
    tables = (table(slope(0.3), -1, "u"), table(slope(0.3), 0.8, "v"), table("", 0, "w"))
    compiled = ordinal(tmp_path, model(*tables, function="classification", method=method))
    first, second = (FUNCTIONS[method](0.3 * 1.5 + intercept) for intercept in (-1, 0.8))
    found = shares(compiled.of_values({"x": 1.5}), "u", "v", "w")
    assert found == pytest.approx([first, second - first, 1 - second], rel=1e-9)


def test_the_order_is_that_of_the_values(tmp_path):
    tables = (table("", 0, "w"), table(slope(0.3), 0.8, "v"), table(slope(0.3), -1, "u"))
    compiled = ordinal(tmp_path, model(*tables, function="classification", method="logit"))
    assert compiled.of_values({"x": 0})["probability(u)"] == pytest.approx(FUNCTIONS["logit"](-1))


def test_what_is_missing(tmp_path):
    """A missing number makes the answer missing, wherever it stands; a missing category counts as nothing."""
    level = '<CategoricalPredictor name="t" value="p" coefficient="10"/>'
    fields = {"x": "double", "t": "string", "y": "target:double"}
    compiled = evaluator(tmp_path, model(table(slope(2) + level, 1)), fields)
    rows: Any = [{"x": 3, "t": "p"}, {"x": 3}, {"x": 3, "t": "q"}, {"t": "p"}]
    answers = compiled.of_values(rows)["y"].tolist()
    assert answers[:3] == [17, 7, 7]
    assert math.isnan(answers[3])


def test_a_missing_number_of_one_class_is_missing_in_all(tmp_path):
    for method in ("softmax", "logit"):
        tables = (table(slope(1), 0, "u"), table(slope(1, "z"), 0, "v"))
        fields = {"x": "double", "z": "double", "k": "target:string u v"}
        compiled = evaluator(tmp_path, model(*tables, function="classification", method=method), fields)
        assert compiled.of_values({"x": 1, "z": None}) == {"k": None, "probability(u)": None, "probability(v)": None}


def test_categories_of_numbers_and_truth_values(tmp_path):
    content = (
        '<CategoricalPredictor name="n" value="1" coefficient="10"/>'
        '<CategoricalPredictor name="n" value="2" coefficient="20"/>'
        '<CategoricalPredictor name="b" value="true" coefficient="300"/>'
    )
    fields = {"n": "integer", "b": "boolean", "y": "target:double"}
    compiled = evaluator(tmp_path, model(table(content)), fields)
    rows: Any = [{"n": 1, "b": True}, {"n": 2, "b": False}, {"n": 3, "b": None}, {"n": None, "b": "true"}]
    assert compiled.of_values(rows)["y"].tolist() == [310, 20, 0, 300]


def test_exponents_and_products(tmp_path):
    term = (
        '<PredictorTerm coefficient="2"><FieldRef field="x"/><FieldRef field="z"/><FieldRef field="x"/></PredictorTerm>'
    )
    fields = {"x": "double", "z": "double", "y": "target:double"}
    compiled = evaluator(tmp_path, model(table(slope(3, "x", 2) + slope(1, "z", -1) + term, 0.5)), fields)
    assert compiled.of_values({"x": 3, "z": 4})["y"] == pytest.approx(0.5 + 27 + 0.25 + 2 * 36)
    assert compiled.of_values({"x": 3, "z": 0})["y"] == math.inf


@pytest.mark.parametrize(
    ("text", "fields", "told"),
    [
        (model(), NUMBERS, "needs one RegressionTable, there are 0"),
        (model(table(), table()), NUMBERS, "needs one RegressionTable, there are 2"),
        (model(table(), method="simplemax"), NUMBERS, "simplemax is of classification"),
        (model(table(), method="sigmoid"), NUMBERS, "normalizationMethod='sigmoid' is not known"),
        (model(table(slope(1, "t"))), {"t": "string", **NUMBERS}, "field 't' is text, wanted a number"),
        (model(table(slope(1, "q"))), NUMBERS, "no field 'q'"),
        (model(table('<NumericPredictor name="x"/>')), NUMBERS, "coefficient"),
        (model(table('<PredictorTerm coefficient="1"/>')), NUMBERS, "needs a FieldRef"),
        (model("<RegressionTable/>"), NUMBERS, "intercept"),
        (model(table("", 0, "u"), function="classification"), CLASSES, "a RegressionTable for each class, there are 1"),
        (model(table(), table(), function="classification"), CLASSES, "targetCategory"),
        (model(table("", 0, "u"), table("", 1, "u"), function="classification"), CLASSES, "two tables of class 'u'"),
        (classes("exp"), CLASSES, "exp is of regression"),
        (classes("probit"), CLASSES, "probit is for two classes or ordered ones, there are 3"),
    ],
)
def test_what_is_refused(tmp_path, text, fields, told):
    with pytest.raises(BadInput, match=told) as caught:
        evaluator(tmp_path, text, fields)
    assert "/PMML/RegressionModel" in caught.value.message
    assert "line" in caught.value.message
