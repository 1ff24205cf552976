"""One-hot, ordinal and imputing are scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor, objects
from salver.graph.transformers.impute import Impute
from salver.graph.transformers.one_hot import OneHot
from salver.graph.transformers.ordinal import Ordinal

COUNTRIES = ("BE", "DE", "NL")
GRADES = (1, 2, 5)
ROWS = [["NL", 2], ["BE", 5], ["NL", 1], ["DE", 2]]
NAMES = ("country", "grade")
CATEGORIES = {"country": COUNTRIES, "grade": GRADES}


def transformed(options: Any, **tensors: Tensor) -> dict[str, Tensor]:
    return dict(options(name="encode").transform(Request(tensors)).tensors)


def columns(*names: str) -> dict[str, Tensor]:
    return {name: Tensor.of([row[NAMES.index(name)] for row in ROWS]) for name in names}


def matrix(rows: list[list[Any]], names: tuple[str, ...] = NAMES) -> Tensor:
    array = np.empty((len(rows), len(rows[0])), object)
    for place, row in enumerate(rows):
        array[place] = row
    return Tensor("JSON", array, names)


def test_one_hot_is_scikit_learns():
    encoder = OneHotEncoder(categories=[list(COUNTRIES), list(GRADES)], sparse_output=False)
    wanted = encoder.fit_transform(np.array(ROWS, object))
    names = list(encoder.get_feature_names_out(NAMES))

    made = transformed(OneHot(CATEGORIES), **columns(*NAMES))
    assert list(made) == names
    np.testing.assert_array_equal(np.stack([one.array for one in made.values()], axis=1), wanted)

    whole = transformed(OneHot(CATEGORIES), data=matrix(ROWS))["data"]
    assert (whole.dtype, list(whole.names)) == ("FP64", names)
    np.testing.assert_array_equal(whole.array, wanted)


def test_ordinal_is_scikit_learns():
    encoder = OrdinalEncoder(
        categories=[list(COUNTRIES), list(GRADES)], handle_unknown="use_encoded_value", unknown_value=-7
    )
    encoder.fit(np.array(ROWS, object))
    rows = [*ROWS, ["FR", 2]]
    made = transformed(Ordinal(CATEGORIES, unknown=-7), data=matrix(rows))["data"]
    np.testing.assert_array_equal(made.array, encoder.transform(np.array(rows, object)))


def test_imputing_is_scikit_learns():
    learnt = np.random.default_rng(1).normal(size=(20, 3))
    rows = np.array([[1.0, np.nan, 3.0], [np.nan, 2.0, np.nan]])
    for strategy in ("mean", "median"):
        imputer = SimpleImputer(strategy=strategy).fit(learnt)
        made = transformed(Impute(tuple(map(float, imputer.statistics_))), x=Tensor("FP64", rows))["x"]
        np.testing.assert_array_equal(made.array, imputer.transform(rows))


def test_other_columns_stay_in_their_place():
    made = transformed(OneHot({"grade": (1, 2)}), age=Tensor.of([40]), grade=Tensor.of([2]), last=Tensor.of(["x"]))
    assert {name: one.to_list() for name, one in made.items()} == {
        "age": [40],
        "grade_1": [0.0],
        "grade_2": [1.0],
        "last": ["x"],
    }


def test_a_matrix_of_singles_stays_one():
    rows = Tensor("FP32", np.array([[0.1, 7.0], [0.2, 8.0]], np.float32))
    made = transformed(OneHot({"0": (0.1, 0.2)}), x=rows)["x"]
    assert (made.dtype, made.array.tolist()) == ("FP32", [[1.0, 0.0, 7.0], [0.0, 1.0, 8.0]])
    made = transformed(Ordinal({"0": (0.2, 0.1)}), x=rows)["x"]
    assert (made.dtype, made.names, made.array.tolist()) == ("FP32", (), [[1.0, 7.0], [0.0, 8.0]])


def test_text_is_found_whether_it_comes_as_bytes_or_str():
    made = transformed(Ordinal({"x": ("a", "é")}), x=Tensor("BYTES", objects(["é".encode(), "a"])))
    assert (made["x"].dtype, made["x"].to_list()) == ("INT64", [1, 0])


def test_a_missing_value_can_be_a_category():
    options = Ordinal({"x": ("a", None)})
    assert transformed(options, x=Tensor("BYTES", objects(["a", None])))["x"].to_list() == [0, 1]
    assert transformed(Ordinal({"x": (1, None)}), x=Tensor.of([1.0, np.nan]))["x"].to_list() == [0, 1]


def test_an_unknown_category_is_refused_or_ignored():
    column = Tensor.of(["NL", "FR"])
    with pytest.raises(BadInput, match="column 'x', row 1: 'FR' is none of 'BE', 'NL'"):
        transformed(OneHot({"x": ("BE", "NL")}), x=column)
    with pytest.raises(BadInput, match="column 'x', row 1: 'FR' is none of 'BE', 'NL'"):
        transformed(Ordinal({"x": ("BE", "NL")}), x=column)
    made = transformed(OneHot({"x": ("BE", "NL")}, unknown="ignore"), x=column)
    assert [made["x_BE"].to_list(), made["x_NL"].to_list()] == [[0, 0], [1, 0]]


def test_a_list_in_json_is_no_category():
    made = transformed(Ordinal({"x": ("a",)}, unknown=-1), x=Tensor("JSON", objects([["a"], {"a": 1}, "a"])))
    assert made["x"].to_list() == [-1, -1, 0]


@pytest.mark.parametrize(
    ("categories", "told"),
    [
        ({}, "categories must be given for one column"),
        ({"x": ()}, "column 'x' has none"),
        ({"x": ("a", "a")}, "column 'x' has one twice"),
        ({"x": (1, True)}, "column 'x' has one twice"),
        ({"x": (["a"],)}, "categories must be texts or numbers"),
    ],
)
def test_categories_are_different_values(categories: Any, told: str):
    for options in (OneHot, Ordinal):
        with pytest.raises(BadInput, match=told):
            options(categories)


def test_gaps_of_any_kind_are_filled():
    made = transformed(
        Impute({"n": 1.5, "word": "none", "whole": 7}),
        n=Tensor("JSON", objects([2, None])),
        word=Tensor("BYTES", objects([None, b"x"])),
        whole=Tensor.of([1, 2]),
        other=Tensor.of([np.nan, 1.0]),
    )
    assert (made["n"].dtype, made["n"].to_list()) == ("FP64", [2.0, 1.5])
    assert (made["word"].dtype, made["word"].to_list()) == ("BYTES", ["none", b"x"])
    assert made["whole"].to_list() == [1, 2]
    assert np.isnan(made["other"].array[0])


def test_a_column_can_be_left_alone_by_its_place():
    made = transformed(Impute((None, 5.0)), x=Tensor.of([[np.nan, np.nan]]))["x"].array
    assert np.isnan(made[0, 0])
    assert made[0, 1] == 5.0


@pytest.mark.parametrize("rows", [[[1.0]], [[np.nan]]])
def test_the_number_of_columns_is_checked_whether_there_are_gaps_or_not(rows: Any):
    with pytest.raises(BadInput, match="wanted 2 columns, got 1"):
        transformed(Impute((1.0, 2.0)), x=Tensor.of(rows))


def test_text_does_not_fill_a_column_of_numbers():
    with pytest.raises(BadInput, match="column 'x' holds numbers, and 'none' is none"):
        transformed(Impute({"x": "none"}), x=Tensor.of([np.nan]))
    with pytest.raises(BadInput, match="values must be numbers or texts"):
        Impute(([1],))
    with pytest.raises(BadInput, match="values must be given"):
        Impute(())
