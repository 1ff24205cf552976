"""Documents broken in one to three places: attributes, elements and texts taken out, doubled, swapped, made junk of."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Final

_ATTRIBUTE: Final = re.compile(r'(\s[\w-]+=")([^"]*)(")')
_EMPTY: Final = re.compile(r"<[^<>]+/>")
_TEXT: Final = re.compile(r">([^<>\s][^<>]*)<")
_JUNK: Final = (
    "", " ", "-1", "0", "1e999", "NaN", "abc", "9" * 40, "true", "é", "x", "y", "1 2 3", "string", "double", "integer",
    "boolean", "date", "categorical", "$", "(a", "median", "none", "equal",
)  # fmt: skip


def mutated(text: str, chance: Random) -> str:
    """The document with one to three changes."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        text = chance.choice(_CHANGES)(text, chance)
    return text


def _replaced(text: str, found: re.Match[str] | None, new: str, group: int = 0) -> str:
    return text if found is None else text[: found.start(group)] + new + text[found.end(group) :]


def _one(pattern: re.Pattern[str], text: str, chance: Random) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return chance.choice(found) if found else None


def _junk_for_a_value(text: str, chance: Random) -> str:
    return _replaced(text, _one(_ATTRIBUTE, text, chance), chance.choice(_JUNK), 2)


def _another_value(text: str, chance: Random) -> str:
    other = _one(_ATTRIBUTE, text, chance)
    return text if other is None else _replaced(text, _one(_ATTRIBUTE, text, chance), other.group(2), 2)


def _no_attribute(text: str, chance: Random) -> str:
    return _replaced(text, _one(_ATTRIBUTE, text, chance), "")


def _no_element(text: str, chance: Random) -> str:
    return _replaced(text, _one(_EMPTY, text, chance), "")


def _element_again(text: str, chance: Random) -> str:
    found = _one(_EMPTY, text, chance)
    return text if found is None else _replaced(text, found, found.group() * chance.choice((2, 3)))


def _elements_swapped(text: str, chance: Random) -> str:
    found = list(_EMPTY.finditer(text))
    if len(found) < 2:
        return text
    first, second = sorted(chance.sample(found, 2), key=lambda each: each.start())
    between = text[first.end() : second.start()]
    return text[: first.start()] + second.group() + between + first.group() + text[second.end() :]


def _junk_for_a_text(text: str, chance: Random) -> str:
    found = _one(_TEXT, text, chance)
    if found is None:
        return text
    told = found.group(1)
    return _replaced(text, found, chance.choice((*_JUNK, told + " 5", told[: len(told) // 2])), 1)


def _cut_off(text: str, chance: Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


_CHANGES: Final[tuple[Callable[[str, Random], str], ...]] = (
    _junk_for_a_value,
    _junk_for_a_value,
    _another_value,
    _no_attribute,
    _no_element,
    _element_again,
    _elements_swapped,
    _junk_for_a_text,
    _cut_off,
)
