"""Functions of texts."""

from __future__ import annotations

import pytest
from pmml_expressions import answers, apply, constant, value, values

from salver.core.errors import BadInput, Unsupported

S = constant


@pytest.mark.parametrize(
    ("xml", "wanted"),
    [
        (apply("uppercase", S("aß")), "ASS"),
        (apply("lowercase", S("ÅB")), "åb"),
        (apply("trimBlanks", S("\t a b \n")), "a b"),
        (apply("trimBlanks", S("\u00a0a")), "\u00a0a"),
        (apply("stringLength", S("größe")), 5),
        (apply("concat", S("a"), 1, S("-"), 2.0, S("")), "a1-2.0"),
        (apply("substring", S("aBc9x"), 2, 3), "Bc9"),
        (apply("substring", S("value"), 1, 0), ""),
        (apply("substring", S("value"), 2, 2147483647), "alue"),
        (apply("substring", S("value"), 6, 1), ""),
        (apply("substring", S("value"), 2147483647, 5), ""),
        (apply("substring", S(""), 1, 0), ""),
        (apply("matches", S("abracadabra"), S("^a.*a$")), True),
        (apply("matches", S("abracadabra"), S("bra")), True),
        (apply("matches", S("abracadabra"), S("^bra")), False),
        (apply("replace", S("BBBB"), S("B+?"), S("c")), "cccc"),
        (apply("replace", S("abracadabra"), S("a(.)"), S("a$1$1")), "abbraccaddabbra"),
        (apply("replace", S("abracadabra"), S("a.*?a"), S("*")), "*c*bra"),
        (apply("replace", S("a.b"), S("[.]"), S(r"\$")), "a$b"),
        (apply("formatNumber", 2, S("%3d")), "  2"),
    ],
)
def test_by_hand(xml, wanted):
    assert value(xml) == wanted


@pytest.mark.parametrize(
    "xml",
    [
        apply("uppercase", "s"),
        apply("stringLength", "s"),
        apply("concat", "s", S("a")),
        apply("concat", S("a"), constant(None)),
        apply("substring", "s", 1, 1),
        apply("substring", S("abc"), "x", 1),
        apply("matches", "s", S("a")),
        apply("matches", S("a"), constant(None)),
        apply("replace", "s", S("a"), S("b")),
        apply("replace", S("a"), S("b"), constant(None)),
        apply("formatNumber", "x", S("%d")),
    ],
)
def test_what_is_missing_stays_so(xml):
    assert values(xml, {"s:string": [None], "x": [None]}) == [None]


def test_a_place_that_no_text_has_refuses_its_row():
    rows = {"x": [0, 1, 1], "y": [1, -1, 1]}
    found, refused = answers(apply("substring", S("abc"), "x", "y"), rows)
    assert found == [None, None, "a"]
    assert refused == {
        0: "substring(abc, 0.0, 1.0) is not defined",
        1: "substring(abc, 1.0, -1.0) is not defined",
    }
    assert values(apply("substring", S("abc"), "x", "y", invalidValueTreatment="asMissing"), rows) == [None, None, "a"]


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (apply("matches", "s", S("(a")), r"the pattern '\(a' is wrong: a group is not closed \(at character 3\)"),
        (apply("replace", "s", S("a"), S("$1")), "the replacement is wrong: there is no group 1"),
        (apply("formatNumber", "x", S("%y")), "the pattern '%y' is wrong: %y is not known"),
    ],
)
def test_wrong_patterns_are_refused_when_loaded(xml, reason):
    with pytest.raises(BadInput, match=reason):
        values(xml, {"s:string": ["a"], "x": [1]})


def test_patterns_do_not_come_with_requests():
    with pytest.raises(Unsupported, match="the pattern of matches must be a constant"):
        values(apply("matches", "s", "s"), {"s:string": ["a"]})


def test_a_text_that_is_too_long_refuses_its_row():
    pattern = S(r"(?=(\d+)(\d+)x)")
    found, refused = answers(apply("replace", "s", pattern, S("")), {"s:string": ["7" * 10_000, "7x", "ab"]})
    assert found == [None, "7x", "ab"]
    assert "a text of 10,000 characters is too long for the pattern" in refused[0]
