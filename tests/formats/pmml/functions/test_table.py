"""The table of built-in functions."""

from __future__ import annotations

import pytest

from salver.formats.pmml.functions.table import FUNCTIONS, built_in

_STANDARD = """
+ - * / min max sum avg median product log10 ln sqrt abs exp pow threshold floor ceil round modulo
isMissing isNotMissing isValid isNotValid equal notEqual lessThan lessOrEqual greaterThan greaterOrEqual and or not
isIn isNotIn if uppercase lowercase stringLength substring trimBlanks concat replace matches formatNumber
formatDatetime dateDaysSinceYear dateSecondsSinceYear dateSecondsSinceMidnight normalCDF normalPDF stdNormalCDF
stdNormalPDF erf normalIDF stdNormalIDF expm1 hypot ln1p rint sin asin sinh cos acos cosh tan atan tanh
"""
STANDARD = _STANDARD.split()
"""Of PMML 4.4.1."""


@pytest.mark.parametrize("name", STANDARD)
def test_the_standard_functions_are_there(name):
    assert built_in(name) is FUNCTIONS[name]


@pytest.mark.parametrize("name", ["x-atan2", "x-expm1", "x-hypot", "x-ln1p", "x-modulo", "x-rint", "x-sin", "x-tanh"])
def test_and_those_that_were_not_yet(name):
    assert built_in(name) is FUNCTIONS[name[2:]]


def test_others_are_not():
    assert built_in("numpy.sign") is None
