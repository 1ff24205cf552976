"""Bytes become JSON in Python: from JSON, YAML and gzip, and nothing that could hurt."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pfa.errors import PFASyntaxError
from salver.formats.pfa.syntax.texts import from_json, from_yaml, unpacked

TEXTS = st.text(st.characters(exclude_categories=("C", "Z")), max_size=9)
NUMBERS = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


def test_what_is_not_packed_stays_as_it_is() -> None:
    assert unpacked(b"{}") == b"{}"


def test_what_is_packed_is_unpacked() -> None:
    assert unpacked(gzip.compress(b"{}")) == b"{}"


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_too_large_is_refused(packed: bool) -> None:
    data = gzip.compress(b"x" * 11) if packed else b"x" * 11
    with pytest.raises(PFASyntaxError, match="more than 10 bytes"):
        unpacked(data, 10)
    assert unpacked(data, 11) == b"x" * 11


def test_a_bomb_is_not_unpacked_to_the_end() -> None:
    with pytest.raises(PFASyntaxError, match="more than 1000 bytes"):
        unpacked(gzip.compress(bytes(1_000_000)), 1000)


def test_what_is_badly_packed_is_refused() -> None:
    with pytest.raises(PFASyntaxError, match="too early"):
        unpacked(gzip.compress(b"{}")[:-5])
    with pytest.raises(PFASyntaxError, match="broken"):
        unpacked(b"\x1f\x8b" + b"\xff" * 20)


def test_wrong_json_is_told_with_its_line() -> None:
    with pytest.raises(PFASyntaxError, match="line 2, column 8"):
        from_json('{\n  "a": }')


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}'])
def test_words_for_numbers_are_no_json(text: str) -> None:
    with pytest.raises(PFASyntaxError, match="is no JSON"):
        from_json(text)


@pytest.mark.parametrize("data", [b"\xff\xfe{", b'"\xff"', b"", b"[" * 100_000, b"1" * 10_000], ids=range(5))
def test_what_is_no_json_is_refused_as_such(data: bytes) -> None:
    with pytest.raises(PFASyntaxError):
        from_json(data)


@given(JSON)
@settings(max_examples=50, deadline=None)
def test_json_is_yaml(value: Any) -> None:
    assert from_yaml(json.dumps(value, ensure_ascii=False)) == value


def test_yaml_in_its_own_style() -> None:
    text = """
input: double   # what comes
action:
  - {+: [input, 1.5]}
  - "3"
  - yes
  - ~
  - 1e3
"""
    assert from_yaml(text) == {"input": "double", "action": [{"+": ["input", 1.5]}, "3", True, None, 1000.0]}


def test_texts_in_yaml_that_only_look_like_numbers_stay_texts() -> None:
    assert from_yaml("[0x10, 1_000, 012, .5, 2001-01-01]") == ["0x10", "1_000", "012", ".5", "2001-01-01"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x\n", "line 2: .*aliases"),
        ("a: 1\n--- \nb: 2\n", "one document"),
        ("", "empty"),
        ("a: [1\n", "line 2: this is no YAML"),
        ("[1]: 2\n", "key of an object is text"),
        ("- " * 2000 + "1", "nested too deep|no YAML"),
    ],
    ids=["alias", "two", "none", "broken", "key", "deep"],
)
def test_yaml_that_is_not_taken_is_told_why(text: str, message: str) -> None:
    with pytest.raises(PFASyntaxError, match=message):
        from_yaml(text)


def test_tags_in_yaml_make_no_objects() -> None:
    assert from_yaml("a: !!python/object/apply:os.system ['true']") == {"a": ["true"]}
