"""Which of the versions that are there shall be served."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class VersionPolicy(Protocol):
    """Chooses among version numbers. `limit` is how many of the candidates are served at most, None for all."""

    @property
    def limit(self) -> int | None: ...

    def candidates(self, present: Iterable[int]) -> list[int]:
        """Those that may be served, best first. A candidate that is not complete yet yields to the next."""

    def missing(self, present: Iterable[int]) -> list[int]:
        """Those asked for by number that are not there."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The highest `count` versions."""

    count: int = 1

    @property
    def limit(self) -> int | None:
        return self.count

    def candidates(self, present: Iterable[int]) -> list[int]:
        return sorted(present, reverse=True)

    def missing(self, present: Iterable[int]) -> list[int]:
        return []


@dataclass(frozen=True, slots=True)
class All:
    """Every version."""

    @property
    def limit(self) -> int | None:
        return None

    def candidates(self, present: Iterable[int]) -> list[int]:
        return sorted(present, reverse=True)

    def missing(self, present: Iterable[int]) -> list[int]:
        return []


@dataclass(frozen=True, slots=True)
class Specific:
    """These versions and no others."""

    versions: frozenset[int]

    @property
    def limit(self) -> int | None:
        return None

    def candidates(self, present: Iterable[int]) -> list[int]:
        return sorted(self.versions.intersection(present), reverse=True)

    def missing(self, present: Iterable[int]) -> list[int]:
        return sorted(self.versions.difference(present))
