"""Several trees over fields: which node each row comes to in each tree."""

from __future__ import annotations

import numpy as np

from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.scope import Counter
from salver.formats.pmml.trees.features import Features
from salver.formats.trees.forest import Forest
from salver.formats.trees.steps import Steps


class FieldForest(Forest):
    """The trees of one table of steps, and the features that they look at."""

    __slots__ = ("features",)

    def __init__(self, steps: Steps, features: Features, counter: Counter) -> None:
        super().__init__(steps, len(features.names), counter)
        self.features = features

    def matrix(self, frame: Frame) -> Array:
        """[n, features] What the trees look at. A row in which they come upon a value that must not be looked at is
        refused."""
        matrix = self.features.matrix(frame)
        if frame.has_doubts:
            marked = self.features.doubtful(frame)
            some = np.flatnonzero(np.logical_or.reduce(marked, axis=1))
            rows, columns = self.walk.looked_at(matrix[some], marked[some])
            for column in np.unique(columns).tolist():
                self.features.use(frame, some[rows[columns == column]], column)
        return matrix
