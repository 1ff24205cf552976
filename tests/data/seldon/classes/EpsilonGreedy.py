# ruff: noqa
# mypy: ignore-errors
"""A bandit: mostly the branch that has done best, now and then another."""

import logging
import random

import numpy as np

logger = logging.getLogger(__name__)


class EpsilonGreedy(object):
    def __init__(self, n_branches=None, epsilon=0.1, seed=None, best_branch=0, verbose=False):
        if n_branches is None:
            raise Exception("Router must have at least one branch")
        self.n_branches = int(n_branches)
        self.epsilon = float(epsilon)
        self.random = random.Random(seed)
        self.best_branch = int(best_branch)
        self.success = np.zeros(self.n_branches, dtype=int)
        self.tries = np.zeros(self.n_branches, dtype=int)

    def route(self, features, feature_names):
        others = [branch for branch in range(self.n_branches) if branch != self.best_branch]
        if others and self.random.random() < self.epsilon:
            return self.random.choice(others)
        return self.best_branch

    def send_feedback(self, features, feature_names, reward, truth, routing=None):
        n = features.shape[0]
        self.success[routing] += int(reward * n)
        self.tries[routing] += n
        value = np.divide(self.success, self.tries, out=np.zeros(self.n_branches), where=self.tries > 0)
        self.best_branch = int(value.argmax())

    def tags(self):
        return {"best": self.best_branch, "success": self.success.tolist(), "tries": self.tries.tolist()}
