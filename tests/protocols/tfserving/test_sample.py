"""Example bodies must be accepted by what they are examples for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols.tfserving.body import Body
from salver.protocols.tfserving.sample import example_body

DTYPES = st.sampled_from(["FP32", "FP64", "INT8", "INT64", "UINT64", "BOOL", "BYTES"])
SIZES = st.sampled_from([-1, 1, 2, 3])


def specs(first: tuple[int, ...] = ()) -> st.SearchStrategy[dict[str, TensorSpec]]:
    spec = st.builds(lambda dtype, shape: TensorSpec(dtype, (*first, *shape)), DTYPES, st.lists(SIZES, max_size=3))
    return st.dictionaries(st.sampled_from(["a", "b", "c"]), spec, max_size=3)


@given(specs((-1,)) | specs(), st.booleans())
def test_accepted(inputs: dict[str, TensorSpec], named: bool) -> None:
    batched = bool(inputs) and all(spec.shape and spec.shape[0] == -1 for spec in inputs.values())
    signature = Signature(inputs, {}, batched=batched)
    name = "other" if named else ""
    request = Body(example_body(signature, name))({name or "serving_default": signature})
    signature.check(request.tensors)


def test_one_row_of_one_input() -> None:
    signature = Signature({"x": TensorSpec("FP32", (-1, 3))}, {}, batched=True)
    assert example_body(signature) == b'{"instances":[[1.0,1.0,1.0]]}'


def test_defaults_are_left_out() -> None:
    spec = TensorSpec("FP32", (-1,))
    signature = Signature({"x": spec, "y": spec}, {}, {"y": Tensor.of([1.0], "FP32")}, batched=True)
    body = example_body(signature)
    assert json.loads(body) == {"instances": [{"x": 1.0}]}
    signature.check(Body(body)({"serving_default": signature}).tensors)


@pytest.mark.parametrize(("batched", "body"), [(True, b'{"instances":[{}]}'), (False, b'{"inputs":[{}]}')])
def test_any_json(batched: bool, body: bytes) -> None:
    signature = Signature({"x": TensorSpec("JSON", (-1,))}, {}, batched=batched)
    assert example_body(signature) == body
    assert list(Body(body)({"serving_default": signature}).tensors["x"].array) == [{}]
