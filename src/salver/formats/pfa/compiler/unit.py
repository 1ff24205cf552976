"""What the whole of a document shares while it is compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from salver.formats.pfa.avro.types import Function, Type
from salver.formats.pfa.compiler.source import Line, Marks, Names, literal
from salver.formats.pfa.errors import PFAInitializationError
from salver.formats.pfa.syntax.node import Document, Node


@dataclass(frozen=True, slots=True)
class UserFunction:
    """A function of the document: its type, the names of its parameters, and its name in the source."""

    type: Function
    params: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Storage:
    """A cell or a pool as the compiler sees it."""

    type: Type
    text: str
    """The name of the object that holds it."""
    constant: Any
    """Its value, where nothing writes it; else UNKNOWN."""


@dataclass(slots=True)
class Restriction:
    """Functions that may not write cells or pools, since they are called while one is written."""

    effects: frozenset[str]
    path: str


@dataclass(slots=True)
class Unit:
    """One document being compiled."""

    document: Document
    output: Type
    cells: Mapping[str, Storage]
    pools: Mapping[str, Storage]
    functions: dict[str, UserFunction] = field(default_factory=dict)
    namespace: dict[str, Any] = field(default_factory=dict)
    """The global names of the source that stand for values known now."""
    names: Names = field(default_factory=Names)
    marks: Marks = field(default_factory=Marks)
    hoisted: list[Line] = field(default_factory=list)
    """Functions at the top of the source."""
    tables: list[str] = field(default_factory=list)
    """Statements after them."""
    effects: set[str] = field(default_factory=set)
    """What the code under way calls and does: "u.name" for a function of the document, and the kinds of forms."""
    effects_of: dict[str, frozenset[str]] = field(default_factory=dict)
    restrictions: list[Restriction] = field(default_factory=list)
    uses: set[str] = field(default_factory=set)
    """What of the engine is wanted: "random", "clock", "emit", "log", "tick", "actionsStarted", ..."""
    tree_nodes: int = 0
    """The nodes of trees that have been written in place."""
    input_text: str = ""
    """The name of the input in the source, while the action is compiled."""
    _constants: dict[tuple[int, str], tuple[str, Any]] = field(default_factory=dict)

    def constant(self, value: Any, word: str = "k") -> str:
        """The text of a value known now: a literal, or a global name."""
        text = literal(value)
        if text is not None:
            return text if not text.startswith("-") else f"({text})"
        key = (id(value), type(value).__name__)
        if key not in self._constants:
            name = self.names.new(word)
            self.namespace[name] = value
            self._constants[key] = (name, value)
        return self._constants[key][0]

    def bind(self, value: Callable[..., Any], word: str) -> str:
        """A global name for something that is called."""
        return self.constant(value, word)

    def all_effects(self, direct: frozenset[str]) -> frozenset[str]:
        """What is called and done, through all functions of the document."""
        found: set[str] = set()
        todo = list(direct)
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                todo.extend(self.effects_of.get(one, ()))
        return frozenset(found)

    def check_restrictions(self) -> None:
        """Raises PFAInitializationError where a cell or pool would be written while one is being written."""
        for one in self.restrictions:
            forbidden = self.all_effects(one.effects) & {"cell-to", "pool-to", "pool-del"}
            if forbidden:
                raise PFAInitializationError(
                    f"a function given to cell-to or pool-to must not write any itself, but gets to {min(forbidden)}",
                    one.path,
                )


def written(document: Document) -> frozenset[tuple[str, str]]:
    """Which cells and pools a document writes, as ("cell", name) and ("pool", name)."""
    found: set[tuple[str, str]] = set()
    roots = (*document.begin, *document.action, *document.end, *document.merge, *document.functions.values())
    todo: list[Any] = list(roots)
    while todo:
        one = todo.pop()
        if isinstance(one, Node):
            if one.kind in ("cell-to", "pool-to", "pool-del"):
                kind = one.kind.partition("-")[0]
                found.add((kind, one[kind]))
            todo.extend(one.parts.values())
        elif isinstance(one, Mapping):
            todo.extend(one.values())
        elif isinstance(one, tuple):
            todo.extend(one)
    return frozenset(found)
