"""Avro schemas as JSON become types. A name is declared once, anywhere in a document, and may be used before that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from salver.formats.pfa.avro.types import (
    NO_DEFAULT,
    PRIMITIVES,
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Named,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.errors import PFASyntaxError

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_FULL_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")
_NAMED: Final = ("record", "enum", "fixed")
_KEYS: Final = {
    "record": {"fields"},
    "enum": {"symbols"},
    "fixed": {"size"},
    "array": {"items"},
    "map": {"values"},
}
_MAX_FIXED: Final = 2**24


class Place:
    """Where a document wants a type: a schema that is resolved once all names are known."""

    __slots__ = ("_type", "path", "schema")

    def __init__(self, schema: Any, path: str) -> None:
        self.schema = schema
        self.path = path
        self._type: Type | None = None

    @property
    def type(self) -> Type:
        """The type. Only asked for after `Schemas.resolve`."""
        if self._type is None:
            raise LookupError(f"the schema at {self.path} has not been resolved")
        return self._type

    def resolve(self, of: Type) -> None:
        """Sets the type, once."""
        self._type = of


class Schemas:
    """All schemas of one document."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._named: dict[str, Named] = {}
        self._declared: dict[int, Named] = {}

    def place(self, schema: Any, path: str) -> Place:
        """Notes that a type is wanted there."""
        place = Place(schema, path)
        self._places.append(place)
        return place

    def resolve(self) -> None:
        """Makes types of all schemas noted. Raises PFASyntaxError."""
        for place in self._places:
            self._declare(place.schema, place.path, "")
        for place in self._places:
            place.resolve(self._type(place.schema, place.path, ""))

    def records(self) -> list[Record]:
        """All records that are declared. Only asked for after `resolve`."""
        return [made for made in self._named.values() if isinstance(made, Record)]

    def _declare(self, schema: Any, path: str, namespace: str) -> None:
        """Notes the names that a schema declares."""
        if isinstance(schema, list):
            for at, branch in enumerate(schema):
                self._declare(branch, f"{path}[{at}]", namespace)
            return
        if not isinstance(schema, Mapping):
            return
        kind = schema.get("type")
        if isinstance(kind, str) and kind in _NAMED:
            namespace = self._declare_named(schema, kind, path, namespace)
            fields = schema.get("fields") if kind == "record" else None
            for at, field in enumerate(fields if isinstance(fields, list) else []):
                if isinstance(field, Mapping):
                    self._declare(field.get("type"), f"{path}.fields[{at}].type", namespace)
        elif isinstance(kind, (Mapping, list)):
            self._declare(kind, f"{path}.type", namespace)
        for inner in ("items", "values"):
            if inner in schema:
                self._declare(schema[inner], f"{path}.{inner}", namespace)

    def _declare_named(self, schema: Mapping[str, Any], kind: str, path: str, namespace: str) -> str:
        """Notes one named type; gives the name space inside it."""
        for key in sorted(_KEYS[kind] | {"name"}):
            if key not in schema:
                raise PFASyntaxError(f"the schema of {_a(kind)} must say its {key!r}", path)
        name, space = _full_name(schema, path, namespace)
        made: Named
        if kind == "record":
            made = Record(name, (), space)
        elif kind == "enum":
            made = Enum(name, _symbols(schema["symbols"], path), space)
        else:
            made = Fixed(name, _size(schema["size"], path), space)
        if made.tag in PRIMITIVES or made.tag in ("array", "map", "union", *_NAMED):
            raise PFASyntaxError(f"{made.tag!r} is the name of a kind, no name for a type", path)
        if made.tag in self._named:
            raise PFASyntaxError(f"the type {made.tag!r} is declared twice; name it where it is used again", path)
        self._named[made.tag] = self._declared[id(schema)] = made
        return space

    def _type(self, schema: Any, path: str, namespace: str) -> Type:
        if isinstance(schema, str):
            return self._by_name(schema, path, namespace)
        if isinstance(schema, list):
            return self._union(schema, path, namespace)
        if not isinstance(schema, Mapping) or "type" not in schema:
            raise PFASyntaxError(
                f"an Avro schema is a name, an object with a 'type' or a list, not {_short(schema)}", path
            )
        kind = schema["type"]
        if isinstance(kind, (Mapping, list)):
            return self._type(kind, f"{path}.type", namespace)
        if kind in ("array", "map"):
            inner = "items" if kind == "array" else "values"
            if inner not in schema:
                raise PFASyntaxError(f"the schema of {_a(kind)} must say its {inner!r}", path)
            found = self._type(schema[inner], f"{path}.{inner}", namespace)
            return Array(found) if kind == "array" else Map(found)
        if kind in _NAMED:
            return self._named_type(schema, path, namespace)
        return self._by_name(kind, f"{path}.type", namespace)

    def _by_name(self, name: Any, path: str, namespace: str) -> Type:
        if not isinstance(name, str):
            raise PFASyntaxError(f"the name of a type is text, not {_short(name)}", path)
        if name in PRIMITIVES:
            return PRIMITIVES[name]
        found = (self._named.get(f"{namespace}.{name}") if namespace and "." not in name else None) or self._named.get(
            name
        )
        if found is None:
            known = ", ".join(sorted(self._named)[:10])
            raise PFASyntaxError(f"there is no type {name!r}" + (f"; there are {known}" if known else ""), path)
        return found

    def _union(self, schema: list[Any], path: str, namespace: str) -> Type:
        types = [self._type(branch, f"{path}[{at}]", namespace) for at, branch in enumerate(schema)]
        if not types:
            raise PFASyntaxError("a union holds at least one type", path)
        tags: set[str] = set()
        for at, one in enumerate(types):
            if isinstance(one, Union):
                raise PFASyntaxError("a union does not hold a union", f"{path}[{at}]")
            if one.tag in tags:
                raise PFASyntaxError(f"a union holds {one.tag} once", f"{path}[{at}]")
            tags.add(one.tag)
        return Union(types)

    def _named_type(self, schema: Mapping[str, Any], path: str, namespace: str) -> Type:
        made = self._declared[id(schema)]
        if isinstance(made, Record) and not made.fields:
            made.fields = self._fields(schema["fields"], path, made.namespace)
        return made

    def _fields(self, fields: Any, path: str, namespace: str) -> tuple[Field, ...]:
        if not isinstance(fields, list):
            raise PFASyntaxError(f"the fields of a record are a list, not {_short(fields)}", f"{path}.fields")
        found: dict[str, Field] = {}
        for at, field in enumerate(fields):
            place = f"{path}.fields[{at}]"
            if not isinstance(field, Mapping) or "name" not in field or "type" not in field:
                raise PFASyntaxError(f"a field has a 'name' and a 'type', not {_short(field)}", place)
            name = field["name"]
            if not isinstance(name, str) or not _NAME.match(name):
                raise PFASyntaxError(f"{_short(name)} is no name for a field", f"{place}.name")
            if name in found:
                raise PFASyntaxError(f"the field {name!r} is there twice", place)
            order = field.get("order", "ascending")
            if order not in ("ascending", "descending", "ignore"):
                raise PFASyntaxError(
                    f"the order of a field is ascending, descending or ignore, not {_short(order)}", place
                )
            kind = self._type(field["type"], f"{place}.type", namespace)
            found[name] = Field(name, kind, field.get("default", NO_DEFAULT), order)
        return tuple(found.values())


