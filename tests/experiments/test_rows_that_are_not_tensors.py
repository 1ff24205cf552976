"""Experiment behind docs/decisions.md, "Rows travel as columns".

A thousand rows of mixed type, once as columns (one array a field) and once as an object a row: columns carry
missing values and are checked by the signature, and what is nested still fits as dtype JSON.
"""

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec

ROWS = [{"age": 30.0 + n % 50, "city": f"c{n % 7}", "history": [{"at": n}]} for n in range(1000)]
COLUMNS = Signature(
    {"age": TensorSpec("FP64", (-1,)), "city": TensorSpec("BYTES", (-1,)), "history": TensorSpec("JSON", (-1,))},
    {},
    batched=True,
)
OBJECTS = Signature({"row": TensorSpec("JSON", (-1,))}, {}, batched=True)


def columns(rows):
    return {
        "age": Tensor.of([row["age"] for row in rows], "FP64"),
        "city": Tensor.of([row["city"] for row in rows], "BYTES"),
        "history": Tensor.of([row["history"] for row in rows], "JSON"),
    }


def test_columns_hold_every_row_exactly():
    tensors = columns(ROWS)
    COLUMNS.check(tensors)
    fields = zip(*(tensor.array.tolist() for tensor in tensors.values()), strict=True)
    assert [dict(zip(tensors, field, strict=True)) for field in fields] == ROWS


def test_missing_values_have_a_place_in_each_dtype():
    assert np.isnan(Tensor.of([1.0, np.nan], "FP64").array[1])
    assert Tensor.of(np.array(["a", None], object), "BYTES").array[1] is None


def test_an_object_a_row_cannot_be_checked_by_a_signature():
    OBJECTS.check({"row": Tensor.of([{"agee": "thirty"}], "JSON")})  # A wrong name and a wrong type, unseen.
    with pytest.raises(BadInput, match="values are BYTES, wanted FP64"):
        Tensor.of(["thirty"], "FP64")
