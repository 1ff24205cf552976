import math
import operator

from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, record, tree_type

from salver.formats.pfa.avro.types import (
    BYTES,
    DOUBLE,
    INT,
    LONG,
    NULL,
    STRING,
    Array,
    Enum,
    Map,
    Union,
)
from salver.formats.pfa.library import tree_tests
from salver.formats.pfa.library.tree_tests import OPERATORS, NodeTests, Rules

compare = tree_tests.field_test
SIMPLE = Rules(1, 2)
MISSING = Rules(1, 2, passes_missing=True)
NUMBER_OR_TEXT = Union([INT, DOUBLE, STRING])
MAYBE = Union([NULL, DOUBLE])
NUMBERS = st.floats() | st.integers(-5, 5).map(float)


def bad_operator(made: tree_tests.Test, x: object, value: object) -> None:
    fails(1, lambda: made(x, value))


def bad_value(made: tree_tests.Test, x: object, value: object) -> None:
    fails(2, lambda: made(x, value))


@settings(max_examples=40, deadline=None)
@given(NUMBERS, NUMBERS, st.sampled_from(sorted(OPERATORS)))
def test_numbers_compare_as_ieee_754_has_it(x: float, value: float, name: str) -> None:
    expected = OPERATORS[name](x, value)
    assert compare(DOUBLE, DOUBLE, name, SIMPLE)(x, value) is expected
    assert compare(DOUBLE, NUMBER_OR_TEXT, name, SIMPLE)(x, ("double", value)) is expected
    assert compare(MAYBE, DOUBLE, name, MISSING)(("double", x), value) is expected
    if math.isnan(x):
        assert expected is (name == "!=")


def test_numbers_of_all_types_compare() -> None:
    assert compare(INT, DOUBLE, "<", SIMPLE)(2, 2.5)
    assert compare(DOUBLE, INT, ">", SIMPLE)(2.5, 2)
    assert compare(LONG, Union([LONG, STRING]), "==", SIMPLE)(2**60, ("long", 2**60))


def test_a_value_must_be_one_that_the_field_is_compared_with() -> None:
    bad_value(compare(DOUBLE, STRING, "<", SIMPLE), 1.0, "x")
    bad_value(compare(STRING, DOUBLE, "<", SIMPLE), "x", 1.0)
    bad_value(compare(DOUBLE, NUMBER_OR_TEXT, "<", SIMPLE), 1.0, ("string", "x"))
    bad_value(compare(DOUBLE, MAYBE, "<", SIMPLE), 1.0, None)
    bad_value(compare(DOUBLE, Union([INT, STRING]), "<", SIMPLE), 1.0, ("int", 1))
    bad_value(compare(MAYBE, DOUBLE, "<", SIMPLE), ("double", 1.0), 1.0)
    bad_value(compare(Map(INT), Map(INT), "<", SIMPLE), {}, {})


def test_the_value_is_looked_at_before_the_operator() -> None:
    bad_operator(compare(DOUBLE, DOUBLE, "~", SIMPLE), 1.0, 1.0)
    bad_operator(compare(STRING, STRING, "~", SIMPLE), "x", "x")
    bad_value(compare(DOUBLE, STRING, "~", SIMPLE), 1.0, "x")
    bad_value(compare(DOUBLE, MAYBE, "~", SIMPLE), 1.0, None)


def test_other_values_have_the_order_of_avro() -> None:
    colours = Enum("Colour", ["red", "amber", "green"])
    assert compare(colours, colours, "<", SIMPLE)("red", "amber")
    assert compare(STRING, STRING, "<=", SIMPLE)("abc", "abd")
    assert compare(BYTES, BYTES, ">", SIMPLE)(b"\xff", b"a")
    assert compare(STRING, NUMBER_OR_TEXT, "==", SIMPLE)("x", ("string", "x"))
    assert compare(STRING, NUMBER_OR_TEXT, ">", SIMPLE)("x", ("int", 3))
    assert compare(MAYBE, MAYBE, "<", SIMPLE)(None, ("double", 1.0))
    assert compare(Array(INT), Array(DOUBLE), "<", SIMPLE)([1, 2], [1.0, 2.5])
    bad_value(compare(colours, STRING, "==", SIMPLE), "red", "red")


def test_membership() -> None:
    texts = Array(STRING)
    assert compare(STRING, texts, "in", SIMPLE)("a", ["b", "a"])
    assert not compare(STRING, texts, "notIn", SIMPLE)("a", ["b", "a"])
    assert compare(INT, Array(DOUBLE), "in", SIMPLE)(2, [2.0])
    assert compare(INT, Array(NUMBER_OR_TEXT), "in", SIMPLE)(2, [("int", 2)])
    assert compare(STRING, Union([NULL, texts]), "in", SIMPLE)("a", ("array", ["a"]))
    assert not compare(DOUBLE, Array(DOUBLE), "in", SIMPLE)(math.nan, [math.nan])
    bad_value(compare(STRING, Union([NULL, texts]), "in", SIMPLE), "a", None)
    bad_value(compare(STRING, Array(INT), "in", SIMPLE), "a", [1])
    bad_value(compare(STRING, STRING, "in", SIMPLE), "a", "a")


def test_tests_that_need_no_value() -> None:
    assert compare(STRING, DOUBLE, "alwaysTrue", SIMPLE)("x", 1.0) is True
    assert compare(STRING, DOUBLE, "alwaysFalse", MISSING)(None, 1.0) is False
    assert compare(MAYBE, STRING, "isMissing", SIMPLE)(None, "x") is True
    assert compare(MAYBE, STRING, "notMissing", SIMPLE)(None, "x") is False
    bad_value(compare(MAYBE, STRING, "isMissing", MISSING), None, "x")


def test_missing_values_make_the_answer_unknown_unless_it_was_wrong_anyway() -> None:
    assert compare(MAYBE, DOUBLE, "<", MISSING)(None, 1.0) is None
    assert compare(MAYBE, Array(DOUBLE), "in", MISSING)(None, [1.0]) is None
    assert compare(MAYBE, Array(DOUBLE), "in", MISSING)(("double", 1.0), [1.0]) is True
    assert compare(MAYBE, DOUBLE, "~", MISSING)(None, 1.0) is None
    assert compare(MAYBE, MAYBE, "<", MISSING)(None, None) is None
    bad_value(compare(MAYBE, STRING, "<", MISSING), None, "x")
    several = Union([NULL, DOUBLE, STRING])
    assert compare(several, NUMBER_OR_TEXT, "==", MISSING)(None, ("string", "x")) is None
    assert compare(several, NUMBER_OR_TEXT, "==", MISSING)(("string", "x"), ("string", "x")) is True
    assert compare(DOUBLE, DOUBLE, "==", MISSING)(1.0, 1.0) is True


def test_tests_are_made_once_and_unknown_operators_are_not_kept() -> None:
    datum = record("Datum", x=DOUBLE)
    made = NodeTests(datum, tree_type(datum, DOUBLE, DOUBLE), SIMPLE)
    assert made["x", "<="] is made["x", "<="] is operator.le
    for name in map(str, range(10)):
        bad_operator(made["x", name], 1.0, 1.0)
    assert list(made) == [("x", "<=")]
