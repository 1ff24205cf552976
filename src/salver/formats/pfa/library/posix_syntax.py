"""Reads POSIX extended regular expressions, with back references and the escapes that GNU adds (`\\w`, `\\b`, `\\<` and
their kin), into nodes. It only knows the notation: `posix_patterns.py` finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from salver.formats.pfa.library.posix_brackets import bracket, literal
from salver.formats.pfa.library.posix_errors import BadPattern

MOST_REPEATS: Final = 2**15 - 1
_DEEPEST: Final = 40
"""So many groups and repetitions may be inside each other."""
_LONGEST: Final = 10_000
"""So many characters a pattern may have."""


@dataclass(frozen=True, slots=True)
class One:
    """One character of some. `text` is how Python's expressions write it, `literal` the character, if it is just
    one."""

    text: str
    literal: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between characters. `text` is how Python's expressions write it."""

    text: str


@dataclass(frozen=True, slots=True)
class Again:
    """What a group has found, once more."""

    group: int


@dataclass(frozen=True, slots=True)
class Group:
    """One of some sequences; the whole pattern is one without parentheses."""

    branches: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Something so many times; `high` is None where there is no end to it."""

    of: Node
    low: int
    high: int | None


Node = One | Mark | Again | Group | Repeat

_MARKS: Final = {"b": r"\b", "B": r"\B", "<": r"\m", ">": r"\M", "`": r"\A", "'": r"\Z"}
_CLASSES: Final = {"w": r"\w", "W": r"\W", "s": r"\s", "S": r"\S"}
_CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}
_REPEATS: Final = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def read(pattern: str) -> Group:
    """The nodes of a pattern. Raises BadPattern."""
    if len(pattern) > _LONGEST:
        raise BadPattern(f"longer than {_LONGEST} characters")
    root = _Reader(pattern).whole()
    _bounded(root)
    return root


def _bounded(root: Node) -> None:
    """Raises BadPattern if there is too much inside each other, as others go through it with functions that call
    themselves."""
    left = [(root, 0)]
    while left:
        node, depth = left.pop()
        if depth > _DEEPEST:
            raise BadPattern("nested too deep")
        if isinstance(node, Repeat):
            left.append((node.of, depth + 1))
        elif isinstance(node, Group):
            left.extend((part, depth + 1) for branch in node.branches for part in branch)


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0
        self._opened = 0
        self._closed: frozenset[int] = frozenset()

    def whole(self) -> Group:
        return self._branches()

    def _peek(self) -> str:
        """The next character; empty at the end."""
        return self._pattern[self._at : self._at + 1]

    def _next(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1 : self._at]

    def _takes(self, character: str) -> bool:
        if self._peek() != character:
            return False
        self._at += 1
        return True

    def _branches(self) -> Group:
        """Up to the end of the group, or of the pattern. No branch can refer to a group of another one."""
        before = self._closed
        branches, closed = [self._sequence()], self._closed
        while self._takes("|"):
            self._closed = before
            branches.append(self._sequence())
            closed = closed | self._closed
        self._closed = closed
        return Group(tuple(branches))

    def _sequence(self) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while (character := self._peek()) and character != "|" and not (character == ")" and self._depth):
            node = self._single()
            nodes.append(node if isinstance(node, Mark) else self._repeated(node))
        return tuple(nodes)

    def _single(self) -> Node:
        character = self._next()
        match character:
            case "(":
                return self._group()
            case "[":
                text, self._at = bracket(self._pattern, self._at)
                return One(text)
            case ".":
                return One(".")
            case "^":
                return Mark(r"\A")
            case "$":
                return Mark(r"\Z")
            case "*" | "+" | "?" | "{":
                raise BadPattern(f"nothing to repeat before {character}")
            case "\\":
                return self._escaped(self._next())
        return One(literal(character), character)

    def _escaped(self, character: str) -> Node:
        if not character:
            raise BadPattern("nothing after \\")
        if character in "123456789":
            return self._again(int(character))
        if character in _MARKS:
            return Mark(_MARKS[character])
        if character in _CLASSES:
            return One(_CLASSES[character])
        character = _CONTROLS.get(character, character)
        return One(literal(character), character)

    def _again(self, group: int) -> Again:
        if group not in self._closed:
            raise BadPattern(f"there is no group {group} before \\{group}")
        return Again(group)

    def _group(self) -> Group:
        self._opened += 1
        number = self._opened
        self._deeper(1)
        group = self._branches()
        if not self._takes(")"):
            raise BadPattern("( without )")
        self._deeper(-1)
        self._closed |= {number}
        return group

    def _deeper(self, by: int) -> None:
        self._depth += by
        if self._depth > _DEEPEST:
            raise BadPattern("nested too deep")

    def _repeated(self, node: Node) -> Node:
        while True:
            if self._peek() in _REPEATS:
                low, high = _REPEATS[self._next()]
            elif self._takes("{"):
                low, high = self._interval()
            else:
                return node
            node = Repeat(node, low, high)

    def _interval(self) -> tuple[int, int | None]:
        """{n}, {n,}, {n,m} and {,m}, after the brace."""
        low = self._digits()
        if self._takes(","):
            high = self._digits()
        elif low is None:
            raise BadPattern("no number after {")
        else:
            high = low
        if not self._takes("}"):
            raise BadPattern("{ without }")
        low = low or 0
        if high is not None and low > high:
            raise BadPattern(f"{{{low},{high}}} is the wrong way round")
        if max(low, high or 0) > MOST_REPEATS:
            raise BadPattern(f"more than {MOST_REPEATS} times")
        return low, high

    def _digits(self) -> int | None:
        start = self._at
        while self._peek() and self._peek() in "0123456789":
            self._at += 1
        text = self._pattern[start : self._at]
        return int(text[-20:]) + (len(text) > 20) * (MOST_REPEATS + 1) if text else None
