import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, fails, fixed, made, record

from salver.formats.pfa.avro.types import DOUBLE, INT, NULL, Array, Function, Type, Union
from salver.formats.pfa.library.known import KnownFunction

ABS_DIFF = Function([DOUBLE, DOUBLE], DOUBLE)
KNOWN = fixed(0, KnownFunction(library_name="metric.absDiff", params=("x", "y")))
MAYBE = Union([NULL, DOUBLE])
GAPPY = Array(MAYBE)
METRICS = {"euclidean": 28030, "squaredEuclidean": 28040, "chebyshev": 28050, "taxicab": 28060}
NUMBERS = st.lists(st.tuples(st.floats(), st.floats()), max_size=5)


def apart(x: float, y: float) -> float:
    return abs(x - y)


def metric(
    name: str, x: Type = VECTOR, y: Type = VECTOR, *more: Type, similarity: Type = ABS_DIFF, **known: Any
) -> Any:
    return made(f"metric.{name}", similarity, x, y, *more, **known)


def gappy(*values: float | None) -> list[tuple[str, float] | None]:
    return [None if value is None else ("double", value) for value in values]


def test_similarities_of_numbers() -> None:
    assert made("metric.absDiff", DOUBLE, DOUBLE)(1.0, 3.5) == 2.5
    bell = made("metric.gaussianSimilarity", DOUBLE, DOUBLE, DOUBLE)
    assert [bell(x, 1.0, 2.0) for x in (1.0, 3.0, 5.0)] == pytest.approx([1.0, 0.5, 0.0625])
    assert bell(1.0, 2.0, 0.0) == 0.0
    assert math.isnan(bell(1.0, 1.0, 0.0))
    assert math.isnan(bell(math.inf, math.inf, 1.0))
    assert bell(1e300, -1e300, 1.0) == 0.0


def test_plain_vectors() -> None:
    simple = made("metric.simpleEuclidean", VECTOR, VECTOR)
    assert simple([0.0, 3.0], [4.0, 0.0]) == 5.0
    fails(28000, lambda: simple([0.0], []))


@pytest.mark.parametrize("known", [(), KNOWN])
@pytest.mark.parametrize(
    ("name", "distance"), [("euclidean", 5.0), ("squaredEuclidean", 25.0), ("chebyshev", 4.0), ("taxicab", 7.0)]
)
def test_metrics_of_numbers(name: str, distance: float, known: Any) -> None:
    measure = metric(name, constants=known)
    assert measure(apart, [0.0, 3.0, 1.0], [4.0, 0.0, 1.0]) == pytest.approx(distance)
    assert math.isnan(measure(apart, [], []))
    fails(METRICS[name], lambda: measure(apart, [1.0], []))


@pytest.mark.parametrize("name", METRICS)
@settings(max_examples=20)
@given(pairs=NUMBERS)
def test_what_is_known_changes_no_answer(name: str, pairs: list[tuple[float, float]]) -> None:
    x, y = [one for one, _ in pairs], [other for _, other in pairs]
    answers = {
        repr(metric(name, constants=KNOWN)(apart, x, y)),
        repr(metric(name)(apart, x, y)),
        repr(metric(name, GAPPY, GAPPY)(apart, gappy(*x), gappy(*y))),
        repr(metric(name, VECTOR, GAPPY, VECTOR)(apart, x, gappy(*y), [1.0] * len(x))),
    }
    assert len(answers) == 1


def test_what_is_missing_is_weighed_up_for() -> None:
    measure = metric("taxicab", GAPPY, GAPPY)
    assert measure(apart, gappy(1.0, None, 5.0, 0.0), gappy(2.0, 7.0, None, 3.0)) == 8.0
    weighed = metric("taxicab", GAPPY, GAPPY, VECTOR)
    assert weighed(apart, gappy(1.0, None), gappy(2.0, 7.0), [1.0, 3.0]) == 4.0
    assert math.isnan(measure(apart, gappy(None), gappy(1.0)))
    assert math.isnan(metric("euclidean", GAPPY, GAPPY, VECTOR)(apart, gappy(1.0, None), gappy(3.0, 1.0), [1.0, -2.0]))
    fails(28060, lambda: weighed(apart, gappy(1.0), gappy(1.0), []))
    fails(28060, lambda: measure(apart, gappy(1.0), gappy()))


def test_similarities_are_given_what_they_take() -> None:
    def of_both(x: Any, y: Any) -> float:
        assert x == ("double", 2.0)
        assert type(y) is float
        return 0.0 if y == 1.0 else 1.0

    takes = Function([MAYBE, DOUBLE], DOUBLE)
    assert metric("taxicab", GAPPY, Array(INT), similarity=takes)(of_both, gappy(2.0, 2.0), [1, 5]) == 1.0
    whole = Array(Union([NULL, INT]))
    assert metric("taxicab", GAPPY, whole, similarity=takes)(of_both, gappy(2.0, 2.0), [("int", 1), None]) == 0.0


def test_similarities_of_records() -> None:
    point = record("Point", x=DOUBLE)
    points = Array(Union([NULL, point]))
    measure = metric("taxicab", points, points, similarity=Function([point, point], DOUBLE))
    assert measure(lambda x, y: apart(x["x"], y["x"]), [("Point", {"x": 1.0})], [("Point", {"x": 4.0})]) == 3.0


def test_a_negative_square_has_no_root() -> None:
    weighed = metric("euclidean", GAPPY, GAPPY, VECTOR)
    assert math.isnan(weighed(apart, gappy(1.0, None), gappy(2.0, 1.0), [1.0, -2.0]))


def test_the_greatest_passes_over_nan() -> None:
    measure = metric("chebyshev")
    assert measure(apart, [math.nan, 1.0], [1.0, 3.0]) == 2.0
    assert measure(lambda x, y: x - y, [1.0], [3.0]) == 0.0


def test_minkowski() -> None:
    measure = made("metric.minkowski", ABS_DIFF, VECTOR, VECTOR, DOUBLE)
    x, y = [0.0, 3.0], [4.0, 0.0]
    assert [measure(apart, x, y, p) for p in (1.0, 2.0, math.inf)] == pytest.approx([7.0, 5.0, 4.0])
    assert measure(apart, x, y, 1e-320) == math.inf
    assert math.isnan(measure(apart, [], [], 2.0))
    fails(28070, lambda: measure(apart, x, [], -1.0))
    for p in (0.0, -1.0, math.nan):
        fails(28071, partial(measure, apart, x, y, p))


def test_minkowski_with_weights() -> None:
    measure = made("metric.minkowski", ABS_DIFF, GAPPY, GAPPY, DOUBLE, VECTOR)
    assert measure(apart, gappy(1.0, None), gappy(2.0, 7.0), 1.0, [1.0, 3.0]) == 4.0
    fails(28070, lambda: measure(apart, gappy(1.0), gappy(2.0), 1.0, []))
