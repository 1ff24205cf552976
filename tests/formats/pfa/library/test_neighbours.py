import math

from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, fails, fixed, made, record

from salver.formats.pfa.avro.types import DOUBLE, INT, STRING, Array, Function
from salver.formats.pfa.library.known import KnownFunction, Param

POINT = record("Point", point=VECTOR, label=STRING)
POINT_METRIC = Function([VECTOR, POINT], DOUBLE)
TO_POINT = KnownFunction(
    params=("x", "y"),
    body=("metric.squaredEuclidean", ("fcn", "metric.absDiff"), Param("x"), ("attr", Param("y"), "point")),
)
FEW_NUMBERS = st.floats(-3, 3).map(lambda x: round(x, 1)) | st.sampled_from([math.inf, math.nan])


def to_point(x: list[float], y: dict[str, list[float]]) -> float:
    return sum((a - b) * (a - b) for a, b in zip(x, y["point"], strict=True)) * len(x) / len(x)


def test_the_mean_weighs_each_point() -> None:
    mean = made("model.neighbor.mean", Array(VECTOR))
    assert mean([[1.0, 2.0], [3.0, 6.0]]) == [2.0, 4.0]
    weighed = made("model.neighbor.mean", Array(VECTOR), Function([VECTOR], DOUBLE))
    assert weighed([[1.0], [3.0]], lambda point: point[0]) == [2.5]
    assert weighed([[1.0]], lambda _point: -0.0) == [-math.inf] or math.isnan(weighed([[1.0]], lambda _point: 0.0)[0])
    fails(30000, lambda: mean([]))
    fails(30001, lambda: mean([[1.0], [1.0, 2.0]]))


def test_the_nearest_come_in_order_the_first_of_equals_first() -> None:
    nearest = made("model.neighbor.nearestK", INT, VECTOR, Array(VECTOR))
    book = [[5.0], [1.0], [3.0], [-1.0]]
    assert nearest(3, [0.0], book) == [[1.0], [-1.0], [3.0]]
    assert nearest(2, [0.0], []) == []
    fails(30010, lambda: nearest(-1, [0.0], book))
    fails(30011, lambda: nearest(1, [0.0, 1.0], book))


def test_a_ball_holds_what_is_nearer_than_its_radius() -> None:
    ball = made("model.neighbor.ballR", DOUBLE, VECTOR, Array(VECTOR))
    assert ball(5.0, [0.0, 0.0], [[3.0, 4.0], [3.0, 3.0], [-1.0, 0.0]]) == [[3.0, 3.0], [-1.0, 0.0]]
    metric = made("model.neighbor.ballR", DOUBLE, VECTOR, Array(POINT), POINT_METRIC)
    book = [{"point": [2.0], "label": "a"}, {"point": [3.0], "label": "b"}]
    assert metric(5.0, [0.0], book, to_point) == book[:1]


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 3), st.integers(1, 40), st.integers(0, 6), st.floats(0, 5))
def test_a_code_book_that_never_changes_answers_as_any_other(
    data: st.DataObject, width: int, count: int, k: int, radius: float
) -> None:
    vectors = st.lists(FEW_NUMBERS, min_size=width, max_size=width)
    book, datum = [data.draw(vectors) for _ in range(count)], data.draw(vectors)
    points = [{"point": vector, "label": str(at)} for at, vector in enumerate(book)]
    plain, labelled = [VECTOR, Array(VECTOR)], [VECTOR, Array(POINT), POINT_METRIC]
    for name, first, of, number in (("nearestK", INT, "k", k), ("ballR", DOUBLE, "r", radius)):
        name = f"model.neighbor.{name}"
        fast = made(name, first, *plain, constants=fixed(2, book))(number, datum, book)
        assert [id(one) for one in fast] == [id(one) for one in made(name, first, *plain)(number, datum, book)], of
        fast = made(name, first, *labelled, constants=fixed(2, points, TO_POINT))(number, datum, points, to_point)
        assert fast == made(name, first, *labelled)(number, datum, points, to_point)
