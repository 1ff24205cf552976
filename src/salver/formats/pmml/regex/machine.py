"""A matcher that never tries the same place of a pattern at the same character twice: its time is bounded by the
product of their lengths, whatever the pattern. It finds what a backtracking matcher finds, more slowly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from salver.formats.pmml.regex.ambiguity import opening
from salver.formats.pmml.regex.charsets import CharSet, holds
from salver.formats.pmml.regex.nodes import Chars, Choice, Group, Node, Place, Repeat, Sequence

MAX_PLACES: Final = 5_000
"""Of a pattern: bounded repeats count as often as they are repeated."""
_MAX_MARKS: Final = 16_000_000
"""Choices of the pattern times characters of the text: bytes of memory."""
_MAX_STEPS: Final = 1_000_000
"""Ways that are tried for one text: less than a second."""
_MAX_KNOWN: Final = 4096

_CHAR, _SWITCH, _SAVE, _PLACE, _JUMP, _MATCH = range(6)

Match: TypeAlias = tuple[int, ...]
"""Start and end of the whole, then of each group; -1 where it has none."""


class NotRegularError(ValueError):
    """It has what cannot be matched without going back: looks around, back references; or too many places."""


class TooLongError(ValueError):
    """A text is too long for a pattern."""


class Machine:
    """A compiled pattern. Thread-safe."""

    __slots__ = ("_choices", "_code", "_slots")

    def __init__(self, node: Node, groups: int) -> None:
        """Raises NotRegularError."""
        compiler = _Compiler()
        compiler.add(Group(node, 0))
        compiler.emit(_MATCH, None)
        self._code: list[tuple[int, Any]] = compiler.code
        self._choices = compiler.choices
        self._slots = 2 * (groups + 1)

    def matches(self, text: str) -> Iterator[Match]:
        """All matches, from left to right, apart from each other. Raises TooLongError."""
        return _Run(self._code, self._choices, self._slots, text).matches()


class _Run:
    """One text."""

    __slots__ = ("_choices", "_code", "_marks", "_slots", "_steps", "_text")

    def __init__(self, code: list[tuple[int, Any]], choices: int, slots: int, text: str) -> None:
        if (len(text) + 1) * choices > _MAX_MARKS:
            raise TooLongError
        self._code, self._choices, self._slots, self._text = code, choices, slots, text
        self._marks = bytearray((len(text) + 1) * choices)
        """Which choices have been tried at which character."""
        self._steps = 0

    def matches(self) -> Iterator[Match]:
        start = 0
        while start <= len(self._text):
            match = self._at(start)
            if match is None:
                start += 1
                continue
            yield match
            end = match[1]
            # What was tried at the end of the match has led somewhere; all else that was tried has failed for good.
            self._marks[end * self._choices : (end + 1) * self._choices] = bytes(self._choices)
            start = end if end > match[0] else end + 1

    def _at(self, start: int) -> Match | None:
        """The match that begins at a character."""
        text, code, marks, choices, end = self._text, self._code, self._marks, self._choices, len(self._text)
        waiting: list[tuple[int, int, Any]] = [(0, start, None)]
        while waiting:
            place, at, saved = waiting.pop()
            while True:
                kind, what = code[place]
                if kind == _CHAR:
                    if at == end or not what[text[at]]:
                        break
                    at += 1
                elif kind == _SAVE:
                    saved = (what, at, saved)
                elif kind == _SWITCH:
                    mark = at * choices + what.number
                    ways = what[text[at] if at < end else ""]
                    if marks[mark] or not ways:
                        break
                    marks[mark] = 1
                    self._count(len(ways))
                    waiting += [(way, at, saved) for way in ways[:0:-1]]
                    place = ways[0]
                    continue
                elif kind == _JUMP:
                    place = what
                    continue
                elif kind == _PLACE:
                    if what(text, at) is None:
                        break
                else:
                    return self._match(saved)
                place += 1
        return None

    def _count(self, ways: int) -> None:
        self._steps += ways
        if self._steps > _MAX_STEPS:
            raise TooLongError

    def _match(self, saved: Any) -> Match:
        slots = [-1] * self._slots
        while saved is not None:
            slot, at, saved = saved
            if slots[slot] < 0:
                slots[slot] = at
        return tuple(slots)


class _Letters(dict[str, bool]):
    """Whether characters are in a set, as far as it was asked for."""

    __slots__ = ("_set",)

    def __init__(self, chars: CharSet) -> None:
        super().__init__()
        self._set = chars

    def __missing__(self, char: str) -> bool:
        if len(self) >= _MAX_KNOWN:
            self.clear()
        found = self[char] = holds(self._set, ord(char))
        return found


class _Ways(dict[str, tuple[int, ...]]):
    """Where to go on, by the next character; the empty text is the end."""

    __slots__ = ("branches", "number")

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.branches: list[tuple[int, CharSet | None]] = []
        """Places, each with the characters that it surely begins with."""

    def __missing__(self, char: str) -> tuple[int, ...]:
        if len(self) >= _MAX_KNOWN:
            self.clear()
        found = self[char] = tuple(
            place for place, chars in self.branches if chars is None or (char != "" and holds(chars, ord(char)))
        )
        return found


class _Compiler:
    def __init__(self) -> None:
        self.code: list[tuple[int, Any]] = []
        self.choices = 0

    def emit(self, kind: int, what: Any) -> int:
        if len(self.code) >= MAX_PLACES:
            raise NotRegularError
        self.code.append((kind, what))
        return len(self.code) - 1

    def add(self, node: Node) -> None:
        match node:
            case Chars(chars):
                self.emit(_CHAR, _Letters(chars))
            case Sequence(parts):
                for part in parts:
                    self.add(part)
            case Group(part, number):
                self.emit(_SAVE, 2 * number)
                self.add(part)
                self.emit(_SAVE, 2 * number + 1)
            case Choice(branches):
                self._choice(branches)
            case Place(kind):
                self.emit(_PLACE, re.compile(kind).match)
            case Repeat(part, least, most, mode) if mode != "+":
                self._repeat(part, least, most, is_lazy=mode == "?")
            case _:
                raise NotRegularError

    def _switch(self) -> tuple[int, _Ways]:
        ways = _Ways(self.choices)
        self.choices += 1
        return self.emit(_SWITCH, ways), ways

    def _choice(self, branches: tuple[Node, ...]) -> None:
        _, ways = self._switch()
        jumps = []
        for branch in branches:
            ways.branches.append((len(self.code), _begins(branch)))
            self.add(branch)
            jumps.append(self.emit(_JUMP, None))
        for jump in jumps:
            self.code[jump] = (_JUMP, len(self.code))

    def _repeat(self, part: Node, least: int, most: int | None, *, is_lazy: bool) -> None:
        for _ in range(least):
            self.add(part)
        if most is None:
            start = self._option(part, is_lazy=is_lazy)
            self.emit(_JUMP, start[0])
            self._close([start], is_lazy=is_lazy)
            return
        options = [self._option(part, is_lazy=is_lazy) for _ in range(most - least)]
        self._close(options, is_lazy=is_lazy)

    def _option(self, part: Node, *, is_lazy: bool) -> tuple[int, _Ways]:
        place, ways = self._switch()
        ways.branches.append((len(self.code), _begins(part)))
        self.add(part)
        return place, ways

    def _close(self, options: list[tuple[int, _Ways]], *, is_lazy: bool) -> None:
        """All of the options lead on to what comes next, should they not be taken."""
        for _, ways in options:
            ways.branches.insert(0 if is_lazy else 1, (len(self.code), None))


def _begins(node: Node) -> CharSet | None:
    found = opening(node)
    return found[0] if found else None
