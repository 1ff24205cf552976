# ruff: noqa
# mypy: ignore-errors
"""An outlier detector: lets the request pass and tags it."""

import logging

import numpy as np
from seldon_core.user_model import SeldonComponent

logger = logging.getLogger(__name__)


class Outlier(SeldonComponent):
    def __init__(self, limit: float = 3.0, column: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.limit = limit
        self.column = column
        self.seen = 0
        self.mean = 0.0
        self.is_outlier = np.array([])

    def transform_input(self, X, feature_names, meta):
        self.is_outlier = np.abs(X[:, self.column] - self.mean) > self.limit
        self.seen += len(X)
        self.who = (meta or {}).get("puid")
        return X

    def tags(self):
        return {"outlier": self.is_outlier.astype(int).tolist(), "who": self.who}

    def metrics(self):
        return [{"type": "GAUGE", "key": "outliers", "value": int(self.is_outlier.sum())}]
