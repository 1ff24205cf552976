import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pfa.library.monotone import first_whole, root, root_near


@pytest.mark.parametrize(
    "function", [lambda x: x**3, lambda x: x, math.expm1, math.atan, lambda x: math.copysign(1.0, x)]
)
@settings(max_examples=20)
@given(at=st.floats(-5, 5))
def test_roots(function: Callable[[float], float], at: float) -> None:
    found = root(lambda x: function(x - at), -10.0, 10.0)
    assert found == pytest.approx(at, abs=1e-4)
    assert root_near(lambda x: function(x - at), 1.0, 0.1, -10.0, 10.0) == pytest.approx(at, abs=1e-4)


def test_a_root_beyond_the_ends_is_the_nearest_end() -> None:
    for find in (lambda f: root(f, 1.0, 2.0), lambda f: root_near(f, 1.5, 0.1, 1.0, 2.0)):
        assert find(lambda x: x) == 1.0
        assert find(lambda x: x - 5.0) == 2.0


def test_roots_take_few_steps() -> None:
    asked: list[float] = []

    def function(x: float) -> float:
        asked.append(x)
        return math.expm1(x - 1.0)

    assert root(function, -100.0, 100.0) == pytest.approx(1.0)
    assert len(asked) < 25


@settings(max_examples=30)
@given(at=st.integers(0, 1000), start=st.floats(0, 2000), step=st.floats(0, 100))
def test_the_first_whole_number(at: int, start: float, step: float) -> None:
    assert first_whole(lambda x: 1.0 if x >= at else 0.0, 0.5, start, step) == at
    assert first_whole(lambda x: 1.0 if x >= at else 0.0, 0.5, min(start, 500.0), step, 500.0) == min(at, 500)


def test_rounding_does_not_move_the_first() -> None:
    assert first_whole(lambda x: 0.3 if x == 0.0 else 1.0, 0.1 + 0.2, 5.0, 1.0) == 0.0


def test_the_first_of_numbers_beyond_counting() -> None:
    assert first_whole(lambda x: float(x >= 1e300), 0.5, 1e299, 1e200) == pytest.approx(1e300)
    assert first_whole(lambda _x: 0.0, 0.5, math.inf, math.inf) > 1e308
