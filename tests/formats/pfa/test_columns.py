"""Records as columns: how values of each type travel, in and out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from salver.core.tensor import Tensor, objects
from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    NULL,
    STRING,
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.columns import Answers, Rows, column_of, columns_of, holds_bytes, signature_of

RED = Enum("Colour", ["red", "white"])
ROW = Record("Row", [Field("x", DOUBLE), Field("n", Union([NULL, INT])), Field("word", STRING, "none")])


def maybe(of: Type) -> Union:
    return Union([NULL, of])


@pytest.mark.parametrize(
    ("of", "dtype"),
    [
        (BOOLEAN, "BOOL"),
        (INT, "INT32"),
        (LONG, "INT64"),
        (FLOAT, "FP32"),
        (DOUBLE, "FP64"),
        (STRING, "BYTES"),
        (BYTES, "BYTES"),
        (RED, "BYTES"),
        (Fixed("Hash", 4), "BYTES"),
        (NULL, "JSON"),
        (Array(DOUBLE), "JSON"),
        (Map(INT), "JSON"),
        (ROW, "JSON"),
        (Union([INT, STRING]), "JSON"),
        (Union([NULL, INT, STRING]), "JSON"),
        (maybe(Array(INT)), "JSON"),
    ],
)
def test_scalars_have_a_dtype_and_the_rest_is_json(of: Type, dtype: str) -> None:
    column = column_of("x", of)
    assert (column.dtype, column.nullable) == (dtype, False)


@pytest.mark.parametrize("of", [Union([NULL, INT]), Union([INT, NULL])])
def test_a_scalar_or_null_is_a_column_of_the_scalar(of: Union) -> None:
    column = column_of("x", of)
    assert (column.type, column.dtype, column.nullable) == (INT, "INT32", True)


def test_a_record_is_a_column_for_each_field_and_anything_else_one() -> None:
    assert [(column.name, column.dtype, column.default) for column in columns_of(ROW, "input")] == [
        ("x", "FP64", False),
        ("n", "INT32", False),
        ("word", "BYTES", True),
    ]
    assert [column.name for column in columns_of(Array(ROW), "output")] == ["output"]


def test_the_signature_says_what_may_be_left_out() -> None:
    signature = signature_of(ROW, DOUBLE, {"x": 1.0, "n": None, "word": ""}, stateful=True, lists=False)
    assert list(signature.inputs) == ["x", "n", "word"]
    assert dict(signature.defaults) == {"n": None, "word": None}
    assert {name: spec.dtype for name, spec in signature.outputs.items()} == {"output": "FP64"}
    assert (signature.batched, signature.stateful) == (True, True)


def test_a_document_that_emits_answers_with_lists() -> None:
    signature = signature_of(INT, DOUBLE, 1, stateful=False, lists=True)
    assert {name: spec.dtype for name, spec in signature.outputs.items()} == {"output": "JSON"}
    assert Answers(DOUBLE, lists=True).tensors([[1.0], []], ())["output"].array.tolist() == [[1.0], []]


def test_the_words_of_an_enum_are_its_categories() -> None:
    spec = column_of("colour", RED).spec("red")
    assert spec.domain is not None
    assert spec.domain.categories == ("red", "white")


def rows(of: Type, **columns: Tensor) -> list[Any]:
    return Rows(of).of(columns)


def test_columns_become_rows() -> None:
    found = rows(
        ROW,
        x=Tensor("FP64", np.array([1.5, 2.0])),
        n=Tensor("FP64", np.array([3.0, np.nan])),
        word=Tensor("BYTES", objects([b"a", "b"])),
    )
    assert found == [{"x": 1.5, "n": 3, "word": "a"}, {"x": 2.0, "n": None, "word": "b"}]
    assert type(found[0]["n"]) is int


def test_a_column_that_is_not_there_is_null_or_has_its_default() -> None:
    assert rows(ROW, x=Tensor("FP64", np.array([1.5]))) == [{"x": 1.5, "n": None}]


def test_what_is_no_record_is_one_column() -> None:
    assert rows(Array(INT), input=Tensor("JSON", objects([[1], []]))) == [[1], []]
    assert rows(LONG, input=Tensor("INT64", np.array([2**62]))) == [2**62]


@pytest.mark.parametrize(
    ("of", "tensor", "values"),
    [
        (INT, Tensor("FP64", np.array([3.0, 2.5])), [3, 2.5]),
        (maybe(INT), Tensor("FP64", np.array([3.0, math.nan])), [3, None]),
        (maybe(DOUBLE), Tensor("FP64", np.array([3.0, math.nan])), [3.0, None]),
        (BOOLEAN, Tensor("BOOL", np.array([True, False])), [True, False]),
        (BYTES, Tensor("BYTES", objects([b"\xff", "a"])), [b"\xff", b"a"]),
        (STRING, Tensor("BYTES", objects(["", None])), ["", ""]),
        (maybe(STRING), Tensor("BYTES", objects(["", None])), ["", None]),
        (RED, Tensor("BYTES", objects([b"red"])), ["red"]),
    ],
)
def test_values_of_a_column(of: Type, tensor: Tensor, values: list[Any]) -> None:
    found = rows(of, input=tensor)
    assert found == values
    assert list(map(type, found)) == list(map(type, values))


def test_a_number_that_is_missing_stays_a_number_where_it_may_not_be_null() -> None:
    (found,) = rows(DOUBLE, input=Tensor("FP64", np.array([math.nan])))
    assert math.isnan(found)


def answers(of: Type, *values: Any, wanted: tuple[str, ...] = ()) -> dict[str, Tensor]:
    return Answers(of, lists=False).tensors(values, wanted)


def test_answers_become_columns() -> None:
    found = answers(ROW, {"x": 1.0, "n": {"int": 3}, "word": "a"}, {"x": 2.0, "n": {"int": 4}, "word": "b"})
    assert {name: (tensor.dtype, tensor.array.tolist()) for name, tensor in found.items()} == {
        "x": ("FP64", [1.0, 2.0]),
        "n": ("INT32", [3, 4]),
        "word": ("BYTES", ["a", "b"]),
    }
    assert list(answers(ROW, {"x": 1.0, "n": None, "word": ""}, wanted=("word",))) == ["word"]


def test_what_is_missing_among_answers_is_not_made_up() -> None:
    whole = answers(maybe(INT), {"int": 3}, None)["output"]
    assert (whole.dtype, whole.array.tolist()) == ("JSON", [3, None])
    floating = answers(maybe(DOUBLE), {"double": 3.0}, None)["output"]
    assert floating.dtype == "FP64"
    assert math.isnan(floating.array[1])
    truth = answers(BOOLEAN, True, None)["output"]
    assert (truth.dtype, truth.array.tolist()) == ("JSON", [True, None])


def test_the_row_that_was_refused_is_missing_in_every_column() -> None:
    found = answers(ROW, None, {"x": 2.0, "n": None, "word": "b"})
    assert found["word"].array.tolist() == [None, "b"]
    assert math.isnan(found["x"].array[0])


def test_no_answers_are_columns_without_rows() -> None:
    assert {name: (tensor.dtype, tensor.array.shape) for name, tensor in answers(ROW).items()} == {
        "x": ("FP64", (0,)),
        "n": ("INT32", (0,)),
        "word": ("BYTES", (0,)),
    }


def test_bytes_inside_json_are_text() -> None:
    assert answers(Array(BYTES), [b"\x00\xff"])["output"].array.tolist() == [["\x00\xff"]]
    assert answers(Map(maybe(BYTES)), {"a": {"bytes": b"\xff"}})["output"].array.tolist() == [{"a": {"bytes": "\xff"}}]
    assert answers(BYTES, b"\xff")["output"].array.tolist() == [b"\xff"]


def test_a_record_that_holds_itself_may_hold_bytes() -> None:
    plain, packed = Record("Plain"), Record("Packed")
    plain.fields = (Field("next", maybe(plain)),)
    packed.fields = (Field("next", maybe(packed)), Field("data", Array(Fixed("Hash", 4))))
    assert (holds_bytes(plain), holds_bytes(packed)) == (False, True)
