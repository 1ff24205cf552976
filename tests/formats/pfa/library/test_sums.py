from hypothesis import given
from hypothesis import strategies as st

from salver.formats.pfa.library.sums import added, dot, squared_distance


@given(st.lists(st.floats()))
def test_sums_are_added_from_left_to_right(numbers: list[float]) -> None:
    total = 0.0
    for one in numbers:
        total += one
    assert repr(added(numbers)) == repr(total)


def test_rounding_is_that_of_a_loop() -> None:
    assert added([1e16, 1.0, 1.0]) == 1e16
    assert dot([1e16, 1.0, 1.0], [1.0, 1.0, 1.0]) == 1e16
    assert added([1.0], 2.0) == 3.0


def test_the_shorter_vector_decides() -> None:
    assert dot([1.0, 2.0], [3.0]) == 3.0
    assert squared_distance([1.0, 2.0, 3.0], [4.0, 6.0]) == 25.0
