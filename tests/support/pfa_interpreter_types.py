"""Types and values for the interpreter of PFA documents in the tests: plain and slow, as the specification has them.

A type is a word (`"int"`, `"nothing"`) or a tuple: `("array", items)`, `("map", values)`, `("union", branches)`,
`("record", name)`, `("enum", name)`, `("fixed", name)`, `("function", params, result)`. Values are Python's own; one
of a union is None or a pair of tag and value.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

from pfa_schemas import Schemas

Type = Any
NUMBERS = ("int", "long", "float", "double")
NOTHING = "nothing"
"""The type of what never gives a value."""
_NAMED = ("record", "enum", "fixed")


class Refused(Exception):
    """The document makes no sense."""


class Types:
    """The types that one document names."""

    def __init__(self, document: Any) -> None:
        self._schemas = Schemas.of(document)

    def read(self, schema: Any) -> Type:
        """The type that a schema describes."""
        kind, schema = self._resolved(schema)
        if kind == "union":
            return ("union", tuple(self.read(branch) for branch in schema))
        if kind in ("array", "map"):
            return (kind, self.read(schema["items" if kind == "array" else "values"]))
        if kind in _NAMED:
            return (kind, schema["name"])
        return kind

    def _resolved(self, schema: Any) -> tuple[str, Any]:
        try:
            return self._schemas.resolved(schema)
        except (KeyError, TypeError):
            raise Refused(f"{schema!r} is no schema") from None

    def fields(self, record: Type) -> dict[str, Type]:
        """The types of a record's fields by their names."""
        return {field["name"]: self.read(field["type"]) for field in self._schemas.named[record[1]]["fields"]}

    def symbols(self, enum: Type) -> list[str]:
        """What an enum may be, in order."""
        return list(self._schemas.named[enum[1]]["symbols"])

    # JSON.

    def decoded(self, type_: Type, value: Any) -> Any:
        """A value of a type from its JSON."""
        kind = type_[0] if isinstance(type_, tuple) else type_
        if kind == "array":
            return [self.decoded(type_[1], item) for item in value]
        if kind == "map":
            return {key: self.decoded(type_[1], item) for key, item in value.items()}
        if kind == "record":
            return {name: self.decoded(field, value[name]) for name, field in self.fields(type_).items()}
        if kind == "union":
            if value is None:
                return None
            ((tag, inner),) = value.items()
            return (tag, self.decoded(branch_of(type_, tag), inner))
        if kind in ("float", "double"):
            return float32(float(value)) if kind == "float" else float(value)
        return value

    def encoded(self, type_: Type, value: Any) -> Any:
        """The JSON of a value of a type."""
        kind = type_[0] if isinstance(type_, tuple) else type_
        if kind == "array":
            return [self.encoded(type_[1], item) for item in value]
        if kind == "map":
            return {key: self.encoded(type_[1], item) for key, item in value.items()}
        if kind == "record":
            return {name: self.encoded(field, value[name]) for name, field in self.fields(type_).items()}
        if kind == "union" and value is not None:
            return {value[0]: self.encoded(branch_of(type_, value[0]), value[1])}
        return value

    # The order of values.

    def compare(self, type_: Type, x: Any, y: Any) -> int:
        """-1, 0 or 1, as the first comes before the second, at its place or after it. Raises Refused for maps."""
        kind = type_[0] if isinstance(type_, tuple) else type_
        if kind == "map":
            raise Refused("maps have no order")
        if kind == "null":
            return 0
        if kind in ("float", "double") and (x != x or y != y):
            return int(x != x) - int(y != y)
        if kind == "enum":
            x, y = self.symbols(type_).index(x), self.symbols(type_).index(y)
        if kind == "array":
            for one, other in zip(x, y, strict=False):
                if found := self.compare(type_[1], one, other):
                    return found
            x, y = len(x), len(y)
        if kind == "record":
            return next((c for n, t in self.fields(type_).items() if (c := self.compare(t, x[n], y[n]))), 0)
        if kind == "union":
            tags = [tag_of(branch) for branch in type_[1]]
            one, other = tags.index(x[0] if x else "null"), tags.index(y[0] if y else "null")
            if x is not None and one == other:
                return self.compare(type_[1][one], x[1], y[1])
            x, y = one, other
        return int(x > y) - int(x < y)

    def has_order(self, type_: Type) -> bool:
        """Whether values of a type can be compared."""
        if not isinstance(type_, tuple):
            return True
        if type_[0] == "record":
            return all(map(self.has_order, self.fields(type_).values()))
        if type_[0] == "union":
            return all(map(self.has_order, type_[1]))
        return type_[0] != "map" and (type_[0] != "array" or self.has_order(type_[1]))


