"""Patience: how long children are waited for, and how few of them will do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """What a combiner does with children that are late or fail: it leaves them out."""

    budget_s: float | None = None
    """Seconds after which nobody is waited for any more; None for ever."""
    at_least: int = 1
    """Answers without which there is none."""
