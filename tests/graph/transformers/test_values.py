"""Argmax, labels, cast, reshape and text."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import INTEGERS, NUMPY, Tensor, objects, widen
from salver.graph.transformers.argmax import Argmax
from salver.graph.transformers.cast import Cast
from salver.graph.transformers.decode_text import DecodeText
from salver.graph.transformers.labels import Labels
from salver.graph.transformers.reshape import Reshape

SCORES = Tensor.of([[0.1, 0.7, 0.2], [0.4, 0.2, 0.4]])
NAN = float("nan")


def transformed(options: Any, **tensors: Tensor) -> dict[str, Tensor]:
    return dict(options(name="values").transform(Request(tensors)).tensors)


def test_the_place_of_the_greatest_the_first_of_equals():
    made = transformed(Argmax(), p=SCORES)["p"]
    assert (made.dtype, made.to_list()) == ("INT64", [1, 0])
    assert list(transformed(Argmax("p"), id=Tensor.of(["a", "b"]), p=SCORES)) == ["id", "p"]


@pytest.mark.parametrize(
    ("tensor", "told"),
    [
        (Tensor.of([[0.1, NAN]]), "'p', row 0, column 1: NaN is no score"),
        (Tensor.of([0.1]), "'p' must be scores [n, k]"),
        (Tensor.of([["a"]]), "'p' must be numbers"),
        (Tensor.of(np.empty((2, 0))), "'p' must be scores [n, k]"),
    ],
)
def test_what_has_no_greatest_is_refused(tensor: Tensor, told: str):
    for options in (Argmax(), Labels(("x", "y"))):
        with pytest.raises(BadInput) as refused:
            transformed(options, p=tensor)
        assert refused.value.message.startswith(told)


def test_the_tensor_is_said_where_there_are_several():
    with pytest.raises(BadInput, match="wanted one tensor, got p, q"):
        transformed(Argmax(), p=SCORES, q=SCORES)
    with pytest.raises(BadInput, match="there is no tensor 'r'; there are p"):
        transformed(Argmax("r"), p=SCORES)


def test_labels_of_numbers_and_of_scores():
    labels = ("cat", "dog", "owl")
    assert transformed(Labels(labels), y=Tensor.of([2, 0]))["y"].to_list() == ["owl", "cat"]
    assert transformed(Labels(labels), p=SCORES)["p"].to_list() == ["dog", "cat"]


def test_the_few_best_come_with_their_scores():
    made = transformed(Labels(("cat", "dog", "owl"), top=2, scores="scores"), p=SCORES)
    assert made["p"].to_list() == [["dog", "owl"], ["cat", "owl"]]
    assert made["scores"].to_list() == [[0.7, 0.2], [0.4, 0.4]]
    assert transformed(Labels(("a", "b", "c"), scores="s"), p=SCORES)["s"].to_list() == [0.7, 0.4]


@pytest.mark.parametrize(
    ("tensor", "told"),
    [
        (Tensor.of([0, 3]), "'y', row 1: 3 has no label; they are 3, from 0"),
        (Tensor.of([-1]), "'y', row 0: -1 has no label"),
        (Tensor.of([[0.5, 0.5]]), "'y' must have 3 columns, one for each label"),
    ],
)
def test_what_has_no_label_is_refused(tensor: Tensor, told: str):
    with pytest.raises(BadInput, match=told):
        transformed(Labels(("a", "b", "c")), y=tensor)


def test_there_are_no_more_of_the_best_than_labels():
    with pytest.raises(BadInput, match=r"^top must be 2 at most"):
        Labels(("a", "b"), top=3)
    with pytest.raises(BadInput, match=r"^top must be at least 1"):
        Labels(("a", "b"), top=0)


@given(
    values=st.lists(st.floats(allow_nan=False, width=64) | st.integers(-(2**70), 2**70).map(float), min_size=1),
    to=st.sampled_from(sorted(INTEGERS)),
)
def test_floats_become_the_integers_that_python_makes_of_them_or_are_refused(values: list[float], to: str):
    limits = np.iinfo(NUMPY[to])
    fits = all(np.isfinite(value) and limits.min <= int(value) <= limits.max for value in values)
    if fits:
        made = transformed(Cast(to), x=Tensor.of(values, "FP64"))["x"]
        assert (made.dtype, made.to_list()) == (to, [int(value) for value in values])
    else:
        with pytest.raises(BadInput, match="does not fit"):
            transformed(Cast(to), x=Tensor.of(values, "FP64"))


@pytest.mark.parametrize(
    ("to", "tensor", "wanted"),
    [
        ("INT8", Tensor.of([[-128, 127]]), [[-128, 127]]),
        ("UINT64", Tensor.of([0, 2**63 - 1]), [0, 2**63 - 1]),
        ("FP32", Tensor("BYTES", objects(["1.5", b" 2 ", None])), [1.5, 2.0, NAN]),
        ("FP64", Tensor("JSON", objects([1, 2.5, True])), [1.0, 2.5, 1.0]),
        ("INT64", Tensor("BYTES", objects(["-3"])), [-3]),
        ("BOOL", Tensor.of([0.0, 0.5, NAN]), [False, True, True]),
        ("FP16", Tensor.of([1e6]), [np.inf]),
        ("INT32", Tensor.of([True, False]), [1, 0]),
    ],
)
def test_what_can_be_converted_is(to: str, tensor: Tensor, wanted: Any):
    made = transformed(Cast(to), x=tensor)["x"]
    assert (made.dtype, made.array.dtype) == (to, NUMPY[to])
    np.testing.assert_array_equal(made.array, wanted)


def test_bfloat_is_converted_to_and_from():
    made = transformed(Cast("BF16"), x=Tensor("FP32", np.array([[1.5]], np.float32), ("a",)))["x"]
    assert (made.dtype, made.names, widen(made.array).tolist()) == ("BF16", ("a",), [[1.5]])
    assert transformed(Cast("FP64"), x=made)["x"].to_list() == [[1.5]]


def test_only_the_tensors_named_are_converted():
    made = transformed(Cast("FP32", ("a",)), a=Tensor.of([1]), b=Tensor.of(["x"]))
    assert (made["a"].dtype, made["b"].dtype) == ("FP32", "BYTES")
    with pytest.raises(BadInput, match="there is no tensor 'c'; there are a"):
        transformed(Cast("FP32", ("c",)), a=Tensor.of([1]))


@pytest.mark.parametrize(
    ("to", "tensor", "told"),
    [
        ("INT8", Tensor.of([1, 128]), r"'x', value 1: 128 does not fit INT8 \(-128 to 127\)"),
        ("INT64", Tensor.of([NAN]), "'x', value 0: nan does not fit INT64"),
        ("INT64", Tensor.of([2.0**63]), "'x', value 0: 9.2"),
        ("UINT8", Tensor.of([-1]), "'x', value 0: -1 does not fit"),
        ("FP32", Tensor.of(["1", "x"]), "'x', value 1: 'x' is no number"),
        ("FP32", Tensor.of(["1" * 5000]), "is no number"),
        ("FP32", Tensor("JSON", objects([[1]])), r"'x', value 0: \[1\] is no number"),
    ],
)
def test_what_cannot_be_converted_is_refused(to: str, tensor: Tensor, told: str):
    with pytest.raises(BadInput, match=told):
        transformed(Cast(to), x=tensor)


def test_only_numbers_can_be_wanted():
    with pytest.raises(BadInput, match=r"^to must be one of BOOL, UINT8"):
        Cast("BYTES")


@pytest.mark.parametrize(
    ("shape", "wanted"), [((2, 3, 1), (4, 2, 3, 1)), ((-1,), (4, 6)), ((3, -1), (4, 3, 2)), ((6,), (4, 6))]
)
def test_rows_get_another_shape(shape: tuple[int, ...], wanted: tuple[int, ...]):
    values = np.arange(24).reshape(4, 6)
    made = transformed(Reshape(shape), x=Tensor.of(values))["x"].array
    assert made.shape == wanted
    assert [row.ravel().tolist() for row in made] == values.tolist()


def test_no_rows_stay_none():
    assert transformed(Reshape((2, -1)), x=Tensor.of(np.empty((0, 6))))["x"].array.shape == (0, 2, 3)
    assert transformed(Reshape(()), x=Tensor.of(np.zeros((3, 1))))["x"].array.shape == (3,)


@pytest.mark.parametrize("shape", [(5,), (4, -1), (), (24,)])
def test_rows_that_do_not_fit_are_refused(shape: tuple[int, ...]):
    with pytest.raises(BadInput, match=r"'x' must have rows that fit .*, got Tensor\(INT64, \[4, 6\]\)"):
        transformed(Reshape(shape), x=Tensor.of(np.arange(24).reshape(4, 6)))


@pytest.mark.parametrize("shape", [(0,), (-1, -1), (-2,)])
def test_a_shape_is_one(shape: tuple[int, ...]):
    with pytest.raises(BadInput, match=r"^shape must hold sizes"):
        Reshape(shape)


@given(st.lists(st.none() | st.text(), min_size=1))
def test_text_comes_back_from_base64(texts: list[str | None]):
    coded = [None if text is None else base64.b64encode(text.encode()) for text in texts]
    made = transformed(DecodeText(base64=True), x=Tensor("BYTES", objects(coded)))["x"]
    assert made.to_list() == texts


def test_bytes_are_decoded_and_text_is_text():
    values = Tensor("BYTES", objects([b"caf\xe9", "caf\u00e9"]))
    made = transformed(DecodeText(encoding="latin-1"), x=values, n=Tensor.of([1, 2]))
    assert (made["x"].to_list(), made["n"].to_list()) == (["café", "café"], [1, 2])


@pytest.mark.parametrize(
    ("options", "value", "told"),
    [
        (DecodeText(), b"caf\xe9", "'x', value 0: this is no text in utf-8: unexpected end of data at 3"),
        (DecodeText(base64=True), "a=b", "'x', value 0: this is no base64"),
        (DecodeText(base64=True), "é", "'x', value 0: this is no base64"),
        (DecodeText(base64=True), b"YQ==\n!", "'x', value 0: this is no base64"),
    ],
)
def test_what_is_no_text_is_refused(options: DecodeText, value: Any, told: str):
    with pytest.raises(BadInput, match=told):
        transformed(options, x=Tensor("BYTES", objects([value])))


def test_a_tensor_of_numbers_is_not_decoded():
    with pytest.raises(BadInput, match=r"there is no BYTES tensor 'n'; there are n Tensor\(INT64, \[1\]\)"):
        transformed(DecodeText(tensors=("n",)), n=Tensor.of([1]))


@pytest.mark.parametrize("encoding", ["utf-9", "zlib", "hex", "\0"])
def test_an_encoding_is_one_of_text(encoding: str):
    with pytest.raises(BadInput, match=r"^encoding must be"):
        DecodeText(encoding=encoding)
