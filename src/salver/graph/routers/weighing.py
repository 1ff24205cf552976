"""Weighing: what the routers that draw by exponential weights share: gamma, and the chance of a choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from salver.core.errors import BadInput

_LEAST: Final = 1e-4
"""A smaller gamma would make single lessons weigh as much as all others."""


def check_gamma(gamma: float) -> None:
    if not _LEAST <= gamma <= 1:
        raise BadInput(f"gamma must be from {_LEAST} to 1, got {gamma}")


def chance_of(note: Mapping[str, Any], node: str) -> float | None:
    """The chance that the choice had, as noted; None where nothing was. Raises BadInput for what is no chance."""
    chance = note.get("chance")
    if chance is None:
        return None
    if not isinstance(chance, float | int) or not 0 < chance <= 1 + 1e-9:
        raise BadInput(f"node '{node}': the chance of a choice must be more than 0 and at most 1, got {chance!r:.40}")
    return float(chance)
