"""`meta` of a message: its puid, and the trail of tags, routing, path and metrics. JSON values in, JSON values out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from salver.core.errors import BadInput
from salver.core.trail import Trail
from salver.protocols.jsontensor import to_tensor

MAX_PUID: Final = 256
"""Characters: it goes into a header and is remembered."""
METRIC_TYPES: Final = ("COUNTER", "GAUGE", "TIMER")
_LOWEST, _HIGHEST = -(2**31), 2**31 - 1


def new_puid() -> str:
    """For a request that came without one: 128 random bits in hexadecimal, as a UUID has, in a third of its time."""
    return os.urandom(16).hex()


def read_puid(value: Any, where: str) -> str:
    """Raises BadInput for what is no text, or too long a one."""
    if type(value) is not str or len(value) > MAX_PUID:
        raise BadInput(f"{where}puid: wanted a string of at most {MAX_PUID} characters, got {value!r:.60}")
    return value


def read_meta(value: Any, where: str) -> tuple[str, Trail]:
    """(puid, trail); what is not there is empty. Members that it does not know are passed over. Raises BadInput."""
    trail = Trail()
    if value is None:
        return "", trail
    if type(value) is not dict:
        raise BadInput(f"{where}meta: wanted an object, got {type(value).__name__}")
    where += "meta."
    if value.get("tags"):
        trail.tags = _tags(value["tags"], where)
    if value.get("routing"):
        trail.routing = {
            node: _branch(branch, f"{where}routing['{node:.60}']")
            for node, branch in _object(value, "routing", where).items()
        }
    if value.get("requestPath"):
        trail.path = _texts(value["requestPath"], f"{where}requestPath")
    if value.get("metrics"):
        trail.metrics = _metrics(value["metrics"], where)
    puid = value.get("puid")
    return ("" if puid is None else read_puid(puid, where)), trail


def asked_trail(trail: Trail) -> Trail:
    """What a request tells of the way so far: tags and path. Routing and metrics are the graph's own to write."""
    if trail.routing:
        trail.routing = {}
    if trail.metrics:
        trail.metrics = []
    return trail


def write_meta(puid: str, trail: Trail) -> dict[str, Any]:
    """All of it, whether empty or not."""
    return {
        "puid": puid,
        "tags": trail.tags,
        "routing": trail.routing,
        "requestPath": trail.path,
        "metrics": [write_metric(metric) for metric in trail.metrics] if trail.metrics else (),
    }


def write_metric(metric: Mapping[str, Any]) -> dict[str, Any]:
    """A metric as messages have it: its tags are texts."""
    tags = metric.get("tags")
    if not tags:
        return {"key": metric["key"], "type": metric["type"], "value": metric["value"]}
    return {**metric, "tags": {str(name): str(tag) for name, tag in tags.items()}}


def _tags(value: Any, where: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise BadInput(f"{where}tags: wanted an object, got {type(value).__name__}")
    try:
        tags: dict[str, Any] = to_tensor([value], "JSON").array.item()
    except BadInput as fault:
        raise BadInput(f"{where}tags: {fault.message}") from None
    return tags


def _object(value: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    found = value[name]
    if type(found) is not dict:
        raise BadInput(f"{where}{name}: wanted an object, got {type(found).__name__}")
    return found


def _branch(value: Any, where: str) -> int:
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int or not _LOWEST <= value <= _HIGHEST:
        raise BadInput(f"{where}: wanted the number of a branch, got {value!r:.60}")
    return value


def _texts(value: Any, where: str) -> dict[str, str]:
    if type(value) is not dict or any(type(text) is not str for text in value.values()):
        raise BadInput(f"{where}: wanted an object of strings")
    return value


def _metrics(value: Any, where: str) -> list[dict[str, Any]]:
    if type(value) is not list:
        raise BadInput(f"{where}metrics: wanted a list, got {type(value).__name__}")
    return [_metric(entry, f"{where}metrics[{index}]") for index, entry in enumerate(value)]


def _metric(entry: Any, where: str) -> dict[str, Any]:
    if type(entry) is not dict or type(entry.get("key")) is not str:
        raise BadInput(f"{where}: wanted an object with a key")
    kind = entry.get("type", 0)
    kind = METRIC_TYPES[kind] if type(kind) is int and 0 <= kind < len(METRIC_TYPES) else kind
    if type(kind) is not str or kind not in METRIC_TYPES:
        raise BadInput(f"{where}.type: wanted one of {', '.join(METRIC_TYPES)}, got {kind!r:.60}")
    number = entry.get("value", 0.0)
    if type(number) not in (int, float):
        raise BadInput(f"{where}.value: wanted a number, got {number!r:.60}")
    metric = {"key": entry["key"], "type": kind, "value": number}
    return {**metric, "tags": _texts(entry["tags"], f"{where}.tags")} if entry.get("tags") else metric
