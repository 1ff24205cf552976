"""The types of random PFA programs, with literals and inputs of them."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pfa_interpreter_types import NUMBERS, Type, tag_of
from pmml_random_fields import Maker

Json = Any
POINT = ("record", "Point")
COLOUR = ("enum", "Colour")
SYMBOLS = ("red", "green", "blue", "def")
POINT_FIELDS: dict[str, Type] = {
    "x": "double",
    "n": "int",
    "tags": ("array", "string"),
    "more": ("union", ("null", "double")),
}
DEFINITIONS: dict[str, Json] = {}
"""How the named types are declared."""
SCALARS = ("boolean", "int", "long", "float", "double", "string")
UNIONS: tuple[Type, ...] = (
    ("union", ("null", "double")),
    ("union", ("int", "string")),
    ("union", ("string", "null", "int")),
    ("union", ("null", POINT)),
    ("union", (("array", "int"), "boolean")),
)
TYPES: tuple[Type, ...] = (
    *SCALARS,
    *SCALARS,
    "null",
    POINT,
    COLOUR,
    *(("array", items) for items in (*SCALARS[1:], POINT, ("array", "int"), UNIONS[0])),
    *(("map", values) for values in ("int", "double", "string", POINT, ("array", "double"))),
    *UNIONS,
)
_NUMBERS = {
    "int": (-3, -1, 0, 1, 2, 7, 2**31 - 1, -(2**31)),
    "long": (-3, 0, 1, 2, 5, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)),
    "float": (-1.5, 0.0, 0.1, 1.0, 2.5, 3.4e38, math.inf),
    "double": (-2.5, -0.0, 0.0, 0.1, 0.5, 1.0, 3.0, 1e300, math.inf, -math.inf, math.nan),
}
_LITERAL_NUMBERS = {type_: [x for x in values if math.isfinite(x)] for type_, values in _NUMBERS.items()}
_TEXTS = ("", "a", "b", "input", 'it\'s "so"', "ü\n", "aab")
_KEYS = ("a", "b", "input", "")


def schema(type_: Type) -> Json:
    """A type as it is mentioned in a document."""
    if isinstance(type_, str):
        return type_
    if type_[0] == "union":
        return [schema(branch) for branch in type_[1]]
    if type_[0] in ("array", "map"):
        return {"type": type_[0], "items" if type_[0] == "array" else "values": schema(type_[1])}
    return type_[1]


DEFINITIONS.update(
    Point={
        "type": "record",
        "name": "Point",
        "fields": [{"name": name, "type": schema(type_)} for name, type_ in POINT_FIELDS.items()],
    },
    Colour={"type": "enum", "name": "Colour", "symbols": list(SYMBOLS)},
)


def value(maker: Maker, type_: Type, numbers: dict[str, Any] = _NUMBERS) -> Json:
    """A value of a type, as JSON."""
    kind = type_[0] if isinstance(type_, tuple) else type_
    if type_ in NUMBERS:
        return maker.pick(numbers[type_])
    if kind == "boolean":
        return maker.chance(50)
    if kind == "string":
        return maker.pick(_TEXTS)
    if kind == "enum":
        return maker.pick(SYMBOLS)
    if kind == "array":
        return [value(maker, type_[1], numbers) for _ in range(maker.pick((1, 2, 3, 0)))]
    if kind == "map":
        return {key: value(maker, type_[1], numbers) for key in _KEYS[: maker.pick((1, 2, 3, 0))]}
    if kind == "record":
        return {name: value(maker, of, numbers) for name, of in POINT_FIELDS.items()}
    if kind == "union":
        branch = maker.pick(type_[1])
        return None if branch == "null" else {tag_of(branch): value(maker, branch, numbers)}
    return None


def literal(maker: Maker, type_: Type) -> Json:
    """A literal of a type."""
    made = value(maker, type_, _LITERAL_NUMBERS)
    if type_ in ("null", "boolean", "int", "double") and maker.chance(70):
        return made
    if type_ == "string":
        return [made] if maker.chance(50) else {"string": made}
    if type_ in NUMBERS:
        return {type_: made}
    return {"type": schema(type_), "value": made}


def bytes_literal(content: bytes) -> Json:
    return {"base64": base64.b64encode(content).decode()}


@dataclass(frozen=True)
class Symbol:
    name: str
    type: Type
    may_be_set: bool = True


@dataclass(frozen=True)
class Signature:
    """A function of the document."""

    name: str
    params: tuple[tuple[str, Type], ...]
    ret: Type
    writes: bool = False
    """Whether it changes cells or pools."""


@dataclass(frozen=True)
class Place:
    """Where an expression stands: what can be seen there."""

    symbols: tuple[Symbol, ...] = ()
    depth: int = 0
    may_write: bool = True
    """Whether cells and pools may be changed, and something emitted."""
    functions: tuple[Signature, ...] = ()
    cells: dict[str, Type] = field(default_factory=dict)
    pools: dict[str, Type] = field(default_factory=dict)
    group: tuple[Signature, ...] = ()
    """Functions of one type, which the enum Which names."""
    emits: Type = None
    """What is emitted; None where nothing is."""

    def argument(self) -> Place:
        """That of an argument: what is outside cannot be set there."""
        return self.but(symbols=tuple(Symbol(each.name, each.type, False) for each in self.symbols))

    def deeper(self) -> Place:
        return self.but(depth=self.depth + 1)

    def with_(self, *symbols: Symbol) -> Place:
        return self.but(symbols=self.symbols + symbols)

    def but(self, **changes: Any) -> Place:
        return Place(**{**vars(self), **changes})

    def of_type(self, type_: Type) -> Sequence[Symbol]:
        return [each for each in self.symbols if each.type == type_]

    def callable(self) -> Sequence[Signature]:
        return [each for each in self.functions if self.may_write or not each.writes]
