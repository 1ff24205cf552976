"""Weighted: an A/B test over any number of children, by chance or by user."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import ClassVar, Final

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.graph.keys import Key
from salver.graph.memory import Memory
from salver.graph.routers.chance import drawing

_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Weighted:
    """Each child gets its part of the requests."""

    kind: ClassVar[str] = "weighted"
    width: ClassVar[int] = 0

    weights: Mapping[str, float]
    """By child, its part; they sum to 1, or to 100."""
    sticky: Key | None = None
    """The same value of this always goes to the same child, in every process and after a restart. When weights move,
    only who must move does. Requests without it go by chance."""
    seed: int | None = None
    """Where random numbers begin, in each process; by default differently each time."""

    def __post_init__(self) -> None:
        for child, weight in self.weights.items():
            if not weight >= 0:
                raise BadInput(f"weights must be at least 0, got {weight} for '{child}'")
        total = math.fsum(self.weights.values())
        if not (abs(total - 1) <= _TOLERANCE or abs(total - 100) <= 100 * _TOLERANCE):
            raise BadInput(f"weights must sum to 1 (or 100), got {total:g}")

    def __call__(self, arms: tuple[str, ...], memory: Memory, name: str, random: Random) -> WeightedChooser:
        missing = [arm for arm in arms if arm not in self.weights]
        unknown = [child for child in self.weights if child not in arms]
        if missing or unknown:
            wrong = f"'{missing[0]}' has none" if missing else f"'{unknown[0]}' is no child"
            raise BadInput(f"weights must be given for each of the children {', '.join(arms)}; {wrong}")
        return WeightedChooser([self.weights[arm] for arm in arms], self.sticky, name, drawing(self.seed, random))


class WeightedChooser:
    """A Chooser."""

    def __init__(self, weights: list[float], sticky: Key | None, name: str, random: Random) -> None:
        bounds = list(accumulate(weights))
        self._bounds = [bound / bounds[-1] for bound in bounds]
        """Child i has the points from the bound before its own up to it; the last bound is 1 exactly."""
        self._sticky = sticky
        self._salt = f"{name}\0"
        """Two nodes split the same users independently."""
        self._random = random

    def choose(self, request: Request) -> int:
        value = None if self._sticky is None else self._sticky.of(request)
        return bisect_right(self._bounds, self._random.random() if value is None else self._point(value))

    def _point(self, value: str) -> float:
        """From 0 to less than 1: the upper 53 bits of a hash, all that a float can tell apart."""
        digest = blake2b((self._salt + value).encode("utf-8", "replace"), digest_size=8).digest()
        return (int.from_bytes(digest) >> 11) * 2.0**-53