def _full_name(schema: Mapping[str, Any], path: str, namespace: str) -> tuple[str, str]:
    """The name and the name space that a schema declares."""
    name, space = schema["name"], schema.get("namespace", namespace)
    if space is None:
        space = ""
    if not isinstance(name, str) or not _FULL_NAME.match(name):
        raise PFASyntaxError(f"{_short(name)} is no name for a type", f"{path}.name")
    if not isinstance(space, str) or (space and not _FULL_NAME.match(space)):
        raise PFASyntaxError(f"{_short(space)} is no name space", f"{path}.namespace")
    if "." in name:
        space, name = name.rsplit(".", 1)
    return name, space


def _symbols(symbols: Any, path: str) -> tuple[str, ...]:
    if not isinstance(symbols, list) or not all(isinstance(one, str) and _NAME.match(one) for one in symbols):
        raise PFASyntaxError(f"the symbols of an enum are a list of names, not {_short(symbols)}", f"{path}.symbols")
    if len(set(symbols)) < len(symbols):
        raise PFASyntaxError("a symbol of an enum is there twice", f"{path}.symbols")
    return tuple(symbols)


def _size(size: Any, path: str) -> int:
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _MAX_FIXED:
        raise PFASyntaxError(f"the size of a fixed type is a number of bytes, not {_short(size)}", f"{path}.size")
    return size


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'ae' else 'a'} {kind}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
