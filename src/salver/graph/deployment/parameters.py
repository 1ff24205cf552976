"""Parameters of a unit: text in the document, values of their types here. What reads is what Seldon's wrapper reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from salver.graph.deployment.fields import Fields
from salver.graph.deployment.spec import Value

_MAX_NUMBER: Final = 100
"""Characters of a number."""
_TRUE: Final = frozenset(("y", "yes", "t", "true", "on", "1"))
_FALSE: Final = frozenset(("n", "no", "f", "false", "off", "0"))


def _boolean(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError
    return text.lower() in _TRUE


_READERS: Final[dict[str, Callable[[str], Value]]] = {
    "INT": int,
    "FLOAT": float,
    "DOUBLE": float,
    "STRING": str,
    "BOOL": _boolean,
}


def read_parameters(items: list[Fields]) -> Mapping[str, Value]:
    """By name; of those that stand twice the last, as in Seldon. Raises BadDeployment for one that does not read."""
    found: dict[str, Value] = {}
    for item in items:
        name = item.needed("name")
        if "value" not in item:
            raise item.missing("value")
        if name in found:
            item.note("name", f"the parameter '{name:.60}' stands there before; this one is heeded")
        found[name] = _read(item)
        item.leave({})
    return MappingProxyType(found)


def _read(item: Fields) -> Value:
    value = item.text("value")
    kind = item.word("type", _READERS)
    if not kind:
        raise item.missing("type")
    try:
        if kind != "STRING" and len(value) > _MAX_NUMBER:
            raise ValueError
        return _READERS[kind](value)
    except ValueError:
        raise item.at("value").refusal(f"does not read as {kind}: {value!r:.60}") from None
