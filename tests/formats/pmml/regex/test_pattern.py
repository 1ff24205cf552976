"""Patterns: found, replaced, and never for long."""

from __future__ import annotations

import time

import pytest

from salver.formats.pmml.regex import pattern as module
from salver.formats.pmml.regex.machine import TooLongError
from salver.formats.pmml.regex.pattern import Pattern
from salver.formats.pmml.regex.syntax import BadRegex


def replaced(pattern, template, text):
    compiled = Pattern(pattern)
    return compiled.replaced(text, compiled.template(template))[0]


@pytest.mark.parametrize(
    ("pattern", "template", "text", "wanted"),
    [
        ("(X)(b)", "$2$1", "aXbXc", "abXXc"),
        ("[aeiou]", "*", "Hello World", "H*ll* W*rld"),
        ("a", r"\$\\", "a", "$\\"),
        ("(?<first>a)", "${first}${first}", "a", "aa"),
        ("(a)", "$12", "a", "a2"),
        ("(a)|(b)", "<$1$2>", "ab", "<a><b>"),
        ("b", "$0$0", "abc", "abbc"),
        ("x*", "-", "axb", "-a--b-"),
        ("a", "", "banana", "bnn"),
        ("z", "y", "banana", "banana"),
    ],
)
def test_replaced(pattern, template, text, wanted):
    assert replaced(pattern, template, text) == wanted


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("$1", "there is no group 1"),
        ("$", "refers to no group"),
        ("${x}", "refers to no group"),
        ("a\\", "refers to no"),
    ],
)
def test_templates_that_are_refused(template, reason):
    with pytest.raises(BadRegex, match=reason):
        Pattern("a").template(template)


def test_long_texts_are_matched_as_short_ones():
    """The one by Python's matcher, the other not."""
    pattern = Pattern(r"(\w+)\s*=\s*(\w+);?")
    text = "a = b; "
    template = pattern.template("$2:$1")
    once = pattern.replaced(text, template)[0]
    assert pattern.replaced(text * 3000, template) == (once * 3000, 3000)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * 30 + "!"),
        ("(a|a)*b", "a" * 1000),
        ("(.*)*x", "a" * 1000),
        ("(a|aa)+$", "a" * 1000 + "b"),
        (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 1000),
        (r"(\w*\s?)*!", "word " * 200),
        (r"(?=(a+)+b)", None),
        (r"((a+)+)\1b", None),
        (r"(?:(?!(a|a)*b).)*c", None),
    ],
)
def test_no_pattern_takes_long(pattern, text):
    """It is refused when it is loaded, or answers in milliseconds."""
    started = time.perf_counter()
    if text is None:
        with pytest.raises(BadRegex, match="matching it could take exponential time"):
            Pattern(pattern)
    else:
        assert not Pattern(pattern).is_in(text)
    assert time.perf_counter() - started < 2


def test_what_can_only_be_matched_by_going_back_has_a_longest_text():
    pattern = Pattern(r"(\d+)-\1x")
    assert pattern.is_in("12-12x")
    with pytest.raises(TooLongError, match=r"a text of 9,000 characters is too long for the pattern"):
        pattern.is_in("1" * 9000)


def test_texts_do_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(module, "_MAX_RESULT", 2000)
    pattern = Pattern("a")
    with pytest.raises(TooLongError, match="becomes longer than 2,000 characters by 'a'"):
        pattern.replaced("a" * 30, pattern.template("$0" * 100))


@pytest.mark.parametrize(("pattern", "template"), [("b", r"\\$0\$"), ("(a)|b", "<$1>"), ("[ab]+", ""), ("ab", "$0$0")])
def test_the_short_way_and_the_long_one(pattern, template):
    compiled = Pattern(pattern)
    filled = compiled.template(template)
    text = "aab bca"
    pieces = [match[:2] for match in compiled.matches(text)]
    wanted, end = "", 0
    for match in compiled.matches(text):
        wanted += text[end : match[0]] + filled.filled(text, match)
        end = match[1]
    assert compiled.replaced(text, filled) == (wanted + text[end:], len(pieces))
