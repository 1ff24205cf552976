"""YAML's plain words as Kubernetes reads them, and no others.

Kubernetes turns YAML into JSON with a reader of YAML 1.1: `yes`, `on` and `y` are booleans and `010` is 8, while `1:30`
and a date are text, `1e3` and `0o17` numbers (which they are not to PyYAML). What is in quotes is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import yaml

TAG: Final = "tag:yaml.org,2002:"
_MAX_DIGITS: Final = 100
_TRUE: Final = frozenset(("y", "yes", "on", "true"))
_BOOL: Final = "|".join(
    form
    for word in ("y", "yes", "on", "true", "n", "no", "off", "false")
    for form in (word, word.title(), word.upper())
)


class Words(yaml.SafeLoader):
    """Makes nodes only, never Python objects."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as declared


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    sign, digits = (-1 if digits[0] == "-" else 1), digits.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdecimal():
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def _number(text: str) -> float:
    return float(text.lower().replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))


_READERS: Final[dict[str, tuple[re.Pattern[str], Callable[[str], Any]]]] = {
    "null": (re.compile(r"~|null|Null|NULL|"), lambda text: None),
    "bool": (re.compile(_BOOL), lambda text: text.lower() in _TRUE),
    "int": (re.compile(r"[-+]?(?:0_*[0-7][0-7_]*|0|[1-9][0-9_]*|0o[0-7_]+|0x[0-9a-fA-F_]+|0b[01_]+)"), _integer),
    "float": (
        re.compile(
            r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
        ),
        _number,
    ),
}
for _kind, (_pattern, _) in _READERS.items():
    Words.add_implicit_resolver(TAG + _kind, re.compile(rf"(?:{_pattern.pattern})\Z"), None)


def value_of(node: yaml.ScalarNode) -> Any:
    """None, bool, int, float or str. Raises ValueError for a tag that has no meaning here, and for `!!int text`."""
    kind = node.tag.removeprefix(TAG)
    if kind == "str":
        return node.value
    if kind not in _READERS:
        raise ValueError(f"the tag {node.tag:.60} is not known here")
    pattern, reader = _READERS[kind]
    if not pattern.fullmatch(node.value) or len(node.value) > _MAX_DIGITS:
        raise ValueError(f"{node.value!r:.60} is no {kind}")
    return reader(node.value)


def shown(node: yaml.Node) -> str:
    """What came, for a message: `the boolean 'yes'`."""
    if isinstance(node, yaml.MappingNode):
        return "keys and values"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    kind = {"null": "nothing", "bool": "the boolean", "int": "the integer", "float": "the number"}.get(
        node.tag.removeprefix(TAG), "the text"
    )
    return f"{kind} {node.value!r:.60}" if node.value else kind
