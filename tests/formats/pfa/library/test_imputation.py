import math

import pytest
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import DOUBLE, FLOAT, INT, NULL, STRING, Type, Union

MAYBE = Union([NULL, INT])


def test_null_is_an_error_and_anything_else_itself() -> None:
    present = made("impute.errorOnNull", MAYBE)
    assert present(("int", 3)) == 3
    fails(21000, lambda: present(None))
    assert made("impute.errorOnNull", INT)(3) == 3
    fails(21000, lambda: made("impute.errorOnNull", NULL)(None))


def test_null_is_replaced() -> None:
    present = made("impute.defaultOnNull", MAYBE, INT)
    assert present(("int", 3), 12) == 3
    assert present(None, 12) == 12


def test_what_is_there_becomes_of_the_type_of_the_default() -> None:
    found = made("impute.defaultOnNull", MAYBE, DOUBLE)(("int", 3), 1.5)
    assert found == 3.0
    assert isinstance(found, float)
    either = made("impute.defaultOnNull", MAYBE, Union([INT, STRING]))
    assert either(("int", 3), ("string", "none")) == ("int", 3)
    assert either(None, ("string", "none")) == ("string", "none")


@pytest.mark.parametrize("of", [FLOAT, DOUBLE])
def test_numbers_are_told_from_what_is_none(of: Type) -> None:
    for x in (1.0, math.nan, math.inf, -math.inf):
        assert made("impute.isnan", of)(x) is (x != x)
        assert made("impute.isinf", of)(x) is (abs(x) == math.inf)
        assert made("impute.isnum", of)(x) is (x == 1.0)
        assert made("impute.defaultOnNonNum", of, of)(x, 7.0) == (1.0 if x == 1.0 else 7.0)


def test_what_is_no_number_is_an_error_each_of_its_own() -> None:
    number = made("impute.errorOnNonNum", DOUBLE)
    assert number(1.5) == 1.5
    fails(21050, lambda: number(math.nan))
    fails(21051, lambda: number(math.inf))
    fails(21052, lambda: number(-math.inf))
