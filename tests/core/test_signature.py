"""Signatures: names, dtypes, shapes and rows are checked, and the message says what was wanted and what came."""

import numpy as np
import pytest

from salver import BadInput, Signature, Tensor, TensorSpec
from salver.core.example import example
from salver.core.signature import select

ROWS = Signature(
    {"x": TensorSpec("FP32", (-1, 2)), "n": TensorSpec("INT64", (-1,)), "o": TensorSpec("FP32", (1,))},
    {"y": TensorSpec("FP32", (-1,))},
    defaults={"o": None},
    batched=True,
)


def tensors(**arrays):
    return {name: Tensor.of(array) for name, array in arrays.items()}


GOOD = {"x": np.zeros((3, 2), np.float32), "n": np.zeros(3, np.int64)}


def test_what_fits_passes_and_defaults_may_be_left_out():
    ROWS.check(tensors(**GOOD))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"z": np.zeros(3)}, "no input 'z'; the inputs are 'x', 'n', 'o'"),
        ({"n": None}, "missing input 'n'"),
        ({"x": np.zeros((3, 2))}, "'x' has dtype FP64, wanted FP32"),
        ({"x": np.zeros(3, np.float32)}, r"'x' has shape \[3\], wanted \[-1, 2\]"),
        ({"x": np.zeros((4, 2), np.float32)}, "same number of rows, got 'x' 4, 'n' 3"),
    ],
)
def test_what_does_not_fit_is_named(change, words):
    arrays = {name: array for name, array in {**GOOD, **change}.items() if array is not None}
    with pytest.raises(BadInput, match=words):
        ROWS.check(tensors(**arrays))


def test_a_runtime_that_judges_shapes_by_itself_judges_rows_too():
    spec = TensorSpec("FP32", (-1, 2), checked=False)
    signature = Signature({"x": spec, "w": spec}, {"y": spec}, batched=True)
    signature.check(tensors(x=np.zeros((3, 2), np.float32), w=np.zeros((1,), np.float32)))
    with pytest.raises(BadInput, match="'x' has dtype FP64, wanted FP32"):
        signature.check(tensors(x=np.zeros((3, 2)), w=np.zeros((3, 2), np.float32)))


def test_wanted_outputs_must_exist():
    ROWS.check_outputs(("y",))
    with pytest.raises(BadInput, match="no output 'q'; the outputs are 'y'"):
        ROWS.check_outputs(("q",))


def test_the_default_signature_or_the_only_one_is_selected():
    assert select({"serving_default": ROWS, "other": ROWS}, "")[0] == "serving_default"
    assert select({"predict": ROWS}, "")[0] == "predict"
    with pytest.raises(BadInput, match="no signature 'nope'; the signatures are 'predict'"):
        select({"predict": ROWS}, "nope")
    with pytest.raises(BadInput, match="no signature 'serving_default'"):
        select({"a": ROWS, "b": ROWS}, "")


@pytest.mark.parametrize("dtype", ["FP32", "INT8", "BYTES", "BOOL", "BF16", "JSON"])
@pytest.mark.parametrize("shape", [(), (-1,), (-1, 3), (2, -1)])
def test_an_example_is_accepted_by_its_signature(dtype, shape):
    signature = Signature({"x": TensorSpec(dtype, shape)}, {}, batched=shape[:1] == (-1,))
    signature.check(example(signature).tensors)
