"""Answers, byte by byte."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from salver.core.calls import Predict, Predicted
from salver.core.errors import BadInput
from salver.core.servable import Response
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec, narrow, objects
from salver.protocols.http import HttpResponse
from salver.protocols.tfserving.answers import encode_predicted
from salver.protocols.tfserving.body import Body

ANY = Signature({"x": TensorSpec("FP32", None)}, {})


def answer(row_format: bool, **tensors: Tensor) -> HttpResponse:
    read = Body(b'{"instances": [1]}' if row_format else b'{"inputs": 1}')
    read({"serving_default": ANY})
    call = Predict("tfserving", "m", None, None, read)
    return encode_predicted(call, Predicted("m", 1, "serving_default", ANY, Response(tensors)))


def of(dtype: str, values: Any) -> Tensor:
    return Tensor(dtype, np.array(values, NUMPY[dtype]))


ROWS: list[tuple[dict[str, Tensor], bytes]] = [
    ({"y": of("FP32", [3.0, 3.5, 4])}, b'{"predictions":[3.0,3.5,4.0]}'),
    ({"y": of("FP32", [[0.2, 1 / 3], [1e-30, 16777216]])}, b'{"predictions":[[0.2,0.33333334],[1e-30,16777216.0]]}'),
    ({"y": of("FP64", [0.2, 1 / 3])}, b'{"predictions":[0.2,0.3333333333333333]}'),
    ({"y": of("FP32", [np.nan, 0.2, np.inf, -np.inf])}, b'{"predictions":[NaN,0.2,Infinity,-Infinity]}'),
    ({"y": of("INT64", [3, -9223372036854775808])}, b'{"predictions":[3,-9223372036854775808]}'),
    ({"y": of("UINT64", [18446744073709551615])}, b'{"predictions":[18446744073709551615]}'),
    ({"y": of("BOOL", [True, False])}, b'{"predictions":[true,false]}'),
    ({"y": of("FP16", [1.5, 3])}, b'{"predictions":[1.5,3.0]}'),
    ({"y": Tensor("BF16", narrow(np.array([1.5, 3])))}, b'{"predictions":[1.5,3.0]}'),
    ({"y": of("BYTES", ["a", b"b"])}, b'{"predictions":["a","b"]}'),
    ({"y": of("BYTES", [b"\xff\x00"])}, b'{"predictions":[{"b64":"/wA="}]}'),
    ({"y_bytes": of("BYTES", ["a", b"\xff"])}, b'{"predictions":[{"b64":"YQ=="},{"b64":"/w=="}]}'),
    ({"y_bytes": of("FP32", [1])}, b'{"predictions":[1.0]}'),
    ({"y": Tensor("JSON", objects([{"a": 1}, [None]]))}, b'{"predictions":[{"a":1},[null]]}'),
    ({"y": of("FP32", np.zeros((0, 3)))}, b'{"predictions":[]}'),
    (
        {"a": of("FP32", [0.1, 0.2]), "b": of("INT32", [[1], [2]]), "c_bytes": of("BYTES", ["x", "y"])},
        b'{"predictions":[{"a":0.1,"b":[1],"c_bytes":{"b64":"eA=="}},{"a":0.2,"b":[2],"c_bytes":{"b64":"eQ=="}}]}',
    ),
    (
        {"a": of("FP32", [[0.1], [np.nan]]), "b": of("BOOL", [True, False])},
        b'{"predictions":[{"a":[0.1],"b":true},{"a":[NaN],"b":false}]}',
    ),
]


@pytest.mark.parametrize(("tensors", "body"), ROWS)
def test_row_format(tensors: dict[str, Tensor], body: bytes) -> None:
    assert answer(True, **tensors) == HttpResponse(200, body)


COLUMNS: list[tuple[dict[str, Tensor], bytes]] = [
    ({"y": of("FP32", [3.0, 3.5])}, b'{"outputs":[3.0,3.5]}'),
    ({"y": of("FP32", 3.0)}, b'{"outputs":3.0}'),
    ({"y": of("INT8", 3)}, b'{"outputs":3}'),
    ({"y_bytes": of("BYTES", b"\xff")}, b'{"outputs":{"b64":"/w=="}}'),
    ({"a": of("FP32", 0.1), "b": of("INT64", [[1, 2]])}, b'{"outputs":{"a":0.1,"b":[[1,2]]}}'),
    ({"a": of("FP32", np.nan), "b": of("BYTES", ["x"])}, b'{"outputs":{"a":NaN,"b":["x"]}}'),
]


@pytest.mark.parametrize(("tensors", "body"), COLUMNS)
def test_column_format(tensors: dict[str, Tensor], body: bytes) -> None:
    assert answer(False, **tensors) == HttpResponse(200, body)


def test_rows_that_are_not_next_to_each_other_in_memory() -> None:
    assert answer(True, y=Tensor("FP32", np.array([[0.1, 0.3], [0.2, 0.4]], np.float32).T)).body == (
        b'{"predictions":[[0.1,0.2],[0.3,0.4]]}'
    )


@pytest.mark.parametrize(
    ("tensors", "text"),
    [
        ({"y": of("FP32", 1)}, "Tensor name: y has no shape information "),
        (
            {"a": of("FP32", [1, 2]), "b": of("FP32", [1])},
            "Tensor name: b has inconsistent batch size: 1 expecting: 2",
        ),
    ],
)
def test_outputs_without_rows(tensors: dict[str, Tensor], text: str) -> None:
    with pytest.raises(BadInput) as caught:
        answer(True, **tensors)
    assert caught.value.message == text
