# ruff: noqa
# mypy: ignore-errors
"""A classifier: scores of three classes, with tags and metrics of its own."""

import numpy as np


class Iris:
    class_names = ["setosa", "versicolor", "virginica"]

    def __init__(self, temperature=1.0):
        self.temperature = temperature
        self.ready = False
        self.calls = 0

    def load(self):
        self.weights = np.array([[0.4, 0.4, -1.7], [1.2, -0.3, -1.1], [-2.1, 0.6, 2.4], [-1.0, -1.2, 2.3]])
        self.bias = np.array([0.3, 0.8, -1.1])
        self.ready = True

    def predict(self, X, features_names):
        if not self.ready:
            raise RuntimeError("load was not called")
        self.calls += 1
        scores = (X @ self.weights + self.bias) / self.temperature
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def tags(self):
        return {"calls": self.calls, "model": "iris"}

    def metrics(self):
        return [
            {"type": "COUNTER", "key": "iris_calls", "value": 1},
            {"type": "GAUGE", "key": "iris_temperature", "value": self.temperature},
            {"type": "TIMER", "key": "iris_ms", "value": 20.2, "tags": {"phase": "all"}},
        ]

    def health_status(self):
        return [1, 2]

    def init_metadata(self):
        return {
            "name": "iris",
            "versions": ["iris/v1"],
            "platform": "numpy",
            "inputs": [{"messagetype": "ndarray", "schema": {"names": ["a", "b", "c", "d"], "shape": [4]}}],
            "outputs": [{"messagetype": "ndarray", "schema": {"shape": [3]}}],
            "custom": {"author": "somebody"},
        }