def tag_of(type_: Type) -> str:
    """What names a branch of a union."""
    if isinstance(type_, tuple):
        return str(type_[1] if type_[0] in _NAMED else type_[0])
    return str(type_)


def branch_of(union: Type, tag: str) -> Type:
    for branch in union[1]:
        if tag_of(branch) == tag:
            return branch
    raise Refused(f"{union} has no {tag}")


def branches(type_: Type) -> Sequence[Type]:
    return type_[1] if type_[0] == "union" else (type_,)


def accepts(wanted: Type, given: Type) -> bool:
    """Whether a value of the one type may stand where the other is wanted."""
    if given == NOTHING:
        return False
    if wanted == given:
        return True
    if wanted[0] == "union" or given[0] == "union":
        return all(any(accepts(one, other) for one in branches(wanted)) for other in branches(given))
    if wanted in NUMBERS and given in NUMBERS:
        return NUMBERS.index(given) <= NUMBERS.index(wanted)
    if not (isinstance(wanted, tuple) and isinstance(given, tuple) and wanted[0] == given[0]):
        return False
    if wanted[0] == "function":
        return (
            len(wanted[1]) == len(given[1])
            and all(accepts(*pair) for pair in zip(given[1], wanted[1], strict=True))
            and accepts(wanted[2], given[2])
        )
    return wanted[0] in ("array", "map") and accepts(wanted[1], given[1])


def is_alike(one: Type, other: Type) -> bool:
    """Whether each accepts the other."""
    return accepts(one, other) and accepts(other, one)


def broadest(types: Iterable[Type]) -> Type:
    """The narrowest type that accepts all of these."""
    real = [type_ for type_ in types if type_ != NOTHING]
    if not real:
        raise Refused("nothing gives a value")
    if all(type_ == real[0] for type_ in real):
        return real[0]
    if all(type_ in NUMBERS for type_ in real):
        return max(real, key=NUMBERS.index)
    for kind in ("array", "map"):
        if all(type_[0] == kind for type_ in real):
            return (kind, broadest(type_[1] for type_ in real))
    if any(type_[0] == "function" for type_ in real):
        raise Refused(f"functions are no values: {real}")
    if len({type_[0] for type_ in real}) == 1 and real[0][0] in _NAMED:
        raise Refused(f"these are different: {real}")
    found: list[Type] = []
    for type_ in real:
        for branch in branches(type_):
            _add(found, branch)
    for kind in ("enum", "fixed"):
        if sum(type_[0] == kind for type_ in found) > 1:
            raise Refused(f"two of one kind: {found}")
    return ("union", tuple(found)) if len(found) > 1 else found[0]


def _add(found: list[Type], branch: Type) -> None:
    if any(accepts(there, branch) for there in found):
        return
    at = next((at for at, there in enumerate(found) if accepts(branch, there)), None)
    if at is None:
        found.append(branch)
    else:
        found[at] = branch


def converted(value: Any, given: Type, wanted: Type) -> Any:
    """A value of one type as one of another that accepts it."""
    if given in (wanted, NOTHING):
        return value
    if given[0] == "union":
        tag, inner = value if value is not None else ("null", None)
        return converted(inner, branch_of(given, tag), wanted)
    if wanted[0] == "union":
        branch = given if given in wanted[1] else next(one for one in wanted[1] if accepts(one, given))
        return None if branch == "null" else (tag_of(branch), converted(value, given, branch))
    if wanted in ("float", "double"):
        return float32(float(value)) if wanted == "float" else float(value)
    if wanted[0] == "function":
        return _converted_function(value, given, wanted)
    if wanted[0] == "array":
        return [converted(item, given[1], wanted[1]) for item in value]
    if wanted[0] == "map":
        return {key: converted(item, given[1], wanted[1]) for key, item in value.items()}
    return value


def _converted_function(function: Any, given: Type, wanted: Type) -> Any:
    def call(*arguments: Any) -> Any:
        ready = [converted(*each) for each in zip(arguments, wanted[1], given[1], strict=True)]
        return converted(function(*ready), given[2], wanted[2])

    return call


def float32(x: float) -> float:
    """The nearest float of 32 bits."""
    try:
        return float(struct.unpack("f", struct.pack("f", x))[0])
    except OverflowError:
        return float("inf") if x > 0 else float("-inf")
