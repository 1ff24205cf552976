from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pfa.errors import PFATimeoutError
from salver.formats.pfa.library.posix_patterns import Pattern, pattern_of
from salver.formats.pfa.library.registry import Clock

CLOCK = Clock()


class StoppedClock(Clock):
    """Says that the time is over, when it has been asked so often."""

    def __init__(self, checks: int) -> None:
        self.left = checks

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise PFATimeoutError("over")


def good(pattern: str | bytes) -> Pattern:
    found = pattern_of(pattern)
    assert found is not None
    return found


def spans(pattern: str | bytes, text: Any) -> list[tuple[int, int]]:
    return [match.span() for match in good(pattern).all(CLOCK, text)]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a|ab", "xab", (1, 3)),
        ("(a|ab)(c|bcd)", "abcd", (0, 4)),
        ("a?(ab)?", "ab", (0, 2)),
        ("(ab)*(abc)?", "ababc", (0, 5)),
        ("one|oneself|onerous", "oneself", (0, 7)),
        ("a*b?", "aab", (0, 3)),
        ("(a|ab)(bc)*x?", "abcbcx", (0, 6)),
    ],
)
def test_of_the_leftmost_matches_the_longest_is_found(pattern: str, text: str, expected: tuple[int, int]) -> None:
    assert good(pattern).first(CLOCK, text).span() == expected


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "ab", "abc", "b", "bc", "c"]), min_size=1, max_size=4),
    st.text("abc", min_size=1, max_size=8),
)
def test_of_plain_words_the_longest_at_the_leftmost_place_is_found(words: list[str], text: str) -> None:
    places = [(at, -len(word)) for at in range(len(text)) for word in words if text.startswith(word, at)]
    match = good("|".join(words)).first(CLOCK, text)
    assert (None if match is None else (match.start(), match.start() - match.end())) == min(places, default=None)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", "[ab]", "."]), min_size=1, max_size=4),
    st.data(),
    st.text("abc", min_size=1, max_size=6),
)
def test_repeated_characters_match_as_far_as_any_choice_goes(atoms: list[str], data: st.DataObject, text: str) -> None:
    highs = data.draw(st.lists(st.integers(0, 2), min_size=len(atoms), max_size=len(atoms)))
    sets = {"a": "a", "b": "b", "[ab]": "ab", ".": "abc"}
    ends = {0}
    for atom, high in zip(atoms, highs, strict=True):
        for _ in range(high):
            ends |= {end + 1 for end in ends if end < len(text) and text[end] in sets[atom]}
    pattern = "".join(f"{atom}{{0,{high}}}" for atom, high in zip(atoms, highs, strict=True))
    assert good(pattern).first(CLOCK, text).span() == (0, max(ends))


def test_marks() -> None:
    assert spans("^a", "aaa") == [(0, 1)]
    assert spans("a$", "aaa") == [(2, 3)]
    assert spans("a$", "a\n") == []
    assert spans("a.b", "a\nb") == [(0, 3)]
    assert spans(r"\<a", "ab ba a") == [(0, 1), (6, 7)]
    assert spans("a^b", "ab") == []


def test_matches_of_no_length_do_not_hold_up_the_search() -> None:
    assert spans("a*", "baac") == [(0, 0), (1, 3), (3, 3)]
    assert spans("", "ab") == [(0, 0), (1, 1)]
    assert spans("a*", "aa") == [(0, 2)]
    assert spans("a*", "") == []


def test_nothing_is_found_in_nothing() -> None:
    assert good("a*").first(CLOCK, "") is None
    assert not good("a*").is_in(CLOCK, "")
    assert good("a*").is_in(CLOCK, "b")


def test_texts_are_made_of_characters_and_bytes_of_bytes() -> None:
    assert spans("机+", "x机机") == [(1, 3)]
    assert spans("机+".encode(), "x机机".encode()) == [(1, 4), (4, 7)]
    assert spans(b"[\x80-\xff]", b"a\x90\x00") == [(1, 2)]
    assert spans("[[:upper:]]", "aÄ") == [(1, 2)]
    assert spans(b"a\x00", b"\x00a\x00") == [(1, 3)]


@pytest.mark.parametrize(
    "text",
    ["(?i)a", "(?P<n>a)", "a{e<=1}", "(?R)", "[[a]--[b]]", r"\p{L}", r"\L<words>", "(?#x)", r"\x61"],
)
def test_no_notation_of_others_means_anything(text: str) -> None:
    pattern = pattern_of(text)
    assert pattern is None or not pattern.is_in(CLOCK, "A b +")


def test_a_search_ends_when_the_time_is_over() -> None:
    with pytest.raises(PFATimeoutError):
        good("(a|aa)+$").is_in(StoppedClock(1), "a" * 60 + "b")
    with pytest.raises(PFATimeoutError):
        good("(a|a)*(b|b)*c|(a|aa)+$").first(StoppedClock(1), "a" * 60 + "b")


def test_a_search_that_takes_longer_begins_anew() -> None:
    clock = StoppedClock(2)
    with pytest.raises(PFATimeoutError):
        good("(a|aa)+$").is_in(clock, "a" * 60 + "b")
    assert clock.left == -1


def test_many_matches_ask_the_clock() -> None:
    with pytest.raises(PFATimeoutError):
        list(good("a").all(StoppedClock(20), "a" * 100_000))


@pytest.mark.parametrize("text", ["((a{9999}){9999}){9999}", "x{3000}" * 10, "(" * 50, "(a|b|c|d){9000}"])
def test_patterns_that_would_fill_the_memory_are_none(text: str) -> None:
    assert pattern_of(text) is None


def test_a_pattern_is_read_once() -> None:
    assert pattern_of("ab*c") is pattern_of("ab*c")
    assert pattern_of("ab*c") is not pattern_of(b"ab*c")
