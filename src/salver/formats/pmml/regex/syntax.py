"""The notation of regular expressions, of Java and PCRE, read into a tree.

Letters, digits, spaces and words are ASCII's there unless Unicode is asked for by a property.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from salver.formats.pmml.regex import charsets, properties
from salver.formats.pmml.regex.charsets import CharSet
from salver.formats.pmml.regex.nodes import (
    BORDER,
    END,
    LAST_LINE_END,
    LINE_END,
    LINE_START,
    NO_BORDER,
    START,
    Back,
    Chars,
    Choice,
    Group,
    Look,
    Node,
    Repeat,
    Sequence,
)

MAX_DEPTH: Final = 50
MAX_LENGTH: Final = 20_000
MAX_TIMES: Final = 1000


class BadRegex(ValueError):
    """It is none, or what is not supported here: its text says what and where."""


@dataclass(frozen=True, slots=True)
class Flags:
    ignore_case: bool = False
    unicode_case: bool = False
    many_lines: bool = False
    """`^` and `$` also stand at the ends of lines."""
    dot_all: bool = False


PLAIN: Final = Flags()


@dataclass(frozen=True, slots=True)
class Syntax:
    """A regular expression, read."""

    node: Node
    groups: int
    names: dict[str, int]


_CLASSES: Final = {
    "d": properties.DIGIT,
    "s": properties.SPACE,
    "w": properties.WORD,
    "h": properties.HORIZONTAL,
    "v": properties.VERTICAL,
}
_CONTROLS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_PLACES: Final = {"A": START, "z": END, "Z": LAST_LINE_END, "b": BORDER, "B": NO_BORDER}
_LOOKS: Final = ("=", "!", "<=", "<!", ">")
_HEX: Final = "0123456789abcdefABCDEF"


def read_regex(text: str, flags: Flags) -> Syntax:
    """Raises BadRegex."""
    if len(text) > MAX_LENGTH:
        raise BadRegex(f"it has {len(text):,} characters, more than {MAX_LENGTH:,}")
    reader = _Reader(text)
    node = reader.choice(flags, 0)
    if reader.place < len(text):
        reader.fail("there is no group that this ) closes")
    return Syntax(node, reader.groups, reader.names)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.groups = 0
        self.names: dict[str, int] = {}

    def fail(self, reason: str) -> NoReturn:
        raise BadRegex(f"{reason} (at character {self.place + 1})")

    def _next(self) -> str:
        if self.place >= len(self.text):
            self.fail("it ends too early")
        self.place += 1
        return self.text[self.place - 1]

    def _take(self, wanted: str) -> bool:
        if self.text.startswith(wanted, self.place):
            self.place += len(wanted)
            return True
        return False

    def _until(self, end: str) -> str:
        stop = self.text.find(end, self.place)
        if stop < 0:
            self.fail(f"there is no {end}")
        found = self.text[self.place : stop]
        self.place = stop + len(end)
        return found

    # Structure.

    def choice(self, flags: Flags, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self.fail(f"groups are nested deeper than {MAX_DEPTH}")
        branches, flags = self._sequence(flags, depth)
        found = [branches]
        while self._take("|"):
            branches, flags = self._sequence(flags, depth)
            found.append(branches)
        return found[0] if len(found) == 1 else Choice(tuple(found))

    def _sequence(self, flags: Flags, depth: int) -> tuple[Node, Flags]:
        """Flags that are set within hold to the end of the group."""
        parts: list[Node] = []
        while self.place < len(self.text) and self.text[self.place] not in "|)":
            if self._take(r"\Q"):
                parts += [_letter(char, flags) for char in self._quoted()]
                if not parts:
                    continue
            else:
                changed = self._flags(flags)
                if changed is not None:
                    flags = changed
                    continue
                parts.append(self._atom(flags, depth))
            parts[-1] = self._repeated(parts[-1])
        return (parts[0] if len(parts) == 1 else Sequence(tuple(parts))), flags

    def _quoted(self) -> str:
        stop = self.text.find(r"\E", self.place)
        found = self.text[self.place :] if stop < 0 else self.text[self.place : stop]
        self.place = len(self.text) if stop < 0 else stop + 2
        return found

    def _flags(self, flags: Flags) -> Flags | None:
        """`(?i)`: changed flags for what follows; None where there is no such thing here."""
        stop = self.text.find(")", self.place)
        inner = self.text[self.place + 2 : stop]
        if not self.text.startswith("(?", self.place) or not inner or inner.strip("imsudxU-"):
            return None
        self.place = stop + 1
        return self._changed(flags, inner)

    def _changed(self, flags: Flags, letters: str) -> Flags:
        on, _, off = letters.partition("-")
        if "x" in on or "U" in on:
            self.fail("the flags x and U are not supported")
        return Flags(
            ignore_case=("i" in on or flags.ignore_case) and "i" not in off,
            unicode_case=("u" in on or flags.unicode_case) and "u" not in off,
            many_lines=("m" in on or flags.many_lines) and "m" not in off,
            dot_all=("s" in on or flags.dot_all) and "s" not in off,
        )

    def _atom(self, flags: Flags, depth: int) -> Node:
        char = self._next()
        match char:
            case "(":
                return self._group(flags, depth + 1)
            case "[":
                return Chars(_cased(self._class(flags, depth), flags))
            case ".":
                return Chars(charsets.ANY if flags.dot_all else charsets.negated(properties.LINE_ENDS))
            case "^":
                return LINE_START if flags.many_lines else START
            case "$":
                return LINE_END if flags.many_lines else LAST_LINE_END
            case "\\":
                return self._escape(flags)
            case "*" | "+" | "?":
                self.place -= 1
                self.fail(f"there is nothing that {char} repeats")
        return _letter(char, flags)

    def _group(self, flags: Flags, depth: int) -> Node:
        wrap: Callable[[Node], Node]
        if not self._take("?"):
            wrap = self._numbered("")
        elif self._take(":"):
            wrap = _as_it_is
        elif look := next((look for look in _LOOKS if self._take(look)), None):
            wrap = _looking(look)
        elif self._take("<") or self._take("P<"):
            wrap = self._numbered(self._until(">"))
        else:
            flags = self._changed(flags, self._until(":"))
            wrap = _as_it_is
        part = self.choice(flags, depth)
        if not self._take(")"):
            self.fail("a group is not closed")
        return wrap(part)

    def _numbered(self, name: str) -> Callable[[Node], Node]:
        self.groups += 1
        number = self.groups
        if name in self.names:
            self.fail(f"there are two groups {name}")
        if name:
            self.names[name] = number
        return lambda part: Group(part, number)

    def _repeated(self, part: Node) -> Node:
        depth = 0
        while (times := self._times()) is not None:
            mode = "?" if self._take("?") else "+" if self._take("+") else ""
            part, depth = Repeat(part, *times, mode), depth + 1
            if depth > MAX_DEPTH:
                self.fail("too much is repeated")
        return part

    def _times(self) -> tuple[int, int | None] | None:
        for sign, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return times
        if not self._take("{"):
            return None
        low, comma, high = self._until("}").partition(",")
        if not low.isdecimal() or not (high == "" or high.isdecimal()):
            self.fail("a { must be followed by numbers")
        least = int(low[:9])
        most = int(high[:9]) if high else None if comma else least
        if max(least, most or 0) > MAX_TIMES or (most is not None and most < least):
            self.fail(f"a part is repeated {low}{comma}{high} times; at most {MAX_TIMES} are supported")
        return least, most

    # Single characters.

    def _escape(self, flags: Flags) -> Node:
        char = self._next()
        if char in _PLACES:
            return _PLACES[char]
        if char == "R":
            ends = Chars(properties.VERTICAL)
            return Choice((Sequence((Chars(charsets.chars("\r")), Chars(charsets.chars("\n")))), ends))
        if char == "k":
            name = self._until(">").removeprefix("<")
            if name not in self.names:
                self.fail(f"there is no group {name}")
            return Back(self.names[name])
        if char in "123456789":
            return self._back(char)
        return Chars(_cased(self._escaped_set(char), flags))

    def _back(self, digits: str) -> Node:
        while self.place < len(self.text) and self.text[self.place] in "0123456789":
            if int(digits + self.text[self.place]) > self.groups:
                break
            digits += self._next()
        if int(digits) > self.groups:
            self.fail(f"there is no group {digits} before this")
        return Back(int(digits))

    def _escaped_set(self, char: str) -> CharSet:
        """What stands after a backslash, where it is one character."""
        if char.lower() in _CLASSES:
            found = _CLASSES[char.lower()]
            return found if char.islower() else charsets.negated(found)
        if char in "pP":
            return self._property(negative=char == "P")
        if char in _CONTROLS:
            return charsets.chars(_CONTROLS[char])
        if char in "xu0c":
            return charsets.chars(self._coded(char))
        if char.isascii() and char.isalnum():
            self.place -= 1
            self.fail(f"\\{char} is not known")
        return charsets.chars(char)

    def _coded(self, char: str) -> str:
        if char == "c":
            return chr(ord(self._next()) ^ 64)
        if char == "0":
            return chr(self._code("01234567", 3, 8))
        if self._take("{"):
            digits = self._until("}")
            if not digits or digits.strip(_HEX) or int(digits[:8], 16) > 0x10FFFF:
                self.fail("this is no character")
            return chr(int(digits, 16))
        return chr(self._code(_HEX, 2 if char == "x" else 4, 16))

    def _code(self, allowed: str, most: int, base: int) -> int:
        digits = ""
        while len(digits) < most and self.text[self.place : self.place + 1] in allowed and self.place < len(self.text):
            digits += self._next()
        if not digits or (base == 16 and len(digits) < most):
            self.fail("this is no character")
        return int(digits, base)

    def _property(self, *, negative: bool) -> CharSet:
        name = self._until("}")[1:] if self.text.startswith("{", self.place) else self._next()
        negative ^= name.startswith("^")
        found = properties.named(name.removeprefix("^"))
        if found is None:
            self.fail(f"the property {name} is not supported")
        return charsets.negated(found) if negative else found

    def _class(self, flags: Flags, depth: int) -> CharSet:
        """What stands in brackets; the first is open already."""
        if depth > MAX_DEPTH:
            self.fail(f"brackets are nested deeper than {MAX_DEPTH}")
        negative = self._take("^")
        ranges, limits = [charsets.chars("]")] if self._take("]") else [], []
        while not self._take("]"):
            if self._take("&&"):
                limits.append(charsets.union(*ranges))
                ranges = []
            elif self._take("[:"):
                ranges.append(self._posix(self._until(":]")))
            elif self._take("["):
                ranges.append(self._class(flags, depth + 1))
            elif self._take(r"\Q"):
                ranges.append(charsets.chars(self._quoted()))
            else:
                ranges.append(self._range())
        found = charsets.union(*ranges)
        for limit in limits:
            found = charsets.common(found, limit)
        return charsets.negated(_cased(found, flags)) if negative else found

    def _posix(self, name: str) -> CharSet:
        found = properties.POSIX.get(name.removeprefix("^"))
        if found is None:
            self.fail(f"the class {name} is not supported")
        return charsets.negated(found) if name.startswith("^") else found

    def _range(self) -> CharSet:
        low = self._one()
        ahead = self.text[self.place : self.place + 2]
        if not ahead.startswith("-") or ahead[1:] in ("", "]", "["):
            return low
        self.place += 1
        high = self._one()
        if not _is_one(low) or not _is_one(high) or low > high:
            self.fail("this is no range of characters")
        return charsets.of((low[0][0], high[0][0]))

    def _one(self) -> CharSet:
        char = self._next()
        return self._escaped_set(self._next()) if char == "\\" else charsets.chars(char)


def _is_one(chars: CharSet) -> bool:
    return len(chars) == 1 and chars[0][0] == chars[0][1]


def _as_it_is(part: Node) -> Node:
    return part


def _looking(kind: str) -> Callable[[Node], Node]:
    return lambda part: Look(part, kind)


def _letter(char: str, flags: Flags) -> Node:
    return Chars(_cased(charsets.chars(char), flags))


def _cased(chars: CharSet, flags: Flags) -> CharSet:
    return charsets.without_case(chars, ascii_only=not flags.unicode_case) if flags.ignore_case else chars
