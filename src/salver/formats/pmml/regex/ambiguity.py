"""Whether a repeated part of a regular expression can read a text in more than one way.

The test is that of deterministic content models: wherever one is in the repeated part, the next character alone must
say which of its characters that is, and by which way one comes there.
"""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import Final

from salver.formats.pmml.regex.charsets import CharSet, union
from salver.formats.pmml.regex.nodes import Chars, Choice, Group, Look, Node, Place, Repeat, Sequence

_MAX_CHARS: Final = 300


class _AmbiguousError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where a part begins and ends: numbers of characters in it."""

    first: tuple[int, ...]
    last: tuple[int, ...]
    may_be_empty: bool


_NOTHING: Final = _Ends((), (), may_be_empty=True)


def is_unambiguous(part: Node) -> bool:
    """Whether a part, repeated without end, reads each text in one way at most."""
    automaton = _Automaton()
    try:
        automaton.repeated(automaton.ends(part))
    except _AmbiguousError:
        return False
    return all(_are_apart([automaton.sets[place] for place in next_]) for next_ in automaton.follow)


class _Automaton:
    def __init__(self) -> None:
        self.sets: list[CharSet] = []
        self.follow: list[list[int]] = []

    def ends(self, node: Node) -> _Ends:
        match node:
            case Chars(chars):
                return self._char(chars)
            case Group(part, _):
                return self.ends(part)
            case Sequence(parts):
                return self._joined([self.ends(part) for part in parts])
            case Choice(branches):
                return self._chosen([self.ends(branch) for branch in branches])
            case Repeat():
                return self._repeat(node)
            case Place() | Look():
                return _NOTHING
        raise _AmbiguousError

    def repeated(self, ends: _Ends) -> _Ends:
        if ends.may_be_empty:
            raise _AmbiguousError
        self._connect(ends.last, ends.first)
        return _Ends(ends.first, ends.last, may_be_empty=True)

    def _char(self, chars: CharSet) -> _Ends:
        if len(self.sets) >= _MAX_CHARS:
            raise _AmbiguousError
        self.sets.append(chars)
        self.follow.append([])
        place = len(self.sets) - 1
        return _Ends((place,), (place,), may_be_empty=False)

    def _connect(self, last: tuple[int, ...], first: tuple[int, ...]) -> None:
        for place in last:
            if not set(self.follow[place]).isdisjoint(first):
                raise _AmbiguousError
            self.follow[place] += first

    def _joined(self, parts: list[_Ends]) -> _Ends:
        whole = _NOTHING
        for part in parts:
            self._connect(whole.last, part.first)
            whole = _Ends(
                whole.first + part.first if whole.may_be_empty else whole.first,
                whole.last + part.last if part.may_be_empty else part.last,
                whole.may_be_empty and part.may_be_empty,
            )
        return whole

    def _chosen(self, branches: list[_Ends]) -> _Ends:
        if sum(branch.may_be_empty for branch in branches) > 1:
            raise _AmbiguousError
        return _Ends(
            tuple(place for branch in branches for place in branch.first),
            tuple(place for branch in branches for place in branch.last),
            any(branch.may_be_empty for branch in branches),
        )

    def _repeat(self, node: Repeat) -> _Ends:
        needed = [self.ends(node.part) for _ in range(node.least)]
        if node.most is None:
            return self._joined([*needed, self.repeated(self.ends(node.part))])
        rest = _NOTHING
        for _ in range(node.most - node.least):
            rest = self._optional(self._joined([self.ends(node.part), rest]))
        return self._joined([*needed, rest])

    def _optional(self, ends: _Ends) -> _Ends:
        if ends.may_be_empty:
            raise _AmbiguousError
        return _Ends(ends.first, ends.last, may_be_empty=True)


def _are_apart(sets: list[CharSet]) -> bool:
    return _size(union(*sets)) == sum(map(_size, sets))


def _size(chars: CharSet) -> int:
    return sum(high - low + 1 for low, high in chars)


def may_be_empty(node: Node) -> bool:
    """Whether it can match without reading anything; a yes may be wrong."""
    match node:
        case Chars():
            return False
        case Sequence(parts):
            return all(map(may_be_empty, parts))
        case Choice(branches):
            return any(map(may_be_empty, branches))
        case Group(part, _):
            return may_be_empty(part)
        case Repeat(part, least, _, _):
            return least == 0 or may_be_empty(part)
    return True


# Choices.


def branching(branches: Items[Node]) -> int:
    """How many of the branches of a choice may fit one text at most: those that begin as others go on count."""
    root = _Letters()
    for branch in branches:
        root.add(opening(branch))
    return max(root.most_ends(), 1)


class _Letters:
    """A tree of what branches begin with."""

    __slots__ = ("ends", "next")

    def __init__(self) -> None:
        self.ends = 0
        self.next: dict[CharSet, _Letters] = {}

    def add(self, opening: list[CharSet]) -> None:
        letters = self
        for chars in opening:
            letters = letters.next.setdefault(chars, _Letters())
        letters.ends += 1

    def most_ends(self) -> int:
        """On any way from here."""
        below = [letters.most_ends() for letters in self.next.values()]
        apart = _are_apart(list(self.next))
        return self.ends + (max(below, default=0) if apart else sum(below))


_MAX_OPENING: Final = 100


def opening(node: Node) -> list[CharSet]:
    """The characters that a branch surely begins with."""
    match node:
        case Chars(chars):
            return [chars]
        case Group(part, _):
            return opening(part)
        case Repeat(part, least, _, _) if least > 0:
            return opening(part)[:1]
        case Sequence(parts):
            found: list[CharSet] = []
            for part in parts[:_MAX_OPENING]:
                found += opening(part)
                if not isinstance(part, Chars):
                    break
            return found
    return []
