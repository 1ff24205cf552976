from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, fixed, made

from salver.formats.pfa.avro.types import BYTES, STRING
from salver.formats.pfa.library.registry import Clock
from salver.formats.pfa.library.sizes import MOST

CODES = {
    "index": 35000,
    "contains": 35010,
    "count": 35020,
    "rindex": 35030,
    "groups": 35040,
    "indexall": 35050,
    "findall": 35060,
    "findfirst": 35070,
    "findgroupsfirst": 35080,
    "findgroupsall": 35090,
    "groupsall": 35100,
    "replacefirst": 35110,
    "replacelast": 35120,
    "split": 35130,
    "replaceall": 35140,
}
CLOCK = Clock()


def called(name: str, *arguments: Any) -> Any:
    """The answer of the function of that name, which must be the same for a pattern that never changes, and for
    bytes."""
    types = [STRING] * len(arguments)
    answer = made(f"re.{name}", *types)(CLOCK, *arguments)
    assert made(f"re.{name}", *types, constants=fixed(1, arguments[1]))(CLOCK, *arguments) == answer
    if all(argument.isascii() for argument in arguments):
        raw = made(f"re.{name}", *[BYTES] * len(arguments))(CLOCK, *(argument.encode() for argument in arguments))
        assert raw == _as_bytes(answer)
    return answer


def _as_bytes(answer: Any) -> Any:
    if isinstance(answer, tuple):
        return ("bytes", answer[1].encode())
    if isinstance(answer, list):
        return list(map(_as_bytes, answer))
    return answer.encode() if isinstance(answer, str) else answer


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("index", "a(n)", [1, 3]),
        ("rindex", "a(n)", [3, 5]),
        ("contains", "a(n)", True),
        ("count", "a(n)", 2),
        ("groups", "a(n)", [[1, 3], [2, 3]]),
        ("indexall", "a(n)", [[1, 3], [3, 5]]),
        ("findall", "a(n)", ["an", "an"]),
        ("findfirst", "a(n)", ("string", "an")),
        ("findgroupsfirst", "a(n)", ["an", "n"]),
        ("findgroupsall", "a(n)", [["an", "n"], ["an", "n"]]),
        ("groupsall", "a(n)", [[[1, 3], [2, 3]], [[3, 5], [4, 5]]]),
        ("split", "a(n)", ["b", "", "a"]),
    ],
)
def test_what_is_found(name: str, pattern: str, expected: Any) -> None:
    assert called(name, "banana", pattern) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("index", []),
        ("rindex", []),
        ("contains", False),
        ("count", 0),
        ("groups", []),
        ("findfirst", None),
        ("findgroupsfirst", []),
        ("split", ["banana"]),
    ],
)
def test_what_is_not_there(name: str, expected: Any) -> None:
    assert called(name, "banana", "x") == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("replacefirst", "b(\\1)ana"), ("replacelast", "ban(\\1)a"), ("replaceall", "b(\\1)(\\1)a")]
)
def test_what_replaces_is_taken_literally(name: str, expected: str) -> None:
    assert called(name, "banana", "a(n)", "(\\1)") == expected
    assert called(name, "banana", "x", "-") == "banana"


@pytest.mark.parametrize(
    ("text", "pattern", "parts"),
    [
        ("-a--b-", "-", ["a", "", "b"]),
        ("--", "--", []),
        ("", "-", [""]),
        ("abc", "", ["a", "b", "c"]),
        ("a, b,c", ", ?", ["a", "b", "c"]),
    ],
)
def test_splitting_leaves_out_what_is_empty_at_the_ends(text: str, pattern: str, parts: list[str]) -> None:
    assert called("split", text, pattern) == parts


def test_groups_that_took_no_part_are_left_out() -> None:
    assert called("groups", "ac", "(a)(b)?(c)") == [[0, 2], [0, 1], [1, 2]]
    assert called("findgroupsall", "ab", "(a)|(b)") == [["a", "a"], ["b", "b"]]
    assert called("findgroupsfirst", "abc", "()(a)b") == ["ab", "", "a"]


def test_places_are_counted_in_characters() -> None:
    assert called("index", "\U0001f600机x", "x") == [2, 3]
    assert called("findall", "机机x机", "机+") == ["机机", "机"]


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_a_bad_pattern_has_an_error_of_its_own_when_it_is_used(name: str, code: int) -> None:
    more = ["x"] if name.startswith("replace") else []
    types = [STRING] * (2 + len(more))
    fails(code, lambda: made(f"re.{name}", *types)(CLOCK, "hello", "\\1", *more))
    known = made(f"re.{name}", *types, constants=fixed(1, "(a"))
    fails(code, lambda: known(CLOCK, "", "(a", *more))


@settings(max_examples=20, deadline=None)
@given(st.text("ab-", max_size=8), st.sampled_from(["-", "-+", "a|-", "a-?"]))
def test_the_functions_agree_about_the_matches(text: str, pattern: str) -> None:
    places = called("indexall", text, pattern)
    assert called("count", text, pattern) == len(places)
    assert called("contains", text, pattern) == bool(places)
    assert called("index", text, pattern) == (places[0] if places else [])
    assert called("rindex", text, pattern) == (places[-1] if places else [])
    assert called("findall", text, pattern) == [text[begin:end] for begin, end in places]
    kept = "".join(called("split", text, pattern)) if places else text
    assert called("replaceall", text, pattern, "") == kept
    assert called("replaceall", text, pattern, "++").count("++") == len(places)


def test_no_text_outgrows_the_memory() -> None:
    long = "a" * (MOST // 2 + 1)
    fails(0, lambda: made("re.replacefirst", STRING, STRING, STRING)(CLOCK, long, "a", long))
    fails(0, lambda: made("re.replaceall", STRING, STRING, STRING)(CLOCK, "aa", "a", long))
