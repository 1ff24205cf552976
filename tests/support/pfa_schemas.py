"""Avro schemas as the golden cases use them: values written in JSON are read by them and compared by them.

Written apart from the engine's own, which they judge.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Any
"""As in JSON: a name, a list (a union) or an object."""
_NAMED = ("record", "enum", "fixed")
_FLOATS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
_INT_BITS = {"int": 31, "long": 63}
_FLOAT32_MAX = 3.4028235677973366e38


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be from the expected one."""

    relative: float = 1e-9
    absolute: float = 1e-12
    is_float32: bool = False
    """Whether what is beyond a float of 32 bits may be infinite, and what is too small for one zero."""

    def allows(self, expected: float, got: float) -> bool:
        if math.isnan(expected) or math.isnan(got):
            return math.isnan(expected) and math.isnan(got)
        if self.is_float32 and abs(expected) >= _FLOAT32_MAX and got == math.copysign(math.inf, expected):
            return True
        return math.isclose(expected, got, rel_tol=self.relative, abs_tol=self.absolute)


@dataclass(frozen=True)
class Schemas:
    """The named types of one document, and values of its types."""

    named: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Any) -> Schemas:
        """All that are declared anywhere in a document."""
        found = cls()
        found._collect(document, "")
        return found

    def _collect(self, node: Any, namespace: str) -> None:
        if isinstance(node, list):
            for item in node:
                self._collect(item, namespace)
        elif isinstance(node, dict):
            if node.get("type") in _NAMED and isinstance(node.get("name"), str):
                namespace = self._add(node, namespace)
            for value in node.values():
                self._collect(value, namespace)

    def _add(self, node: Mapping[str, Any], namespace: str) -> str:
        full = full_name(node, namespace)
        self.named.setdefault(full, node)
        self.named.setdefault(full.rpartition(".")[2], node)
        return full.rpartition(".")[0]

    def resolved(self, schema: Schema) -> tuple[str, Any]:
        """The kind of a schema and the schema itself, past names."""
        if isinstance(schema, list):
            return "union", schema
        if isinstance(schema, str):
            if schema in self.named:
                return self.resolved(self.named[schema])
            return schema, {"type": schema}
        kind = schema["type"]
        if isinstance(kind, (list, dict)) or kind in self.named:
            return self.resolved(kind)
        return kind, schema

    def branches(self, union: list[Schema]) -> dict[str, Schema]:
        """The branches of a union by their tags, for named types both the full name and the short one."""
        found: dict[str, Schema] = {}
        for branch in union:
            kind, schema = self.resolved(branch)
            if kind in _NAMED:
                found[schema["name"]] = branch
                found.update({name: branch for name, known in self.named.items() if known is schema})
            else:
                found[kind] = branch
        return found

    def decoded(self, schema: Schema, value: Any) -> Any:
        """A value of a case as it is in Python. What does not fit the schema stays as it is."""
        kind, schema = self.resolved(schema)
        if kind in ("float", "double"):
            return _float(value)
        if kind in ("bytes", "fixed"):
            return _bytes(value)
        if kind == "array" and isinstance(value, list):
            return [self.decoded(schema["items"], item) for item in value]
        if kind == "map" and isinstance(value, dict):
            return {key: self.decoded(schema["values"], item) for key, item in value.items()}
        if kind == "record" and isinstance(value, dict):
            types = {each["name"]: each["type"] for each in schema["fields"]}
            return {key: self.decoded(types[key], item) if key in types else item for key, item in value.items()}
        if kind == "union" and isinstance(value, dict) and len(value) == 1:
            (tag, inner), branches = *value.items(), self.branches(schema)
            return {tag: self.decoded(branches[tag], inner)} if tag in branches else value
        return value

    def fits(self, schema: Schema, value: Any) -> bool:
        """Whether a value is exactly as the engine must give one of this type."""
        kind, schema = self.resolved(schema)
        if kind == "null":
            return value is None
        if kind in _INT_BITS:
            return type(value) is int and -(2 ** _INT_BITS[kind]) <= value < 2 ** _INT_BITS[kind]
        if kind == "fixed":
            return type(value) is bytes and len(value) == schema["size"]
        if kind == "enum":
            return type(value) is str and value in schema["symbols"]
        if kind == "array":
            return type(value) is list and all(self.fits(schema["items"], item) for item in value)
        if kind == "map":
            return type(value) is dict and all(
                type(key) is str and self.fits(schema["values"], item) for key, item in value.items()
            )
        if kind == "record":
            types = {each["name"]: each["type"] for each in schema["fields"]}
            return (
                type(value) is dict
                and value.keys() == types.keys()
                and all(self.fits(types[key], item) for key, item in value.items())
            )
        if kind == "union":
            branches = self.branches(schema)
            if value is None:
                return "null" in branches
            return (
                type(value) is dict
                and len(value) == 1
                and all(tag in branches and tag != "null" and self.fits(branches[tag], v) for tag, v in value.items())
            )
        return type(value) is {"boolean": bool, "float": float, "double": float, "string": str, "bytes": bytes}[kind]

    def same(self, schema: Schema, expected: Any, got: Any, tolerance: Tolerance) -> bool:
        """Whether two values of a type, both as they are in Python, are one."""
        kind, schema = self.resolved(schema)
        if kind in ("float", "double"):
            both = isinstance(expected, (int, float)) and type(got) is float
            return both and tolerance.allows(float(expected), got)
        if not (isinstance(expected, (list, dict)) and type(expected) is type(got) and len(expected) == len(got)):
            return type(expected) is type(got) and bool(expected == got)
        if isinstance(expected, list):
            return all(self.same(schema["items"], *pair, tolerance) for pair in zip(expected, got, strict=True))
        return self._same_parts(kind, schema, expected, got, tolerance)

    def _same_parts(self, kind: str, schema: Any, expected: Mapping[str, Any], got: Any, tolerance: Tolerance) -> bool:
        if kind == "union":
            return self._same_branch(schema, expected, got, tolerance)
        types = {each["name"]: each["type"] for each in schema["fields"]} if kind == "record" else None
        return expected.keys() == got.keys() and all(
            self.same(types[key] if types else schema["values"], expected[key], got[key], tolerance) for key in expected
        )

    def _same_branch(self, union: list[Schema], expected: Mapping[str, Any], got: Any, tolerance: Tolerance) -> bool:
        ((tag, inner),) = expected.items()
        ((got_tag, got_inner),) = got.items()
        branches = self.branches(union)
        return (
            tag in branches
            and branches.get(got_tag) == branches[tag]
            and self.same(branches[tag], inner, got_inner, tolerance)
        )

    def same_items(self, schema: Schema, expected: list[Any], got: Any, tolerance: Tolerance) -> bool:
        """Whether two arrays hold the same, in whatever order."""
        if type(got) is not list or len(got) != len(expected):
            return False
        items, left = self.resolved(schema)[1]["items"], list(got)
        for one in expected:
            at = next((at for at, other in enumerate(left) if self.same(items, one, other, tolerance)), None)
            if at is None:
                return False
            del left[at]
        return True


def full_name(node: Mapping[str, Any], namespace: str) -> str:
    """The full name of a named type that is declared where `namespace` holds."""
    name: str = node["name"]
    namespace = node.get("namespace", namespace)
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _float(value: Any) -> Any:
    if isinstance(value, str):
        return _FLOATS.get(value, value)
    return float(value) if type(value) is int else value


def _bytes(value: Any) -> Any:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except (binascii.Error, ValueError):
        return value
