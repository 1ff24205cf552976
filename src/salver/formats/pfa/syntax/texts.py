"""Bytes become a document: JSON, YAML, either of them packed with gzip. What comes in is bounded in size and depth."""

from __future__ import annotations

import json
import re
import zlib
from typing import Any, Final, NoReturn

import yaml

from salver.formats.pfa.errors import PFASyntaxError

MAX_BYTES: Final = 512 * 2**20
"""How large a document may be, unpacked."""
_GZIP: Final = b"\x1f\x8b"
_MAX_DEPTH: Final = 900
_NUMBER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_TRUE: Final = frozenset(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"))
_FALSE: Final = frozenset(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"))
_NULL: Final = frozenset(("null", "Null", "NULL", "~", ""))


def unpacked(data: bytes, limit: int = MAX_BYTES) -> bytes:
    """What gzip has packed; anything else as it is. Raises PFASyntaxError for what is broken or too large."""
    if not data.startswith(_GZIP):
        if len(data) > limit:
            raise PFASyntaxError(f"a document of more than {limit} bytes is not read")
        return data
    reader = zlib.decompressobj(wbits=31)
    try:
        found = reader.decompress(data, limit + 1)
    except zlib.error as error:
        raise PFASyntaxError(f"the document is packed with gzip, and broken: {error}") from None
    if len(found) > limit:
        raise PFASyntaxError(f"the document is more than {limit} bytes when unpacked, and is not read")
    if not reader.eof:
        raise PFASyntaxError("the document is packed with gzip, and ends too early")
    return found


def from_json(text: str | bytes) -> Any:
    """JSON as Python has it. Raises PFASyntaxError that names the line."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise PFASyntaxError(f"line {error.lineno}, column {error.colno}: this is no JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise PFASyntaxError(f"this is no JSON, which is UTF-8: {error.reason} at byte {error.start}") from None
    except RecursionError:
        raise PFASyntaxError("the document is nested too deep") from None
    except ValueError as error:
        raise PFASyntaxError(f"this is no JSON: {error}") from None


def _no_constant(name: str) -> NoReturn:
    raise PFASyntaxError(f"{name} is no JSON")


def from_yaml(text: str | bytes) -> Any:
    """YAML as JSON has it: no aliases, no tags, keys are text.

    Raises PFASyntaxError that names the line."""
    try:
        return _Builder().build(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark is not None else ""
        raise PFASyntaxError(f"{line}this is no YAML: {getattr(error, 'problem', None) or error}") from None
    except UnicodeDecodeError as error:
        raise PFASyntaxError(f"this is no YAML: {error.reason} at byte {error.start}") from None
    except (ValueError, OverflowError, IndexError, RecursionError) as error:
        raise PFASyntaxError(f"this is no YAML: {error}") from None


class _Builder:
    """Makes values of events, without recursion."""

    def __init__(self) -> None:
        self._stack: list[tuple[Any, list[Any]]] = []
        """Objects and lists that are open, each with the key that waits for its value, if any."""
        self._result: Any = None

    def build(self, text: str | bytes) -> Any:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        documents = 0
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    _refuse(event, "a file holds one document")
            elif isinstance(event, yaml.AliasEvent):
                _refuse(event, "a document may not use aliases (*name)")
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._open(event)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self._stack.pop()
        if not documents:
            raise PFASyntaxError("the document is empty")
        return self._result

    def _open(self, event: Any) -> None:
        mapping = isinstance(event, yaml.MappingStartEvent)
        made: Any = {} if mapping else []
        self._put(made, event)
        self._stack.append((made, []))
        if len(self._stack) > _MAX_DEPTH:
            _refuse(event, "the document is nested too deep")

    def _scalar(self, event: Any) -> None:
        if self._stack and isinstance(self._stack[-1][0], dict) and not self._stack[-1][1]:
            self._stack[-1][1].append(event.value)
            return
        self._put(_plain(event.value) if event.implicit[0] else event.value, event)

    def _put(self, value: Any, event: Any) -> None:
        if not self._stack:
            self._result = value
            return
        there, key = self._stack[-1]
        if isinstance(there, list):
            there.append(value)
        elif not key:
            _refuse(event, "the key of an object is text")
        else:
            there[key.pop()] = value


def _plain(text: str) -> Any:
    """What a scalar without quotes stands for."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    return float(text) if number[2] or number[3] else int(text)


def _refuse(event: Any, why: str) -> NoReturn:
    raise PFASyntaxError(f"line {event.start_mark.line + 1}: {why}")
