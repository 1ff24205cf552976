"""Chance: where random numbers come from, and how one of several is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from random import Random

import numpy as np


def drawing(seed: int | None, random: Random) -> Random:
    """The generator given, or one that begins with the seed in every process."""
    return random if seed is None else Random(seed)  # noqa: S311 - no secret hangs on it


def swift(random: Random) -> np.random.Generator:
    """NumPy's generator, begun by the one given: its single Beta and t numbers come three times as quickly."""
    return np.random.Generator(np.random.PCG64(random.getrandbits(128)))


def draw(chances: Sequence[float], random: Random) -> int:
    """An index, with these chances; they sum to 1."""
    point = random.random()
    last = len(chances) - 1
    for index in range(last):
        point -= chances[index]
        if point < 0:
            return index
    return last


def mixed(log_weights: Sequence[float], gamma: float) -> list[float]:
    """Chances in proportion to the weights, but for a part of gamma that all share equally (Auer et al. 2002)."""
    greatest = max(log_weights)
    weights = [exp(one - greatest) for one in log_weights]
    scale = (1.0 - gamma) / sum(weights)
    floor = gamma / len(weights)
    return [weight * scale + floor for weight in weights]


def best(values: Sequence[float], random: Random) -> int:
    """The index of the greatest; of several, any with equal chance."""
    greatest = max(values)
    if values.count(greatest) == 1:
        return values.index(greatest)
    return random.choice([index for index, value in enumerate(values) if value == greatest])
