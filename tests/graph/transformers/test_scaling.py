"""Scaling is scikit-learn's, with the parameters that scikit-learn has learnt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, Normalizer, RobustScaler, StandardScaler

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor, narrow
from salver.graph.transformers.normalise import Norm, Normalise
from salver.graph.transformers.scaling import MinMax, Robust, Standardise

NAMES = ("age", "income", "constant")
LEARNT = np.random.default_rng(7).normal([40, 1000, 3], [10, 500, 0], (50, 3))
ROWS = np.random.default_rng(8).normal([40, 1000, 3], [20, 900, 1], (5, 3))


def scalers() -> list[Any]:
    standard, robust = StandardScaler().fit(LEARNT), RobustScaler().fit(LEARNT)
    plain, clipped = MinMaxScaler().fit(LEARNT), MinMaxScaler((-1, 3), clip=True).fit(LEARNT)
    return [
        (Standardise, {"mean": standard.mean_, "std": standard.scale_}, {}, standard),
        (Robust, {"median": robust.center_, "iqr": robust.scale_}, {}, robust),
        (MinMax, {"min": plain.data_min_, "max": plain.data_max_}, {}, plain),
        (
            MinMax,
            {"min": clipped.data_min_, "max": clipped.data_max_},
            {"low": -1.0, "high": 3.0, "clip": True},
            clipped,
        ),
    ]


def transformed(options: Any, request: Request) -> dict[str, Tensor]:
    return dict(options(name="scale").transform(request).tensors)


@pytest.mark.parametrize("scaler", scalers(), ids=["standardise", "robust", "min_max", "min_max with clip"])
@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("dtype", ["FP32", "FP64"])
def test_both_forms_are_scaled_as_scikit_learn_scales_them(scaler: Any, by_name: bool, dtype: str):
    made, parameters, others, oracle = scaler
    given = {
        key: dict(zip(NAMES, map(float, values), strict=True)) if by_name else tuple(map(float, values))
        for key, values in parameters.items()
    }
    options = made(**given, **others)
    rows = Tensor.of(ROWS, dtype)
    wanted = oracle.transform(ROWS)
    tolerance: dict[str, Any] = {"rtol": 1e-12} if dtype == "FP64" else {"rtol": 1e-4, "atol": 1e-5}

    matrix = transformed(options, Request({"data": Tensor(rows.dtype, rows.array, NAMES)}))["data"]
    assert (matrix.dtype, matrix.names) == (dtype, NAMES)
    np.testing.assert_allclose(matrix.array, wanted, **tolerance)

    request = Request({name: Tensor(dtype, rows.array[:, index]) for index, name in enumerate(NAMES)})
    columns = transformed(options, request)
    assert list(columns) == list(NAMES)
    for index, name in enumerate(NAMES):
        assert columns[name].dtype == dtype
        np.testing.assert_allclose(columns[name].array, wanted[:, index], **tolerance)


def test_columns_without_parameters_go_on_as_they_are():
    made = transformed(
        Standardise(mean={"age": 40.0}),
        Request({"age": Tensor.of([41.0]), "country": Tensor.of(["NL"]), "n": Tensor.of([3])}),
    )
    assert {name: (one.dtype, one.to_list()) for name, one in made.items()} == {
        "age": ("FP64", [1.0]),
        "country": ("BYTES", ["NL"]),
        "n": ("INT64", [3]),
    }
    matrix = Tensor("FP64", np.array([[41.0, np.inf]]), ("age", "n"))
    assert transformed(Standardise(mean={"age": 40.0}), Request({"data": matrix}))["data"].to_list() == [[1.0, np.inf]]


def test_columns_are_found_by_name_whatever_their_order():
    transformer = Standardise(mean={"a": 1.0, "b": 2.0})(name="scale")
    for names, wanted in ((("a", "b"), [[9.0, 8.0]]), (("b", "a"), [[8.0, 9.0]]), (("a", "b"), [[9.0, 8.0]])):
        request = Request({"data": Tensor("FP64", np.array([[10.0, 10.0]]), names)})
        assert transformer.transform(request).tensors["data"].to_list() == wanted


def test_columns_without_names_are_found_by_number():
    made = transformed(Standardise(mean={"1": 2.0}), Request({"data": Tensor.of([[1.0, 2.0]])}))
    assert made["data"].to_list() == [[1.0, 0.0]]


def test_integers_become_doubles_and_bfloat_singles():
    made = transformed(Standardise(std=(2.0,)), Request({"x": Tensor.of([[1], [2]])}))["x"]
    assert (made.dtype, made.to_list()) == ("FP64", [[0.5], [1.0]])
    made = transformed(Standardise(std=(2.0,)), Request({"x": Tensor("BF16", narrow(np.array([[3.0]])))}))["x"]
    assert (made.dtype, made.to_list()) == ("FP32", [[1.5]])


def test_columns_of_one_keep_their_second_axis():
    request = Request({"a": Tensor.of([[3.0]]), "b": Tensor.of([[5.0]])})
    assert transformed(Standardise(mean=(1.0, 1.0)), request)["b"].to_list() == [[4.0]]


def test_what_came_is_not_written_to():
    rows = np.array([[1.0, 2.0]])
    transformed(Standardise(mean=(1.0, 1.0)), Request({"x": Tensor("FP64", rows)}))
    assert rows.tolist() == [[1.0, 2.0]]


def test_nan_and_no_rows_pass():
    options = MinMax(min=(0.0,), max=(2.0,), clip=True)
    assert np.isnan(transformed(options, Request({"x": Tensor.of([[np.nan]])}))["x"].array).all()
    assert transformed(options, Request({"x": Tensor("FP32", np.empty((0, 1), np.float32))}))["x"].array.shape == (0, 1)


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        ({"x": Tensor.of([[1.0]])}, "wanted 2 columns, got 1"),
        ({"x": Tensor.of([["a", "b"]])}, "'x' must be numbers, got Tensor(BYTES, [1, 2])"),
        ({"a": Tensor.of([1.0]), "b": Tensor.of(["x"])}, "'b' must be numbers, got Tensor(BYTES, [1])"),
        ({"a": Tensor.of([1.0]), "b": Tensor.of([1.0, 2.0])}, "column 'b' must have 1 rows, as 'a' has; got 2"),
        ({"a": Tensor.of(1.0)}, "wanted a matrix [n, k] or columns [n], got 'a' Tensor(FP64, [])"),
    ],
)
def test_columns_that_do_not_fit_are_refused(tensors: dict[str, Tensor], told: str):
    with pytest.raises(BadInput) as refused:
        transformed(Standardise(mean=(1.0, 1.0)), Request(tensors))
    assert refused.value.message == told


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(BadInput, match="there is no column 'age'; there are a, b"):
        transformed(Standardise(mean={"age": 1.0}), Request({"x": Tensor("FP64", np.ones((1, 2)), ("a", "b"))}))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Standardise(), "mean must be given, or std, or both"),
        (lambda: Standardise(std=(-1.0,)), "std must be 0 or more"),
        (lambda: Standardise(mean=(1.0,), std=(1.0, 2.0)), "std must be as many as mean, 1; got 2"),
        (lambda: Standardise(mean=(1.0,), std={"a": 1.0}), "std must be given as mean is"),
        (lambda: Standardise(mean=(float("nan"),)), "mean must have a finite number"),
        (lambda: Standardise(mean=()), "mean must have a finite number"),
        (lambda: Robust(), "median must be given, or iqr, or both"),
        (lambda: MinMax(min=(0.0,), max=(1.0, 2.0)), "max must be as many as min, 1; got 2"),
        (lambda: MinMax(min={"a": 0.0}, max=(1.0,)), "max must be given for the columns of min, a; got 1.0"),
        (lambda: MinMax(min=(0.0,), max={"a": 1.0}), "max must be given as min is"),
        (lambda: MinMax(min=(2.0,), max=(1.0,)), "max must be no less than min, 2.0; got 1.0"),
        (lambda: MinMax(min={"a": 2.0}, max={"b": 3.0}), "max must be given for the columns of min"),
        (lambda: MinMax(min=(0.0,), max=(1.0,), low=1.0, high=1.0), "high must be more than low, 1.0; got 1.0"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(make: Any, told: str):
    with pytest.raises(BadInput) as refused:
        make()
    assert refused.value.message.startswith(told)


@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_rows_are_normalised_as_scikit_learn_normalises_them(norm: Norm):
    rows = np.vstack([ROWS, np.zeros((1, 3))])
    wanted = Normalizer(norm=norm).transform(rows)
    made = transformed(Normalise(norm), Request({"data": Tensor("FP64", rows, NAMES)}))["data"]
    assert made.names == NAMES
    np.testing.assert_allclose(made.array, wanted)
    columns = transformed(Normalise(norm), Request({name: Tensor.of(rows[:, i]) for i, name in enumerate(NAMES)}))
    np.testing.assert_allclose(np.stack([one.array for one in columns.values()], axis=1), wanted)
