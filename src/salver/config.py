"""A YAML document becomes frozen dataclasses. Read once, at the top; below it nobody reads settings.

The dataclasses are the schema: a field's name is the key, its annotation the type, its docstring the help. An error
names the file, the line and the key's path, what was wanted and what came, and the key that was probably meant.
"""

from __future__ import annotations

import ast
import dataclasses
import difflib
import inspect
import re
import textwrap
import types
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from salver.core.errors import BadInput

T = TypeVar("T")

MAX_DOCUMENT_BYTES: Final = 1_000_000
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)")
_UNITS: Final = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}


class BadConfig(BadInput):
    """The document does not say what it must; the message begins with file and line."""


def read(cls: type[T], text: str, source: str) -> T:
    """The dataclass a YAML document describes; `source` names the document in errors. Raises BadConfig."""
    if len(text.encode()) > MAX_DOCUMENT_BYTES:
        raise BadConfig(f"{source}: more than {MAX_DOCUMENT_BYTES} bytes is no configuration")
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise BadConfig(f"{source}: {_problem(error)}") from None
    try:
        return _dataclass(cls, node or yaml.MappingNode("tag:yaml.org,2002:map", []), _Place(source, ""))
    except RecursionError:
        raise BadConfig(f"{source}: nested too deeply, or an alias that holds itself") from None


def help_of(cls: type[Any]) -> dict[str, str]:
    """The docstring under each field of a dataclass, by field name."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 - it was given a class
    found: dict[str, str] = {}
    for statement, after in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            found[statement.target.id] = inspect.cleandoc(after.value.value)
    return found


def parse_size(text: str) -> int | None:
    """Bytes from `64MB`, `1.5 GiB`; None when it is no size."""
    match = _SIZE.fullmatch(text.strip())
    return None if match is None else int(float(match[1]) * _UNITS[match[2]])


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    source: str
    path: str

    def at(self, key: str) -> _Place:
        return _Place(self.source, f"{self.path}.{key}" if self.path else key)

    def error(self, node: yaml.Node, message: str) -> BadConfig:
        mark = getattr(node, "start_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        return BadConfig(f"{self.source}{line}: {self.path + ': ' if self.path else ''}{message}")


def _dataclass(cls: type[T], node: yaml.Node, place: _Place) -> T:
    if not isinstance(node, yaml.MappingNode):
        raise place.error(node, f"wanted keys and values ({_keys(cls)}), got {_word(node)}")
    hints = get_type_hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, key_node, value_node in _pairs(node, place):
        if key not in fields:
            raise place.error(
                key_node, f"there is no key '{key}'{_meant(key, list(fields))}; the keys are {_keys(cls)}"
            )
        values[key] = _value(hints[key], value_node, place.at(key), key)
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise place.error(node, f"the key '{name}' is missing: {help_of(cls).get(name, '')}")
    try:
        return cls(**values)
    except BadInput as fault:
        raise place.error(node, fault.message) from None


def _pairs(node: yaml.MappingNode, place: _Place) -> list[tuple[str, yaml.Node, yaml.Node]]:
    seen: dict[str, int] = {}
    pairs: list[tuple[str, yaml.Node, yaml.Node]] = []
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise place.error(key_node, f"a key must be a word, got {_word(key_node)}")
        if key_node.value in seen:
            raise place.error(key_node, f"the key '{key_node.value}' stands already in line {seen[key_node.value]}")
        seen[key_node.value] = key_node.start_mark.line + 1
        pairs.append((key_node.value, key_node, value_node))
    return pairs


def _value(hint: Any, node: yaml.Node, place: _Place, name: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union(get_args(hint), node, place, name)
    if origin is Literal:
        value = _scalar(node, place)
        if value not in get_args(hint):
            allowed = ", ".join(str(choice) for choice in get_args(hint))
            raise place.error(node, f"wanted one of {allowed}{_meant(str(value), list(get_args(hint)))}; got {value!r}")
        return value
    if origin in (Mapping, dict) or hint in (Mapping, dict):
        if not isinstance(node, yaml.MappingNode):
            raise place.error(node, f"wanted keys and values, got {_word(node)}")
        value_hint = (get_args(hint) or (str, Any))[1]
        return {key: _value(value_hint, value, place.at(key), key) for key, _, value in _pairs(node, place)}
    if origin in (tuple, list):
        if not isinstance(node, yaml.SequenceNode):
            raise place.error(node, f"wanted a list, got {_word(node)}")
        item = get_args(hint)[0]
        return tuple(_value(item, part, place.at(str(index)), name) for index, part in enumerate(node.value))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _dataclass(hint, node, place)
    if hint is Any:
        return _plain(node, place)
    return _typed_scalar(hint, node, place, name)


def _union(choices: tuple[Any, ...], node: yaml.Node, place: _Place, name: str) -> Any:
    """The choice whose kind of node it is; errors inside that choice are told, not swallowed."""
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null" and types.NoneType in choices:
        return None
    for choice in choices:
        if choice is not types.NoneType and isinstance(node, _node_type(choice)):
            return _value(choice, node, place, name)
    wanted = " or ".join(_kind(choice) for choice in choices if choice is not types.NoneType)
    raise place.error(node, f"wanted {wanted}, got {_word(node)}")


def _node_type(hint: Any) -> type[yaml.Node]:
    origin = get_origin(hint) or hint
    if dataclasses.is_dataclass(origin) or origin in (Mapping, dict):
        return yaml.MappingNode
    return yaml.SequenceNode if origin in (tuple, list) else yaml.ScalarNode


def _typed_scalar(hint: type[Any], node: yaml.Node, place: _Place, name: str) -> Any:
    value = _scalar(node, place)
    if hint is float and type(value) is int:
        return float(value)
    if hint is int and type(value) is str and name.endswith("_bytes"):
        size = parse_size(value)
        if size is not None:
            return size
    if hint is str and type(value) in (int, float):
        return node.value
    if type(value) is not hint:
        raise place.error(node, f"wanted {_kind(hint)}, got {_word(node)} {node.value!r:.60}")
    return value


def _scalar(node: yaml.Node, place: _Place) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        raise place.error(node, f"wanted one value, got {_word(node)}")
    return yaml.SafeLoader("").construct_object(node)


def _plain(node: yaml.Node, place: _Place) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key: _plain(value, place.at(key)) for key, _, value in _pairs(node, place)}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(part, place) for part in node.value]
    return _scalar(node, place)


def _keys(cls: type[Any]) -> str:
    return ", ".join(field.name for field in dataclasses.fields(cls) if field.init)


def _meant(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _word(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "keys and values"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return {"null": "nothing", "str": "text", "int": "an integer", "float": "a number", "bool": "a boolean"}.get(
        node.tag.rpartition(":")[2], node.tag
    )


def _kind(hint: Any) -> str:
    words = {int: "an integer", float: "a number", str: "text", bool: "true or false"}
    if hint in words:
        return words[hint]
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return f"keys and values ({_keys(hint)})"
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(str, get_args(hint)))
    return "a list" if get_origin(hint) in (tuple, list) else "keys and values"


def _problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"no YAML: {problem}" + (f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else "")
