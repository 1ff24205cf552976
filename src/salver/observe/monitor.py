"""The monitor: counts what TensorFlow Serving counts, under its names. Made only where somebody wants to read them."""

from __future__ import annotations

from typing import Final

import numpy as np

from salver.observe.metrics import Histogram, Metrics
from salver.observe.tensorflow_catalogue import (
    BATCH_INPUT,
    BATCH_PADDING,
    BATCH_PROCESSED,
    BATCH_RUNS,
    BATCH_WAIT,
    EXAMPLES,
    EXAMPLES_TOTAL,
    GRAPH_RUNS,
    LOAD_ATTEMPTS,
    LOAD_LATENCY,
    REQUEST_COUNT,
    REQUEST_LATENCY,
    REQUEST_LOGS,
    RUNTIME_LATENCY,
    WARMUP_LATENCY,
    WARMUP_RECORDS,
)

OK: Final = "OK"
RUNTIME: Final = "TF1"
"""TensorFlow Serving's name for its usual runtime."""
MAX_UNKNOWN: Final = 100
"""How many names that no request has succeeded with are counted by name; clients make up names."""
MAX_NAME: Final = 256
"""Characters of such a name; a client may send megabytes."""
_MOST_PUT_ASIDE: Final = 4096


class _Times:
    """A histogram of times that are put aside and added up now and then. Takes ns, counts us."""

    __slots__ = ("_histogram", "_taken_ns")

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._taken_ns: list[int] = []

    def add(self, elapsed_ns: int) -> None:
        self._taken_ns.append(elapsed_ns)
        if len(self._taken_ns) >= _MOST_PUT_ASIDE:
            self.publish()

    def publish(self) -> None:
        taken_ns, self._taken_ns = self._taken_ns, []
        if taken_ns:
            self._histogram.observe_all(np.array(taken_ns) * 1e-3)


class _Answers:
    """What is counted of the predictions of one model, by one of its API's names, at one entrypoint."""

    __slots__ = ("requests", "runtime", "total")

    def __init__(self, metrics: Metrics, model: str, api: str, entrypoint: str) -> None:
        self.requests = metrics.counter(REQUEST_COUNT, model, OK)
        self.total = _Times(metrics.histogram(REQUEST_LATENCY, model, api, entrypoint))
        self.runtime = _Times(metrics.histogram(RUNTIME_LATENCY, model, api, RUNTIME))


class Monitor:
    """Counts into `metrics`. Called on the event loop only. `publish` brings the metrics up to date."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._answers: dict[tuple[str, str, str], _Answers] = {}
        self._known: set[str] = set()
        self._unknown: set[str] = set()
        self._runs = metrics.counter(GRAPH_RUNS)

    def answered(self, model: str, api: str, entrypoint: str, elapsed_ns: int, runtime_ns: int) -> None:
        """A prediction went well. `api` and `entrypoint` as TensorFlow Serving names them: Predict and GRPC."""
        key = (model, api, entrypoint)
        answers = self._answers.get(key)
        if answers is None:
            answers = self._answers[key] = _Answers(self._metrics, *key)
            self._known.add(model)
        answers.requests.add()
        answers.total.add(elapsed_ns)
        answers.runtime.add(runtime_ns)
        self._runs.add()

    def counted(self, model: str, status: str) -> None:
        """A request that is counted only, or did not go well: the name of its status code."""
        self._metrics.counter(REQUEST_COUNT, self._name(model, status), status).add()

    def asked(self, model: str, examples: int) -> None:
        """So many examples were in one request."""
        self._metrics.histogram(EXAMPLES, model).observe(examples)
        self._metrics.counter(EXAMPLES_TOTAL, model).add(examples)

    def loaded(self, path: str, load_s: float | None) -> None:
        """A version was loaded in so many seconds, or failed (None)."""
        self._metrics.counter(LOAD_ATTEMPTS, path, "fail" if load_s is None else "success").add()
        if load_s is not None:
            self._metrics.counter(LOAD_LATENCY, path).add(round(load_s * 1e6))

    def warmed(self, path: str, records: int, elapsed_s: float, status: str = OK) -> None:
        """A version was warmed up with logged requests."""
        self._metrics.counter(WARMUP_RECORDS, path, status).add(records)
        self._metrics.histogram(WARMUP_LATENCY, path, status).observe(elapsed_s * 1e6)

    def recorded(self, model: str, count: int = 1, status: str = OK) -> None:
        """Requests to a model were recorded, or could not be."""
        self._metrics.counter(REQUEST_LOGS, model, status).add(count)

    def batched(self, pool: str, rows: tuple[int, ...], size: int, waits_s: tuple[float, ...]) -> None:
        """A batch was run: the rows of each request in it, the rows that were run, and how long each request waited."""
        self._metrics.counter(BATCH_RUNS).add()
        self._metrics.histogram(BATCH_PROCESSED).observe(size)
        self._metrics.histogram(BATCH_PADDING, str(size)).observe(max(size - sum(rows), 0))
        self._metrics.histogram(BATCH_INPUT).observe_all(np.array(rows))
        self._metrics.histogram(BATCH_WAIT, pool).observe_all(np.array(waits_s) * 1e6)

    def publish(self) -> None:
        """Adds up what was put aside."""
        for answers in self._answers.values():
            answers.total.publish()
            answers.runtime.publish()

    def render(self) -> str:
        """The page, as TensorFlow Serving lays it out."""
        self.publish()
        return self._metrics.render_tensorflow()

    def _name(self, model: str, status: str) -> str:
        """The name it is counted by: none for one name too many that may be made up."""
        if status == OK:
            self._known.add(model)
        elif model not in self._known and len(self._unknown) < MAX_UNKNOWN and len(model) <= MAX_NAME:
            self._unknown.add(model)
        return model if model in self._known or model in self._unknown else ""
