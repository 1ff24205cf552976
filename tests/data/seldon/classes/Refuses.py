# ruff: noqa
# mypy: ignore-errors
"""Fails in each way that there is."""

from seldon_core.flask_utils import SeldonMicroserviceException


class Refuses(object):
    def __init__(self, how="seldon"):
        self.how = how

    def predict(self, X, names):
        if self.how == "seldon":
            raise SeldonMicroserviceException("no such thing")
        if self.how == "told":
            raise SeldonMicroserviceException("not today", status_code=503, reason="CLOSED")
        if self.how == "type error":
            return X + None
        raise ValueError("the value %d is wrong" % len(X))
