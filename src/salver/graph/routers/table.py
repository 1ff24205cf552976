"""Table: every kind of router, by the name that people give it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from random import Random
from typing import ClassVar, Protocol

from salver.core.errors import BadInput
from salver.graph.memory import Memory
from salver.graph.node import Chooser
from salver.graph.routers.condition import Condition
from salver.graph.routers.epsilon_greedy import EpsilonGreedy
from salver.graph.routers.exp3 import Exp3
from salver.graph.routers.exp4 import Exp4
from salver.graph.routers.gaussian_thompson_sampling import GaussianThompsonSampling
from salver.graph.routers.random_abtest import RandomAbTest
from salver.graph.routers.thompson_sampling import ThompsonSampling
from salver.graph.routers.ucb1 import Ucb1
from salver.graph.routers.weighted import Weighted


class Router(Protocol):
    """The options of a router: called, they are one. What it makes is a Learner where `width` is more than 0, and a
    Combiner where it has `combine`."""

    kind: ClassVar[str]
    width: ClassVar[int]
    """Numbers that are remembered of each child; 0 for a router that learns nothing and leaves its memory alone."""

    def __call__(self, arms: tuple[str, ...], memory: Memory, name: str, random: Random) -> Chooser:
        """`arms` are the children's names, `name` is the node's own. Raises BadInput for children that do not fit."""


@dataclass(frozen=True, slots=True)
class RouterSpec:
    """How a child is chosen: exactly one of these."""

    weighted: Weighted | None = None
    """By weights, at random or always the same for a user."""
    random_abtest: RandomAbTest | None = None
    """One of two by chance, as Seldon's RANDOM_ABTEST."""
    condition: Condition | None = None
    """By what the request says."""
    epsilon_greedy: EpsilonGreedy | None = None
    """The best so far, now and then another: Seldon's bandit."""
    thompson_sampling: ThompsonSampling | None = None
    """As often as it is likely the best; rewards from 0 to 1."""
    gaussian_thompson_sampling: GaussianThompsonSampling | None = None
    """As often as it is likely the best; rewards of any size."""
    ucb1: Ucb1 | None = None
    """The one that may be the best, as far as is known."""
    exp3: Exp3 | None = None
    """By weights that grow with reward, for rewards that change."""
    exp4: Exp4 | None = None
    """All answer, and one is believed."""

    def __post_init__(self) -> None:
        given = [field.name for field in fields(self) if getattr(self, field.name) is not None]
        if len(given) != 1:
            known = ", ".join(field.name for field in fields(self))
            raise BadInput(f"router must be one of {known}; got {', '.join(given) or 'none'}")

    @property
    def chosen(self) -> tuple[str, Router]:
        """Its kind and its options."""
        return next((field.name, made) for field in fields(self) if (made := getattr(self, field.name)) is not None)
