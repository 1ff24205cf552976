# ruff: noqa
# mypy: ignore-errors
"""A router: to the second child where the first value is large."""

from seldon_core.user_model import SeldonComponent, SeldonResponse


class Threshold(SeldonComponent):
    def __init__(self, limit=0.5, wrapped=False, strange=None):
        super().__init__()
        self.limit = float(limit)
        self.wrapped = wrapped
        self.strange = strange

    def route(self, features, feature_names):
        if self.strange is not None:
            return self.strange
        branch = int(features[0][0] > self.limit)
        if not self.wrapped:
            return branch
        return SeldonResponse(
            data=branch, tags={"branch": branch}, metrics=[{"key": "routed", "type": "COUNTER", "value": 1}]
        )

    def tags(self):
        return {"router": "threshold", "branch": "unknown"}
