"""Random values of Avro schemas, with the odd ones that functions stumble over. For property tests."""

from __future__ import annotations

import math
from typing import Any

from pfa_schemas import Schema, Schemas
from pmml_random_fields import Maker

_INTS = (0, 1, -1, 2, 3, 5, 7, -3, 64, 1000, 2**31 - 1, -(2**31))
_LONGS = (*_INTS, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
_DOUBLES = (0.0, -0.0, 1.0, -1.0, 0.5, 0.3, 2.0, -2.5, 1e-300, 1e300, 1e15, math.inf, -math.inf, math.nan)
_WORDS = ("", "a", "b", "hello", "a,b", "2020-02-30", "0x1F", "-12", "1e5")
_TEXTS = (*_WORDS, "[a-z]+", "(a)(b)?", "(", "%Y-%m-%d", "\0", "ü€😀")
_BYTES = (b"", b"a", b"hello", b"\xff\xfe", b"\x00", "ü€😀".encode(), "ü".encode("latin-1"))
_KEYS = ("", "a", "b", "one", "0")
_DEEPEST = 6


def random_value(maker: Maker, schemas: Schemas, schema: Schema, depth: int = 0) -> Any:
    """A value of a schema in plain Python."""
    kind, schema = schemas.resolved(schema)
    if kind in _SCALARS:
        return maker.pick(_SCALARS[kind])
    if kind == "enum":
        return maker.pick(schema["symbols"])
    if kind == "fixed":
        return (maker.pick(_BYTES) * schema["size"] + bytes(schema["size"]))[: schema["size"]]
    if kind == "record":
        return {each["name"]: random_value(maker, schemas, each["type"], depth + 1) for each in schema["fields"]}
    if kind == "union":
        return _random_branch(maker, schemas, schema, depth)
    count = maker.pick((1, 2, 3, 0, 5)) if depth < _DEEPEST else 0
    if kind == "array":
        return [random_value(maker, schemas, schema["items"], depth + 1) for _ in range(count)]
    return {key: random_value(maker, schemas, schema["values"], depth + 1) for key in _KEYS[:count]}


def _random_branch(maker: Maker, schemas: Schemas, union: list[Schema], depth: int) -> Any:
    # What may hold itself ends somewhere: deep inside, it is the branch that ends soonest.
    branch = maker.pick(union) if depth < _DEEPEST else min(union, key=lambda each: _height(schemas, each, ()))
    if branch == "null":
        return None
    kind, schema = schemas.resolved(branch)
    tag = schema["name"] if kind in ("record", "enum", "fixed") else kind
    return {tag: random_value(maker, schemas, branch, depth + 1)}


def _height(schemas: Schemas, schema: Schema, inside: tuple[str, ...]) -> float:
    """How deep the smallest value of a schema is."""
    kind, schema = schemas.resolved(schema)
    if kind == "union":
        return min(_height(schemas, branch, inside) for branch in schema)
    if kind != "record":
        return 0
    if schema["name"] in inside:
        return math.inf
    inside = (*inside, schema["name"])
    return 1 + max((_height(schemas, each["type"], inside) for each in schema["fields"]), default=0)


_SCALARS: dict[str, tuple[Any, ...]] = {
    "null": (None,),
    "boolean": (True, False),
    "int": _INTS,
    "long": _LONGS,
    "float": _DOUBLES,
    "double": _DOUBLES,
    "string": _TEXTS,
    "bytes": _BYTES,
}
