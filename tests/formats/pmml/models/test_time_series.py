"""TimeSeriesModel: forecasts by the formulas, step by step."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput, Unsupported

FIELDS = {"h": "supplementary:integer", "y": "target:double"}
STEPS = [1, 2, 3, 7]


def smoothing(inner="", attributes="", level=100):
    return model("ExponentialSmoothing", f'<Level smoothedValue="{level}"/>{inner}', attributes)


def model(algorithm, inner, attributes=""):
    return (
        f'<TimeSeriesModel functionName="timeSeries" bestFit="{algorithm}">SCHEMA'
        f"<{algorithm} {attributes}>{inner}</{algorithm}></TimeSeriesModel>"
    )


def trend(kind, phi=""):
    return f'<Trend_ExpoSmooth trend="{kind}" smoothedValue="2" {phi}/>'


def season(kind, phase="", period=3):
    array = "<Array>10 20 30</Array>"
    return f'<Seasonality_ExpoSmooth type="{kind}" period="{period}" {phase}>{array}</Seasonality_ExpoSmooth>'


def forecasts(tmp_path, document, fields=FIELDS):
    return evaluator(tmp_path, document, fields).of_values([{"h": step} for step in STEPS])["y"].tolist()


def damped(step):
    return sum(0.5**power for power in range(1, step + 1))


@pytest.mark.parametrize(
    ("document", "formula"),
    [
        (smoothing(), lambda h: 100),
        (smoothing('<Trend_ExpoSmooth smoothedValue="2"/>'), lambda h: 100 + 2 * h),
        (smoothing(trend("additive")), lambda h: 100 + 2 * h),
        (smoothing(trend("damped_additive", 'phi="0.5"')), lambda h: 100 + 2 * damped(h)),
        (smoothing(trend("damped_additive")), lambda h: 100 + 2 * h),
        (smoothing(trend("multiplicative")), lambda h: 100 * 2**h),
        (smoothing(trend("damped_multiplicative", 'phi="0.5"')), lambda h: 100 * 2 ** damped(h)),
        (smoothing(season("additive")), lambda h: 100 + [30, 10, 20][h % 3]),
        (smoothing(season("additive", 'phase="1"')), lambda h: 100 + [10, 20, 30][h % 3]),
        (smoothing(trend("additive") + season("multiplicative")), lambda h: (100 + 2 * h) * [30, 10, 20][h % 3]),
        (smoothing(trend("additive"), 'transformation="logarithmic"', level=1), lambda h: math.exp(1 + 2 * h)),
        (smoothing(trend("additive"), 'transformation="squareroot"', level=1), lambda h: (1 + 2 * h) ** 2),
    ],
)
def test_smoothing_carries_level_trend_and_season_on(tmp_path, document, formula):
    assert forecasts(tmp_path, document) == pytest.approx([formula(step) for step in STEPS], rel=1e-13)


def matrix(*rows):
    return "<Matrix>" + "".join(f'<Array type="real">{row}</Array>' for row in rows) + "</Matrix>"


def state_space(measurement=("1 1",), intercept="", attributes="", state="4 2"):
    return model(
        "StateSpaceModel",
        f"<StateVector><Array>{state}</Array></StateVector>"
        f"<TransitionMatrix>{matrix('1 1', '0 0.5')}</TransitionMatrix>"
        f"<MeasurementMatrix>{matrix(*measurement)}</MeasurementMatrix>{intercept}",
        attributes,
    )


def states(step, intercept=(0, 0)):
    """By applying the transition again and again."""
    first, second = 4.0, 2.0
    for _ in range(step - 1):
        first, second = first + second + intercept[0], second / 2 + intercept[1]
    return first, second


def test_the_state_vector_is_the_state_of_the_first_step(tmp_path):
    assert forecasts(tmp_path, state_space()) == pytest.approx([sum(states(step)) for step in STEPS], rel=1e-14)


@pytest.mark.parametrize("type_", ["", 'type="state"'])
def test_a_state_intercept_is_added_at_each_step(tmp_path, type_):
    intercept = f"<InterceptVector {type_}><Array>1 3</Array></InterceptVector>"
    found = forecasts(tmp_path, state_space(intercept=intercept))
    assert found == pytest.approx([sum(states(step, (1, 3))) for step in STEPS], rel=1e-14)


def test_an_observation_intercept_is_added_to_what_is_observed(tmp_path):
    intercept = '<InterceptVector type="observation"><Array>7</Array></InterceptVector>'
    found = forecasts(tmp_path, state_space(intercept=intercept, attributes='intercept="0.5"'))
    assert found == pytest.approx([sum(states(step)) + 7.5 for step in STEPS], rel=1e-14)


def test_several_series_are_several_targets(tmp_path):
    fields = {"h": "supplementary:integer", "y": "target:double", "z": "target:double"}
    compiled = evaluator(tmp_path, state_space(measurement=("1 0", "0 1")), fields)
    answer = compiled.of_values([{"h": step} for step in STEPS])
    assert answer["y"] == pytest.approx([states(step)[0] for step in STEPS])
    assert answer["z"] == pytest.approx([states(step)[1] for step in STEPS])


def test_the_only_field_is_the_horizon_whatever_it_is_called(tmp_path):
    compiled = evaluator(tmp_path, smoothing(trend("additive")), {"ahead": "double", "y": "target:double"})
    assert compiled.of_values({"ahead": 5})["y"] == 110


def test_without_a_horizon_the_first_step_is_meant(tmp_path):
    compiled = evaluator(tmp_path, smoothing(trend("additive")), {"y": "target:double"})
    assert compiled.of_values({})["y"] == 102


def test_a_missing_horizon_is_a_missing_forecast(tmp_path):
    answer = evaluator(tmp_path, smoothing(), FIELDS).of_values([{}, {"h": 1}])
    assert np.isnan(answer["y"]).tolist() == [True, False]


def test_a_row_whose_horizon_is_none_is_refused_alone(tmp_path):
    fields = {"h": "supplementary:double", "y": "target:double"}
    answer = evaluator(tmp_path, smoothing(), fields).of_values([{"h": h} for h in (1, 0, 1.5, 2e6, None)])
    assert answer["_error"].tolist() == [
        None,
        *(
            f"field 'h': {said} is no horizon, wanted a whole number from 1 to 1000000"
            for said in ("0", "1.5", "2e+06")
        ),
        None,
    ]


@pytest.mark.parametrize("algorithm", ["ARIMA", "GARCH", "SeasonalTrendDecomposition", "SpectralAnalysis"])
def test_other_algorithms_are_refused_by_name(tmp_path, algorithm):
    with pytest.raises(Unsupported, match=rf"bestFit={algorithm} .*/PMML/TimeSeriesModel, line 3"):
        evaluator(tmp_path, model(algorithm, ""), FIELDS)


@pytest.mark.parametrize(
    ("wrong", "fault", "reason"),
    [
        (smoothing(trend("polynomial_exponential")), Unsupported, "trend=polynomial_exponential"),
        (smoothing(trend("double_exponential")), Unsupported, "trend=double_exponential"),
        (smoothing(trend("linear")), BadInput, r"trend='linear' .*/Trend_ExpoSmooth, line 3"),
        (smoothing("<Trend_ExpoSmooth/>"), BadInput, "needs an attribute smoothedValue"),
        (smoothing(season("additive", period=4)), BadInput, "3 seasons, but period=4"),
        (model("ExponentialSmoothing", ""), BadInput, "needs a child Level"),
        (state_space(state="1 2 3"), BadInput, "2 x 2, wanted 3 x 3"),
        (state_space(measurement=("1 0", "0 1")), BadInput, "2 x 2, wanted 1 x 2"),
        (state_space(intercept="<InterceptVector><Array>1</Array></InterceptVector>"), BadInput, "1 values, wanted 2"),
        (state_space(intercept="<DynamicRegressor/>"), Unsupported, "DynamicRegressor"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, wrong, fault, reason):
    with pytest.raises(fault, match=reason):
        evaluator(tmp_path, wrong, FIELDS)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"a": "double", "b": "double", "y": "target:double"}, "which of the fields a, b is the horizon"),
        ({"h": "string", "y": "target:double"}, "'h' is string, a horizon is a number"),
        ({**FIELDS, "z": "target:double"}, "2 targets, exponential smoothing forecasts one"),
    ],
)
def test_fields_that_do_not_tell_a_horizon_are_refused(tmp_path, fields, reason):
    with pytest.raises(BadInput, match=reason):
        evaluator(tmp_path, smoothing(), fields)
