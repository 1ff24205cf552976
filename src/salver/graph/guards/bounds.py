"""Bounds of guards' options, in the words of their fields."""

from __future__ import annotations

from typing import Any

from salver.core.bounds import at_least
from salver.core.errors import BadInput
from salver.graph.guards.reference import MAX_LEARNT


def between(options: object, low: float, high: float, *names: str) -> None:
    """Raises BadInput unless each of these fields is more than `low` and less than `high`."""
    for name in names:
        value = getattr(options, name)
        if not low < value < high:
            raise BadInput(f"{name} must be between {low} and {high}, got {value}")


def within(options: object, low: float, high: float, *names: str) -> None:
    """Raises BadInput unless each of these fields is at least `low` and at most `high`."""
    for name in names:
        value = getattr(options, name)
        if not low <= value <= high:
            raise BadInput(f"{name} must be from {low} to {high}, got {value}")


def check_learn_rows(options: Any) -> None:
    """Of those that may learn from the first requests."""
    within(options, 2, MAX_LEARNT, "learn_rows")


def check_drift(options: Any) -> None:
    """Of those that compare a window with a reference."""
    check_learn_rows(options)
    within(options, 20, 10_000, "window_rows")
    at_least(options, 1, "every_rows")
