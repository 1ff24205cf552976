"""BaselineModel: z-values, and what is refused."""

from __future__ import annotations

import math

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput, Unsupported

FIELDS = {"x": "double"}


def model(distribution, statistic="zValue", attributes=""):
    return (
        f'<BaselineModel functionName="regression">SCHEMA<TestDistributions field="x" testStatistic="{statistic}" '
        f"{attributes}><Baseline>{distribution}</Baseline></TestDistributions></BaselineModel>"
    )


GAUSS = '<GaussianDistribution mean="1" variance="4"/>'


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        (GAUSS, 4.5),
        ('<AnyDistribution mean="2" variance="16"/>', 2.0),
        ('<PoissonDistribution mean="4"/>', 3.0),
        ('<UniformDistribution lower="2" upper="6"/>', 6 / math.sqrt(16 / 12)),
    ],
)
def test_a_z_value_is_a_distance_in_standard_deviations(tmp_path, distribution, expected):
    answer = evaluator(tmp_path, model(distribution), FIELDS).of_values([{"x": 10}, {}])["_target"]
    assert answer[0] == pytest.approx(expected, rel=1e-14)
    assert math.isnan(answer[1])


@pytest.mark.parametrize("statistic", ["CUSUM", "chiSquareIndependence", "chiSquareDistribution", "scalarProduct"])
def test_statistics_of_streams_are_refused_by_name(tmp_path, statistic):
    with pytest.raises(Unsupported, match=rf"testStatistic={statistic} .*/TestDistributions, line 3"):
        evaluator(tmp_path, model(GAUSS, statistic), FIELDS)


def test_windows_are_refused_by_name(tmp_path):
    assert evaluator(tmp_path, model(GAUSS, attributes='windowSize="1"'), FIELDS).of_values({"x": 3})["_target"] == 1
    with pytest.raises(Unsupported, match="windowSize=10"):
        evaluator(tmp_path, model(GAUSS, attributes='windowSize="10"'), FIELDS)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (model('<PoissonDistribution mean="0"/>'), "variance is 0, wanted more than 0 .*/PoissonDistribution, line 3"),
        (model('<GaussianDistribution mean="1"/>'), "needs an attribute variance"),
        (model("<CountTable/>"), "needs a child AnyDistribution or"),
        (model(GAUSS, "tValue"), "testStatistic='tValue'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, wrong, reason):
    with pytest.raises(BadInput, match=reason):
        evaluator(tmp_path, wrong, FIELDS)
