"""Classes of several segments as one: votes, and distributions taken together.

Specification: MiningModel, "multipleModelMethod". `winner` is [n, segments], -1 where a segment has no answer;
`shares` is [n, segments, classes]; `part` tells which segments take part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from salver.formats.pmml.frame import Array
from salver.formats.pmml.kernel import Result, best
from salver.formats.pmml.segments.numbers import Absence

VOTING: Final = ("majorityVote", "weightedMajorityVote")


def join_votes(method: str, winner: Array, part: Array, weights: Array, classes: int, absence: Absence) -> Result:
    """The class with the most votes, the first of equals; its probability is its share of the votes for classes.

    With `continue` a missing answer is one more candidate."""
    cast = weights if method == "weightedMajorityVote" else np.ones(len(weights))
    missing = winner < 0
    counted, lost = absence.counting(missing, part, cast)
    lost = lost & (absence.treatment != "continue") | (part.sum(axis=1) == 0)
    weight = np.where(counted, cast, 0.0)
    rows = np.arange(len(winner))
    tally = np.zeros((len(winner), classes + 1))
    for segment in range(winner.shape[1]):
        tally[rows, winner[:, segment]] += weight[:, segment]
    leading = np.where(tally[:, -1] > tally[:, :-1].max(axis=1, initial=0.0), -1, tally[:, :-1].argmax(axis=1))
    leading = np.where(lost, -1, leading)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = tally[:, :-1] / tally[:, :-1].sum(axis=1, keepdims=True)
    share[leading < 0] = np.nan
    return Result(winner=leading, probability=share)


def join_shares(method: str, shares: Array, part: Array, weights: Array, absence: Absence) -> Result:
    """Distributions taken together, and the class that is likeliest then."""
    weighs = weights if method.startswith("weighted") else np.ones(len(weights))
    counted, lost = absence.counting(np.isnan(shares[:, :, 0]), part, weighs)
    present = np.where(counted[:, :, None], shares, np.nan)
    joint = SHARED[method](present, np.where(counted, weighs, 0.0))
    joint[lost | ~counted.any(axis=1)] = np.nan
    return Result(winner=best(joint), probability=joint)


def _mean(shares: Array, weight: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        total = np.add.accumulate(np.nan_to_num(shares) * weight[:, :, None], axis=1)[:, -1]
        mean: Array = total / weight.sum(axis=1)[:, None]
    return mean


def _largest(shares: Array, weight: Array) -> Array:
    """The class with the largest probability anywhere wins; the answer is the mean of the segments that say so."""
    top = np.fmax.reduce(shares, axis=1)
    return _like(shares, weight, np.nan_to_num(top, nan=-1.0), exact=True)


def _middle(shares: Array, weight: Array) -> Array:
    """The class with the largest median wins; the answer is the mean of the segments that come closest to it."""
    ordered = np.sort(shares, axis=1)
    count = (weight > 0).sum(axis=1)
    rows = np.arange(len(shares))
    low = ordered[rows, np.maximum(count - 1, 0) // 2]
    high = ordered[rows, count // 2 % shares.shape[1]]
    middle = np.where((count % 2 == 1)[:, None], low, (low + high) / 2)
    return _like(shares, weight, np.nan_to_num(middle, nan=-1.0), exact=False)


def _like(shares: Array, weight: Array, told: Array, *, exact: bool) -> Array:
    """The mean of the distributions whose probability for the winner of `told` is the nearest to what is told."""
    rows = np.arange(len(shares))
    leading = told.argmax(axis=1)
    said = shares[rows, :, leading]
    distance = np.abs(said - told[rows, leading][:, None])
    distance = np.where(np.isnan(distance), np.inf, distance)
    nearest = distance.min(axis=1, initial=np.inf)[:, None]
    chosen = (distance <= (0.0 if exact else nearest)) & (weight > 0)
    return _mean(shares, chosen.astype(np.float64))


SHARED: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "average": _mean,
    "weightedAverage": _mean,
    "max": _largest,
    "median": _middle,
}
