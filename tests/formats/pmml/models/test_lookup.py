"""Tables by the value of a field."""

from __future__ import annotations

import numpy as np

from salver.formats.pmml.frame import Field, Frame
from salver.formats.pmml.models.lookup import Lookup

ROWS = np.array([[-1.0, -2.0], [0.0, 0.0], [1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
"""Of a missing value, of others, of three that are listed."""


def looked_up(field, values, column):
    lookup = Lookup(field, values, ROWS)
    # Named by something else of the document, after the table: still one of the others.
    if field.kind == "text":
        field.vocabulary.code("late")
    frame = Frame(len(column), 1)
    frame.put(field, np.array(column, object if field.kind == "text" else float))
    return lookup(frame)[:, 0].tolist()


def test_texts():
    field = Field("t", "string", "text", "categorical", 0, None)
    field.vocabulary.code("early")
    values = ["b", None, "a", "c", "early", "late", "never"]
    assert looked_up(field, ["a", "b", "c"], values) == [2, -1, 1, 3, 0, 0, 0]


def test_numbers_in_any_order():
    field = Field("x", "double", "number", "categorical", 0, None)
    values = [5, np.nan, -1, 7, 6, -9, np.inf, -np.inf]
    assert looked_up(field, [7.0, -1.0, 5.0], values) == [3, -1, 2, 1, 0, 0, 0, 0]


def test_infinity_may_be_listed():
    field = Field("x", "double", "number", "categorical", 0, None)
    assert looked_up(field, [np.inf, 0.0, -np.inf], [np.inf, -np.inf, 1, np.nan]) == [1, 3, 0, -1]
