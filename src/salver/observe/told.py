"""Told: what the nodes of graphs measure by themselves, as metrics of the server: Seldon's counters, gauges and timers.

The names are the users', so they stand in a label; how many there may be is bounded.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from salver.observe.catalogue import TOLD_COUNT, TOLD_SECONDS, TOLD_VALUE
from salver.observe.metrics import Metrics

MAX_KEYS: Final = 1000
"""Of all graphs together; what comes under further ones is not counted."""
_MS_PER_S: Final = 1000.0
_log: Final = logging.getLogger("salver")


class Told:
    """Counts what answers bring. Never raises."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._known: dict[tuple[str, str, str], Callable[[float], None]] = {}
        self._full = False

    def count(self, model: str, told: Iterable[Mapping[str, Any]]) -> None:
        """Metrics as in `Trail.metrics`; a timer's value is in milliseconds."""
        for one in told:
            kind, key, value = one.get("type", "COUNTER"), one.get("key"), one.get("value")
            if not isinstance(key, str) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
                continue
            place = (model, kind, key[:200])
            add = self._known.get(place) or self._add(*place)
            add(float(value))

    def _add(self, model: str, kind: str, key: str) -> Callable[[float], None]:
        if len(self._known) >= MAX_KEYS:
            if not self._full:
                self._full = True
                _log.warning("more than %d metrics of nodes: '%s' and others are not counted", MAX_KEYS, key)
            return _pass_over
        if kind == "GAUGE":
            add = self._metrics.gauge(TOLD_VALUE, model, key).set
        elif kind == "TIMER":
            observe = self._metrics.histogram(TOLD_SECONDS, model, key).observe
            add = lambda value: observe(value / _MS_PER_S)  # noqa: E731 - named by its kind
        else:
            count = self._metrics.counter(TOLD_COUNT, model, key).add
            add = lambda value: count(max(value, 0.0))  # noqa: E731 - named by its kind
        self._known[model, kind, key] = add
        return add


def _pass_over(value: float) -> None:
    """There is no room for it."""
