"""The catalogue: every metric there is, as a literal table. The documentation is checked against it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """What a metric may do, in Prometheus' words."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Join(Enum):
    """How the values of several processes become one. Counters and histograms are always summed."""

    SUM = "sum"
    MAX = "max"
    MIN = "min"


@dataclass(frozen=True, slots=True)
class Metric:
    """One name in the exposition."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    """Upper bounds of a histogram's buckets, ascending, in the metric's unit; a last one without bound follows."""
    join: Join = Join.SUM

    @property
    def cells(self) -> int:
        """Float64 cells of one series: a histogram has one a bucket, and the sum."""
        return len(self.bounds) + 2 if self.kind is Kind.HISTOGRAM else 1


_LATENCIES_S: Final = (
    1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 1.0, 2.5, 10.0,
)  # fmt: skip
_SERVED: Final = ("model", "version", "protocol")

REQUESTS: Final = Metric("salver_requests_total", Kind.COUNTER, "Predictions answered, well or with an error.", _SERVED)
ERRORS: Final = Metric(
    "salver_errors_total",
    Kind.COUNTER,
    "Predictions answered with an error, by kind; model and version are empty when there is no such model.",
    (*_SERVED, "kind"),
)
REQUEST_SECONDS: Final = Metric(
    "salver_request_seconds",
    Kind.HISTOGRAM,
    "Time from the decoded call to its answer, queues included, sockets excluded.",
    _SERVED,
    _LATENCIES_S,
)
IN_FLIGHT: Final = Metric("salver_in_flight", Kind.GAUGE, "Predictions being answered at this moment.", _SERVED)
LOAD_SECONDS: Final = Metric(
    "salver_model_load_seconds",
    Kind.GAUGE,
    "Time the last load of the version took, warm-up included; of the slowest process.",
    ("model", "version"),
    join=Join.MAX,
)
AVAILABLE: Final = Metric(
    "salver_model_available",
    Kind.GAUGE,
    "1 while the version answers in every process that has ever held it, else 0.",
    ("model", "version"),
    join=Join.MIN,
)
FEEDBACK: Final = Metric("salver_feedback_total", Kind.COUNTER, "Feedback that a graph has learnt.", ("model",))
REWARD: Final = Metric("salver_feedback_reward", Kind.GAUGE, "Sum of the rewards that came with feedback.", ("model",))
TOLD_COUNT: Final = Metric(
    "salver_node_count_total", Kind.COUNTER, "What nodes of graphs count, under their own names.", ("model", "key")
)
TOLD_VALUE: Final = Metric(
    "salver_node_value",
    Kind.GAUGE,
    "Gauges of nodes of graphs, under their own names.",
    ("model", "key"),
    join=Join.MAX,
)
TOLD_SECONDS: Final = Metric(
    "salver_node_seconds",
    Kind.HISTOGRAM,
    "Timers of nodes of graphs, under their own names.",
    ("model", "key"),
    _LATENCIES_S,
)
CONNECTIONS: Final = Metric("salver_connections", Kind.GAUGE, "Connections open at this moment.")
CONNECTIONS_TOTAL: Final = Metric("salver_connections_total", Kind.COUNTER, "Connections ever accepted.")

CPU_SECONDS: Final = Metric(
    "process_cpu_seconds_total", Kind.COUNTER, "Processor time spent by the live processes, user and system."
)
RESIDENT_BYTES: Final = Metric("process_resident_memory_bytes", Kind.GAUGE, "Resident memory of the live processes.")
OPEN_FILES: Final = Metric("process_open_fds", Kind.GAUGE, "File descriptors open in the live processes.")
START_SECONDS: Final = Metric(
    "process_start_time_seconds", Kind.GAUGE, "Unix time at which the oldest live process started.", join=Join.MIN
)

METRICS: Final = (
    REQUESTS,
    ERRORS,
    REQUEST_SECONDS,
    IN_FLIGHT,
    LOAD_SECONDS,
    AVAILABLE,
    FEEDBACK,
    REWARD,
    TOLD_COUNT,
    TOLD_VALUE,
    TOLD_SECONDS,
    CONNECTIONS,
    CONNECTIONS_TOTAL,
    CPU_SECONDS,
    RESIDENT_BYTES,
    OPEN_FILES,
    START_SECONDS,
)
"""Every metric, in the order of the exposition."""
