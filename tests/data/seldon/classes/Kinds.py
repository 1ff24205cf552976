# ruff: noqa
# mypy: ignore-errors
"""Answers with each kind of data; says what it was given."""

import numpy as np
from seldon_core.user_model import SeldonResponse


class Kinds(object):
    def __init__(self, kind="given"):
        self.kind = kind

    def predict(self, X, names, meta=None):
        answers = {
            "given": {
                "type": type(X).__name__,
                "dtype": str(getattr(X, "dtype", "")),
                "value": X.tolist() if isinstance(X, np.ndarray) else X if not isinstance(X, bytes) else X.decode(),
                "names": list(names),
                "puid": (meta or {}).get("puid"),
                "tags": (meta or {}).get("tags"),
            },
            "str": "some text",
            "bytes": b"\x00\xff",
            "dict": {"a": [1, {"b": None}]},
            "list": [[1, 2], [3, 4]],
            "one axis": np.array([1.5, 2.5]),
            "ints": np.array([[1, 2]]),
            "bools": np.array([[True, False]]),
            "texts": np.array([["a", "b"]]),
            "mixed": [["a", 1], ["b", 2.5]],
            "records": [{"a": 1}, {"a": 2}],
            "empty": [],
            "response": SeldonResponse(np.array([[9]]), {"runtime": 1}, [{"key": "k", "type": "GAUGE", "value": 1.5}]),
            "bad metric": SeldonResponse("x", metrics=[{"key": "k", "type": "SUM", "value": 1}]),
            "bad value": SeldonResponse("x", metrics=[{"key": "k", "type": "GAUGE", "value": "1"}]),
            "number": 1.0,
            "none": None,
            "tuple": (1, 2),
        }
        return answers[self.kind]
