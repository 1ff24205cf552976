from __future__ import annotations

import pytest

from salver.observe.metrics import Metrics
from salver.observe.told import MAX_KEYS, Told


def test_counters_gauges_and_timers_of_nodes_are_metrics_of_the_server():
    metrics = Metrics()
    told = Told(metrics)
    for _ in range(2):
        told.count(
            "wine",
            [
                {"key": "seen", "type": "COUNTER", "value": 3},
                {"key": "level", "type": "GAUGE", "value": 0.5},
                {"key": "took", "type": "TIMER", "value": 20.0},
            ],
        )
    text = metrics.render()
    assert 'salver_node_count_total{model="wine",key="seen"} 6' in text
    assert 'salver_node_value{model="wine",key="level"} 0.5' in text
    assert 'salver_node_seconds_sum{model="wine",key="took"} 0.04' in text
    assert 'salver_node_seconds_count{model="wine",key="took"} 2' in text


def test_a_counter_only_grows_and_what_is_no_metric_is_passed_over():
    metrics = Metrics()
    Told(metrics).count("m", [{"key": "a", "value": -5}, {"key": 3, "value": 1}, {"key": "b", "value": "x"}, {}])
    assert 'salver_node_count_total{model="m",key="a"} 0' in metrics.render()
    assert 'key="b"' not in metrics.render()


@pytest.mark.parametrize("value", [float("inf"), float("nan"), pytest.param(10**400, id="no float")])
@pytest.mark.parametrize("kind", ["COUNTER", "GAUGE", "TIMER"])
def test_a_number_that_no_sum_survives_is_passed_over(kind: str, value: float) -> None:
    metrics = Metrics()
    told = Told(metrics)

    def counted(number: float) -> list[str]:
        told.count("m", [{"key": "a", "type": kind, "value": number}])
        return [line for line in metrics.render().splitlines() if 'key="a"' in line]

    before = counted(2)
    assert before
    assert counted(value) == before


def test_how_many_names_there_may_be_is_bounded():
    metrics = Metrics()
    told = Told(metrics)
    for number in range(MAX_KEYS + 10):
        told.count("m", [{"key": f"k{number}", "type": "GAUGE", "value": 1.0}])
    assert metrics.render().count("salver_node_value{") == MAX_KEYS
