"""Sets of characters."""

from __future__ import annotations

import re
import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pmml.regex import charsets
from salver.formats.pmml.regex.charsets import ANY, EMPTY, CharSet
from salver.formats.pmml.regex.properties import category, named

CODES = st.integers(0, 40)
PAIRS = st.tuples(CODES, CODES).map(lambda pair: (min(pair), max(pair)))
SETS = st.lists(PAIRS).map(lambda ranges: charsets.of(*ranges))
some = settings(max_examples=30, deadline=None, derandomize=True)


def members(chars: CharSet) -> set[int]:
    return {code for low, high in chars for code in range(low, min(high, 60) + 1)}


@some
@given(SETS, SETS)
def test_operations_are_those_of_sets(first, second):
    assert members(charsets.union(first, second)) == members(first) | members(second)
    assert members(charsets.common(first, second)) == members(first) & members(second)
    assert members(charsets.negated(first)) == set(range(61)) - members(first)
    assert charsets.overlap(first, second) == bool(members(first) & members(second))
    assert [charsets.holds(first, code) for code in range(61)] == [code in members(first) for code in range(61)]


@some
@given(SETS)
def test_ranges_are_in_order_and_apart(chars):
    assert all(high + 1 < low for (_, high), (low, _) in pairwise(chars))


@some
@given(SETS)
def test_python_reads_them_so(chars):
    pattern = re.compile(charsets.as_python(chars))
    assert {code for code in range(61) if pattern.fullmatch(chr(code))} == members(chars)


def test_all_and_nothing():
    assert charsets.negated(ANY) == EMPTY
    assert charsets.negated(EMPTY) == ANY
    assert re.fullmatch(charsets.as_python(ANY), chr(sys.maxunicode))
    assert not re.search(charsets.as_python(EMPTY), "a")


@pytest.mark.parametrize(
    ("chars", "ascii_only", "wanted"),
    [("aB1", True, "AaBb1"), ("ä", True, "ä"), ("ä", False, "äÄ"), ("k", False, "kK"), ("ß", False, "ß")],
)
def test_cases(chars, ascii_only, wanted):
    assert charsets.without_case(charsets.chars(chars), ascii_only=ascii_only) == charsets.chars(wanted)


def test_cases_of_a_large_set():
    no_upper = charsets.negated(charsets.of((65, 90)))
    assert charsets.holds(charsets.without_case(no_upper, ascii_only=True), ord("A"))


# Names.


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("L", "aÄж", "1 _"),
        ("Lu", "AÄ", "aä"),
        ("IsL", "aÄ", "1"),
        ("Nd", "1٣", "a"),
        ("P", "!«", "a$"),
        ("Punct", "!$", "a«"),
        ("Alpha", "aZ", "ä1"),
        ("Lower", "a", "Aä"),
        ("javaLowerCase", "aä", "A"),
        ("IsAlphabetic", "aä", "1"),
        ("IsPunctuation", "!«", "$"),
        ("general_category=Lu", "A", "a"),
        ("Space", " \t", "a\u00a0"),
        ("XDigit", "1aF", "g"),
    ],
)
def test_properties(name, inside, outside):
    found = named(name)
    assert found is not None
    assert all(charsets.holds(found, ord(char)) for char in inside)
    assert not any(charsets.holds(found, ord(char)) for char in outside)


@pytest.mark.parametrize("name", ["Greek", "IsGreek", "Xx", "", "InGreek"])
def test_properties_that_are_not_known(name):
    assert named(name) is None


def test_categories_are_unicodes():
    letters = category("Lt")
    assert letters is not None
    assert all(unicodedata.category(chr(code)) == "Lt" for low, high in letters for code in range(low, high + 1))
