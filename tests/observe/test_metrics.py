from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.observe.catalogue import (
    AVAILABLE,
    CONNECTIONS,
    IN_FLIGHT,
    LOAD_SECONDS,
    METRICS,
    REQUEST_SECONDS,
    REQUESTS,
    Kind,
)
from salver.observe.metrics import Metrics

WINE = ("wine", "3", "tfserving")
LABELS = (("model", "wine"), ("protocol", "tfserving"), ("version", "3"))


def test_counters_count_and_gauges_move(parse):
    metrics = Metrics()
    metrics.counter(REQUESTS, *WINE).add()
    metrics.counter(REQUESTS, *WINE).add(2)
    in_flight = metrics.gauge(IN_FLIGHT, *WINE)
    in_flight.add(3)
    in_flight.add(-1)
    metrics.gauge(CONNECTIONS).set(7)
    found = parse(metrics.render())
    assert found["salver_requests_total", LABELS] == 3
    assert found["salver_in_flight", LABELS] == 2
    assert found["salver_connections", ()] == 7
    assert in_flight.value == 2


@given(st.lists(st.one_of(st.floats(0, 20), st.sampled_from(REQUEST_SECONDS.bounds)), max_size=50))
def test_every_bucket_holds_what_is_not_above_its_bound(parse, observed):
    metrics = Metrics()
    histogram = metrics.histogram(REQUEST_SECONDS, *WINE)
    for value in observed:
        histogram.observe(value)
    found = parse(metrics.render())
    buckets = {
        float(dict(pairs)["le"]): value for (name, pairs), value in found.items() if name.endswith("_seconds_bucket")
    }
    assert buckets == {
        bound: sum(value <= bound for value in observed) for bound in (*REQUEST_SECONDS.bounds, float("inf"))
    }
    assert found["salver_request_seconds_count", LABELS] == len(observed)
    assert found["salver_request_seconds_sum", LABELS] == pytest.approx(sum(observed))


def test_the_process_is_described_as_the_system_sees_it(parse):
    if not Path("/proc/self/stat").exists():
        pytest.skip("no /proc on this system")
    found = parse(Metrics().render())
    assert found["process_cpu_seconds_total", ()] == pytest.approx(sum(os.times()[:2]), abs=0.1)
    assert 5e6 < found["process_resident_memory_bytes", ()] < 1e11
    assert found["process_open_fds", ()] >= 3
    started = Path("/proc/self").stat().st_mtime
    assert found["process_start_time_seconds", ()] == pytest.approx(started, abs=3600 * 24)


@pytest.mark.parametrize(
    "ask",
    [
        lambda metrics: metrics.counter(REQUESTS, "wine"),
        lambda metrics: metrics.counter(IN_FLIGHT, *WINE),
        lambda metrics: metrics.gauge(REQUEST_SECONDS, *WINE),
        lambda metrics: metrics.histogram(REQUESTS, *WINE),
    ],
)
def test_the_wrong_labels_or_kind_are_refused(ask):
    with pytest.raises(ValueError, match="salver_"):
        ask(Metrics())


def test_processes_in_one_folder_are_joined(tmp_path, parse):
    workers = [Metrics(tmp_path) for _ in range(3)]
    for number, worker in enumerate(workers):
        worker.counter(REQUESTS, *WINE).add(10)
        worker.histogram(REQUEST_SECONDS, *WINE).observe(0.1)
        worker.gauge(IN_FLIGHT, *WINE).add(2)
        worker.gauge(LOAD_SECONDS, "wine", "3").set(number)
        worker.gauge(AVAILABLE, "wine", "3").set(number > 0)
    texts = [worker.render() for worker in workers]
    for text in texts:
        found = parse(text)
        assert found["salver_requests_total", LABELS] == 30
        assert found["salver_request_seconds_count", LABELS] == 3
        assert found["salver_in_flight", LABELS] == 6
        assert found["salver_model_load_seconds", (("model", "wine"), ("version", "3"))] == 2
        assert found["salver_model_available", (("model", "wine"), ("version", "3"))] == 0
    for worker in workers:
        worker.close()


def test_a_dead_workers_counts_stay_and_its_gauges_go(tmp_path, parse):
    alive, dead = Metrics(tmp_path), Metrics(tmp_path)
    for worker in (alive, dead):
        worker.counter(REQUESTS, *WINE).add(5)
        worker.gauge(IN_FLIGHT, *WINE).add(1)
    dead.close()
    found = parse(alive.render())
    assert found["salver_requests_total", LABELS] == 10
    assert found["salver_in_flight", LABELS] == 1
    heir = Metrics(tmp_path)
    heir.counter(REQUESTS, *WINE).add(1)
    found = parse(alive.render())
    assert found["salver_requests_total", LABELS] == 11
    assert found["salver_in_flight", LABELS] == 1
    heir.close()
    alive.close()


WORKER = """
import os, signal, sys
from pathlib import Path
from salver.observe.catalogue import IN_FLIGHT, REQUEST_SECONDS, REQUESTS
from salver.observe.metrics import Metrics
metrics = Metrics(Path(sys.argv[1]))
requests = metrics.counter(REQUESTS, "wine", "3", "tfserving")
seconds = metrics.histogram(REQUEST_SECONDS, "wine", "3", "tfserving")
metrics.gauge(IN_FLIGHT, "wine", "3", "tfserving").add(1)
for number in range(20_000):
    requests.add()
    seconds.observe(0.001)
    if number % 1000 == 0:
        metrics.counter(REQUESTS, f"model {number}", "1", "tfserving").add()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_nothing_is_lost_when_processes_write_at_once_and_are_killed(tmp_path, parse):
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    workers = [subprocess.Popen(command) for _ in range(4)]
    reader = Metrics(tmp_path)
    counts = []
    while any(worker.poll() is None for worker in workers):
        counts.append(parse(reader.render()).get(("salver_requests_total", LABELS), 0.0))
    for worker in workers:
        worker.wait()
    assert counts == sorted(counts)
    found = parse(reader.render())
    assert found["salver_requests_total", LABELS] == 80_000
    assert found["salver_request_seconds_count", LABELS] == 80_000
    assert ("salver_in_flight", LABELS) not in found
    assert sum(value for (name, _), value in found.items() if name == "salver_requests_total") == 80_080
    reader.close()


def test_the_catalogue_follows_prometheus_rules():
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
        assert bool(metric.bounds) == (metric.kind is Kind.HISTOGRAM)
        assert list(metric.bounds) == sorted(set(metric.bounds))
        assert metric.help.endswith(".")


def test_every_metric_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels) or "-"
        assert f"| `{metric.name}` | {metric.kind.value} | {labels} | {metric.help} |" in page
