"""The notation of Java and PCRE. Wanted are what java.util.regex finds."""

from __future__ import annotations

import pytest

from salver.formats.pmml.regex.pattern import Pattern
from salver.formats.pmml.regex.syntax import PLAIN, BadRegex, Flags, read_regex


def found(pattern, text, flags=PLAIN):
    """All that matches."""
    return [text[match[0] : match[1]] for match in Pattern(pattern, flags).matches(text)]


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        (r"\d+", "12 ٣", ["12"]),
        (r"\w+", "a_1 é", ["a_1"]),
        (r"\s", "a\u00a0b c", [" "]),
        (r"\D\S\W", "a!?", ["a!?"]),
        (r"\h\v", "\u00a0\n", ["\u00a0\n"]),
        (r".", "a\nb\r\u2028", ["a", "b"]),
        (r"(?s).", "a\n", ["a", "\n"]),
        (r"^b$", "a\nb", []),
        (r"(?m)^b$", "a\nb\nc", ["b"]),
        (r"a$", "a\n", ["a"]),
        (r"a\z", "a\n", []),
        (r"a\Z", "a\n", ["a"]),
        (r"\Aa", "aa", ["a"]),
        (r"\bé\b", "é éa", ["é"]),
        (r"a\Bb", "ab", ["ab"]),
        (r"[a-c&&[^b]]+", "abc", ["a", "c"]),
        (r"[a[xy]]+", "axb", ["ax"]),
        (r"[^a-c]", "abcd", ["d"]),
        (r"[]a]+", "]a", ["]a"]),
        (r"[a\]-]+", "a]-", ["a]-"]),
        (r"[-a]+", "-a", ["-a"]),
        (r"[\d.]+", "1.5", ["1.5"]),
        (r"[[:alpha:][:^digit:]]", "a1!", ["a", "!"]),
        (r"[\Q]-\E]+", "]-", ["]-"]),
        (r"\Qa.b\E+", "a.bbb a+b", ["a.bbb"]),
        (r"\Qa.b", "a.b", ["a.b"]),
        (r"\p{Lu}\p{L}*", "Äb c", ["Äb"]),
        (r"\pL\PL", "a1", ["a1"]),
        (r"\P{Punct}", "!a", ["a"]),
        (r"\p{^Lu}", "Aa", ["a"]),
        (r"\x41\u0042\x{43}\0104\cA", "ABCD\x01", ["ABCD\x01"]),
        (r"\t\n\r\f\a\e", "\t\n\r\f\a\x1b", ["\t\n\r\f\a\x1b"]),
        (r"\.\*\(", ".*(", [".*("]),
        (r"\R", "\r\n\n", ["\r\n", "\n"]),
        (r"a{2}b{1,}c{0,1}", "aabbc", ["aabbc"]),
        (r"a+?", "aa", ["a", "a"]),
        (r"a++a", "aa", []),
        (r"(?>a+)a", "aa", []),
        (r"(a)\1", "aa ab", ["aa"]),
        (r"(?<x>a)\k<x>", "aa", ["aa"]),
        (r"(a)(b)\21", "abb1", ["abb1"]),
        (r"a(?=b)", "ab ac", ["a"]),
        (r"a(?!b)", "ab ac", ["a"]),
        (r"(?<=b)a", "ba a", ["a"]),
        (r"(?<!b)a", "ba ca", ["a"]),
        (r"(?:ab)+", "abab", ["abab"]),
        (r"(?i)aB", "AB Äb", ["AB"]),
        (r"(?i:a)b", "Ab AB", ["Ab"]),
        (r"a(?i)b", "aB AB", ["aB"]),
        (r"(?i)a(?-i)b", "Ab AB", ["Ab"]),
        (r"(a|(?i)b)c", "Bc BC", ["Bc"]),
        (r"(?iu)ä", "Ä", ["Ä"]),
        (r"(?i)ä", "Ä", []),
        (r"(?i)[^a]", "Ab", ["b"]),
        (r"a|b|", "ab", ["a", "b", ""]),
        (r"", "ab", ["", "", ""]),
        (r"x*", "axb", ["", "x", "", ""]),
    ],
)
def test_what_matches(pattern, text, wanted):
    assert found(pattern, text) == wanted


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a", r"a group is not closed \(at character 3\)"),
        ("a)", "there is no group that this"),
        ("[a", "it ends too early"),
        ("*a", r"there is nothing that \* repeats \(at character 1\)"),
        ("a{2", "there is no }"),
        ("a{x}", "a { must be followed by numbers"),
        ("a{3,2}", "a part is repeated 3,2 times"),
        ("a{99999}", "at most 1000 are supported"),
        ("\\", "it ends too early"),
        (r"\y", r"\\y is not known"),
        (r"\p{Greek}", "the property Greek is not supported"),
        ("[[:nope:]]", "the class nope is not supported"),
        ("[z-a]", "this is no range of characters"),
        (r"[\d-z]", "this is no range of characters"),
        (r"\x4", "this is no character"),
        (r"\x{110000}", "this is no character"),
        (r"(a)\2", "there is no group 2 before this"),
        (r"\k<n>", "there is no group n"),
        ("(?<n>a)(?<n>b)", "there are two groups n"),
        ("(?x)a", "the flags x and U are not supported"),
        ("(?#a)", "there is no :"),
        ("(" * 60 + ")" * 60, "nested deeper than 50"),
        ("[" * 60, "nested deeper than 50"),
        ("a" + "{1}" * 60, "too much is repeated"),
        ("a" * 30_000, "more than 20,000"),
        ("(?<=a*)b", "it is not supported: look-behind requires fixed-width pattern"),
    ],
)
def test_what_is_refused(pattern, reason):
    with pytest.raises(BadRegex, match=reason):
        Pattern(pattern)


def test_flags_from_outside():
    assert found("a", "A", Flags(ignore_case=True)) == ["A"]
    assert found("ä", "Ä", Flags(ignore_case=True)) == []
    assert found("ä", "Ä", Flags(ignore_case=True, unicode_case=True)) == ["Ä"]


def test_groups_are_counted():
    syntax = read_regex("(a)(?:b)(?<name>c(d))", PLAIN)
    assert syntax.groups == 3
    assert syntax.names == {"name": 2}
