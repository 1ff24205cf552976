"""The top of a document: its fields (PFA 0.8.1, "Top-level fields")."""

from __future__ import annotations

from typing import Any

import pytest

from salver.formats.pfa.avro.types import DOUBLE, INT
from salver.formats.pfa.errors import PFASyntaxError
from salver.formats.pfa.syntax.document import MAX_DEPTH, read_document

LEAST: dict[str, Any] = {"input": "int", "output": "double", "action": "input"}
FOLD: dict[str, Any] = {**LEAST, "method": "fold", "zero": 0.0, "merge": "tallyOne"}


def test_three_fields_are_enough() -> None:
    read = read_document(LEAST)
    assert (read.input.type, read.output.type, read.method) == (INT, DOUBLE, "map")
    assert [node.kind for node in read.action] == ["symbol"]
    assert (read.begin, read.end, read.version, read.randseed, read.options) == ((), (), None, None, {})


def test_documents_without_a_name_get_different_ones() -> None:
    assert read_document(LEAST).name != read_document(LEAST).name


def test_all_fields_are_read() -> None:
    read = read_document(
        {
            **FOLD,
            "name": "All",
            "begin": {"log": 1},
            "end": [],
            "fcns": {"f": {"params": [], "ret": "int", "do": 1}},
            "cells": {"c": {"type": "int", "init": 3, "rollback": True}},
            "pools": {"p": {"type": "int", "shared": True}},
            "randseed": -5,
            "doc": "what for",
            "version": 2,
            "metadata": {"who": "me"},
            "options": {"timeout": 10},
        }
    )
    assert (read.name, read.method, read.zero, read.version, read.randseed) == ("All", "fold", 0.0, 2, -5)
    assert (read.metadata, read.options, read.doc) == ({"who": "me"}, {"timeout": 10}, "what for")
    assert [len(read.begin), len(read.end), len(read.merge)] == [1, 0, 1]
    assert read.functions["f"].kind == "function"
    cell, pool = read.cells["c"], read.pools["p"]
    assert (cell.type.type, cell.init, cell.shared, cell.rollback, cell.source) == (INT, 3, False, True, "embedded")
    assert (pool.init, pool.shared) == ({}, True)


def test_marks_may_stand_anywhere() -> None:
    marked = {**LEAST, "@": "line 1", "cells": {"@": "line 2", "c": {"@": "line 3", "type": "int", "init": 3}}}
    assert list(read_document(marked).cells) == ["c"]


def changed(**fields: Any) -> dict[str, Any]:
    return {**LEAST, **fields}


def cell(**fields: Any) -> dict[str, Any]:
    return changed(cells={"c": {"type": "int", "init": 3, **fields}})


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ([], "", "which is an object"),
        ("text", "", "which is an object"),
        ({"input": "int", "output": "int"}, "", "has a field 'action'"),
        (changed(more=1), "more", "no PFA document has a field 'more'"),
        (changed(name=3), "name", "text"),
        (changed(method="reduce"), "method", "map, emit or fold"),
        (changed(method="fold", zero=1), "", "'merge'"),
        (changed(method="fold", merge=1), "", "'zero'"),
        (changed(zero=1), "zero", "method fold only"),
        (changed(merge=1), "merge", "method fold only"),
        (changed(action=[]), "action", "at least one"),
        (changed(fcns=[]), "fcns", "function definitions"),
        (changed(fcns={"f": 3}), "fcns.f", "a function definition"),
        (changed(fcns={"f": {"fcn": "m.abs"}}), "fcns.f", "a function definition"),
        (changed(fcns={"1f": {"params": [], "ret": "int", "do": 1}}), "fcns", "name of a function"),
        (changed(cells=[]), "cells", "cells by name"),
        (changed(cells={"a.b": {"type": "int", "init": 1}}), "cells", "name of a cell"),
        (changed(cells={"c": {"type": "int"}}), "cells.c", "'init'"),
        (changed(cells={"c": {"init": 1}}), "cells.c", "'type'"),
        (cell(more=1), "cells.c", "has no 'more'"),
        (cell(shared=1), "cells.c.shared", "true or false"),
        (cell(rollback="no"), "cells.c.rollback", "true or false"),
        (cell(source="http"), "cells.c.source", "embedded, json or avro"),
        (cell(shared=True, rollback=True), "cells.c", "exclude each other"),
        (changed(pools={"p": {"type": "int", "init": 3}}), "pools.p.init", "values by name"),
        (changed(version=2**31), "version", "32 bits"),
        (changed(version=True), "version", "32 bits"),
        (changed(randseed=2**63), "randseed", "64 bits"),
        (changed(randseed=0.5), "randseed", "64 bits"),
        (changed(metadata={"x": 1}), "metadata.x", "text"),
        (changed(options=[]), "options", "options by name"),
        (changed(input="R"), "input", "no type 'R'"),
    ],
)
def test_what_is_no_document_is_refused_with_its_place(document: Any, path: str, message: str) -> None:
    with pytest.raises(PFASyntaxError, match=message) as refused:
        read_document(document)
    assert refused.value.path == path


@pytest.mark.parametrize("where", ["action", "input", "metadata", "options", "doc", "zero"])
def test_depth_is_bounded_everywhere(where: str) -> None:
    deep: Any = 1
    for _ in range(MAX_DEPTH):
        deep = [deep]
    with pytest.raises(PFASyntaxError, match="nested more than"):
        read_document(changed(**{where: deep}))
