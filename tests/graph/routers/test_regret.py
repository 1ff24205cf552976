"""Bandits lose no more against the best child than their papers prove, and far less than by chance."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np
import pytest

from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.memory_table import MemoryTable
from salver.graph.routers.epsilon_greedy import EpsilonGreedy
from salver.graph.routers.exp3 import Exp3
from salver.graph.routers.exp4 import Exp4
from salver.graph.routers.gaussian_thompson_sampling import GaussianThompsonSampling
from salver.graph.routers.thompson_sampling import ThompsonSampling
from salver.graph.routers.ucb1 import Ucb1

pytestmark = pytest.mark.slow

RATES = (0.3, 0.5, 0.7)
GAPS = (0.4, 0.2)
STEPS = 4000
RUNS = 5
BY_CHANCE = STEPS * sum(GAPS) / len(RATES)


def made(options: Any, arms: int, seed: int) -> Any:
    names = tuple(f"arm{index}" for index in range(arms))
    return options(names, MemoryTable("n", arms, options.width, shared=False), "n", Random(seed))


def asked() -> Request:
    request = Request({})
    request.trail = Trail()
    return request


def regret(options: Any, reward: Any) -> float:
    """The mean, over runs, of what was lost in expectation against the best child."""
    lost = 0.0
    for seed in range(RUNS):
        bandit, chance = made(options, len(RATES), seed), Random(seed + 100)
        for _ in range(STEPS):
            request = asked()
            arm = bandit.choose(request)
            assert request.trail is not None
            lost += max(RATES) - RATES[arm]
            bandit.learn(Lesson(reward=reward(arm, chance), routing={"n": arm}, notes=request.trail.notes))
    return lost / RUNS


def bernoulli(arm: int, chance: Random) -> float:
    return float(chance.random() < RATES[arm])


def test_ucb1_keeps_the_bound_of_theorem_1():
    bound = 8 * sum(math.log(STEPS) / gap for gap in GAPS) + (1 + math.pi**2 / 3) * sum(GAPS)
    lost = regret(Ucb1(), bernoulli)
    assert lost < bound
    assert lost < BY_CHANCE / 4


def test_thompson_sampling_comes_near_the_bound_of_lai_and_robbins():
    def divergence(p: float, q: float) -> float:
        return p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))

    bound = sum(gap / divergence(0.7 - gap, 0.7) for gap in GAPS) * math.log(STEPS)
    assert regret(ThompsonSampling(), bernoulli) < 2 * bound < BY_CHANCE / 10


def test_gaussian_thompson_sampling_loses_far_less_than_chance():
    assert regret(GaussianThompsonSampling(), lambda arm, chance: chance.gauss(RATES[arm], 0.3)) < BY_CHANCE / 10


def test_epsilon_greedy_loses_its_explorations_and_little_more():
    epsilon = 0.1
    explorations = epsilon * STEPS * sum(GAPS) / 2
    assert regret(EpsilonGreedy(epsilon=epsilon), bernoulli) < 2 * explorations


def test_exp3_keeps_the_bound_of_corollary_3_2_when_the_best_child_changes_its_luck():
    arms, steps = 3, 4000
    luck = np.random.default_rng(4).random((steps, arms)) < np.where(np.arange(steps)[:, None] % 500 < 250, 0.2, 0.6)
    luck[:, 2] |= np.random.default_rng(5).random(steps) < 0.3
    greatest = int(luck.sum(axis=0).max())
    gamma = min(1.0, math.sqrt(arms * math.log(arms) / ((math.e - 1) * greatest)))
    earned = 0
    for seed in range(RUNS):
        bandit = made(Exp3(gamma=gamma), arms, seed)
        for rewards in luck:
            request = asked()
            arm = bandit.choose(request)
            assert request.trail is not None
            earned += int(rewards[arm])
            lesson = Lesson(reward=float(rewards[arm]), routing={"n": arm}, notes=request.trail.notes)
            bandit.learn(lesson)
    assert greatest - earned / RUNS < 2.63 * math.sqrt(greatest * arms * math.log(arms))


def test_exp4_believes_the_best_expert_within_the_bound_of_theorem_7_1():
    steps, accuracies = 2000, (0.55, 0.6, 0.9)
    chance = np.random.default_rng(6)
    right = chance.random((steps, len(accuracies))) < accuracies
    greatest, labels = int(right.sum(axis=0).max()), 2
    gamma = min(1.0, math.sqrt(labels * math.log(len(accuracies)) / ((math.e - 1) * greatest)))
    earned = 0
    for seed in range(2):
        node = made(Exp4(gamma=gamma), len(accuracies), seed)
        for rightly in right:
            request = asked()
            answers = [Response({"y": Tensor("INT64", np.array([int(one)]))}) for one in rightly]
            reward = float(node.combine(answers, request).tensors["y"].array[0])
            assert request.trail is not None
            earned += int(reward)
            node.learn(Lesson(reward=reward, notes=request.trail.notes))
    assert greatest - earned / 2 < 2.63 * math.sqrt(greatest * labels * math.log(len(accuracies)))
