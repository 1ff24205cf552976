"""Where a function that only rises reaches a value: how quantiles are found."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Final

_MAX_STEPS: Final = 200
_CLOSE: Final = 4.0e-16
_NEARLY: Final = 1.0 - 64.0 * sys.float_info.epsilon
_LONGEST: Final = 1e150


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is nought, between two places. Where it is not, the end that is nearest to it.

    T. R. Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function
    without using derivatives" (1997).
    """
    at_low, at_high = function(low), function(high)
    if at_low >= 0.0 or at_high <= 0.0:
        return low if at_low >= 0.0 else high
    new, old, at_new, at_old = low, high, at_low, at_high
    share = 0.5
    for _ in range(_MAX_STEPS):
        place = new + share * (old - new)
        at_place = function(place)
        if (at_place > 0.0) == (at_new > 0.0):
            third, at_third = new, at_new
        else:
            third, at_third = old, at_old
            old, at_old = new, at_new
        new, at_new = place, at_place
        best = new if abs(at_new) < abs(at_old) else old
        tolerance = _CLOSE * max(abs(best), _CLOSE) / abs(old - new) if old != new else 1.0
        if tolerance > 0.5 or min(abs(at_new), abs(at_old)) == 0.0:
            return best
        share = min(max(_share(new, old, third, at_new, at_old, at_third), tolerance), 1.0 - tolerance)
    return best


def root_near(function: Callable[[float], float], guess: float, step: float, low: float, high: float) -> float:
    """The same, but it is looked for near a guess first, by longer and longer steps."""
    place = min(max(guess, low), high)
    value = function(place)
    while value > 0.0 and place > low:
        high, place = place, max(low, place - step)
        value, step = function(place), 4.0 * step
    if value > 0.0 or high == place:
        return place
    low, place = place, min(high, place + step)
    while place < high and function(place) < 0.0:
        step *= 4.0
        low, place = place, min(high, place + step)
    return root(function, low, place)


def _share(new: float, old: float, third: float, at_new: float, at_old: float, at_third: float) -> float:
    """How far to go from the new place to the old one: by a parabola through all three where it is safe, else half."""
    across, up = (new - old) / (third - old), (at_new - at_old) / (at_third - at_old)
    if not up * up < across or not (1.0 - up) * (1.0 - up) < 1.0 - across:
        return 0.5
    one = at_new / (at_old - at_new) * at_third / (at_old - at_third)
    two = at_new / (at_third - at_new) * at_old / (at_third - at_old)
    return one + (third - new) / (old - new) * two


def first_whole(share: Callable[[float], float], p: float, start: float, step: float, high: float = math.inf) -> float:
    """The least whole number, from nought to high, whose share of a distribution reaches p but for rounding; high is
    taken to do so. The search begins near `start`."""
    wanted = p * _NEARLY
    below, above = -1.0, min(high, sys.float_info.max)
    place, step = float(math.floor(min(start, above))), max(1.0, min(step, _LONGEST))
    while below < place < above:
        if share(place) >= wanted:
            above, place = place, float(math.floor(place - step))
        else:
            below, place = place, float(math.floor(place + step))
        step *= 2.0
    while below < (place := float(math.floor(0.5 * below + 0.5 * above))) < above:
        below, above = (below, place) if share(place) >= wanted else (place, above)
    return above
