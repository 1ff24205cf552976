import pytest
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import INT, STRING, Array, Function
from salver.formats.pfa.errors import PFATimeoutError
from salver.formats.pfa.library.registry import Clock

CLOCK = Clock()
INTS = Array(INT)


class Over(Clock):
    """Lets so many questions pass."""

    def __init__(self, left: int) -> None:
        self.left = left

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise PFATimeoutError("over")


def test_windows_slide_as_long_as_they_are_full() -> None:
    windows = made("a.slidingWindow", INTS, INT, INT)
    assert windows(CLOCK, [1, 2, 3, 4, 5], 2, 1) == [[1, 2], [2, 3], [3, 4], [4, 5]]
    assert windows(CLOCK, [1, 2, 3, 4, 5], 2, 2) == [[1, 2], [3, 4]]
    assert windows(CLOCK, [1, 2, 3], 1, 2**31 - 1) == [[1]]
    assert windows(CLOCK, [1, 2], 3, 1) == []
    assert windows(CLOCK, [], 1, 1) == []
    fails(15770, lambda: windows(CLOCK, [1], 0, 0))
    fails(15771, lambda: windows(CLOCK, [1], 1, 0))


def test_combinations_keep_the_order_of_the_array() -> None:
    combinations = made("a.combinations", INTS, INT)
    assert combinations(CLOCK, [1, 2, 3], 2) == [[1, 2], [1, 3], [2, 3]]
    assert combinations(CLOCK, [1, 1], 1) == [[1], [1]]
    assert combinations(CLOCK, [1, 2], 2**31 - 1) == []
    fails(15780, lambda: combinations(CLOCK, [1], 0))


def test_permutations_are_all_orders() -> None:
    permutations = made("a.permutations", INTS)
    assert permutations(CLOCK, [1, 2, 3]) == [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]]
    assert permutations(CLOCK, []) == [[]]


def test_there_may_be_too_many_for_the_time() -> None:
    many = list(range(500))
    with pytest.raises(PFATimeoutError):
        made("a.permutations", INTS)(Over(3), many)
    with pytest.raises(PFATimeoutError):
        made("a.combinations", INTS, INT)(Over(3), many, 250)
    with pytest.raises(PFATimeoutError):
        made("a.slidingWindow", INTS, INT, INT)(Over(3), many, 250, 1)


def test_values_are_grouped_by_their_names() -> None:
    groups = made("a.groupby", INTS, Function([INT], STRING))([1, 2, 3, 4], lambda x: "even" if x % 2 == 0 else "odd")
    assert groups == {"odd": [1, 3], "even": [2, 4]}
    assert list(groups) == ["odd", "even"]
