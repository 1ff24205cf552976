from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import INT, STRING, Array
from salver.formats.pfa.library.sizes import MOST

SHORT = st.text("ab\U0001f600", max_size=6)
PLACES = st.integers(-9, 9)


def on_strings(name: str, count: int = 2) -> Callable[..., Any]:
    return made(name, *[STRING] * count)


def test_a_character_is_a_code_point() -> None:
    assert made("s.len", STRING)("a\U0001f600é") == 3
    assert made("s.substr", STRING, INT, INT)("a\U0001f600é", 1, 2) == "\U0001f600"
    assert on_strings("s.index")("\U0001f600x", "x") == 1


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(5, 10, "FGHIJ"), (5, -10, "FGHIJKLMNOP"), (5, 0, ""), (5, 100, "FGHIJKLMNOPQRSTUVWXYZ")],
)
def test_parts_count_from_the_end_where_negative(start: int, end: int, expected: str) -> None:
    assert made("s.substr", STRING, INT, INT)("ABCDEFGHIJKLMNOPQRSTUVWXYZ", start, end) == expected


@settings(max_examples=25, deadline=None)
@given(SHORT, PLACES, PLACES, SHORT)
def test_a_part_in_the_place_of_another_keeps_what_is_around(s: str, start: int, end: int, new: str) -> None:
    part = made("s.substr", STRING, INT, INT)(s, start, end)
    changed = made("s.substrto", STRING, INT, INT, STRING)(s, start, end, new)
    assert len(changed) == len(s) - len(part) + len(new)
    assert made("s.substrto", STRING, INT, INT, STRING)(s, start, end, part) == s


def test_an_empty_part_is_put_in_where_it_begins() -> None:
    into = made("s.substrto", STRING, INT, INT, STRING)
    assert into("abcdef", 4, 2, "-") == "abcd-ef"
    assert into("abc", 100, -100, "-") == "abc-"


def test_searches() -> None:
    assert on_strings("s.contains")("banana", "nan")
    assert not on_strings("s.contains")("banana", "x")
    assert on_strings("s.contains")("", "")
    assert on_strings("s.index")("banana", "an") == 1
    assert on_strings("s.rindex")("banana", "an") == 3
    assert on_strings("s.rindex")("banana", "x") == -1
    assert on_strings("s.startswith")("banana", "ba")
    assert on_strings("s.endswith")("banana", "na")


def test_nothing_is_counted_nowhere() -> None:
    assert on_strings("s.count")("banana", "a") == 3
    assert on_strings("s.count")("aaaa", "aa") == 2
    assert on_strings("s.count")("banana", "") == 0


def test_join_and_split() -> None:
    assert made("s.join", Array(STRING), STRING)(["one", "two"], ", ") == "one, two"
    assert on_strings("s.split")("-a--b", "-") == ["", "a", "", "b"]
    assert on_strings("s.split")("", "-") == [""]
    assert on_strings("s.split")("abc", "") == []


@settings(max_examples=25, deadline=None)
@given(SHORT, st.text("ab", min_size=1, max_size=2))
def test_joining_undoes_splitting(s: str, separator: str) -> None:
    assert made("s.join", Array(STRING), STRING)(on_strings("s.split")(s, separator), separator) == s


def test_cases_and_stripping() -> None:
    assert made("s.lower", STRING)("ÄB") == "äb"
    assert made("s.upper", STRING)("äb") == "ÄB"
    assert on_strings("s.strip")("xyabyx", "xy") == "ab"
    assert on_strings("s.lstrip")("xyabyx", "xy") == "abyx"
    assert on_strings("s.rstrip")("xyabyx", "xy") == "xyab"
    assert on_strings("s.strip")(" ab ", "") == " ab "


def test_replacing_all_the_first_and_the_last() -> None:
    assert on_strings("s.replaceall", 3)("banana", "an", "-") == "b--a"
    assert on_strings("s.replacefirst", 3)("banana", "an", "-") == "b-ana"
    assert on_strings("s.replacelast", 3)("banana", "an", "-") == "ban-a"
    assert on_strings("s.replacelast", 3)("banana", "x", "-") == "banana"


def test_nothing_is_found_between_all_characters() -> None:
    assert on_strings("s.replaceall", 3)("ab", "", "-") == "-a-b-"
    assert on_strings("s.replacefirst", 3)("ab", "", "-") == "-ab"
    assert on_strings("s.replacelast", 3)("ab", "", "-") == "ab-"


def test_translating_drops_what_has_no_counterpart_and_the_first_mention_counts() -> None:
    assert on_strings("s.translate", 3)("hello world", "lod", "01") == "he001 w1r0"
    assert on_strings("s.translate", 3)("aab", "aba", "xyz") == "xxy"


def test_repeating() -> None:
    assert on_strings("s.concat")("ab", "cd") == "abcd"
    assert made("s.repeat", STRING, INT)("ab", 3) == "ababab"
    assert made("s.repeat", STRING, INT)("ab", -1) == ""


@pytest.mark.parametrize(
    "grow",
    [
        lambda half: made("s.repeat", STRING, INT)("ab", 2**31 - 1),
        lambda half: on_strings("s.concat")(half, half),
        lambda half: made("s.join", Array(STRING), STRING)([half, half], ""),
        lambda half: on_strings("s.replaceall", 3)("a" * 1000, "a", half),
        lambda half: on_strings("s.replacefirst", 3)(half, "a", half),
        lambda half: on_strings("s.replacelast", 3)(half, "a", half),
        lambda half: made("s.substrto", STRING, INT, INT, STRING)(half, 0, 0, half),
    ],
)
def test_no_string_outgrows_the_memory(grow: Callable[[str], Any]) -> None:
    fails(0, lambda: grow(HALF))


HALF = "a" * (MOST // 2 + 1)
