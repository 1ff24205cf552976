"""Meters: what is counted of each prediction, for one version over one protocol."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from time import time

from salver.observe.catalogue import ERRORS, IN_FLIGHT, REQUEST_SECONDS, REQUESTS
from salver.observe.metrics import Counter, Metrics


class Meter:
    """Counts the predictions of one version over one protocol. Called on the event loop only.

    It writes into the cells of its metrics itself: this is done for every request, and a call costs more than a sum.
    """

    __slots__ = (
        "_bounds",
        "_failures",
        "_in_flight",
        "_labels",
        "_metrics",
        "_requests",
        "_seconds",
        "failure_ns",
        "failures",
        "last_s",
        "success_ns",
        "successes",
    )

    def __init__(self, metrics: Metrics, model: str, version: str, protocol: str) -> None:
        self._metrics = metrics
        self._labels = (model, version, protocol)
        seconds = metrics.histogram(REQUEST_SECONDS, *self._labels)
        self._bounds = seconds.bounds
        self._seconds = seconds.cells
        self._requests = metrics.counter(REQUESTS, *self._labels).cells
        self._in_flight = metrics.gauge(IN_FLIGHT, *self._labels).cells
        self._failures: dict[str, Counter] = {}
        self.successes = self.failures = self.success_ns = self.failure_ns = 0
        self.last_s = 0.0

    def begin(self) -> None:
        """A prediction starts; `succeed` or `fail` follows."""
        self._in_flight[0] += 1.0

    def succeed(self, elapsed_ns: int) -> None:
        """It was answered."""
        self.successes += 1
        self.success_ns += elapsed_ns
        self._end(elapsed_ns)

    def fail(self, elapsed_ns: int, kind: str) -> None:
        """It ended in a fault of that kind (a class name of `core.errors`, or Cancelled)."""
        self.failures += 1
        self.failure_ns += elapsed_ns
        counter = self._failures.get(kind)
        if counter is None:
            counter = self._failures[kind] = self._metrics.counter(ERRORS, *self._labels, kind)
        counter.add()
        self._end(elapsed_ns)

    def _end(self, elapsed_ns: int) -> None:
        self.last_s = time()
        self._in_flight[0] -= 1.0
        self._requests[0] += 1.0
        elapsed_s = elapsed_ns * 1e-9
        seconds = self._seconds
        seconds[bisect_left(self._bounds, elapsed_s)] += 1.0
        seconds[-1] += elapsed_s


@dataclass(frozen=True, slots=True)
class Tally:
    """What one version has answered since the process started, over all protocols; times in nanoseconds."""

    successes: int
    failures: int
    success_ns: int
    failure_ns: int
    last_s: float
    """Unix time of the last answer, 0 if none."""


class Meters:
    """The meters of this process, made on first use: one for each version that is served and each protocol."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._meters: dict[tuple[str, int, str], Meter] = {}

    def of(self, model: str, version: int, protocol: str) -> Meter:
        """The meter for a version that is served."""
        meter = self._meters.get((model, version, protocol))
        if meter is None:
            meter = self._meters[model, version, protocol] = Meter(self._metrics, model, str(version), protocol)
        return meter

    def refused(self, protocol: str, kind: str) -> None:
        """A prediction that reached no version. The name the client gave is not kept: clients make up names."""
        self._metrics.counter(REQUESTS, "", "", protocol).add()
        self._metrics.counter(ERRORS, "", "", protocol, kind).add()

    def tally(self, model: str, version: int) -> Tally:
        """The sums over all protocols."""
        meters = [meter for key, meter in self._meters.items() if key[:2] == (model, version)]
        return Tally(
            sum(meter.successes for meter in meters),
            sum(meter.failures for meter in meters),
            sum(meter.success_ns for meter in meters),
            sum(meter.failure_ns for meter in meters),
            max((meter.last_s for meter in meters), default=0.0),
        )
