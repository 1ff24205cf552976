"""Reading bodies: what the golden tables do not show: defaults, large bodies, signatures, hostile input."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput, Fault, Unsupported
from salver.core.servable import Request
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols.tfserving.body import Body

X = Signature({"x": TensorSpec("FP32", (-1, 4))}, {}, batched=True)
MIXED = Signature({"a": TensorSpec("FP32", None), "b": TensorSpec("BYTES", None), "c": TensorSpec("JSON", None)}, {})
DEFAULTED = Signature(
    {"x": TensorSpec("FP32", (-1,)), "scale": TensorSpec("FP32", (-1,))}, {}, {"scale": Tensor.of([1.0], "FP32")}
)
NONE = Signature({}, {})
LOOSE = Signature(
    {
        name: TensorSpec(dtype, (-1,), loose=True)
        for name, dtype in zip("abcx", ("FP64", "BYTES", "INT64", "BOOL"), strict=True)
    },
    {},
    dict.fromkeys("abcx"),
    True,
)


def read(document: Any, signature: Signature) -> dict[str, Tensor]:
    return dict(Body(json.dumps(document).encode())({"serving_default": signature}).tensors)


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({"instances": [{"x": 1}, {"x": 2}]}, {"x"}),
        ({"instances": [1, 2]}, {"x"}),
        ({"instances": [{"x": 1, "scale": 2}]}, {"x", "scale"}),
        ({"inputs": {"x": [1]}}, {"x"}),
        ({"inputs": [1]}, {"x"}),
        ({"inputs": {"x": [1], "scale": [2]}}, {"x", "scale"}),
    ],
)
def test_an_input_with_a_default_may_be_left_out(document: Any, names: set[str]) -> None:
    tensors = read(document, DEFAULTED)
    assert tensors.keys() == names
    DEFAULTED.check(tensors)


def test_but_of_every_row() -> None:
    with pytest.raises(BadInput, match=r"^Failed to process element: 1 of 'instances' list. JSON object: "):
        read({"instances": [{"x": 1}, {"x": 2, "scale": 3}]}, DEFAULTED)


@pytest.mark.parametrize("document", [{"instances": [{}]}, {"inputs": {}}])
def test_a_signature_without_inputs(document: Any) -> None:
    assert read(document, NONE) == {}


def test_an_input_named_like_base64() -> None:
    signature = Signature({"b64": TensorSpec("BYTES", ())}, {})
    assert read({"inputs": {"b64": "text"}}, signature)["b64"].array.tolist() == "text"


def test_the_only_signature_needs_no_name() -> None:
    assert Body(b'{"instances": [[1, 2, 3, 4]]}')({"predict": X}).signature == "predict"


def test_the_format_is_remembered() -> None:
    rows, columns = Body(b'{"instances": [1]}'), Body(b'{"inputs": [1]}')
    for body in (rows, columns):
        body({"serving_default": X})
    assert (rows.row_format, columns.row_format) == (True, False)


# Large bodies are read by another way; it must lead to the same place.


@pytest.mark.parametrize("dtype", ["FP32", "FP64", "INT32", "INT64", "UINT64"])
@pytest.mark.parametrize("outline", ["instances", "inputs", "object", "rows"])
def test_large_bodies_read_like_small_ones(dtype: str, outline: str) -> None:
    values = np.arange(4000).reshape(1000, 4) * (1 if dtype[0] != "F" else 0.37)
    signature = Signature({"x": TensorSpec(dtype, None)}, {})
    documents = {
        "instances": {"instances": values.tolist()},
        "inputs": {"inputs": values.tolist()},
        "object": {"inputs": {"x": values.tolist()}},
        "rows": {"instances": [{"x": values.tolist()}, {"x": (values + 1).tolist()}]},
    }
    (tensor,) = read(documents[outline], signature).values()
    wanted = Tensor.of(values if outline != "rows" else np.stack([values, values + 1]), dtype)
    assert tensor.dtype == dtype
    assert np.array_equal(tensor.array, wanted.array)


def test_large_values_beside_small_ones_and_strings() -> None:
    rows: list[dict[str, Any]] = [
        {"a": list(range(3000)), "b": "x", "c": list(range(3000))},
        {"a": [0.5] * 3000, "b": "y", "c": {"d": [1]}},
    ]
    tensors = read({"instances": rows}, MIXED)
    assert tensors["a"].array.tolist() == [row["a"] for row in rows]
    assert tensors["b"].array.tolist() == ["x", "y"]
    assert list(tensors["c"].array) == [row["c"] for row in rows]


def test_a_fault_deep_in_a_large_body_is_found() -> None:
    rows: list[Any] = [[1.5, 2, 3, 4]] * 5000
    with pytest.raises(BadInput, match=r"^Failed to process element: 4321 of .*Expecting tensor size: 4 but got: 3$"):
        read({"instances": [*rows[:4321], [1, 2, 3], *rows]}, X)
    with pytest.raises(
        BadInput, match=r'^Failed to process element: 4321 of .*JSON Value: "no" Type: String is not of'
    ):
        read({"instances": [*rows[:4321], [1, 2, 3, "no"], *rows]}, X)


@pytest.mark.slow
def test_a_refusal_costs_no_more_than_a_few_readings() -> None:
    body = Body(b'{"instances": [' + b"1," * 500_000 + b'"x"]}')
    start = time.perf_counter()
    with pytest.raises(BadInput, match=r"^Failed to process element: 500000 of"):
        body({"serving_default": X})
    assert time.perf_counter() - start < 2


def test_large_bodies_of_half_floats() -> None:
    half = Signature({"x": TensorSpec("FP16", None)}, {})
    for document in ({"instances": list(range(5000))}, {"inputs": list(range(5000))}):
        with pytest.raises(Unsupported):
            read(document, half)


# Hostile input


def refused_or_read(body: bytes, signature: Signature) -> Request | Fault:
    try:
        return Body(body)({"serving_default": signature})
    except Fault as fault:
        return fault


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "c", "x", "b64", ""]), children, max_size=4)
    ),
    max_leaves=20,
)
SIGNATURES = st.sampled_from([X, MIXED, DEFAULTED, NONE, LOOSE])


@given(st.dictionaries(st.sampled_from(["instances", "inputs", "signature_name"]), JSON_VALUES), SIGNATURES)
def test_any_document_is_read_or_refused(document: Any, signature: Signature) -> None:
    refused_or_read(json.dumps(document).encode(), signature)


@given(JSON_VALUES, SIGNATURES)
def test_any_instances_are_read_or_refused(value: Any, signature: Signature) -> None:
    refused_or_read(json.dumps({"instances": [value, value]}).encode(), signature)


@given(st.binary(), SIGNATURES)
def test_any_bytes_are_refused(body: bytes, signature: Signature) -> None:
    assert isinstance(refused_or_read(body, signature), BadInput)


@given(st.binary(), SIGNATURES)
def test_any_bytes_amid_a_body(noise: bytes, signature: Signature) -> None:
    refused_or_read(b'{"instances": [[1, 2.5], %s' % noise, signature)


DEEP = 500_000


@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEEP,
        b"[" * DEEP + b"]" * DEEP,
        b'{"instances":' + b"[" * DEEP + b"1" + b"]" * DEEP + b"}",
        b'{"inputs":' + b'{"x":' * DEEP + b"1" + b"}" * DEEP + b"}",
        b'{"instances": [1], "more":' + b"[" * DEEP + b"]" * DEEP + b"}",
    ],
    ids=["open", "closed", "instances", "objects", "beside"],
)
def test_half_a_million_levels(body: bytes) -> None:
    assert isinstance(refused_or_read(body, X), BadInput)
    assert isinstance(refused_or_read(body, MIXED), BadInput)


@pytest.mark.parametrize("depth", [31, 33, 99, 101, 300, 900])
@pytest.mark.parametrize("outline", [b'{"instances":%s}', b'{"inputs":%s}', b'{"instances":[{"a":%s,"b":"","c":%s}]}'])
def test_depths_that_parse(depth: int, outline: bytes) -> None:
    nested = b"[" * depth + b"1" + b"]" * depth
    body = outline.replace(b"%s", nested)
    for signature in (X, MIXED, Signature({"x": TensorSpec("JSON", None)}, {})):
        refused_or_read(body, signature)


@pytest.mark.parametrize("text", [b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xff"', b'"\xed\xa0\x80"'])
def test_text_that_is_no_text(text: bytes) -> None:
    signature = Signature({"x": TensorSpec("BYTES", None)}, {})
    assert isinstance(refused_or_read(b'{"inputs": [%s]}' % text, signature), BadInput)
