"""Lesson: what a graph is told of how good an answer was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from salver.core.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Lesson:
    """Feedback on one answer: a reward, or the truth to compare it with, or both.

    What the caller does not send back is filled in from what was remembered of the answer with that `id`.
    """

    reward: float | None = None
    """How good it was; None where only the truth is known. Finite."""
    id: str = ""
    """Of the request (Seldon's `puid`); empty where unknown."""
    request: Mapping[str, Tensor] | None = None
    """What was asked."""
    response: Mapping[str, Tensor] | None = None
    """What was answered."""
    truth: Mapping[str, Tensor] | None = None
    """What would have been right."""
    routing: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Which branch each node chose, as in `Trail`; a node that is missing chose all."""
    notes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """What nodes noted when they chose, by node name, as in `Trail`."""
    rows: int | None = None
    """How many rows were asked about, where that is remembered."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Those that came with the feedback."""
