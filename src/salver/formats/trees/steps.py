"""Steps: every tree as a table of comparisons `x <= threshold` with three ways on: true, false, missing.

Built from the leaves up, so that the ways on are there before the step. A leaf is a step that leads to itself.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]
Way: TypeAlias = tuple[int, int]
"""Where it goes on, and by how much the count of missing levels changes on the way."""

INNER: Final = -2
"""The payload of a step that is no leaf."""
NOTHING: Final = -1
"""The payload of a leaf that means that there is no answer."""


class StepsBuilder:
    """Steps of several trees, being made."""

    def __init__(self) -> None:
        self._feature = array("i")
        self._threshold = array("d")
        self._false, self._true, self._missing = array("i"), array("i"), array("i")
        """Where it goes on."""
        self._levels: dict[int, tuple[int, int, int]] = {}
        """Of the steps that change the count of missing levels: by how much when false, true, missing."""
        self._leaves = array("i")
        self._payloads = array("i")
        """What is found at each leaf."""
        self._known: dict[int, Way] = {}
        self._roots = array("i")

    def __len__(self) -> int:
        return len(self._feature)

    def leaf(self, payload: int) -> Way:
        """The leaf of this payload in the tree that is being made."""
        found = self._known.get(payload)
        if found is None:
            place = len(self._feature)
            found = self._known[payload] = place, 0
            self.step(0, math.inf, found, found, found)
            self._leaves.append(place)
            self._payloads.append(payload)
        return found

    def step(self, feature: int, threshold: float, true: Way, false: Way, missing: Way) -> Way:
        """One comparison."""
        place = len(self._feature)
        self._feature.append(feature)
        self._threshold.append(threshold)
        self._false.append(false[0])
        self._true.append(true[0])
        self._missing.append(missing[0])
        if missing[1] or true[1] or false[1]:
            self._levels[place] = false[1], true[1], missing[1]
        return place, 0

    def finish(self, root: Way) -> None:
        """The tree is whole; the next one begins."""
        self._roots.append(root[0])
        self._known.clear()

    def build(self) -> Steps:
        """The table. The builder is done with."""
        payload = np.full(len(self), INNER, np.intp)
        payload[self._leaves] = self._payloads
        ways = np.stack([self._false, self._true, self._missing], axis=1).astype(np.intp)
        roots = np.array(self._roots, np.intp)
        return Steps(
            self.columns(np.array(self._feature, np.intp)),
            np.array(self._threshold, np.float64),
            ways,
            self._all_levels(),
            payload,
            roots,
            _depth(ways, payload == INNER, roots),
        )

    def columns(self, features: Array) -> Array:
        """The columns of the matrix for the features of the steps."""
        return features

    def _all_levels(self) -> Array | None:
        if not self._levels:
            return None
        levels = np.zeros((len(self), 3), np.int64)
        levels[list(self._levels)] = list(self._levels.values())
        return levels


def _depth(ways: Array, inner: Array, roots: Array) -> int:
    """Comparisons on the longest way."""
    depth = 0
    at = roots[inner[roots]]
    while len(at):
        depth += 1
        onward = np.unique(ways[at])
        at = onward[inner[onward]]
    return depth


@dataclass(frozen=True, slots=True)
class Steps:
    """Several trees as one table. An entry a step."""

    feature: Array
    threshold: Array
    ways: Array
    """[steps, 3]: where it goes on when false, true, missing."""
    levels: Array | None
    """[steps, 3]: by how much the count of missing levels changes; None where it never does."""
    payload: Array
    """What is found at a leaf (NOTHING for no answer); INNER at a step."""
    roots: Array
    depth: int
    """Comparisons on the longest way."""

    @property
    def is_blind(self) -> bool:
        """Whether a missing value always goes the way of true or of false."""
        inner = self.payload == INNER
        false, true, missing = self.ways[inner].T
        return bool(((missing == true) | (missing == false)).all())
