"""What a source is and what it sees. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """One version that is there, whole. `path` is what the loader gets; another fingerprint is other content."""

    path: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look saw of one model."""

    versions: Mapping[int, Found]
    """Those that are wanted. One that is missing here is unwanted."""
    pending: frozenset[int] = frozenset()
    """Those that are there but still change."""
    error: str = ""
    """What was wrong with some of them; the others are wanted all the same."""


class ModelSource(Protocol):
    """Says which versions of one model are wanted."""

    @property
    def path(self) -> str: ...

    def look(self) -> Sight:
        """Blocks, on a thread, never twice at once. Raises when nothing can be said: then nothing changes."""


class ModelsSource(Protocol):
    """Says which models there are."""

    @property
    def path(self) -> str: ...

    def look(self) -> Mapping[str, str]:
        """Name and path of each model. Blocks, on a thread. Raises when nothing can be said: then nothing changes."""
