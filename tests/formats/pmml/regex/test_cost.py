"""How long a backtracking matcher may take: what is known never to go wrong, and what is known to."""

from __future__ import annotations

import re
import time

import pytest

from salver.formats.pmml.regex.cost import MAX_TEXT, longest_text
from salver.formats.pmml.regex.python import as_python
from salver.formats.pmml.regex.syntax import PLAIN, read_regex


def limit(pattern):
    return longest_text(read_regex(pattern, PLAIN).node)


@pytest.mark.parametrize(
    "pattern",
    [
        "abc",
        "[aeiou]",
        "^[A-Z].*o",
        r"\s+",
        r"[\s\-]+",
        r"^(\d{1,3}\.){3}\d{1,3}$",
        "interface be (user_friendly|well designed|excellent)",
        "is|are|seem(ed|s?)|were",
        r"\d{4}-\d{2}-\d{2}",
        "(ab|a)(c|bcd)(d*)",
        "(?i)cats?",
        r"^\s*\w+",
    ],
)
def test_linear(pattern):
    assert limit(pattern) == MAX_TEXT


@pytest.mark.parametrize(
    "pattern",
    [
        r"\s+$",
        "^.*foo.*bar$",
        r"(\w+\s)*x",
        r"\d+(\.\d+)?x",
        r"(^|\s+)\p{Punct}*(the|too)\p{Punct}*(\s+|$)",
        r"([a-z]+\.)*[a-z]+@([a-z]+\.)+com",
        r"(.)\1+",
        r"(?:(?!x).)*y",
    ],
)
def test_quadratic(pattern):
    assert 500 < limit(pattern) < 10_000


@pytest.mark.parametrize(
    "pattern", [".*foo.*bar", r"^\s*(\w+)\s*=\s*(.*?)\s*$", r"\s*\s*x", r"a*b?a*x", r"\d*\d*x\s*\s*y"]
)
def test_cubic(pattern):
    assert 20 < limit(pattern) < 500


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a*)*b",
        "(a|a)*b",
        "(a|aa)+$",
        "(.*)*x",
        "(x+x+)+y",
        "(a|b|ab)*c",
        "(a?){50}b",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
        r"(\w|\d)+x",
        "a?" * 30 + "a" * 30,
        "(|a)+b",
        "((a|a)(a|a)){9}" * 2 + "b",
        r"(?=(a+)+$)a",
        "(?:(?!(a+)+b).)*c",
        "(a{2,}){2,}b",
    ],
)
def test_exponential(pattern):
    assert limit(pattern) < 20


@pytest.mark.parametrize("pattern", [r"\s+$", ".*foo.*bar", "(?:[^a])+[^a]c", r"(?:a)*?$b", "(a{2,5}b?)*c"])
@pytest.mark.slow
def test_within_the_limit_it_does_not_take_long(pattern):
    compiled, length = re.compile(as_python(read_regex(pattern, PLAIN).node)), limit(pattern)
    for text in (" ", "a", "ab", "foo"):
        started = time.perf_counter()
        compiled.search((text * length)[:length])
        assert time.perf_counter() - started < 5


def test_a_long_pattern_counts():
    """Each start of the search may compare it as a whole."""
    assert limit("a" * 10_000 + "b") < MAX_TEXT / 10
    assert limit("a{1000}b") < MAX_TEXT


def test_branches_count():
    words = "|".join(f"{letter}{other}x" for letter in "abcdefghij" for other in "abcdefghij")
    assert limit(rf"\s+({words})") < limit(r"\s+(ax)") / 3


def test_too_many_loops():
    assert limit("".join(f"{letter}*1" for letter in "abcdefghijklmnopqrstuvwxyz" * 3)) == 0
