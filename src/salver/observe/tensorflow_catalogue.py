"""The metrics under TensorFlow Serving's names, as a literal table, in the order of its own page: by name.

The names, labels and bounds are those of its source (`servables/tensorflow/util.cc`, `batching/batching_session.cc` and
others; TensorFlow's `cc/saved_model/loader.cc`). Times are microseconds.
"""

from __future__ import annotations

from typing import Final

from salver.observe.catalogue import Kind, Metric


def _powers(first: float, factor: float, count: int) -> tuple[float, ...]:
    """TensorFlow multiplies step by step, so do we: the last digits count."""
    bounds = [first]
    while len(bounds) < count:
        bounds.append(bounds[-1] * factor)
    return tuple(bounds)


_TIMES_US: Final = _powers(10, 1.8, 33)
_WAITS_US: Final = _powers(100, 1.2, 52)
_SIZES: Final = _powers(1, 2, 14)
_LOADS: Final = ":tensorflow:cc:saved_model:"
_SERVING: Final = ":tensorflow:serving:"

LOAD_ATTEMPTS: Final = Metric(
    _LOADS + "load_attempt_count", Kind.COUNTER, "Loads of a version, well or not.", ("model_path", "status")
)
LOAD_LATENCY: Final = Metric(
    _LOADS + "load_latency", Kind.COUNTER, "Time of the loads that went well, summed.", ("model_path",)
)
GRAPH_RUNS: Final = Metric(":tensorflow:core:graph_runs", Kind.COUNTER, "Predictions that models have answered.")
BATCH_INPUT: Final = Metric(
    _SERVING + "batching_session:input_batch_size", Kind.HISTOGRAM, "Rows of a request.", bounds=_SIZES
)
BATCH_PADDING: Final = Metric(
    _SERVING + "batching_session:padding_size",
    Kind.HISTOGRAM,
    "Rows that fill a batch up.",
    ("execution_batch_size",),
    _SIZES,
)
BATCH_PROCESSED: Final = Metric(
    _SERVING + "batching_session:processed_batch_size", Kind.HISTOGRAM, "Rows of a batch that was run.", bounds=_SIZES
)
BATCH_WAIT: Final = Metric(
    _SERVING + "batching_session:queuing_latency",
    Kind.HISTOGRAM,
    "Time a request waited for its batch.",
    ("thread_pool_name",),
    _WAITS_US,
)
BATCH_RUNS: Final = Metric(_SERVING + "batching_session:wrapped_run_count", Kind.COUNTER, "Batches that were run.")
MLMD: Final = Metric(
    _SERVING + "mlmd_map", Kind.GAUGE, "Never set: a number cannot hold the identifier.", ("model_name", "version")
)
WARMUP_LATENCY: Final = Metric(
    _SERVING + "model_warmup_latency",
    Kind.HISTOGRAM,
    "Time of a warm-up with logged requests.",
    ("model_path", "status"),
    _TIMES_US,
)
WARMUP_RECORDS: Final = Metric(
    _SERVING + "model_warmup_records_read", Kind.COUNTER, "Logged requests replayed.", ("model_path", "status")
)
EXAMPLES_TOTAL: Final = Metric(
    _SERVING + "request_example_count_total", Kind.COUNTER, "Examples asked about.", ("model",)
)
EXAMPLES: Final = Metric(
    _SERVING + "request_example_counts", Kind.HISTOGRAM, "Examples of a request.", ("model",), _powers(1, 2, 15)
)
REQUEST_COUNT: Final = Metric(
    _SERVING + "request_count", Kind.COUNTER, "Requests by the status they ended with.", ("model_name", "status")
)
REQUEST_LATENCY: Final = Metric(
    _SERVING + "request_latency",
    Kind.HISTOGRAM,
    "Time of the requests that went well.",
    ("model_name", "API", "entrypoint"),
    _TIMES_US,
)
REQUEST_LOGS: Final = Metric(
    _SERVING + "request_log_count", Kind.COUNTER, "Requests recorded.", ("model_name", "status_code")
)
RUNTIME_LATENCY: Final = Metric(
    _SERVING + "runtime_latency",
    Kind.HISTOGRAM,
    "Of these, the part after the request was read: queues and the model.",
    ("model_name", "API", "runtime"),
    _TIMES_US,
)

TENSORFLOW_METRICS: Final = (
    LOAD_ATTEMPTS,
    LOAD_LATENCY,
    GRAPH_RUNS,
    BATCH_INPUT,
    BATCH_PADDING,
    BATCH_PROCESSED,
    BATCH_WAIT,
    BATCH_RUNS,
    MLMD,
    WARMUP_LATENCY,
    WARMUP_RECORDS,
    REQUEST_COUNT,
    EXAMPLES_TOTAL,
    EXAMPLES,
    REQUEST_LATENCY,
    REQUEST_LOGS,
    RUNTIME_LATENCY,
)
"""Every metric, in the order of the page."""
