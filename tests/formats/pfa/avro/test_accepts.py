"""Which types fit where others are wanted (PFA 0.8.1, "Type resolution, promotion, and covariance")."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pfa.avro.accepts import NoSupertype, accepts, optional, supertype
from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BOTTOM,
    BYTES,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    NULL,
    NUMBERS,
    PRIMITIVES,
    STRING,
    Array,
    Enum,
    Field,
    Fixed,
    Function,
    Map,
    Record,
    Type,
    Union,
)

RED = Enum("Colour", ["red", "white"])
HASH = Fixed("Hash", 16)
POINT = Record("Point", [Field("x", DOUBLE), Field("y", DOUBLE)])
LINE = Record("Line", [Field("from", POINT), Field("to", POINT)])
FEW = settings(max_examples=50, deadline=None)
NAMED = (RED, HASH, POINT, LINE)


def unions_of(types: list[Type]) -> Type:
    """A union of types of different tags that are no unions; the type itself where one is left."""
    by_tag = {one.tag: one for one in types if not isinstance(one, Union)}
    return Union(list(by_tag.values())) if len(by_tag) > 1 else next(iter(by_tag.values()), NULL)


TYPES = st.recursive(
    st.sampled_from([*PRIMITIVES.values(), *NAMED]),
    lambda inner: inner.map(Array) | inner.map(Map) | st.lists(inner, min_size=2, max_size=4).map(unions_of),
    max_leaves=6,
)


@pytest.mark.parametrize("wider", range(4))
@pytest.mark.parametrize("narrower", range(4))
def test_numbers_are_promoted_one_way(narrower: int, wider: int) -> None:
    assert accepts(NUMBERS[wider], NUMBERS[narrower]) == (narrower <= wider)


@pytest.mark.parametrize(
    ("wanted", "given"), [(STRING, BYTES), (INT, BOOLEAN), (BOOLEAN, INT), (STRING, RED), (BYTES, HASH)]
)
def test_other_kinds_are_not_converted(wanted: Type, given: Type) -> None:
    assert not accepts(wanted, given)


def test_arrays_and_maps_are_covariant() -> None:
    assert accepts(Array(DOUBLE), Array(INT))
    assert not accepts(Array(INT), Array(DOUBLE))
    assert accepts(Map(Array(DOUBLE)), Map(Array(LONG)))
    assert not accepts(Map(INT), Array(INT))


def test_a_union_accepts_its_branches_and_smaller_unions() -> None:
    wanted = Union([NULL, DOUBLE, STRING])
    assert accepts(wanted, NULL)
    assert accepts(wanted, INT)
    assert accepts(wanted, Union([INT, STRING]))
    assert not accepts(wanted, Union([INT, BOOLEAN]))


def test_a_union_fits_where_every_branch_does() -> None:
    assert accepts(DOUBLE, Union([INT, FLOAT]))
    assert not accepts(DOUBLE, Union([INT, NULL]))


def test_named_types_go_by_their_names() -> None:
    assert accepts(POINT, Record("Point", [Field("x", INT), Field("y", INT), Field("z", INT)]))
    assert not accepts(POINT, Record("Point", [Field("x", DOUBLE)]))
    assert not accepts(POINT, Record("Point", POINT.fields, "other"))
    assert accepts(RED, Enum("Colour", ["white"]))
    assert not accepts(Enum("Colour", ["white"]), RED)
    assert not accepts(HASH, Fixed("Hash", 8))


def test_a_field_that_is_not_there_must_have_a_default() -> None:
    wanted = Record("Point", [Field("x", DOUBLE), Field("y", DOUBLE, 0.0)])
    assert accepts(wanted, Record("Point", [Field("x", DOUBLE)]))


def test_records_that_hold_themselves_are_compared_to_the_end() -> None:
    def tree(of: Type) -> Record:
        made = Record("Tree")
        made.fields = (Field("value", of), Field("left", Union([NULL, made])))
        return made

    assert accepts(tree(DOUBLE), tree(INT))
    assert not accepts(tree(INT), tree(DOUBLE))


def test_a_function_fits_that_takes_more_and_gives_less() -> None:
    wanted = Function([INT], DOUBLE)
    assert accepts(wanted, Function([DOUBLE], INT))
    assert not accepts(wanted, Function([INT, INT], DOUBLE))
    assert not accepts(Function([DOUBLE], DOUBLE), Function([INT], DOUBLE))
    assert not accepts(wanted, INT)
    assert not accepts(INT, wanted)


@given(TYPES)
@FEW
def test_what_never_gives_a_value_fits_nowhere(of: Type) -> None:
    assert not accepts(of, BOTTOM)
    assert accepts(BOTTOM, BOTTOM)


@given(TYPES)
@FEW
def test_every_type_accepts_itself(of: Type) -> None:
    assert accepts(of, of)


@given(TYPES, TYPES, TYPES)
@FEW
def test_what_is_accepted_by_what_is_accepted_is_accepted(one: Type, two: Type, three: Type) -> None:
    if accepts(one, two) and accepts(two, three):
        assert accepts(one, three)


@given(st.lists(TYPES, min_size=1, max_size=4))
@FEW
def test_a_supertype_accepts_all_of_which_it_is_one(types: list[Type]) -> None:
    try:
        found = supertype(types)
    except NoSupertype:
        return
    assert all(accepts(found, one) for one in types)


@given(TYPES, TYPES)
@FEW
def test_the_supertype_of_two_of_which_one_has_the_other_is_that_one(one: Type, other: Type) -> None:
    if accepts(one, other):
        assert accepts(one, supertype([one, other]))


@given(st.lists(TYPES, min_size=1, max_size=4))
@FEW
def test_a_supertype_is_a_type_that_avro_has(types: list[Type]) -> None:
    try:
        found = supertype(types)
    except NoSupertype:
        return
    _assert_sound(found)


def _assert_sound(of: Type) -> None:
    if isinstance(of, Union):
        tags = [branch.tag for branch in of.types]
        assert len(set(tags)) == len(tags), of
        assert "union" not in tags
        for branch in of.types:
            _assert_sound(branch)
    elif isinstance(of, Array):
        _assert_sound(of.items)
    elif isinstance(of, Map):
        _assert_sound(of.values)


@pytest.mark.parametrize(
    ("types", "wanted"),
    [
        ([INT, DOUBLE], DOUBLE),
        ([INT, LONG, FLOAT], FLOAT),
        ([INT, STRING], Union([INT, STRING])),
        ([NULL, NULL], NULL),
        ([Array(INT), Array(DOUBLE)], Array(DOUBLE)),
        ([Array(INT), Array(STRING)], Array(Union([INT, STRING]))),
        ([Map(NULL), Map(INT)], Map(Union([NULL, INT]))),
        ([Union([NULL, INT]), DOUBLE], Union([NULL, DOUBLE])),
        ([DOUBLE, Union([NULL, INT])], Union([DOUBLE, NULL])),
        ([POINT, NULL], Union([POINT, NULL])),
        ([BOTTOM, INT], INT),
    ],
)
def test_the_supertype_is_the_narrowest_there_is(types: list[Type], wanted: Type) -> None:
    assert supertype(types) == wanted


@pytest.mark.parametrize(
    "types",
    [
        [],
        [BOTTOM],
        [RED, Enum("Size", ["small"])],
        [HASH, Fixed("Other", 16)],
        [RED, NULL, Enum("Size", ["small"])],
        [INT, Function([INT], INT)],
        [Function([INT], INT), Function([LONG], INT)],
    ],
)
def test_some_types_have_no_supertype(types: list[Type]) -> None:
    with pytest.raises(NoSupertype):
        supertype(types)


def test_the_same_function_type_twice_is_its_own_supertype() -> None:
    assert supertype([Function([INT], INT), Function([INT], INT)]) == Function([INT], INT)


def test_what_may_be_null_says_so_once() -> None:
    assert optional(INT) == Union([INT, NULL])
    assert optional(Union([NULL, INT])) == Union([NULL, INT])
    assert optional(NULL) == NULL
