"""Cox regression: cumulative hazards of steps, by hand."""

from __future__ import annotations

import math

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput

FIELDS = {"t": "double", "x": "double", "s": "string", "status": "target:double"}
STEPS = (
    '<BaselineCell time="1" cumHazard="0.1"/><BaselineCell time="4" cumHazard="0.5"/>'
    '<BaselineCell time="2" cumHazard="0.2"/>'
)
STRATA = (
    f'<BaselineStratum value="a" maxTime="9">{STEPS}</BaselineStratum>'
    '<BaselineStratum value="b" maxTime="3"><BaselineCell time="0.5" cumHazard="2"/></BaselineStratum>'
)


def model(tables=f'<BaseCumHazardTables maxTime="5">{STEPS}</BaseCumHazardTables>', attributes=""):
    return (
        '<GeneralRegressionModel functionName="regression" modelType="CoxRegression" endTimeVariable="t" '
        f'{attributes}>SCHEMA<ParameterList><Parameter name="p" referencePoint="1.5"/></ParameterList>'
        '<CovariateList><Predictor name="x"/></CovariateList>'
        '<PPMatrix><PPCell predictorName="x" parameterName="p" value="1"/></PPMatrix>'
        f'<ParamMatrix><PCell parameterName="p" beta="0.4"/></ParamMatrix>{tables}</GeneralRegressionModel>'
    )


def hazards(compiled, rows):
    return [None if math.isnan(value) else value for value in compiled.of_values(rows)["status"].tolist()]


def test_the_step_that_has_come(tmp_path):
    compiled = evaluator(tmp_path, model(), FIELDS)
    rows = [{"t": t, "x": 1.5} for t in (0.9, 1, 1.9, 2, 4, 5)]
    assert hazards(compiled, rows) == pytest.approx([0, 0.1, 0.1, 0.2, 0.5, 0.5])


def test_beyond_the_last_time_and_without_one(tmp_path):
    compiled = evaluator(tmp_path, model(), FIELDS)
    assert hazards(compiled, [{"t": 5.1, "x": 1.5}, {"t": None, "x": 1.5}, {"t": 2, "x": None}]) == [None] * 3


def test_the_risk_is_relative_to_the_reference_point(tmp_path):
    compiled = evaluator(tmp_path, model(), FIELDS)
    assert hazards(compiled, [{"t": 2, "x": 4}]) == pytest.approx([0.2 * math.exp(0.4 * (4 - 1.5))])


def test_without_a_last_time_the_last_step_is_it(tmp_path):
    compiled = evaluator(tmp_path, model(f"<BaseCumHazardTables>{STEPS}</BaseCumHazardTables>"), FIELDS)
    assert hazards(compiled, [{"t": 4, "x": 1.5}, {"t": 4.1, "x": 1.5}]) == [0.5, None]


def test_strata(tmp_path):
    text = model(f"<BaseCumHazardTables>{STRATA}</BaseCumHazardTables>", 'baselineStrataVariable="s"')
    compiled = evaluator(tmp_path, text, FIELDS)
    rows = [{"t": t, "x": 1.5, "s": s} for s, t in (("a", 4), ("b", 1), ("b", 4), ("c", 1), (None, 1), ("a", 0))]
    assert hazards(compiled, rows) == [0.5, 2, None, None, None, 0]


def test_strata_by_number(tmp_path):
    strata = STRATA.replace('value="a"', 'value="1"').replace('value="b"', 'value="2"')
    text = model(f"<BaseCumHazardTables>{strata}</BaseCumHazardTables>", 'baselineStrataVariable="s"')
    compiled = evaluator(tmp_path, text, {**FIELDS, "s": "double"})
    assert hazards(compiled, [{"t": 1, "x": 1.5, "s": s} for s in (1, 2.0, 3)]) == [0.1, 2, None]


@pytest.mark.parametrize(
    ("tables", "attributes", "told"),
    [
        ("", "", "needs a child BaseCumHazardTables"),
        ("<BaseCumHazardTables/>", "", "BaseCumHazardTables needs a child BaselineCell"),
        ("<BaseCumHazardTables/>", 'baselineStrataVariable="s"', "there is no BaselineStratum"),
        ("<BaseCumHazardTables/>", 'baselineStrataVariable="q"', "no field 'q'"),
        (
            f"<BaseCumHazardTables>{STRATA}{STRATA}</BaseCumHazardTables>",
            'baselineStrataVariable="s"',
            "two strata 'a'",
        ),
    ],
)
def test_what_is_refused(tmp_path, tables, attributes, told):
    with pytest.raises(BadInput, match=told) as caught:
        evaluator(tmp_path, model(tables, attributes), FIELDS)
    assert "/PMML/GeneralRegressionModel" in caught.value.message
