"""Thompson sampling for rewards of any size: money, minutes, ratings.

A child's rewards are taken as normal with unknown mean and variance; the prior is normal-gamma, so that the mean, given
what came, has Student's t distribution. (DeGroot, Optimal Statistical Decisions, 9.6; Murphy 2007, Conjugate Bayesian
analysis of the Gaussian distribution, section 3. The prior is a proper one because an improper one may lose a child for
good on a few equal rewards; Honda and Takemura 2014.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random
from typing import ClassVar, Final

import numpy as np

from salver.core.bounds import positive
from salver.core.errors import BadInput
from salver.graph.keys import Key
from salver.graph.memory import Memory
from salver.graph.routers.bandit import Bandit, Pick, Play, Sums
from salver.graph.routers.chance import drawing, swift

_LARGEST: Final = 1e12
"""Rewards beyond it would lose their squares' digits, and sums might become infinite."""


@dataclass(frozen=True, slots=True)
class GaussianThompsonSampling:
    """Draws each child's mean reward from what is known of it; the greatest is chosen. The prior weighs as one
    reward. A request's rows count as one."""

    kind: ClassVar[str] = "gaussian_thompson_sampling"
    columns: ClassVar[tuple[str, ...]] = ("tries", "sum", "sum_of_squares")
    width: ClassVar[int] = 3
    rewards: ClassVar[tuple[float, float]] = (-_LARGEST, _LARGEST)

    prior_mean: float = 0.0
    """The reward that is expected of each child beforehand."""
    prior_deviation: float = 1.0
    """How far rewards are expected to be from it; more than 0. Too small a one may overlook a child for long."""
    seed: int | None = None
    """Where random numbers begin, in each process; by default differently each time."""
    context: Key | None = None
    """Learns for each value of this apart."""

    def __post_init__(self) -> None:
        positive(self, "prior_deviation")
        if not abs(self.prior_mean) <= _LARGEST:
            raise BadInput(f"prior_mean must be from {-_LARGEST:g} to {_LARGEST:g}, got {self.prior_mean}")
        if not self.prior_deviation <= _LARGEST:
            raise BadInput(f"prior_deviation must be at most {_LARGEST:g}, got {self.prior_deviation}")

    def __call__(self, arms: tuple[str, ...], memory: Memory, name: str, random: Random) -> Bandit[np.random.Generator]:
        return Bandit(self, arms, memory, name, swift(drawing(self.seed, random)))

    def pick(self, sums: Sums, random: np.random.Generator) -> Pick:
        drawn = [self._draw(row, random) for row in sums]
        return drawn.index(max(drawn)), {}

    def gain(self, play: Play, node: str) -> Sequence[float]:
        return 1.0, play.reward, play.reward * play.reward

    def posterior(self, row: Sequence[float]) -> tuple[float, float, float, float]:
        """Of the normal-gamma distribution: mean, weight, shape and rate, as in Murphy's equations 86 to 89 with prior
        weight and shape 1."""
        tries, total, squares = row
        weight, shape, rate = 1.0 + tries, 1.0 + tries / 2.0, self.prior_deviation**2
        mean = (self.prior_mean + total) / weight
        if tries:
            average = total / tries
            rate += max(squares - average * total, 0.0) / 2.0
            rate += tries * (average - self.prior_mean) ** 2 / (2.0 * weight)
        return mean, weight, shape, rate

    def _draw(self, row: Sequence[float], random: np.random.Generator) -> float:
        mean, weight, shape, rate = self.posterior(row)
        return mean + random.standard_t(2.0 * shape) * sqrt(rate / (shape * weight))
