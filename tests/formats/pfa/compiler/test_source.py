"""The source under way: names, marks, and places in the finished text."""

from __future__ import annotations

import math
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pfa.compiler.source import Line, Marks, Names, Source, finish, literal


def test_names_are_there_once_and_end_in_a_number() -> None:
    names = Names()
    made = [names.new(word) for word in ("x", "x", "x_1", "1", "", "def", "a b-c", "é", "_")]
    assert len(set(made)) == len(made)
    assert all(name.isidentifier() and name.isascii() and name[-1].isdigit() for name in made)
    assert len(names.new("long" * 100)) < 50


@given(st.lists(st.text(max_size=5)))
@settings(max_examples=30, deadline=None)
def test_no_words_make_two_names_one(words: list[str]) -> None:
    names = Names()
    made = [names.new(word) for word in words]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("value", [None, True, 3, -3, 1.5, -0.0, "a'\"\\\n\x01é", b"\x00'", 2**63])
def test_a_scalar_is_its_own_literal(value: object) -> None:
    text = literal(value)
    assert text is not None
    assert text.isascii()
    assert "\x01" not in text
    again = eval(text)
    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [], {}, (1, 2), object()])
def test_anything_else_has_none(value: object) -> None:
    assert literal(value) is None


def made() -> Source:
    marks = Marks()
    call, other = marks.at("action[0]"), marks.at("action[1].then")
    return finish(
        [Line(0, "def action(x):", "action"), Line(1, f"return {call}len(x) + {other}int(x)", "action[2]")], marks
    )


def test_marks_are_not_in_the_text_and_say_where_calls_are() -> None:
    source = made()
    assert source.text == "def action(x):\n    return len(x) + int(x)\n"
    assert source.places == {(2, 11): "action[0]", (2, 20): "action[1].then"}
    assert source.lines == {1: "action", 2: "action[2]"}


@pytest.mark.parametrize(("given_", "place"), [(3, "action[0]"), ("x", "action[1].then")])
def test_an_error_is_found_in_the_document(given_: object, place: str) -> None:
    source = made()
    names: dict[str, object] = {}
    exec(compile(source.text, "<here>", "exec"), names)
    with pytest.raises((TypeError, ValueError)) as failed:
        names["action"](given_)  # type: ignore[operator]
    assert source.place_of(failed.value.__traceback__, "<here>") == place
    assert source.place_of(failed.value.__traceback__, "<elsewhere>") == ""
    assert source.place_of(None, "<here>") == ""
    assert traceback.extract_tb(failed.value.__traceback__)
