"""A document, read and compiled, with what its cells and pools hold at first: what engines are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from salver.formats.pfa.avro.types import Map, Type
from salver.formats.pfa.compiler.program import Program, compile_document
from salver.formats.pfa.errors import PFAInitializationError, PFAInputError, PFASyntaxError
from salver.formats.pfa.syntax.document import read_document
from salver.formats.pfa.syntax.node import Cell
from salver.formats.pfa.values.decode import decoder

Files = Callable[[Cell, Type], Any]
"""Reads what a cell or pool keeps in a file. Raises PFAInitializationError."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that engines of one document share."""

    program: Program
    json: Mapping[str, Any]
    """The document as it was read."""
    cells: Mapping[str, Any]
    pools: Mapping[str, Mapping[str, Any]]
    zero: Any
    limits_s: Mapping[str, float]
    """How long each method may take by the document's own options; infinity for as long as it likes."""


def prepare(json: Any, files: Files | None = None, options: Mapping[str, Any] | None = None) -> Prepared:
    """Reads and compiles a document. Raises PFASyntaxError, PFASemanticError or PFAInitializationError."""
    try:
        return _prepared(json, files, options)
    except RecursionError:
        raise PFASyntaxError("the document is nested too deep") from None


def _prepared(json: Any, files: Files | None, options: Mapping[str, Any] | None) -> Prepared:
    document = read_document(json)
    try:
        cells = {name: _value(cell, cell.type.type, files) for name, cell in document.cells.items()}
        pools = {name: _value(pool, Map(pool.type.type), files) for name, pool in document.pools.items()}
        zero = _decoded(document.zero, document.output.type, "zero") if document.method == "fold" else None
    except PFAInitializationError:
        # What makes no sense is told before what cannot be filled.
        compile_document(document, {})
        raise
    program = compile_document(document, cells)
    return Prepared(program, json, cells, pools, zero, _limits({**document.options, **(options or {})}))


def _value(cell: Cell, of: Type, files: Files | None) -> Any:
    if cell.source == "embedded":
        return _decoded(cell.init, of, f"{cell.path}.init")
    if files is None:
        raise PFAInitializationError(
            f"source {cell.source!r} names a file, which this host does not allow", f"{cell.path}.source"
        )
    return files(cell, of)


def _decoded(value: Any, of: Type, path: str) -> Any:
    try:
        return decoder(of, path)(value)
    except PFAInputError as error:
        raise PFAInitializationError(error.message, error.path) from None


def _limits(options: Mapping[str, Any]) -> dict[str, float]:
    """The time limits of the options, which are milliseconds; nothing and what is not positive is no limit."""
    whole = _milliseconds(options, "timeout", -1)
    return {name: _seconds(_milliseconds(options, f"timeout.{name}", whole)) for name in ("begin", "action", "end")}


def _milliseconds(options: Mapping[str, Any], name: str, otherwise: float) -> float:
    value = options.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise PFAInitializationError(f"{name} is a number of milliseconds, not {value!r}", f"options.{name}")
    return value


def _seconds(milliseconds: float) -> float:
    return milliseconds / 1000 if milliseconds > 0 else float("inf")
