"""A model as one writes it for Seldon's Python wrapper: nothing here knows Salver."""

from typing import Any

import numpy as np


class Credit:
    """The chances that a loan is paid back, or not, from income and debt in thousands."""

    def __init__(self, strictness: float = 1.0) -> None:
        self.strictness = strictness

    def load(self) -> None:
        self.weights = np.array([0.08, -0.15])
        self.seen = 0

    def predict(self, features: Any, names: list[str], meta: dict[str, Any] | None = None) -> Any:
        self.seen += len(features)
        paid_back = 1 / (1 + np.exp(self.strictness - features @ self.weights))
        return np.column_stack([paid_back, 1 - paid_back])

    def class_names(self) -> list[str]:
        return ["paid_back", "lost"]

    def tags(self) -> dict[str, Any]:
        return {"strictness": self.strictness}

    def metrics(self) -> list[dict[str, Any]]:
        return [{"type": "GAUGE", "key": "credit_rows_seen", "value": self.seen}]
