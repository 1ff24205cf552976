import math
from bisect import insort

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pfa.library.nearest import Points, are_alike, few_distances, lowest

NUMBERS = st.sampled_from([0.0, 1.0, 1.0, 2.0, 3.5, math.inf, math.nan])
NAN = math.nan


@given(st.lists(st.floats(allow_nan=False)), st.integers(0, 10))
def test_the_lowest_come_in_order_the_first_of_equals_first(distances: list[float], count: int) -> None:
    ordered: list[tuple[float, int]] = []
    for place, one in enumerate(distances):
        insort(ordered, (one, place))
    assert lowest(distances, count) == [place for _, place in ordered[:count]]


@pytest.mark.parametrize(
    ("distances", "count", "places"),
    [
        ([NAN, 1.0], 1, [0]),
        ([1.0, NAN], 1, [0]),
        ([NAN, 2.0, 1.0], 3, [0, 2, 1]),
        ([5.0, NAN, 3.0, 4.0], 4, [2, 3, 0, 1]),
        ([NAN, 2.0, 1.0], 2, [0, 2]),
        ([NAN], 0, []),
    ],
)
def test_nan_stays_where_it_was_met(distances: list[float], count: int, places: list[int]) -> None:
    assert lowest(distances, count) == places


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(["plain", "simple", "euclidean", "squared"]), st.integers(1, 3))
def test_few_distances_are_those_of_many(data: st.DataObject, kind: str, width: int) -> None:
    vectors = st.lists(NUMBERS.filter(math.isfinite), min_size=width, max_size=width)
    points, datum = data.draw(st.lists(vectors, min_size=1, max_size=9)), data.draw(vectors)
    few = few_distances(points, kind)
    assert few is not None
    assert few(datum) == Points(points, kind).listed(datum)


def test_many_or_infinite_numbers_are_not_spelled_out() -> None:
    assert few_distances([[0.0] * 50] * 3, "plain") is None
    assert few_distances([[math.inf]], "plain") is None
    assert few_distances([[1.0]], "taxicab") is None


def test_points_must_be_alike() -> None:
    assert are_alike([[1.0], [2.0]])
    assert not are_alike([[1.0], []])
    assert not are_alike([[], []])
    assert not are_alike([])
