"""Whether a repeated part can read a text in two ways, and how many branches may fit one text."""

from __future__ import annotations

import pytest

from salver.formats.pmml.regex.ambiguity import branching, is_unambiguous
from salver.formats.pmml.regex.nodes import Choice, Group
from salver.formats.pmml.regex.syntax import PLAIN, read_regex


def node(pattern):
    return read_regex(pattern, PLAIN).node


@pytest.mark.parametrize(
    "pattern",
    ["a", "ab", "a|b", r"\w+\s", "ab*", "a?b", "(ab|cd)+e", r"\d{1,3}\.", "a(bc)*d", "(?!x)a", r"\ba", "a{3}b{2,4}"],
)
def test_one_way(pattern):
    assert is_unambiguous(node(pattern))


@pytest.mark.parametrize(
    "pattern",
    ["a*", "a+", "a|a", "a|ab", "[ab]|b", "a?", "", "(a|)", r"\w+\s?", "a*b*", "ab|a", "(a+b)*", r"(a)\1", "a{0,400}b"],
)
def test_several_ways(pattern):
    assert not is_unambiguous(node(pattern))


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("a|b|c", 1),
        ("the|too|then", 2),
        ("a|a|a", 3),
        ("a|ab|abc|b", 3),
        (r"\s+|$", 2),
        ("a|[ab]", 2),
        ("a+|ab", 2),
        ("|a", 2),
    ],
)
def test_branches_that_fit_together(pattern, count):
    choice = node(pattern)
    while isinstance(choice, Group):
        choice = choice.part
    assert isinstance(choice, Choice)
    assert branching(choice.branches) == count
