"""Meters: what is counted of each prediction, for one version over one protocol."""

from __future__ import annotations

from dataclasses import dataclass
from time import time
from typing import Final

import numpy as np

from salver.observe.catalogue import ERRORS, IN_FLIGHT, REQUEST_SECONDS, REQUESTS
from salver.observe.metrics import Counter, Metrics

_MOST_PUT_ASIDE: Final = 4096


class Meter:
    """Counts the predictions of one version over one protocol. Called on the event loop only.

    What each request costs here is a number put aside; `publish` adds them up, now and then, all at once.
    """

    __slots__ = (
        "_failures",
        "_in_flight",
        "_labels",
        "_metrics",
        "_requests",
        "_seconds",
        "_taken_ns",
        "failure_ns",
        "failures",
        "in_flight",
        "last_s",
        "success_ns",
        "successes",
    )

    def __init__(self, metrics: Metrics, model: str, version: str, protocol: str) -> None:
        self._metrics = metrics
        self._labels = (model, version, protocol)
        self._requests = metrics.counter(REQUESTS, *self._labels)
        self._seconds = metrics.histogram(REQUEST_SECONDS, *self._labels)
        self._in_flight = metrics.gauge(IN_FLIGHT, *self._labels)
        self._failures: dict[str, Counter] = {}
        self._taken_ns: list[int] = []
        self.in_flight = self.successes = self.failures = self.success_ns = self.failure_ns = 0
        self.last_s = 0.0

    def begin(self) -> None:
        """A prediction starts; `succeed` or `fail` follows."""
        self.in_flight += 1

    def succeed(self, elapsed_ns: int) -> None:
        """It was answered."""
        self.in_flight -= 1
        self._taken_ns.append(elapsed_ns)
        if len(self._taken_ns) >= _MOST_PUT_ASIDE:
            self.publish()

    def fail(self, elapsed_ns: int, kind: str) -> None:
        """It ended in a fault of that kind (a class name of `core.errors`, or Cancelled)."""
        self.in_flight -= 1
        self.failures += 1
        self.failure_ns += elapsed_ns
        self.last_s = time()
        counter = self._failures.get(kind)
        if counter is None:
            counter = self._failures[kind] = self._metrics.counter(ERRORS, *self._labels, kind)
        counter.add()
        self._requests.add()
        self._seconds.observe(elapsed_ns * 1e-9)

    @property
    def begun(self) -> int:
        """How many predictions have started."""
        return self.in_flight + self.successes + self.failures + len(self._taken_ns)

    def publish(self) -> None:
        """Brings the metrics and the sums here up to date."""
        self._in_flight.set(self.in_flight)
        taken_ns, self._taken_ns = self._taken_ns, []
        if taken_ns:
            self.successes += len(taken_ns)
            self.success_ns += sum(taken_ns)
            self.last_s = time()
            self._requests.add(len(taken_ns))
            self._seconds.observe_all(np.array(taken_ns) * 1e-9)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one version has answered since the process started, over all protocols; times in nanoseconds."""

    successes: int
    failures: int
    success_ns: int
    failure_ns: int
    last_s: float
    """Unix time of the last answer, to the second or so; 0 if none."""


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

    @property
    def begun(self) -> int:
        """How many predictions have reached a version."""
        return sum(meter.begun for meter in self._meters.values())

    def publish(self) -> None:
        """Brings all metrics up to date: called before they are read, and about once a second for other processes."""
        for meter in self._meters.values():
            meter.publish()

    def refused(self, protocol: str, kind: str) -> None:
        """A prediction that reached no version. The name the client gave is not kept: clients make up names."""
        self._metrics.counter(REQUESTS, "", "", protocol).add()
        self._metrics.counter(ERRORS, "", "", protocol, kind).add()

    def tally(self, model: str, version: int) -> Tally:
        """The sums over all protocols."""
        self.publish()
        meters = [meter for key, meter in self._meters.items() if key[:2] == (model, version)]
        return Tally(
            sum(meter.successes for meter in meters),
            sum(meter.failures for meter in meters),
            sum(meter.success_ns for meter in meters),
            sum(meter.failure_ns for meter in meters),
            max((meter.last_s for meter in meters), default=0.0),
        )
