"""A YAML document becomes frozen dataclasses. Read once, at the top; below it nobody reads settings.

The dataclasses are the schema: a field's name is the key, its annotation the type, its docstring the help. An error
names the file, the line and the key's path, what was wanted and what came, and the key that was probably meant.
"""

from __future__ import annotations

import ast
import dataclasses
import difflib
import inspect
import math
import re
import textwrap
import types
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from salver.core.errors import BadInput

T = TypeVar("T")

MAX_DOCUMENT_BYTES: Final = 1_000_000
MAX_VALUES: Final = 100_000
"""Values a document may hold, those that aliases repeat counted again."""
_SIZE: Final = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)")
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
    if len(text.encode(errors="replace")) > MAX_DOCUMENT_BYTES:
        raise BadConfig(f"{source}: more than {MAX_DOCUMENT_BYTES} bytes is no configuration")
    try:
        node = yaml.compose(text, _CoreLoader) or yaml.MappingNode("tag:yaml.org,2002:map", [])
        _weigh(node, _Place(source, ""), {})
        return _dataclass(cls, node, _Place(source, ""))
    except yaml.YAMLError as error:
        raise BadConfig(_problem(error, source)) from None
    except RecursionError:
        raise BadConfig(f"{source}: nested too deeply for a configuration") from None
    except (ValueError, OverflowError, IndexError) as error:
        # PyYAML lets these through: for a character code beyond Unicode, for one.
        raise BadConfig(f"{source}: this is no YAML: {error}") from None


def help_of(cls: type[Any]) -> dict[str, str]:
    """The docstring under each field of a dataclass, by field name, with those that it inherits."""
    found: dict[str, str] = {}
    for part in reversed(cls.__mro__):
        if dataclasses.is_dataclass(part):
            found |= _help_in(part)
    return found


def _help_in(cls: type[Any]) -> dict[str, str]:
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


# YAML's own words for plain scalars. PyYAML's are those of an older YAML, in which `no` is false, `1:30` is 90 and
# `1e3` is text; these are the core schema of YAML 1.2.


class _CoreLoader(yaml.SafeLoader):
    """Reads YAML 1.2's core schema. Only nodes are made, never Python objects."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as declared


_TAG: Final = "tag:yaml.org,2002:"
_READERS: Final[dict[str, tuple[re.Pattern[str], Callable[[str], Any]]]] = {
    "null": (re.compile(r"~|null|Null|NULL|"), lambda text: None),
    "bool": (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text.lower() == "true"),
    "int": (re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"), lambda text: int(text, _base(text))),
    "float": (
        re.compile(
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
        ),
        lambda text: float(text.replace(".i", "i").replace(".I", "I").replace(".n", "n").replace(".N", "N")),
    ),
}
for _kind_of_scalar, (_pattern, _) in _READERS.items():
    _CoreLoader.add_implicit_resolver(_TAG + _kind_of_scalar, re.compile(rf"(?:{_pattern.pattern})\Z"), None)


def _base(text: str) -> int:
    return {"0o": 8, "0x": 16}.get(text[:2], 10)


def _scalar(node: yaml.Node, place: _Place) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        raise place.error(node, f"wanted one value, got {_word(node)}")
    kind = node.tag.removeprefix(_TAG)
    if kind == "str":
        return node.value
    pattern, reader = _READERS.get(kind, (None, None))
    if pattern is None or reader is None:
        raise place.error(node, f"the tag {node.tag} is not known here")
    if not pattern.fullmatch(node.value) or len(node.value) > 100:
        raise place.error(node, f"{node.value!r:.60} is no {kind}")
    return reader(node.value)


def _weigh(node: yaml.Node, place: _Place, known: dict[int, int | None]) -> int:
    """How many values a node holds, with all that its aliases repeat. Raises BadConfig for endless and for too many."""
    key = id(node)
    weight = known.get(key, 0)
    if weight is None:
        raise place.error(node, "an alias holds itself")
    if not weight:
        known[key] = None
        parts = node.value if isinstance(node, yaml.CollectionNode) else []
        flat = [one for pair in parts for one in pair] if isinstance(node, yaml.MappingNode) else parts
        weight = known[key] = 1 + sum(_weigh(part, place, known) for part in flat)
        if weight > MAX_VALUES:
            raise place.error(node, f"more than {MAX_VALUES} values are no configuration")
    return weight


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
    pairs = _pairs(_mapping(node, place, f"keys and values ({_keys(cls)})"), place)
    hints = get_type_hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    nodes: dict[str, yaml.Node] = {}
    for key, key_node, value_node in pairs:
        if key not in fields:
            raise place.error(
                key_node, f"there is no key '{key:.60}'{_meant(key, list(fields))}; the keys are {_keys(cls)}"
            )
        values[key] = _value(hints[key], value_node, place.at(key), key)
        nodes[key] = key_node
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            about = " ".join(help_of(cls).get(name, "").split())
            raise place.error(node, f"the key '{name}' is missing: {about}")
    try:
        return cls(**values)
    except BadInput as fault:
        # A refusal begins with the field it is about.
        raise place.error(nodes.get(fault.message.partition(" ")[0], node), fault.message) from None


def _mapping(node: yaml.Node, place: _Place, wanted: str) -> yaml.MappingNode:
    """The node itself, or an empty one where a key has no value: all that stood under it may be commented out."""
    if isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "null":
        return yaml.MappingNode(_TAG + "map", [], node.start_mark)
    if not isinstance(node, yaml.MappingNode):
        raise place.error(node, f"wanted {wanted}, got {_word(node)}")
    return node


def _pairs(node: yaml.MappingNode, place: _Place) -> list[tuple[str, yaml.Node, yaml.Node]]:
    """Key, its node and the value's. What a merge key `<<` brings in comes last, where the key is not given here."""
    found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    merged: list[yaml.Node] = []
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise place.error(key_node, f"a key must be a word, got {_word(key_node)}")
        if key_node.value == "<<" and key_node.style is None:
            merged += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            continue
        if key_node.value in found:
            line = found[key_node.value][0].start_mark.line + 1
            raise place.error(key_node, f"the key '{key_node.value:.60}' stands already in line {line}")
        found[key_node.value] = key_node, value_node
    for other in merged:
        if not isinstance(other, yaml.MappingNode):
            raise place.error(other, f"<< merges keys and values, got {_word(other)}")
        for key, *pair in _pairs(other, place):
            found.setdefault(key, (pair[0], pair[1]))
    return [(key, *pair) for key, pair in found.items()]


