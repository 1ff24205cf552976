"""Patterns of documents, matched in bounded time.

Most are left to Python's `re`, as long as a text is not so long that it could take seconds over it; that is known of
each pattern when it is loaded. A longer one goes to a slower matcher that never takes long, where the pattern allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from salver.formats.pmml.regex.ambiguity import may_be_empty
from salver.formats.pmml.regex.cost import longest_text
from salver.formats.pmml.regex.machine import Machine, Match, NotRegularError, TooLongError
from salver.formats.pmml.regex.python import as_python
from salver.formats.pmml.regex.syntax import PLAIN, BadRegex, Flags, Syntax, read_regex

_LEAST: Final = 50
"""A pattern that only texts shorter than this could safely be matched with is refused."""
_MAX_RESULT: Final = 2_000_000
_GROUPS: Final = re.compile(r"\\(.)|\$(?:(\d+)|\{(\w+)\})|([^\\$]+)|(.)", re.DOTALL)


class Pattern:
    """A regular expression in Java's notation. Thread-safe."""

    __slots__ = ("_compiled", "_limit", "_machine", "_may_be_empty", "_syntax", "text")

    def __init__(self, text: str, flags: Flags = PLAIN) -> None:
        """Raises BadRegex for what is none, or could not be matched in bounded time."""
        self.text = text
        self._syntax: Syntax = read_regex(text, flags)
        self._machine = _machine(self._syntax)
        self._limit = longest_text(self._syntax.node)
        self._may_be_empty = may_be_empty(self._syntax.node)
        if self._limit < _LEAST and self._machine is None:
            raise BadRegex("matching it could take exponential time")
        try:
            self._compiled = re.compile(as_python(self._syntax.node))
        except (re.error, OverflowError, RecursionError) as error:
            raise BadRegex(f"it is not supported: {error}") from None

    def is_in(self, text: str) -> bool:
        """Whether some part of a text matches. Raises TooLongError."""
        if len(text) <= self._limit:
            return self._compiled.search(text) is not None
        return next(self.matches(text), None) is not None

    def matches(self, text: str) -> Iterator[Match]:
        """Start and end of each match, then of its groups. Raises TooLongError."""
        if len(text) <= self._limit:
            return self._backtracked(text)
        return self._slowly(text)

    def _slowly(self, text: str) -> Iterator[Match]:
        try:
            if self._machine is None:
                raise TooLongError
            yield from self._machine.matches(text)
        except TooLongError:
            reason = f"a text of {len(text):,} characters is too long for the pattern {self.text!r:.60}"
            raise TooLongError(reason) from None

    def _backtracked(self, text: str) -> Iterator[Match]:
        """As Java has it: after an empty match the search goes on at the next character."""
        start = 0
        while start <= len(text) and (match := self._compiled.search(text, start)) is not None:
            spans = _spans(match)
            yield spans
            start = spans[1] if spans[1] > spans[0] else spans[1] + 1

    def replaced(self, text: str, template: Template) -> tuple[str, int]:
        """The text with the template in place of each match, and how many there were. Raises TooLongError."""
        longest = (len(text) + 1) * template.size
        if len(text) <= self._limit and not self._may_be_empty and longest <= _MAX_RESULT:
            return self._compiled.subn(template.as_python, text)
        pieces: list[str] = []
        end = size = count = 0
        for match in self.matches(text):
            new = template.filled(text, match)
            pieces += (text[end : match[0]], new)
            end, size, count = match[1], size + len(new), count + 1
            if size > _MAX_RESULT:
                raise TooLongError(f"a text becomes longer than {_MAX_RESULT:,} characters by {self.text!r:.60}")
        return "".join((*pieces, text[end:])), count

    def template(self, text: str) -> Template:
        """What to put in place of matches: `$1` and `${name}` are groups, `\\` makes the next character plain.

        Raises BadRegex for a group that there is not."""
        parts: list[str | int] = []
        for found in _GROUPS.finditer(text):
            escaped, number, name, plain, odd = found.groups()
            if odd is not None or (name is not None and name not in self._syntax.names):
                raise BadRegex(f"{text!r:.60} refers to no group (at character {found.start() + 1})")
            if number is not None:
                parts += self._numbered(number)
            else:
                parts.append(self._syntax.names[name] if name is not None else escaped or plain)
        return Template(tuple(parts))

    def _numbered(self, digits: str) -> list[str | int]:
        """As many digits as are the number of a group; the others are text."""
        taken = 1
        while taken < len(digits) and int(digits[: taken + 1]) <= self._syntax.groups:
            taken += 1
        number = int(digits[:taken])
        if number > self._syntax.groups:
            raise BadRegex(f"there is no group {number}")
        return [number, digits[taken:]] if taken < len(digits) else [number]


@dataclass(frozen=True, slots=True)
class Template:
    """Texts, and numbers of groups."""

    parts: tuple[str | int, ...]

    @property
    def size(self) -> int:
        """How much longer each character of a text could become by it."""
        return sum(len(part) if isinstance(part, str) else 1 for part in self.parts) + 1

    @property
    def as_python(self) -> str:
        """The same in the notation of Python's `re`."""
        return "".join(part.replace("\\", r"\\") if isinstance(part, str) else rf"\g<{part}>" for part in self.parts)

    def filled(self, text: str, match: Match) -> str:
        return "".join(part if isinstance(part, str) else _group(text, match, part) for part in self.parts)


def _group(text: str, match: Match, number: int) -> str:
    start = match[2 * number]
    return "" if start < 0 else text[start : match[2 * number + 1]]


def _spans(match: re.Match[str]) -> Match:
    return tuple(limit for span in match.regs for limit in span)


def _machine(syntax: Syntax) -> Machine | None:
    try:
        return Machine(syntax.node, syntax.groups)
    except NotRegularError:
        return None
