import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, fails, fixed, made

from salver.formats.pfa.avro.types import DOUBLE, Array, Map

MATRIX = Array(VECTOR)
WEIGHTS = Map(DOUBLE)
TABLE = Map(WEIGHTS)
X = [[1.0, 2.0], [3.0, 4.0]]
FINITE = st.floats(-100.0, 100.0)


def square(size: int) -> st.SearchStrategy[list[list[float]]]:
    return st.lists(st.lists(FINITE, min_size=size, max_size=size), min_size=size, max_size=size)


def test_products_of_matrices_and_vectors() -> None:
    assert made("la.dot", MATRIX, VECTOR)(X, [1.0, 10.0]) == [21.0, 43.0]
    assert made("la.dot", MATRIX, MATRIX)(X, [[1.0], [10.0]]) == [[21.0], [43.0]]
    assert made("la.dot", TABLE, WEIGHTS)({"one": {"a": 1.0, "b": 2.0}, "two": {}}, {"b": 3.0, "c": 4.0}) == {
        "one": 6.0,
        "two": 0.0,
    }
    assert made("la.dot", TABLE, TABLE)({"one": {"a": 2.0}}, {"a": {"x": 3.0, "y": 4.0}, "b": {"x": 1.0}}) == {
        "one": {"x": 6.0, "y": 8.0}
    }


def test_large_products_are_the_same() -> None:
    wide = [[float(row * column % 7) for column in range(40)] for row in range(40)]
    vector = [float(column) for column in range(40)]
    by_hand = [sum(a * b for a, b in zip(row, vector, strict=True)) for row in wide]
    assert made("la.dot", MATRIX, VECTOR)(wide, vector) == by_hand
    assert made("la.dot", MATRIX, VECTOR, constants=fixed(0, wide))(wide, vector) == by_hand
    assert made("la.dot", MATRIX, MATRIX)(wide, [[one] for one in vector]) == [[one] for one in by_hand]
    assert made("la.dot", MATRIX, MATRIX)(wide, wide)[1][1] == sum(row[1] * wide[1][at] for at, row in enumerate(wide))


@pytest.mark.parametrize("constants", [(), fixed(0, [[1.0] * 64, [2.0] * 64])])
def test_products_that_do_not_fit(constants: Any) -> None:
    wide = [[1.0] * 64, [2.0] * 64]
    dot = made("la.dot", MATRIX, VECTOR, constants=constants)
    fails(24050, lambda: dot(wide, [1.0, 2.0]))
    fails(24051, lambda: dot(wide, []))
    fails(24052, lambda: dot(wide, [math.nan]))
    assert dot(wide, [1e308] * 64) == [math.inf, math.inf]


@pytest.mark.parametrize(
    ("x", "y", "code"),
    [
        ([], X, 24051),
        ([[]], X, 24051),
        (X, [[]], 24051),
        (X, [[math.inf]], 24052),
        (X, [[1.0]], 24050),
        (X, [[1.0], [1.0, 2.0]], 24050),
        ([[1.0], [1.0, 2.0]], [[1.0]], 24050),
    ],
)
def test_products_of_matrices_that_do_not_fit(x: Any, y: Any, code: int) -> None:
    fails(code, lambda: made("la.dot", MATRIX, MATRIX)(x, y))


def test_products_by_keys_that_do_not_fit() -> None:
    by_vector, by_matrix = made("la.dot", TABLE, WEIGHTS), made("la.dot", TABLE, TABLE)
    fails(24051, lambda: by_vector({}, {"a": 1.0}))
    fails(24051, lambda: by_vector({"one": {}}, {}))
    fails(24052, lambda: by_vector({"one": {"a": 1.0}}, {"b": math.inf}))
    fails(24051, lambda: by_matrix({"one": {"a": 1.0}}, {"a": {}}))
    fails(24052, lambda: by_matrix({"one": {"a": math.nan}}, {"a": {"x": 1.0}}))


@settings(max_examples=20)
@given(square(3))
def test_a_matrix_times_its_inverse_is_one(x: list[list[float]]) -> None:
    assume(abs(made("la.det", MATRIX)(x)) > 1.0)
    product = made("la.dot", MATRIX, MATRIX)(x, made("la.inverse", MATRIX)(x))
    for at, row in enumerate(product):
        assert row == pytest.approx([float(at == place) for place in range(3)], abs=1e-6)


