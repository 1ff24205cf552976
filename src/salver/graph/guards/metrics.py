"""Metrics of guards, in Seldon's form: named for what they count, with the node as their label."""

from __future__ import annotations

from typing import Any


def gauge(key: str, node: str, value: float) -> dict[str, Any]:
    """A value as it is now."""
    return {"key": key, "type": "GAUGE", "value": value, "tags": {"node": node}}


def counter(key: str, node: str, value: float) -> dict[str, Any]:
    """How much is to be added."""
    return {"key": key, "type": "COUNTER", "value": float(value), "tags": {"node": node}}
