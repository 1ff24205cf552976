"""What the reader makes of a document: nodes of one shape, a kind and its parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from salver.formats.pfa.avro.schema import Place

SYMBOL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
FUNCTION_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An expression or a function: what kind of form it is, its parts by their keys in the document, and its JSON
    path."""

    kind: str
    parts: Mapping[str, Any]
    path: str

    def __getitem__(self, key: str) -> Any:
        return self.parts[key]

    def get(self, key: str) -> Any:
        """A part that need not be there; None where it is not."""
        return self.parts.get(key)


FUNCTIONS: Final = frozenset(("function", "reference", "fill"))
"""The kinds that are functions: arguments, but no expressions."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell or a pool: its type and what it holds at first."""

    name: str
    type: Place
    init: Any
    shared: bool
    rollback: bool
    source: str
    path: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document whose form is right."""

    name: str
    method: str
    input: Place
    output: Place
    begin: tuple[Node, ...] = ()
    action: tuple[Node, ...] = ()
    end: tuple[Node, ...] = ()
    merge: tuple[Node, ...] = ()
    functions: Mapping[str, Node] = field(default_factory=dict)
    zero: Any = None
    cells: Mapping[str, Cell] = field(default_factory=dict)
    pools: Mapping[str, Cell] = field(default_factory=dict)
    randseed: int | None = None
    doc: str = ""
    version: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