def test_inverses() -> None:
    assert made("la.inverse", MATRIX)([[2.0]]) == [[0.5]]
    assert made("la.inverse", MATRIX)([[3.0, 4.0]]) == [pytest.approx([0.12]), pytest.approx([0.16])]
    assert made("la.inverse", TABLE)({"one": {"a": 2.0}, "two": {"b": 4.0}}) == {
        "a": {"one": 0.5, "two": 0.0},
        "b": {"one": 0.0, "two": 0.25},
    }


def test_what_has_no_inverse_has_a_pseudo_inverse() -> None:
    assert made("la.inverse", MATRIX)([[2.0, 0.0], [0.0, 0.0]]) == [[0.5, 0.0], [0.0, 0.0]]
    assert made("la.inverse", MATRIX)([[0.0], [0.0]]) == [[0.0, 0.0]]
    assert made("la.inverse", MATRIX)([[1e300, 0.0]]) == [[pytest.approx(1e-300)], [0.0]]
    assert all(map(math.isnan, made("la.inverse", MATRIX)([[math.nan, math.inf]])[0]))


def test_what_cannot_be_inverted() -> None:
    fails(24070, lambda: made("la.inverse", MATRIX)([[]]))
    fails(24071, lambda: made("la.inverse", MATRIX)([[1.0], []]))
    fails(24070, lambda: made("la.inverse", TABLE)({"one": {}}))


def test_determinants() -> None:
    det = made("la.det", MATRIX)
    assert det(X) == pytest.approx(-2.0)
    assert det([[1.0, 2.0], [2.0, 4.0]]) == pytest.approx(0.0, abs=1e-12)
    assert math.isnan(det([[math.inf]]))
    assert made("la.det", TABLE)({"a": {"b": 2.0}, "b": {"a": 3.0}}) == pytest.approx(-6.0)
    assert made("la.det", TABLE)({"a": {"b": 2.0}}) == 0.0
    fails(24090, lambda: det([]))
    fails(24091, lambda: det([[1.0], []]))
    fails(24092, lambda: det([[1.0, 2.0]]))
    fails(24090, lambda: made("la.det", TABLE)({"a": {}}))


def test_eigenvectors_are_scaled_and_ordered() -> None:
    basis = made("la.eigenBasis", MATRIX)([[4.0, 0.0], [0.0, 9.0]])
    assert basis == [pytest.approx([0.0, 1.0 / 3.0]), pytest.approx([0.5, 0.0])]
    by_keys = made("la.eigenBasis", TABLE)({"y": {"y": 9.0}, "x": {"x": 4.0}})
    assert by_keys == {"0": pytest.approx({"x": 0.0, "y": 1.0 / 3.0}), "1": pytest.approx({"x": 0.5, "y": 0.0})}


@settings(max_examples=20)
@given(square(3))
def test_eigenvectors_turn_the_matrix_into_a_unit(x: list[list[float]]) -> None:
    symmetric = [[x[at][place] + x[place][at] for at in range(3)] for place in range(3)]
    assume(abs(made("la.det", MATRIX)(symmetric)) > 1.0)
    dot, basis = made("la.dot", MATRIX, MATRIX), made("la.eigenBasis", MATRIX)(symmetric)
    turned = dot(dot(basis, symmetric), made("la.transpose", MATRIX)(basis))
    for at, row in enumerate(turned):
        assert list(map(abs, row)) == pytest.approx([float(at == place) for place in range(3)], abs=1e-6)


def test_what_has_no_eigenvectors() -> None:
    basis = made("la.eigenBasis", MATRIX)
    fails(24110, lambda: basis([[]]))
    fails(24111, lambda: basis([[1.0], []]))
    fails(24112, lambda: basis([[1.0, 2.0]]))
    fails(24113, lambda: basis([[math.nan]]))
    fails(24110, lambda: made("la.eigenBasis", TABLE)({}))
    assert len(basis([[1.7e308, 1.7e308], [1.7e308, 5e-324]])) == 2
