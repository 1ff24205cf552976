from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import made

from salver.formats.pfa.avro.types import DOUBLE, INT, NULL, Array, Map, Union
from salver.formats.pfa.library.maps_sets import Values, diff, intersection, is_disjoint, is_subset, symdiff, union

few = settings(max_examples=25, deadline=None)
MAPS = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 9))


def test_a_set_holds_each_value_once() -> None:
    to_set, is_in = made("map.toset", Array(INT)), made("map.in", Map(INT), INT)
    found = to_set([1, 2, 3, 2])
    assert found == {"Ag==": 1, "BA==": 2, "Bg==": 3}
    assert made("map.fromset", Map(INT))(found) == [1, 2, 3]
    assert is_in(found, 2) is True
    assert is_in(found, 4) is False


def test_a_member_is_sought_as_one_of_the_type_of_the_set() -> None:
    maybe = Union([NULL, DOUBLE])
    found = made("map.toset", Array(maybe))([None, ("double", 1.0)])
    assert list(found.values()) == [None, ("double", 1.0)]
    assert made("map.in", Map(maybe), maybe)(found, ("double", 1.0)) is True


@few
@given(MAPS, MAPS)
def test_sets_are_those_of_the_keys(a: Values, b: Values) -> None:
    first, second = set(a), set(b)
    assert union(a, b).keys() == first | second
    assert intersection(a, b).keys() == first & second
    assert diff(a, b).keys() == first - second
    assert symdiff(a, b).keys() == first ^ second
    assert is_subset(a, b) is (first <= second)
    assert is_disjoint(a, b) is first.isdisjoint(second)


@few
@given(MAPS, MAPS)
def test_values_are_those_of_the_map_that_counts(a: Values, b: Values) -> None:
    assert union(a, b) == {**a, **b}
    assert all(a[key] == value for key, value in intersection(a, b).items())
    assert all((a | b)[key] == value for key, value in symdiff(a, b).items())
