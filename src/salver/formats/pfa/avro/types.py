"""The types a value can have, as immutable values.

How a value of each type is kept inside (the invariants that the whole house relies on):

| type | kept as |
|---|---|
| null, boolean | None, bool |
| int, long | int, within 32 and 64 bits |
| float, double | float, always (never an int); that of a float is rounded to 32 bits |
| string, enum | str |
| bytes, fixed | bytes |
| array, map | list, dict |
| record | dict, with every field of the type |
| union | None for null, else a pair (tag, value), where the tag is the branch's `Type.tag` |

Values are never changed in place: whatever gives a changed one copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final


class Type:
    """A type of values. Types compare by structure, named ones by their full names."""

    tag: str = ""
    """What names a value of this type in a union: the kind, or the full name."""

    def __repr__(self) -> str:
        return self.tag


class Primitive(Type):
    """Null, boolean, int, long, float, double, bytes, string."""

    def __init__(self, tag: str) -> None:
        self.tag = tag


NULL: Final = Primitive("null")
BOOLEAN: Final = Primitive("boolean")
INT: Final = Primitive("int")
LONG: Final = Primitive("long")
FLOAT: Final = Primitive("float")
DOUBLE: Final = Primitive("double")
BYTES: Final = Primitive("bytes")
STRING: Final = Primitive("string")
PRIMITIVES: Final = {kind.tag: kind for kind in (NULL, BOOLEAN, INT, LONG, FLOAT, DOUBLE, BYTES, STRING)}
NUMBERS: Final = (INT, LONG, FLOAT, DOUBLE)
"""Each is promoted to those after it."""
INTEGERS: Final = (INT, LONG)
FLOATING: Final = (FLOAT, DOUBLE)


class Array(Type):
    """A list of values of one type."""

    tag = "array"

    def __init__(self, items: Type) -> None:
        self.items = items

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Array) and self.items == other.items

    def __hash__(self) -> int:
        return hash(("array", self.items))

    def __repr__(self) -> str:
        return f"array of {self.items!r}"


class Map(Type):
    """Values of one type by strings."""

    tag = "map"

    def __init__(self, values: Type) -> None:
        self.values = values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Map) and self.values == other.values

    def __hash__(self) -> int:
        return hash(("map", self.values))

    def __repr__(self) -> str:
        return f"map of {self.values!r}"


class Union(Type):
    """One of several types, none of them a union and no two with the same tag."""

    tag = "union"

    def __init__(self, types: Sequence[Type]) -> None:
        self.types = tuple(types)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Union) and self.types == other.types

    def __hash__(self) -> int:
        return hash(("union", self.types))

    def __repr__(self) -> str:
        return f"union of ({', '.join(map(repr, self.types))})"

    @cached_property
    def branches(self) -> dict[str, Type]:
        """The types by their tags."""
        return {branch.tag: branch for branch in self.types}


class Named(Type):
    """A type with a name of its own. Within a document one name is one type."""

    def __init__(self, name: str, namespace: str = "") -> None:
        self.name = name
        self.namespace = namespace
        self.tag = f"{namespace}.{name}" if namespace else name

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self.tag == getattr(other, "tag", None))

    def __hash__(self) -> int:
        return hash(self.tag)


class Fixed(Named):
    """So many bytes."""

    def __init__(self, name: str, size: int, namespace: str = "") -> None:
        super().__init__(name, namespace)
        self.size = size


class Enum(Named):
    """One of some words, in an order."""

    def __init__(self, name: str, symbols: Sequence[str], namespace: str = "") -> None:
        super().__init__(name, namespace)
        self.symbols = tuple(symbols)

    @cached_property
    def ranks(self) -> dict[str, int]:
        """The place of each symbol in the order."""
        return {symbol: rank for rank, symbol in enumerate(self.symbols)}


class Field:
    """A field of a record. `order` is ascending, descending or ignore. `default` is in Avro's JSON, or NO_DEFAULT."""

    def __init__(self, name: str, type_: Type, default: Any = ..., order: str = "ascending") -> None:
        self.name = name
        self.type = type_
        self.default = default
        self.order = order


NO_DEFAULT: Final = ...


class Record(Named):
    """Values by name, each of its own type. `fields` is set once, after all names are known: a record may hold
    itself."""

    def __init__(self, name: str, fields: Sequence[Field] = (), namespace: str = "") -> None:
        super().__init__(name, namespace)
        self.fields = tuple(fields)

    @cached_property
    def types(self) -> dict[str, Type]:
        """The types of the fields by their names, in order. Only asked for once the fields are set."""
        return {field.name: field.type for field in self.fields}


class Function(Type):
    """The type of a function, which is no value: it can only be passed on."""

    tag = "function"

    def __init__(self, params: Sequence[Type], ret: Type) -> None:
        self.params = tuple(params)
        self.ret = ret

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and self.params == other.params and self.ret == other.ret

    def __hash__(self) -> int:
        return hash((self.params, self.ret))

    def __repr__(self) -> str:
        return f"function of ({', '.join(map(repr, self.params))}) -> {self.ret!r}"


class Bottom(Type):
    """The type of what never gives a value, such as `error`."""

    tag = "nothing"


BOTTOM: Final = Bottom()
"""The only one of its kind."""
