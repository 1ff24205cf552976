"""Reads the top of a document: its seventeen fields (PFA 0.8.1, "Top-level fields")."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final

from salver.formats.pfa.avro.schema import Schemas
from salver.formats.pfa.avro.types import NO_DEFAULT
from salver.formats.pfa.errors import PFAInputError, PFASyntaxError
from salver.formats.pfa.syntax.node import FUNCTION_NAME, SYMBOL, Cell, Document, Node
from salver.formats.pfa.syntax.reader import Reader, bad, boolean, integer, text, without_marks
from salver.formats.pfa.values.decode import decoder
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN

MAX_DEPTH: Final = 300
"""How deep a document may be nested, its values and schemas included."""
_METHODS: Final = ("map", "emit", "fold")
_SOURCES: Final = ("embedded", "json", "avro")
_unnamed: Final = itertools.count(1)


def read_document(value: Any) -> Document:
    """A document, as JSON in Python. Raises PFASyntaxError with the path of what is wrong."""
    if not isinstance(value, dict):
        bad("a PFA document, which is an object", value, "")
    if _look_through(value):
        value = without_marks(value)
    schemas = Schemas()
    reader = Reader(schemas)
    fields = _fields(reader)
    keys = list(value)
    if unknown := [key for key in keys if key not in fields]:
        raise PFASyntaxError(f"no PFA document has a field {unknown[0]!r}; there are {', '.join(fields)}", unknown[0])
    if missing := [key for key in ("input", "output", "action") if key not in value]:
        raise PFASyntaxError(f"a PFA document has a field {missing[0]!r}, which is not there")
    read = {fields[key][0]: fields[key][1](value[key], key) for key in keys}
    read.setdefault("name", f"Engine_{next(_unnamed)}")
    read.setdefault("method", "map")
    _agree_on_fold(read["method"], value)
    schemas.resolve()
    _check_defaults(schemas)
    return Document(**read)


def _look_through(value: dict[str, Any]) -> bool:
    """Whether there are `@` marks anywhere in a document. Raises PFASyntaxError for one nested too deep for what
    looks at it step by step."""
    level: list[Any] = [value]
    marked = False
    for _ in range(MAX_DEPTH):
        inside: list[Any] = []
        for one in level:
            if type(one) is dict:
                marked = marked or "@" in one
                inside += [part for part in one.values() if type(part) is dict or type(part) is list]
            else:
                inside += [part for part in one if type(part) is dict or type(part) is list]
        if not inside:
            return marked
        level = inside
    raise PFASyntaxError(f"the document is nested more than {MAX_DEPTH} deep")


def _check_defaults(schemas: Schemas) -> None:
    """Raises PFASyntaxError for a field whose default is not of its type."""
    for record in schemas.records():
        for field in record.fields:
            if field.default is NO_DEFAULT:
                continue
            try:
                decoder(field.type)(field.default)
            except PFAInputError as error:
                raise PFASyntaxError(
                    f"the default of the field {field.name!r} of {record!r} does not fit: {error.message}"
                ) from None


def _agree_on_fold(method: str, value: dict[str, Any]) -> None:
    for key in ("zero", "merge"):
        if method == "fold" and key not in value:
            raise PFASyntaxError(f"method fold wants a field {key!r}, which is not there")
        if method != "fold" and key in value:
            raise PFASyntaxError(f"a field {key!r} goes with method fold only, not with {method}", key)


def _fields(reader: Reader) -> dict[str, tuple[str, Callable[[Any, str], Any]]]:
    """Field by field of the document: its name inside, and what reads it."""
    return {
        "name": ("name", _name),
        "method": ("method", _method),
        "input": ("input", reader.schema),
        "output": ("output", reader.schema),
        "begin": ("begin", lambda value, path: _methods(reader, value, path)),
        "action": ("action", reader.body),
        "end": ("end", lambda value, path: _methods(reader, value, path)),
        "merge": ("merge", reader.body),
        "fcns": ("functions", lambda value, path: _functions(reader, value, path)),
        "zero": ("zero", lambda value, _path: value),
        "cells": ("cells", lambda value, path: _cells(reader, value, path, pool=False)),
        "pools": ("pools", lambda value, path: _cells(reader, value, path, pool=True)),
        "randseed": ("randseed", lambda value, path: integer(value, path, LONG_MIN, LONG_MAX, "a long of 64 bits")),
        "doc": ("doc", text),
        "version": ("version", lambda value, path: integer(value, path, INT_MIN, INT_MAX, "an int of 32 bits")),
        "metadata": ("metadata", _metadata),
        "options": ("options", _options),
    }


def _name(value: Any, path: str) -> str:
    return text(value, path)


def _method(value: Any, path: str) -> str:
    if value not in _METHODS:
        bad("map, emit or fold", value, path)
    return str(value)


def _methods(reader: Reader, value: Any, path: str) -> tuple[Node, ...]:
    return () if value == [] else reader.body(value, path)


def _functions(reader: Reader, value: Any, path: str) -> dict[str, Node]:
    if not isinstance(value, dict):
        bad("function definitions by name", value, path)
    found = {}
    for name, one in value.items():
        if not FUNCTION_NAME.match(name):
            bad("the name of a function (words of letters, digits and _, joined by dots)", name, path)
        found[name] = reader.function(one, f"{path}.{name}")
    return found


def _cells(reader: Reader, value: Any, path: str, *, pool: bool) -> dict[str, Cell]:
    if not isinstance(value, dict):
        bad(f"{'pools' if pool else 'cells'} by name", value, path)
    found = {}
    for name, one in value.items():
        if not SYMBOL.match(name):
            bad("the name of a cell or pool (letters, digits and _, no digit first)", name, path)
        found[name] = _cell(reader, name, one, f"{path}.{name}", pool)
    return found


def _cell(reader: Reader, name: str, value: Any, path: str, pool: bool) -> Cell:
    known = ("type", "init", "shared", "rollback", "source")
    if not isinstance(value, dict):
        bad("an object with 'type' and 'init'", value, path)
    for key in value:
        if key not in known:
            raise PFASyntaxError(f"a {'pool' if pool else 'cell'} has no {key!r}; it may have {', '.join(known)}", path)
    for key in ("type",) if pool else ("type", "init"):
        if key not in value:
            raise PFASyntaxError(f"a {'pool' if pool else 'cell'} has {key!r}, which is not there", path)
    shared = boolean(value.get("shared", False), f"{path}.shared")
    rollback = boolean(value.get("rollback", False), f"{path}.rollback")
    source = value.get("source", "embedded")
    if source not in _SOURCES:
        bad("embedded, json or avro", source, f"{path}.source")
    if shared and rollback:
        raise PFASyntaxError("what is shared cannot be rolled back: 'shared' and 'rollback' exclude each other", path)
    init = value.get("init", {} if pool else None)
    if source == "embedded" and pool and not isinstance(init, dict):
        bad("values by name", init, f"{path}.init")
    return Cell(name, reader.schema(value["type"], f"{path}.type"), init, shared, rollback, source, path)


def _metadata(value: Any, path: str) -> dict[str, str]:
    if not isinstance(value, dict):
        bad("texts by name", value, path)
    return {name: text(one, f"{path}.{name}") for name, one in value.items()}


def _options(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        bad("options by name", value, path)
    return dict(value)
