"""A piece of Python under way: its text, what is known of it, and the scopes of symbols it may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from salver.formats.pfa.avro.types import Type
from salver.formats.pfa.library.registry import UNKNOWN


@dataclass(frozen=True, slots=True)
class Code:
    """An expression in Python and the type of its value."""

    text: str
    type: Type
    simple: bool = False
    """A name or a literal: it may be said twice, and later statements do not change it."""
    constant: Any = UNKNOWN
    """Its value, where that will never change."""
    depth: int = 0
    """How deep its parentheses are nested, about."""


@dataclass(slots=True)
class Symbol:
    """What a name of the document stands for."""

    type: Type
    text: str
    constant: Any = UNKNOWN


@dataclass(slots=True)
class Scope:
    """Symbols that may be seen, one scope inside another (PFA 0.8.1, "Symbols and scope")."""

    parent: Scope | None = None
    sealed_above: bool = True
    """What lies outside may be read, not set."""
    sealed_within: bool = False
    """No symbol may be made or set here."""
    symbols: dict[str, Symbol] = field(default_factory=dict)

    def child(self, *, above: bool, within: bool) -> Scope:
        """A scope inside this one."""
        return Scope(self, above, within)

    def argument(self) -> Scope:
        """The scope of what is only computed: it makes no symbols and sets none."""
        return Scope(self, True, True)

    def block(self) -> Scope:
        """The scope of a block: it makes its own symbols and may set those outside."""
        return Scope(self, False, False)

    def get(self, name: str) -> Symbol | None:
        """What a name stands for here."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.symbols:
                return scope.symbols[name]
            scope = scope.parent
        return None

    def writable(self, name: str) -> bool:
        """Whether a symbol that is there may be set from here."""
        scope: Scope | None = self
        while scope is not None:
            if scope.sealed_within:
                return False
            if name in scope.symbols:
                return True
            if scope.sealed_above:
                return False
            scope = scope.parent
        return False
