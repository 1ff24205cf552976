"""The matcher of bounded time finds what Python's does."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from salver.formats.pmml.regex import machine
from salver.formats.pmml.regex.machine import Machine, NotRegularError, TooLongError
from salver.formats.pmml.regex.python import as_python
from salver.formats.pmml.regex.syntax import PLAIN, read_regex


def compiled(pattern):
    syntax = read_regex(pattern, PLAIN)
    return Machine(syntax.node, syntax.groups), re.compile(as_python(syntax.node))


ATOMS = st.sampled_from(["a", "b", "c", "[ab]", ".", "[^a]", r"\b", r"\B", "^", "$", r"\s", "(?m:a$)"])
TIMES = st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{1,2}", "{2}", "{0,3}?", "{1,}"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, TIMES).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        inner.map(lambda part: f"({part})"),
    ),
    max_leaves=8,
)


@given(PATTERNS, st.text("abc \n", max_size=8))
@settings(max_examples=60, deadline=None, derandomize=True)
@example("(a|ab)(c|bcd)(d*)", "abcd")
@example("(a*)(b?)", "aab")
@example("(?:a|b)*?b", "aab")
def test_the_same_as_pythons(pattern, text):
    ours, pythons = compiled(pattern)
    first = pythons.search(text)
    match = next(ours.matches(text), None)
    assert (match and match[:2]) == (first and first.span())


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("(a)|(b)", "ba"), ("(a|ab)(c|bcd)?", "abcd"), ("((a)(b)?)+", "aba"), ("(?:(a)|b)*", "ab"), ("x(y*)z", "xyyz")],
)
def test_groups(pattern, text):
    ours, pythons = compiled(pattern)
    spans = [limit for span in pythons.search(text).regs for limit in span]
    assert list(next(ours.matches(text))) == spans


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("a", "banana", [(1, 2), (3, 4), (5, 6)]),
        ("x*", "axb", [(0, 0), (1, 2), (2, 2), (3, 3)]),
        ("", "ab", [(0, 0), (1, 1), (2, 2)]),
        ("a|", "ab", [(0, 1), (1, 1), (2, 2)]),
        ("(a|b)*c|a", "abab", [(0, 1), (2, 3)]),
    ],
)
def test_all_matches(pattern, text, wanted):
    assert [match[:2] for match in compiled(pattern)[0].matches(text)] == wanted


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * 2000 + "!"),
        ("(a|a)*b", "a" * 2000),
        ("(a|aa)+$", "a" * 2000 + "b"),
        ("(.*)*x", "a" * 2000),
        ("(x+x+)+y", "x" * 2000),
        ("a?" * 30 + "a{30}b", "a" * 30),
        (".*foo.*bar", "foo" * 700),
    ],
)
def test_steps_are_bounded(pattern, text, monkeypatch):
    """A few for each character and each choice of the pattern."""
    monkeypatch.setattr(machine, "_MAX_STEPS", 100 * len(text) + 10_000)
    assert next(compiled(pattern)[0].matches(text), None) is None


def test_a_text_may_be_too_long(monkeypatch):
    ours = compiled("(a|a)*b")[0]
    monkeypatch.setattr(machine, "_MAX_STEPS", 100)
    with pytest.raises(TooLongError):
        list(ours.matches("a" * 200))
    monkeypatch.setattr(machine, "_MAX_MARKS", 100)
    with pytest.raises(TooLongError):
        list(ours.matches("a" * 200))


@pytest.mark.parametrize("pattern", ["(?=a)", "(?<!a)b", r"(a)\1", "a++", "(?>a)", "(a{1000}){1000}"])
def test_what_it_does_not_match(pattern):
    with pytest.raises(NotRegularError):
        compiled(pattern)


def test_many_branches_are_told_apart_by_the_next_character():
    words = [f"{letter}{other}" for letter in "abcdefghij" for other in "abcdefghij"]
    ours, pythons = compiled(rf"\b({'|'.join(words)})\b")
    text = "ab cd zz ja jz ij"
    assert [text[match[0] : match[1]] for match in ours.matches(text)] == pythons.findall(text)


def test_it_remembers_a_bounded_number_of_characters(monkeypatch):
    monkeypatch.setattr(machine, "_MAX_KNOWN", 4)
    ours = compiled("[^a]*a|b")[0]
    assert next(ours.matches("0123456789a"))[:2] == (0, 11)
