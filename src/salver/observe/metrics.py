"""Metrics: the counters, gauges and histograms of this process, and the sum over all processes of the server.

Hold on to a Counter, Gauge or Histogram where it is used: asking for one is slow, counting with it is not. There is
no lock in counting, so each is changed by one thread at a time: the event loop's. (`Gauge.set` alone is safe from any
thread.) A series lives as long as the server, so whoever asks for one answers for the number of its label values:
never a name that a client made up.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from salver.observe.catalogue import METRICS, Kind, Metric
from salver.observe.cells import Cells, Floats, snapshots
from salver.observe.exposition import Values, exposition, joined, tensorflow_page
from salver.observe.process import processes
from salver.observe.tensorflow_catalogue import TENSORFLOW_METRICS

_BY_NAME: Final[Mapping[str, Metric]] = {metric.name: metric for metric in (*METRICS, *TENSORFLOW_METRICS)}


class Counter:
    """Only grows."""

    __slots__ = ("_cells",)

    def __init__(self, cells: Floats) -> None:
        self._cells = cells

    def add(self, amount: float = 1.0) -> None:
        """Counts `amount` more, which must not be negative."""
        self._cells[0] += amount

    @property
    def value(self) -> float:
        """What this process has counted, and those whose file it took over."""
        return float(self._cells[0])


class Gauge:
    """Goes up and down; gone with its process."""

    __slots__ = ("_cells",)

    def __init__(self, cells: Floats) -> None:
        self._cells = cells

    def add(self, amount: float = 1.0) -> None:
        """Moves the value up, or down for a negative amount."""
        self._cells[0] += amount

    def set(self, value: float) -> None:
        """Replaces the value."""
        self._cells[0] = value

    @property
    def value(self) -> float:
        """The value in this process."""
        return float(self._cells[0])


class Histogram:
    """Counts observations by size. A value on a bound belongs to that bound's bucket."""

    __slots__ = ("_bounds", "_cells")

    def __init__(self, cells: Floats, bounds: tuple[float, ...]) -> None:
        self._cells = cells
        self._bounds = bounds

    def observe(self, value: float) -> None:
        """Counts one observation, in the metric's unit."""
        cells = self._cells
        cells[bisect_left(self._bounds, value)] += 1.0
        cells[-1] += value

    def observe_all(self, values: np.ndarray[Any, Any]) -> None:
        """Counts many observations at once."""
        cells = self._cells
        buckets = np.searchsorted(self._bounds, values)
        for bucket, count in enumerate(np.bincount(buckets).tolist()):
            cells[bucket] += count
        cells[-1] += float(values.sum())


class Metrics:
    """The metrics of this process; with a folder, of all processes on this machine that share it.

    Give each start of a server an empty folder, and each of its workers the same one, after it was forked. The
    counts of a worker that died stay in the sums; its gauges do not.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._cells = Cells(folder)
        for key, cells in self._cells:
            series = _series(key)
            if series is not None and series[0].kind is Kind.GAUGE:
                cells[0] = 0.0

    def counter(self, metric: Metric, *labels: str) -> Counter:
        """The counter with these label values, in the order of `metric.labels`."""
        return Counter(self._take(metric, Kind.COUNTER, labels))

    def gauge(self, metric: Metric, *labels: str) -> Gauge:
        """The gauge with these label values."""
        return Gauge(self._take(metric, Kind.GAUGE, labels))

    def histogram(self, metric: Metric, *labels: str) -> Histogram:
        """The histogram with these label values."""
        return Histogram(self._take(metric, Kind.HISTOGRAM, labels), metric.bounds)

    def render(self) -> str:
        """Everything of `catalogue.METRICS` in Prometheus' text format 0.0.4."""
        return exposition(METRICS, self._values())

    def render_tensorflow(self) -> str:
        """Everything of `tensorflow_catalogue` as TensorFlow Serving writes it."""
        return tensorflow_page(TENSORFLOW_METRICS, self._values())

    def _values(self) -> Values:
        """Every series of every process, joined."""
        blocks = [self._cells.snapshot()] if self._folder is None else snapshots(self._folder)
        found: Values = []
        for block in blocks:
            for key, cells in block:
                series = _series(key)
                if series is None or len(cells) != series[0].cells:
                    continue
                if block.pid is not None or series[0].kind is not Kind.GAUGE:
                    found.append((*series, tuple(cells)))
        found += processes(block.pid for block in blocks if block.pid is not None)
        return joined(found)

    def close(self) -> None:
        """Leaves the counts to the other processes. Nothing may be counted afterwards."""
        self._cells.close()

    def _take(self, metric: Metric, kind: Kind, labels: tuple[str, ...]) -> Floats:
        if metric.kind is not kind or len(labels) != len(metric.labels):
            raise ValueError(
                f"{metric.name} is a {metric.kind.value} of {metric.labels}, got a {kind.value} of {labels}"
            )
        return self._cells.take(json.dumps([metric.name, *labels]).encode(), metric.cells)


def _series(key: bytes) -> tuple[Metric, tuple[str, ...]] | None:
    """The metric and label values that a key of cells stands for; None for what this release does not know."""
    name, *labels = json.loads(key)
    metric = _BY_NAME.get(name)
    return None if metric is None or len(labels) != len(metric.labels) else (metric, tuple(labels))