def _value(hint: Any, node: yaml.Node, place: _Place, name: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union(get_args(hint), node, place, name)
    if origin is Literal:
        value = _scalar(node, place)
        if type(value) is float and node.value in get_args(hint):
            return node.value  # a version, which looks like a number
        if value not in get_args(hint):
            allowed = ", ".join(str(choice) for choice in get_args(hint))
            meant = _meant(str(value), [str(choice) for choice in get_args(hint)])
            raise place.error(node, f"wanted one of {allowed}, got {_shown(node)}{meant}")
        return value
    if origin in (Mapping, dict) or hint in (Mapping, dict):
        pairs = _pairs(_mapping(node, place, "keys and values"), place)
        value_hint = (get_args(hint) or (str, Any))[1]
        return {key: _value(value_hint, value, place.at(key), key) for key, _, value in pairs}
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
    if isinstance(node, yaml.ScalarNode) and types.NoneType in choices and _scalar(node, place) is None:
        return None
    wanted = [choice for choice in choices if choice is not types.NoneType]
    words = [str(word) for choice in wanted if get_origin(choice) is Literal for word in get_args(choice)]
    for choice in wanted:
        if isinstance(node, _node_type(choice)) and (len(wanted) == 1 or _is_allowed(choice, node, place)):
            return _value(choice, node, place, name)
    meant = _meant(node.value, words) if isinstance(node, yaml.ScalarNode) else ""
    raise place.error(node, f"wanted {' or '.join(map(_kind, wanted))}, got {_shown(node)}{meant}")


def _is_allowed(choice: Any, node: yaml.Node, place: _Place) -> bool:
    return get_origin(choice) is not Literal or _scalar(node, place) in get_args(choice)


def _node_type(hint: Any) -> type[yaml.Node]:
    origin = get_origin(hint) or hint
    if dataclasses.is_dataclass(origin) or origin in (Mapping, dict):
        return yaml.MappingNode
    return yaml.SequenceNode if origin in (tuple, list) else yaml.ScalarNode


def _typed_scalar(hint: type[Any], node: yaml.Node, place: _Place, name: str) -> Any:
    value = _scalar(node, place)
    if hint is float and type(value) is int:
        value = float(value)
    if hint is int and type(value) is str and name.endswith("_bytes"):
        size = parse_size(value)
        if size is not None:
            return size
    if hint is str and type(value) in (int, float):
        return node.value
    if type(value) is not hint:
        size_hint = ", or a size such as 64MB" if hint is int and name.endswith("_bytes") else ""
        raise place.error(node, f"wanted {_kind(hint)}{size_hint}, got {_shown(node)}")
    if hint is float and not math.isfinite(value):
        raise place.error(node, f"wanted a finite number, got {node.value:.60}")
    return value


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
        node.tag.removeprefix(_TAG), node.tag
    )


def _shown(node: yaml.Node) -> str:
    """What came, with the word itself where it is one."""
    return f"{_word(node)} {node.value!r:.60}" if isinstance(node, yaml.ScalarNode) and node.value else _word(node)


def _kind(hint: Any) -> str:
    words = {int: "an integer", float: "a number", str: "text", bool: "true or false"}
    if hint in words:
        return words[hint]
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return f"keys and values ({_keys(hint)})"
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(str, get_args(hint)))
    return "a list" if get_origin(hint) in (tuple, list) else "keys and values"


def _problem(error: yaml.YAMLError, source: str) -> str:
    mark = getattr(error, "problem_mark", None)
    line = "" if mark is None else f":{mark.line + 1}"
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    hint = " (YAML is indented with spaces)" if r"'\t'" in problem else ""
    return f"{source}{line}: this is no YAML: {problem}{hint}"
