from functools import partial
from random import Random
from typing import Any

import pytest
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import BYTES, INT, STRING
from salver.formats.pfa.library.registry import Clock

CLOCK = Clock()


def string(*arguments: Any) -> Any:
    kinds = [STRING if isinstance(one, str) else INT for one in arguments]
    return made("rand.string", *kinds)(Random(1), CLOCK, *arguments)


def raw(*arguments: Any) -> Any:
    kinds = [BYTES if isinstance(one, bytes) else INT for one in arguments]
    return made("rand.bytes", *kinds)(Random(1), CLOCK, *arguments)


def test_random_strings() -> None:
    text = string(1000)
    assert len(text) == 1000
    assert text == string(1000)
    assert all(0 < ord(letter) < 0xD800 for letter in text)
    assert set(string(200, "abé")) == set("abé")
    assert set(string(200, 97, 100)) == set("abc")
    assert string(3, 0xD7FF, 0xD800) == "\ud7ff" * 3


def test_random_bytes() -> None:
    assert len(raw(1000)) == 1000
    assert len(set(raw(5000))) == 256
    assert set(raw(200, b"ab\xff")) == set(b"ab\xff")
    assert set(raw(200, 0, 3)) == {0, 1, 2}
    assert raw(3, 255, 256) == b"\xff" * 3


@pytest.mark.parametrize(("code", "draw", "low", "high"), [(34080, string, 1, 0xD800), (34090, raw, 0, 256)])
def test_what_cannot_be_drawn(code: int, draw: Any, low: int, high: int) -> None:
    nothing = "" if draw is string else b""
    for size in (0, -1):
        fails(code, partial(draw, size))
        fails(code, partial(draw, size, nothing))
        fails(code, partial(draw, size, 9, 1))
    fails(code + 1, lambda: draw(1, 9, 9))
    fails(code + 2, lambda: draw(1, low - 1, high))
    fails(code + 2, lambda: draw(1, low, high + 1))
    fails(code + 3, lambda: draw(1, nothing))
