"""Parameters of general regression: what they are multiplied with, read off answers of the identity."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput

FIELDS = {"f": "string a b c", "g": "integer", "x": "double", "z": "double", "y": "target:double"}
HELMERT = (
    '<Matrix nbRows="3" nbCols="2"><Array type="real">0.75 0</Array>'
    '<Array type="real">-0.25 0.5</Array><Array type="real">-0.25 -0.5</Array></Matrix>'
)


def model(cells, factors='<Predictor name="f"/><Predictor name="g"/>', weights=None, names=("p0", "p1", "p2")):
    weights = weights if weights is not None else {"p0": 1, "p1": 10, "p2": 100}
    listed = "".join(f'<Parameter name="{name}"/>' for name in names)
    matrix = "".join(
        f'<PPCell parameterName="{parameter}" predictorName="{predictor}" value="{value}"/>'
        for parameter, predictor, value in cells
    )
    betas = "".join(f'<PCell parameterName="{name}" beta="{beta}"/>' for name, beta in weights.items())
    return (
        '<GeneralRegressionModel functionName="regression" modelType="generalLinear">SCHEMA'
        f"<ParameterList>{listed}</ParameterList><FactorList>{factors}</FactorList>"
        '<CovariateList><Predictor name="x"/><Predictor name="z"/></CovariateList>'
        f"<PPMatrix>{matrix}</PPMatrix><ParamMatrix>{betas}</ParamMatrix></GeneralRegressionModel>"
    )


def answer(tmp_path, text, **row):
    return evaluator(tmp_path, text, FIELDS).of_values(row)["y"]


def test_powers_and_products_of_covariates(tmp_path):
    cells = [("p1", "x", 2), ("p2", "x", 1), ("p2", "z", -1)]
    assert answer(tmp_path, model(cells), x=3, z=4) == pytest.approx(1 + 90 + 75)


def test_factors_of_text_and_number(tmp_path):
    cells = [("p1", "f", "b"), ("p2", "g", "2"), ("p2", "f", "b")]
    compiled = evaluator(tmp_path, model(cells), FIELDS)
    rows: Any = [{"f": f, "g": g} for f in "ab" for g in (1, 2)]
    assert compiled.of_values(rows)["y"].tolist() == [1, 1, 11, 111]


def test_a_contrast_matrix(tmp_path):
    categories = "<Categories>" + "".join(f'<Category value="{each}"/>' for each in "bca") + "</Categories>"
    factors = f'<Predictor name="f" contrastMatrixType="Helmert">{categories}{HELMERT}</Predictor>'
    compiled = evaluator(tmp_path, model([("p1", "f", "b"), ("p2", "f", "c"), ("p2", "x", 1)], factors), FIELDS)
    rows: Any = [{"f": f, "x": 2} for f in "bca"]
    assert compiled.of_values(rows)["y"].tolist() == [1 + 7.5, 1 - 2.5 + 100, 1 - 2.5 - 100]


def test_a_contrast_matrix_by_the_values_of_the_field(tmp_path):
    factors = f'<Predictor name="f">{HELMERT}</Predictor>'
    compiled = evaluator(tmp_path, model([("p1", "f", "a"), ("p2", "f", "b")], factors), FIELDS)
    assert compiled.of_values([{"f": f} for f in "abc"])["y"].tolist() == [8.5, 48.5, -51.5]


@pytest.mark.parametrize("contrast", ["", HELMERT])
def test_a_missing_factor_is_missing(tmp_path, contrast):
    text = model([("p1", "f", "a")], f'<Predictor name="f">{contrast}</Predictor>')
    assert answer(tmp_path, text, f=None) is None


def test_what_no_parameter_weighs_does_not_matter(tmp_path):
    text = model([("p1", "x", 1), ("p2", "z", 1)], weights={"p0": 1, "p1": 10})
    assert answer(tmp_path, text, x=2, z=None) == 21
    assert answer(tmp_path, text, x=None, z=2) is None


def test_a_parameter_without_cells_is_an_intercept(tmp_path):
    assert answer(tmp_path, model([]), x=math.pi) == 111


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (model([("p9", "x", 1)]), "no parameter 'p9' in the ParameterList"),
        (model([], weights={"p9": 1}), "no parameter 'p9' in the ParameterList"),
        (model([("p1", "g", 1)], factors=""), "predictor 'g' is neither in the FactorList nor in the CovariateList"),
        (model([("p1", "x", "one")]), "value='one' is no number"),
        (model([("p1", "g", "one")]), "'one' is no integer"),
        (model([], weights={"p0": "many"}), "beta='many' is no number"),
        (
            model([("p1", "f", "c")], f'<Predictor name="f">{HELMERT}</Predictor>'),
            "'c' has no column in the contrast matrix of 'f'",
        ),
        (
            model([("p1", "g", "1")], f'<Predictor name="g">{HELMERT}</Predictor>'),
            "there are 0 categories of 'g', but 3 rows",
        ),
    ],
)
def test_what_is_refused(tmp_path, text, told):
    with pytest.raises(BadInput, match=told) as caught:
        evaluator(tmp_path, text, FIELDS)
    assert "/PMML/GeneralRegressionModel/" in caught.value.message
