import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, fails, fixed, made, record

from salver.formats.pfa.avro.types import DOUBLE, INT, STRING, Array, Function, Type
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN

LINE = Array(record("Entry", x=DOUBLE, to=DOUBLE))
LINES = Array(record("Entry", x=DOUBLE, to=VECTOR))
KINDS = ("linear", "linearFlat", "linearMissing")
CODES = {"linear": 22020, "linearFlat": 22030, "linearMissing": 22040}


def table(*entries: tuple[Any, Any]) -> list[dict[str, Any]]:
    return [{"x": x, "to": to} for x, to in entries]


CURVE = table((2.0, 20.0), (0.0, 0.0), (1.0, 5.0))


def asked(kind: str, x: float, entries: Any, of: Type = LINE, *, known: bool = False) -> Any:
    return made(f"interp.{kind}", DOUBLE, of, constants=fixed(1, entries) if known else ())(x, entries)


def test_bins_by_their_number() -> None:
    place = made("interp.bin", DOUBLE, INT, DOUBLE, DOUBLE)
    assert [place(x, 4, 1.0, 3.0) for x in (1.0, 1.49, 1.5, 2.999)] == [0, 0, 1, 3]
    assert place(1.0, INT_MAX, -1.0, 1e308) == 0
    for low, high in ((1.0, 1.0), (2.0, 1.0), (math.nan, 1.0)):
        fails(22000, partial(place, 1.0, 4, low, high))
    fails(22001, lambda: place(1.0, 0, 1.0, 3.0))
    for x in (0.9, 3.0, math.nan, math.inf):
        fails(22002, partial(place, x, 4, 1.0, 3.0))
    fails(22002, lambda: place(0.0, 4, -math.inf, math.inf))


def test_bins_by_their_width() -> None:
    place = made("interp.bin", DOUBLE, DOUBLE, DOUBLE)
    assert [place(x, 1.0, 0.5) for x in (1.0, 1.5, 0.9, -1.0)] == [0, 1, -1, -4]
    assert place(5.0, 0.0, math.inf) == 0
    assert place(float(INT_MIN), 0.0, 1.0) == INT_MIN
    fails(22000, lambda: place(1.0, math.inf, 1.0))
    for width in (0.0, -1.0, math.nan):
        fails(22001, partial(place, 1.0, 0.0, width))
    for x in (math.nan, math.inf, 2.0**31, -(2.0**31) - 1.0, 1e300):
        fails(22002, partial(place, x, 0.0, 1.0))


def test_the_nearest_number() -> None:
    nearest = made("interp.nearest", DOUBLE, LINE)
    assert [nearest(x, CURVE) for x in (-9.0, 0.4, 0.6, 1.5, 9.0)] == [0.0, 0.0, 5.0, 20.0, 20.0]
    assert nearest(math.nan, CURVE) == 20.0
    fails(22010, lambda: nearest(1.0, []))


def test_the_nearest_vector() -> None:
    nearest = made("interp.nearest", VECTOR, Array(record("Entry", x=VECTOR, to=STRING)))
    corners = table(([0.0, 0.0], "a"), ([1.0, 1.0], "b"))
    assert nearest([0.9, 0.8], corners) == "b"
    fails(22011, lambda: nearest([1.0], corners))


def test_the_nearest_by_a_metric_of_ones_own() -> None:
    def metric(x: str, y: float) -> float:
        assert type(y) is float
        return abs(len(x) - y)

    entries = Array(record("Entry", x=INT, to=STRING))
    nearest = made("interp.nearest", STRING, entries, Function([STRING, DOUBLE], DOUBLE))
    assert nearest("four", table((1, "a"), (4, "b"), (9, "c")), metric) == "b"


@pytest.mark.parametrize("known", [False, True])
def test_between_two_entries(known: bool) -> None:
    assert asked("linear", 1.5, CURVE, known=known) == 12.5
    assert asked("linearFlat", 0.5, CURVE, known=known) == 2.5
    assert asked("linearMissing", 1.0, CURVE, known=known) == ("double", 5.0)


@pytest.mark.parametrize("known", [False, True])
def test_beyond_the_table(known: bool) -> None:
    assert [asked("linear", x, CURVE, known=known) for x in (-1.0, 3.0)] == [-5.0, 35.0]
    assert [asked("linearFlat", x, CURVE, known=known) for x in (-1.0, 3.0)] == [0.0, 20.0]
    assert [asked("linearMissing", x, CURVE, known=known) for x in (-1.0, 2.0, 3.0)] == [None, ("double", 20.0), None]


def test_lines_of_vectors() -> None:
    lines = table((0.0, [0.0, 10.0]), (1.0, [1.0, 20.0]))
    assert asked("linear", 0.5, lines, LINES) == [0.5, 15.0]
    assert asked("linearFlat", 2.0, lines, LINES) == [1.0, 20.0]
    assert asked("linearMissing", 0.5, lines, LINES) == ("array", [0.5, 15.0])


@pytest.mark.parametrize("kind", KINDS)
def test_tables_that_give_no_line(kind: str) -> None:
    for entries in (table(), table((1.0, 1.0)), table((1.0, 1.0), (1.0, 2.0))):
        fails(CODES[kind], partial(asked, kind, 0.5, entries))
        fails(CODES[kind], partial(asked, kind, 0.5, entries, known=True))
    fails(CODES[kind] + 1, lambda: asked(kind, 0.5, table((0.0, [1.0]), (1.0, [])), LINES))


def test_numbers_that_are_nowhere() -> None:
    assert math.isnan(asked("linear", math.nan, CURVE))
    assert asked("linearMissing", math.nan, CURVE) is None
    fails(22030, lambda: asked("linearFlat", math.inf, CURVE))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(-5, 5).map(float), st.integers(-9, 9).map(float)), min_size=2, max_size=8),
    st.floats(-6.0, 6.0) | st.integers(-5, 5).map(float),
)
def test_what_is_known_changes_no_answer(kind: str, entries: list[tuple[float, float]], x: float) -> None:
    entries.append((entries[0][0] + 20.0, 1.0))
    points = table(*entries)
    assert asked(kind, x, points, known=True) == asked(kind, x, points)
