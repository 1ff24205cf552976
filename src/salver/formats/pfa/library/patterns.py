"""Signatures of library functions, as text and as patterns to be matched with the types of arguments.

The notation: `(x: any A of int long float double, y: A) -> A`. A capital letter stands for a type; `any` binds it where
it is met first. Kinds: the primitive types, `array(T)`, `map(T)`, `union(T, U)`, `fcn(T, U) -> R`, `enum A`, `fixed A`,
`record A {field: T}` (a record with at least these fields), `enum F fields D` (an enum of just the names of the fields
of D)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from salver.formats.pfa.avro.types import PRIMITIVES, Type


@dataclass(frozen=True, slots=True)
class Exact:
    """A primitive type, or what is promoted to it."""

    type: Type


@dataclass(frozen=True, slots=True)
class ArrayOf:
    items: Pattern


@dataclass(frozen=True, slots=True)
class MapOf:
    values: Pattern


@dataclass(frozen=True, slots=True)
class UnionOf:
    types: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class FunctionOf:
    params: tuple[Pattern, ...]
    ret: Pattern


@dataclass(frozen=True, slots=True)
class Letter:
    """Any type, the same wherever the letter stands; one of `of`, where that is given."""

    name: str
    of: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedLetter:
    """Any enum, fixed or record (`kind`); a record with at least `fields`."""

    kind: str
    name: str
    fields: Mapping[str, Pattern] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Any enum whose symbols are the names of the fields of the record behind the letter `of`, in order."""

    name: str
    of: str


Pattern = Exact | ArrayOf | MapOf | UnionOf | FunctionOf | Letter | NamedLetter | FieldNames


@dataclass(frozen=True, slots=True)
class SignaturePattern:
    """What a function takes, by name, and what it gives."""

    text: str
    params: tuple[tuple[str, Pattern], ...]
    ret: Pattern


_T = TypeVar("_T")
_TOKEN: Final = re.compile(r"\s*(->|[A-Za-z_][A-Za-z0-9_]*|[(){},:])")


def parse_signature(text: str) -> SignaturePattern:
    """A signature in the notation above. Raises ValueError where it is none."""
    reader = _Reader(text)
    params = reader.listed("(", ")", lambda: (reader.word(), reader.pattern(after=":")))
    reader.expect("->")
    return SignaturePattern(text, tuple(params), reader.pattern())


class _Reader:
    """Reads one signature, token by token."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = [*_TOKEN.findall(text), ""]
        self._at = 0
        self._kinds: dict[str, Pattern] = {}
        """Letters that stand for enums, fixed types or records: they do so at every mention."""

    def peek(self) -> str:
        return self._tokens[self._at]

    def word(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def expect(self, token: str) -> None:
        if (found := self.word()) != token:
            raise ValueError(f"a signature wants {token!r}, not {found!r}, in {' '.join(self._tokens)}")

    def listed(self, opening: str, closing: str, item: Callable[[], _T]) -> list[_T]:
        self.expect(opening)
        found = []
        while self.peek() != closing:
            found.append(item())
            if self.peek() == ",":
                self.word()
        self.expect(closing)
        return found

    def pattern(self, after: str = "") -> Pattern:
        if after:
            self.expect(after)
        word = self.word()
        if word in PRIMITIVES:
            return Exact(PRIMITIVES[word])
        if word in ("array", "map", "union", "fcn"):
            inner = tuple(self.listed("(", ")", self.pattern))
            if word == "fcn":
                self.expect("->")
                return FunctionOf(inner, self.pattern())
            return UnionOf(inner) if word == "union" else ArrayOf(inner[0]) if word == "array" else MapOf(inner[0])
        if word == "any":
            return Letter(self.word(), self._choice())
        if word == "enum":
            return self._enum(self.word())
        if word == "fixed":
            return self._named(NamedLetter("fixed", self.word()))
        if word == "record":
            name = self.word()
            self._named(NamedLetter("record", name))
            fields = self.listed("{", "}", lambda: (self.word(), self.pattern(after=":")))
            return NamedLetter("record", name, dict(fields))
        if re.fullmatch("[A-Z][A-Za-z0-9]*", word):
            return self._kinds.get(word) or Letter(word)
        raise ValueError(f"{word!r} is no type, in {' '.join(self._tokens)}")

    def _named(self, pattern: NamedLetter) -> NamedLetter:
        self._kinds[pattern.name] = pattern
        return pattern

    def _enum(self, name: str) -> Pattern:
        if self.peek() != "fields":
            return self._named(NamedLetter("enum", name))
        self.word()
        return FieldNames(name, self.word())

    def _choice(self) -> tuple[Type, ...]:
        if self.peek() != "of":
            return ()
        self.word()
        found = []
        while self.peek() in PRIMITIVES:
            found.append(PRIMITIVES[self.word()])
        return tuple(found)
