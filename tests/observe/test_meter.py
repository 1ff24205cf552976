from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from salver.observe.catalogue import REQUEST_SECONDS
from salver.observe.meter import Meters
from salver.observe.metrics import Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def meters(metrics: Metrics) -> Meters:
    return Meters(metrics)


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Name and labels to value, as another library reads them."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.render())
        for sample in family.samples
    }


def value(metrics: Metrics, ending: str, **labels: str) -> float:
    found = [
        number
        for (name, have), number in samples(metrics).items()
        if name.endswith(ending) and labels.items() <= dict(have).items()
    ]
    assert len(found) == 1, (ending, labels, found)
    return found[0]


def test_successes_failures_and_times(metrics: Metrics, meters: Meters):
    before = time.time()
    meter = meters.of("wine", 1, "tfserving")
    for elapsed_ns in (1_000_000, 3_000_000):
        meter.begin()
        meter.succeed(elapsed_ns)
    meter.begin()
    meter.fail(500_000, "BadInput")
    tally = meters.tally("wine", 1)
    assert (tally.successes, tally.success_ns) == (2, 4_000_000)
    assert (tally.failures, tally.failure_ns) == (1, 500_000)
    assert before <= tally.last_s <= time.time()
    labels = {"model": "wine", "version": "1", "protocol": "tfserving"}
    assert value(metrics, "_request_seconds_count", **labels) == 3
    assert value(metrics, "_request_seconds_sum", **labels) == pytest.approx(0.0045)


def test_what_is_in_flight(metrics: Metrics, meters: Meters):
    meter = meters.of("wine", 1, "tfserving")
    for _ in range(3):
        meter.begin()
    meters.publish()
    assert value(metrics, "in_flight", model="wine") == 3
    meter.succeed(1)
    meter.fail(1, "Cancelled")
    meters.publish()
    assert value(metrics, "in_flight", model="wine") == 1


def test_errors_are_counted_by_kind(metrics: Metrics, meters: Meters):
    meter = meters.of("wine", 1, "tfserving")
    for kind in ("BadInput", "Full", "BadInput"):
        meter.begin()
        meter.fail(1, kind)
    assert value(metrics, "errors_total", kind="BadInput") == 2
    assert value(metrics, "errors_total", kind="Full") == 1


def test_the_tally_is_over_all_protocols_of_one_version(meters: Meters):
    for version, protocol in ((1, "tfserving"), (1, "openinference"), (2, "tfserving")):
        meter = meters.of("wine", version, protocol)
        meter.begin()
        meter.succeed(10)
    assert meters.tally("wine", 1).successes == 2
    assert meters.tally("wine", 2).successes == 1
    assert meters.tally("beer", 1).successes == 0
    assert meters.tally("beer", 1).last_s == 0.0


def test_a_meter_is_made_once(meters: Meters):
    assert meters.of("wine", 1, "tfserving") is meters.of("wine", 1, "tfserving")


def test_a_name_that_a_client_made_up_makes_no_series(metrics: Metrics, meters: Meters):
    meters.refused("tfserving", "NotFound")
    before = len(samples(metrics))
    for _ in range(100):
        meters.refused("tfserving", "NotFound")
    assert len(samples(metrics)) == before
    assert value(metrics, "errors_total", model="", kind="NotFound") == 101


def test_what_is_put_aside_has_a_bound_and_is_counted_by_itself(metrics: Metrics, meters: Meters):
    meter = meters.of("wine", 1, "tfserving")
    for _ in range(5000):
        meter.begin()
        meter.succeed(1000)
    assert value(metrics, "requests_total", model="wine") == 4096
    meters.publish()
    assert value(metrics, "requests_total", model="wine") == 5000


@given(st.lists(st.floats(0, 20), min_size=1, max_size=50))
def test_many_observations_at_once_count_as_one_by_one(values: list[float]):
    together, apart = Metrics(), Metrics()
    together.histogram(REQUEST_SECONDS, "m", "1", "p").observe_all(np.array(values))
    for seconds in values:
        apart.histogram(REQUEST_SECONDS, "m", "1", "p").observe(seconds)

    def buckets(metrics: Metrics) -> list[str]:
        return [line for line in metrics.render().splitlines() if "_bucket" in line or "_count" in line]

    assert buckets(together) == buckets(apart)
