"""Every transformer by its name in a document."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from salver import config
from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor, objects
from salver.graph.transformers.scaling import Standardise
from salver.graph.transformers.table import TransformerSpec

MATRIX = {"data": Tensor("FP32", np.array([[1.0, 2.0]], np.float32), ("a", "b"))}
WORDS = {"x": Tensor("BYTES", objects(["YQ=="]))}
CASES = {
    "standardise": ("standardise: {mean: [1, 2], std: [3, 4]}", MATRIX),
    "min_max": ("min_max: {min: {a: 0}, max: {a: 9}, clip: true}", MATRIX),
    "robust": ("robust: {median: [1, 2]}", MATRIX),
    "normalise": ("normalise: {norm: l1}", MATRIX),
    "one_hot": ("one_hot: {categories: {a: [1, 2]}, unknown: ignore}", MATRIX),
    "ordinal": ("ordinal: {categories: {a: [1, 2]}, unknown: -1}", MATRIX),
    "impute": ("impute: {values: {a: 1.5}}", MATRIX),
    "expressions": ("expressions: {columns: {c: a + b}}", MATRIX),
    "select": ("select: {columns: [b, 0]}", MATRIX),
    "rename": ("rename: {tensors: {data: x}, columns: {a: z}}", MATRIX),
    "cast": ("cast: {to: FP64}", MATRIX),
    "reshape": ("reshape: {shape: [2, 1]}", MATRIX),
    "argmax": ("argmax: {}", MATRIX),
    "labels": ("labels: {labels: [no, yes]}", MATRIX),
    "decode_text": ("decode_text: {base64: true}", WORDS),
    "decode_image": ("decode_image: {size: [2, 2], layout: nchw}", None),
}


def test_there_is_a_document_for_every_kind():
    assert {field.name for field in fields(TransformerSpec)} == set(CASES)


@pytest.mark.parametrize("kind", CASES)
def test_every_kind_is_read_made_and_keeps_the_rows(kind: str):
    text, tensors = CASES[kind]
    found, options = config.read(TransformerSpec, text, "t.yaml").chosen
    assert found == kind
    transformer = options(name="node")
    if tensors is not None:
        made = transformer.transform(Request(tensors)).tensors
        assert all(len(tensor.array) == 1 for tensor in made.values())
        if transformer.keeps_form:
            assert {name: (one.dtype, one.array.shape, one.names) for name, one in made.items()} == {
                name: (one.dtype, one.array.shape, one.names) for name, one in tensors.items()
            }


def test_options_are_what_the_document_says():
    spec = config.read(TransformerSpec, CASES["standardise"][0], "t.yaml")
    assert spec.standardise == Standardise(mean=(1.0, 2.0), std=(3.0, 4.0))


@pytest.mark.parametrize("text", ["", "argmax: {}\nnormalise: {}"])
def test_exactly_one_kind_is_wanted(text: str):
    with pytest.raises(BadInput, match="transformer must be one of standardise, "):
        config.read(TransformerSpec, text, "t.yaml")


def test_an_expression_is_refused_where_it_stands():
    with pytest.raises(
        BadInput, match=r"t.yaml:2: expressions: columns must be computed .*'c': expression 'a.b\(\)', column 1"
    ):
        config.read(TransformerSpec, "expressions:\n  columns: {c: a.b()}", "t.yaml")
