"""Metrics of a component: dicts of a key, a type and a value."""

from __future__ import annotations

from typing import Any, Final

from salver.core.errors import Fault
from salver.opening.component.remarks import read_metrics

COUNTER: Final = "COUNTER"
GAUGE: Final = "GAUGE"
TIMER: Final = "TIMER"


def create_counter(key: str, value: float) -> dict[str, Any]:
    """Adds `value` to what is counted."""
    return _metric(COUNTER, key, value)


def create_gauge(key: str, value: float) -> dict[str, Any]:
    """Sets a value."""
    return _metric(GAUGE, key, value)


def create_timer(key: str, value: float) -> dict[str, Any]:
    """A time, in milliseconds."""
    return _metric(TIMER, key, value)


def validate_metrics(metrics: Any) -> bool:
    """Whether they are metrics."""
    try:
        read_metrics(metrics)
    except Fault:
        return False
    return isinstance(metrics, list)


def _metric(kind: str, key: str, value: float) -> dict[str, Any]:
    metric = {"key": key, "type": kind, "value": value}
    if not validate_metrics([metric]):
        raise TypeError(f"a metric must have a name and a finite number, got {str(metric)[:100]}")
    return metric
