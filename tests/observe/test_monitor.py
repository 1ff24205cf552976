"""The monitor's page, as Prometheus' own client library reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from salver.observe.metrics import Metrics
from salver.observe.monitor import MAX_NAME, MAX_UNKNOWN, Monitor
from salver.observe.tensorflow_catalogue import REQUEST_LATENCY, TENSORFLOW_METRICS


@pytest.fixture
def monitor() -> Monitor:
    return Monitor(Metrics())


@pytest.fixture
def read(monitor, parse):
    """The page's samples by short name and label values. (The library adds `_total` to every counter.)"""

    def read() -> dict[tuple[str, ...], float]:
        samples = parse(monitor.render())
        return {
            (name.rpartition(":")[2].removesuffix("_total"), *(v for _, v in labels)): value
            for (name, labels), value in samples.items()
        }

    return read


def test_what_was_never_counted_has_its_type_line(monitor):
    types = [line for line in monitor.render().splitlines() if line.startswith("# TYPE ")]
    assert types == [f"# TYPE {metric.name} {metric.kind.value}" for metric in TENSORFLOW_METRICS]
    assert types == sorted(types)


def test_bounds_are_those_of_tensorflow():
    """`Buckets::Exponential(10, 1.8, 33)`."""
    assert list(REQUEST_LATENCY.bounds[:3]) == pytest.approx([10, 18, 32.4])
    assert len(REQUEST_LATENCY.bounds) == 33
    assert REQUEST_LATENCY.bounds[-1] == pytest.approx(10 * 1.8**32)


def test_predictions(monitor, read):
    for _ in range(3):
        monitor.answered("wine", "Predict", "GRPC", 2_000_000, 15_000)
    monitor.answered("wine", "predict", "REST", 9_000, 8_000)
    monitor.counted("wine", "INVALID_ARGUMENT")
    found = read()
    assert found["request_count", "wine", "OK"] == 4
    assert found["request_count", "wine", "INVALID_ARGUMENT"] == 1
    assert found["request_latency_sum", "Predict", "GRPC", "wine"] == pytest.approx(6000)
    assert found["request_latency_count", "predict", "REST", "wine"] == 1
    assert found["request_latency_bucket", "predict", "REST", "10", "wine"] == 1
    assert found["runtime_latency_bucket", "Predict", "10", "wine", "TF1"] == 0
    assert found["runtime_latency_bucket", "Predict", "18", "wine", "TF1"] == 3
    assert found[("graph_runs",)] == 4


def test_many_predictions_are_added_up_before_anyone_reads(monitor, read):
    for _ in range(10_000):
        monitor.answered("wine", "Predict", "GRPC", 20_000, 10_000)
    assert read()["request_latency_count", "Predict", "GRPC", "wine"] == 10_000


def test_names_that_clients_make_up_are_bounded(monitor, read):
    monitor.counted("late", "NOT_FOUND")
    for number in range(MAX_UNKNOWN * 2):
        monitor.counted(f"no{number}", "NOT_FOUND")
    monitor.answered("late", "Predict", "GRPC", 1, 1)
    monitor.answered("wine", "Predict", "GRPC", 1, 1)
    monitor.counted("wine", "NOT_FOUND")
    found = read()
    assert found["request_count", "late", "NOT_FOUND"] == found["request_count", "wine", "NOT_FOUND"] == 1
    assert found["request_count", "", "NOT_FOUND"] == MAX_UNKNOWN + 1
    assert sum(key[0] == "request_count" for key in found) == MAX_UNKNOWN + 4


def test_names_as_long_as_messages_are_not_kept(monitor, read):
    monitor.counted("n" * MAX_NAME, "NOT_FOUND")
    monitor.counted("n" * (MAX_NAME + 1), "NOT_FOUND")
    found = read()
    assert found["request_count", "n" * MAX_NAME, "NOT_FOUND"] == found["request_count", "", "NOT_FOUND"] == 1


def test_loads_warm_ups_records_and_examples(monitor, read):
    monitor.loaded("/m/1", 1.5)
    monitor.loaded("/m/1", 0.5)
    monitor.loaded("/m/2", None)
    monitor.warmed("/m/1", 4, 0.002)
    monitor.recorded("wine", 3)
    monitor.asked("wine", 5)
    found = read()
    assert found["load_attempt_count", "/m/1", "success"] == 2
    assert found["load_attempt_count", "/m/2", "fail"] == 1
    assert found["load_latency", "/m/1"] == 2_000_000
    assert found["model_warmup_records_read", "/m/1", "OK"] == 4
    assert found["model_warmup_latency_sum", "/m/1", "OK"] == pytest.approx(2000)
    assert found["request_log_count", "wine", "OK"] == 3
    assert found["request_example_count", "wine"] == 5
    assert found["request_example_counts_bucket", "8", "wine"] == 1


def test_batches(monitor, read):
    monitor.batched("batch_threads", (3, 2), 8, (0.001, 0.0))
    found = read()
    assert found[("wrapped_run_count",)] == 1
    assert found[("processed_batch_size_sum",)] == 8
    assert found[("input_batch_size_count",)] == 2
    assert found["padding_size_sum", "8"] == 3
    assert found["queuing_latency_sum", "batch_threads"] == pytest.approx(1000)


def test_several_processes_are_one_page(tmp_path: Path, parse):
    pages = []
    for _ in range(2):
        metrics = Metrics(tmp_path)
        monitor = Monitor(metrics)
        monitor.answered("wine", "Predict", "GRPC", 20_000, 10_000)
        monitor.publish()
        pages.append(monitor.render())
    key = (":tensorflow:serving:request_count_total", (("model_name", "wine"), ("status", "OK")))
    assert [parse(page)[key] for page in pages] == [1, 2]


def test_the_page_on_monitoring_names_each():
    page = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text()
    rows = [
        f"| `{metric.name}` | {metric.kind.value} | {', '.join(f'`{label}`' for label in metric.labels) or '-'} |"
        for metric in TENSORFLOW_METRICS
    ]
    assert [row for row in rows if row not in page] == []
