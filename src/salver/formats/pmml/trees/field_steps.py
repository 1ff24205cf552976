"""Steps that look at fields: what the features of a group of trees are is told while the steps are made."""

from __future__ import annotations

from salver.formats.pmml.trees.features import Features
from salver.formats.trees.steps import Array, StepsBuilder


class FieldSteps(StepsBuilder):
    """Steps of several trees, being made, and their features."""

    def __init__(self, features: Features) -> None:
        super().__init__()
        self.features = features

    def columns(self, features: Array) -> Array:
        return self.features.resolve(features)
