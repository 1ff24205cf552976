import copy
import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, fails, made

from salver.formats.pfa.avro.types import DOUBLE, INT, STRING, Array, Function, Map, Type

MATRIX = Array(VECTOR)
WEIGHTS = Map(DOUBLE)
TABLE = Map(WEIGHTS)
TWO = Function([DOUBLE, DOUBLE], DOUBLE)
X = [[1.0, 2.0], [3.0, 4.0]]
BY_KEYS = {"one": {"a": 1.0}, "two": {"a": 2.0, "b": 3.0}}


def test_functions_of_each_number() -> None:
    assert made("la.map", MATRIX, Function([DOUBLE], DOUBLE))(X, lambda x: x * x) == [[1.0, 4.0], [9.0, 16.0]]
    assert made("la.map", TABLE, Function([DOUBLE], DOUBLE))(BY_KEYS, lambda x: -x)["two"] == {"a": -2.0, "b": -3.0}


@pytest.mark.parametrize(
    ("kind", "x", "doubled"),
    [
        (VECTOR, [1.0, 2.0], [2.0, 4.0]),
        (MATRIX, X, [[2.0, 4.0], [6.0, 8.0]]),
        (WEIGHTS, {"a": 1.0}, {"a": 2.0}),
        (TABLE, {"one": {"a": 1.0, "b": 2.0}}, {"one": {"a": 2.0, "b": 4.0}}),
    ],
)
def test_all_kinds_can_be_scaled(kind: Type, x: Any, doubled: Any) -> None:
    before = copy.deepcopy(x)
    assert made("la.scale", kind, DOUBLE)(x, 2.0) == doubled
    assert made("la.add", kind, kind)(x, x) == doubled
    assert made("la.sub", kind, kind)(doubled, x) == x
    assert x == before


def test_what_is_missing_by_keys_is_nought() -> None:
    assert made("la.scale", TABLE, DOUBLE)(BY_KEYS, 2.0) == {"one": {"a": 2.0}, "two": {"a": 4.0, "b": 6.0}}
    assert made("la.add", WEIGHTS, WEIGHTS)({"a": 1.0}, {"b": 2.0}) == {"a": 1.0, "b": 2.0}
    assert made("la.sub", TABLE, TABLE)({"one": {"a": 1.0}}, {"two": {"b": 2.0}}) == {
        "one": {"a": 1.0, "b": 0.0},
        "two": {"a": 0.0, "b": -2.0},
    }
    assert made("la.zipmap", TABLE, TABLE, TWO)({"one": {"a": 1.0}}, {"one": {"b": 2.0}}, lambda x, y: x - y) == {
        "one": {"a": 1.0, "b": -2.0}
    }


def test_matrices_are_joined_place_by_place() -> None:
    zipped = made("la.zipmap", MATRIX, MATRIX, TWO)
    assert zipped(X, X, lambda x, y: x * y) == [[1.0, 4.0], [9.0, 16.0]]
    assert zipped([], [], lambda x, y: x) == []


@pytest.mark.parametrize(("x", "y"), [(X, X[:1]), ([[1.0]], [[1.0, 2.0]]), ([], [[]])])
def test_misaligned_matrices(x: Any, y: Any) -> None:
    fails(24020, lambda: made("la.zipmap", MATRIX, MATRIX, TWO)(x, y, lambda x, _y: x))
    fails(24030, lambda: made("la.add", MATRIX, MATRIX)(x, y))
    fails(24040, lambda: made("la.sub", MATRIX, MATRIX)(x, y))


def test_misaligned_vectors() -> None:
    fails(24030, lambda: made("la.add", VECTOR, VECTOR)([1.0], []))
    fails(24040, lambda: made("la.sub", VECTOR, VECTOR)([1.0], []))


@settings(max_examples=20)
@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(st.floats(), min_size=n, max_size=n), min_size=1)))
def test_what_is_transposed_twice_is_the_same(x: list[list[float]]) -> None:
    transpose = made("la.transpose", MATRIX)
    assert repr(transpose(transpose(x))) == repr(x)


def test_transposing() -> None:
    assert made("la.transpose", MATRIX)([[1.0, 2.0, 3.0]]) == [[1.0], [2.0], [3.0]]
    assert made("la.transpose", TABLE)({"one": {"a": 1.0, "b": 2.0}}) == {"a": {"one": 1.0}, "b": {"one": 2.0}}
    nothing: list[list[list[float]]] = [[], [[]], [[], []]]
    for empty in nothing:
        fails(24060, partial(made("la.transpose", MATRIX), empty))
    fails(24061, lambda: made("la.transpose", MATRIX)([[1.0], []]))
    fails(24060, lambda: made("la.transpose", TABLE)({"one": {}}))
    fails(24061, lambda: made("la.transpose", TABLE)(BY_KEYS))
    fails(24061, lambda: made("la.transpose", TABLE)({"one": {"a": 1.0}, "two": {"b": 1.0}}))


def test_traces() -> None:
    trace = made("la.trace", MATRIX)
    shapes: list[list[list[float]]] = [[], [[]], X, [[1.0, 2.0]], [[1.0], [2.0]]]
    assert [trace(x) for x in shapes] == [0.0, 0.0, 5.0, 1.0, 1.0]
    fails(24080, lambda: trace([[1.0], []]))
    assert made("la.trace", TABLE)({"a": {"a": 1.0, "b": 9.0}, "b": {"b": 2.0}, "c": {"a": 9.0}}) == 3.0


def test_symmetry() -> None:
    symmetric = made("la.symmetric", MATRIX, DOUBLE)
    assert symmetric([[1.0, 2.0], [2.1, 1.0]], 0.2)
    assert not symmetric([[1.0, 2.0], [2.1, 1.0]], 0.05)
    assert not symmetric([[1.0]], 0.0)
    assert symmetric([[math.nan, math.inf], [math.inf, 1.0]], 0.1)
    assert not symmetric([[1.0, math.inf], [-math.inf, 1.0]], 0.1)
    assert not symmetric([[1.0, math.nan], [1.0, 1.0]], 0.1)
    assert made("la.symmetric", TABLE, DOUBLE)({"a": {"b": 1.0}, "b": {"a": 1.0}}, 0.1)
    assert not made("la.symmetric", TABLE, DOUBLE)({"a": {"b": 1.0}}, 0.1)


def test_what_cannot_be_symmetric() -> None:
    symmetric = made("la.symmetric", MATRIX, DOUBLE)
    fails(24100, lambda: symmetric([[]], 0.1))
    fails(24101, lambda: symmetric([[1.0], []], 0.1))
    fails(24102, lambda: symmetric([[1.0, 2.0]], 0.1))
    fails(24100, lambda: made("la.symmetric", TABLE, DOUBLE)({}, 0.1))


def test_truncating() -> None:
    truncate = made("la.truncate", MATRIX, INT)
    assert [truncate(X, keep) for keep in (-1, 0, 1, 9)] == [[], [], X[:1], X]
    assert made("la.truncate", TABLE, Array(STRING))(BY_KEYS, ["two", "three"]) == {"two": BY_KEYS["two"]}
    fails(24120, lambda: truncate([], 1))
    fails(24121, lambda: truncate([[1.0], []], 1))
    fails(24120, lambda: made("la.truncate", TABLE, Array(STRING))({"one": {}}, ["one"]))
