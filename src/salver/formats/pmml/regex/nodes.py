"""Regular expressions as trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from salver.formats.pmml.regex.charsets import CharSet


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    set: CharSet


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first of the branches that fits."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    part: Node
    least: int
    most: int | None
    """None for any number."""
    mode: str
    """Empty for as often as possible, `?` for as rarely, `+` for as often and never fewer."""


@dataclass(frozen=True, slots=True)
class Group:
    part: Node
    number: int


@dataclass(frozen=True, slots=True)
class Place:
    """A test of where one is: in Python's notation."""

    kind: str


@dataclass(frozen=True, slots=True)
class Look:
    """A test of what comes next, or came before: `(?=`, `(?!`, `(?<=`, `(?<!`; or `(?>`, which never gives back."""

    part: Node
    kind: str


@dataclass(frozen=True, slots=True)
class Back:
    """What a group has matched, again."""

    number: int


Node: TypeAlias = Chars | Sequence | Choice | Repeat | Group | Place | Look | Back

START: Final = Place(r"\A")
END: Final = Place(r"\Z")
LAST_LINE_END: Final = Place("$")
LINE_START: Final = Place("(?m:^)")
LINE_END: Final = Place("(?m:$)")
BORDER: Final = Place(r"\b")
NO_BORDER: Final = Place(r"\B")
