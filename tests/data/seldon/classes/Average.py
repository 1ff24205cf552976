# ruff: noqa
# mypy: ignore-errors
"""A combiner: the mean of the answers."""

import numpy as np


class Average(object):
    def aggregate(self, features_list, feature_names_list):
        self.names = feature_names_list
        if isinstance(features_list[0], str):
            return "|".join(features_list)
        return np.mean([np.array(features) for features in features_list], axis=0)

    def class_names(self):
        return ["mean_" + name for name in self.names[0]]
