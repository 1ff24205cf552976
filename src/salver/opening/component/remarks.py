"""Remarks: what a component says beside its answer. Tags are words on it; metrics are counted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, Final

from salver.core.errors import ToldInternal
from salver.core.trail import Trail

_TYPES: Final = ("COUNTER", "GAUGE", "TIMER")
_PARTS: Final = {"key", "type", "value"}


@dataclass(slots=True)
class Remarks:
    """Of one call."""

    tags: dict[str, Any] = field(default_factory=dict)
    metrics: list[dict[str, Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.tags or self.metrics)

    def write_on(self, trail: Trail | None) -> None:
        if trail is not None:
            trail.tags.update(self.tags)
            trail.metrics += self.metrics


def read_metrics(metrics: Any) -> list[dict[str, Any]]:
    """Metrics as `Trail` has them. Raises ToldInternal unless each has a key, a type and a finite value."""
    if not isinstance(metrics, (list, tuple)):
        raise _bad(f"metrics must be a list, got {type(metrics).__name__}")
    return [_read(metric) for metric in metrics]


def read_tags(tags: Any) -> Mapping[str, Any]:
    """Raises ToldInternal unless they are a dict."""
    if tags is None:
        return {}
    if not isinstance(tags, Mapping):
        raise ToldInternal(
            f"tags must be a dict, got {type(tags).__name__}", status=500, reason="MICROSERVICE_INTERNAL_ERROR"
        )
    return tags


def _read(metric: Any) -> dict[str, Any]:
    if not isinstance(metric, dict) or not metric.keys() >= _PARTS:
        raise _bad(f"a metric must be a dict with key, type and value, got {str(metric)[:100]}")
    key, kind = metric["key"], metric["type"]
    if not isinstance(key, str) or not key:
        raise _bad(f"a metric's key must be text, got {str(key)[:100]!r}")
    if kind not in _TYPES:
        raise _bad(f"metric {key!r}: type must be one of {', '.join(_TYPES)}, got {str(kind)[:100]!r}")
    read = {"key": key, "type": kind, "value": _number(metric["value"], key)}
    if metric.get("tags"):
        read["tags"] = {str(name): str(word) for name, word in dict(metric["tags"]).items()}
    return read


def _number(value: Any, key: str) -> int | float:
    """In a type of Python's own."""
    try:
        if isinstance(value, (float, Real)) and math.isfinite(value):
            return int(value) if isinstance(value, Integral) else float(value)
    except OverflowError:
        # It may have more digits than Python writes.
        raise _bad(f"metric {key!r}: value must be a finite number, got one that no float can hold") from None
    raise _bad(f"metric {key!r}: value must be a finite number, got {str(value)[:100]!r}")


def _bad(message: str) -> ToldInternal:
    return ToldInternal(message, status=500, reason="MICROSERVICE_BAD_METRIC")
