"""Numbers by a pattern of printf. Wanted are what java.util.Formatter gives."""

from __future__ import annotations

import math

import pytest

from salver.formats.pmml.functions.number_format import BadFormat, read_number_format


@pytest.mark.parametrize(
    ("pattern", "number", "wanted"),
    [
        ("%d", 7.0, "7"),
        ("%3d", 2.0, "  2"),
        ("%-3d|", 2.0, "2  |"),
        ("%03d", -2.0, "-02"),
        ("%+d", 2.0, "+2"),
        ("% d", 2.0, " 2"),
        ("%,d", 1234567.0, "1,234,567"),
        ("%(d", -2.0, "(2)"),
        ("%x", 255.0, "ff"),
        ("%o", 8.0, "10"),
        ("%f", 1.5, "1.500000"),
        ("%.2f", 0.125, "0.13"),
        ("%.1f", 0.25, "0.3"),
        ("%.0f", 2.5, "3"),
        ("%.2f", 1.005, "1.01"),
        ("%.2f", -0.125, "-0.13"),
        ("%8.3f", math.pi, "   3.142"),
        ("%08.3f", -math.pi, "-003.142"),
        ("%,.2f", 1234567.891, "1,234,567.89"),
        ("%.3e", 12345.678, "1.235e+04"),
        ("%E", 1.0, "1.000000E+00"),
        ("%.2f", 1e20, "100000000000000000000.00"),
        ("%s", 7.0, "7.0"),
        ("%d%%", 7.0, "7%"),
        ("no. %d of %d", 7.0, "no. 7 of 7"),
        ("%1$d", 7.0, "7"),
        ("%d", math.inf, "Infinity"),
        ("%06.1f", -math.inf, "-Infinity"),
        ("nothing", 7.0, "nothing"),
    ],
)
def test_by_hand(pattern, number, wanted):
    assert read_number_format(pattern)(number) == wanted


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("%", "no conversion at character 1"),
        ("a %q", "%q is not known"),
        ("%99999999999d", "more than 1000"),
        ("%.5000f", "more than 1000"),
    ],
)
def test_what_is_refused(pattern, reason):
    with pytest.raises(BadFormat, match=reason):
        read_number_format(pattern)
