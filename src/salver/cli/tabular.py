"""Tables of text, read in batches: cells become values by the dtypes a model wants. What is wrong is named by line."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, TypeAlias

import numpy as np

from salver.core.domain import BASKET
from salver.core.errors import BadInput
from salver.core.loose import basket
from salver.core.signature import Signature
from salver.core.tensor import FLOATS, INTEGERS, NUMPY, TensorSpec, objects

Record: TypeAlias = tuple[int, list[str]]
"""The line a row begins in, counted from 1, and its cells."""
_BOOLS: Final = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table as a model takes them, and the line of each."""

    inputs: Any
    lines: Sequence[int]


def read_csv(file: BinaryIO, size: int, path: str, signature: Signature) -> Iterator[Rows]:
    """The rows, `size` at a time. Raises BadInput naming file and line.

    Columns are found by the names in the first line; without such a line a model with one input takes them in order,
    and those beyond its width (the answer, in training data) are left out. An empty cell is NaN where floats are
    wanted. A loose input takes any text, and an empty cell is a missing value.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        records = _records(_reader(text), path)
        head = next(records, None)
        if head is not None:
            take, rest = _plan(head, records, signature, path)
            while chunk := list(itertools.islice(rest, size)):
                yield Rows(take(chunk), [line for line, _ in chunk])
    except UnicodeDecodeError as error:
        raise BadInput(f"'{path}' is no UTF-8: {error.reason}") from None
    finally:
        text.detach()


def _reader(text: io.TextIOWrapper) -> Any:
    """The rows of the text, by the delimiter that its first line has most of."""
    first = text.readline()
    delimiter = max(",;\t|", key=first.count)
    return csv.reader(itertools.chain([first], text), delimiter=delimiter, strict=True)


def _plan(
    head: Record, records: Iterator[Record], signature: Signature, path: str
) -> tuple[Callable[[list[Record]], Any], Iterator[Record]]:
    """How rows become inputs, and the rows that hold values."""
    header = [cell.strip() for cell in head[1]]
    wanted = [name for name in signature.inputs if name in header]
    if {*signature.inputs} - {*signature.defaults} <= {*wanted} and wanted:
        places = {name: header.index(name) for name in wanted}
        return lambda rows: _named(rows, places, signature.inputs, path), records
    if len(signature.inputs) != 1:
        raise BadInput(
            f"{path}, line {head[0]}: the model has several inputs, so this line must name them: "
            f"{', '.join(signature.inputs)}; it holds {', '.join(header):.200}"
        )
    ((name, spec),) = signature.inputs.items()
    width = _width(name, spec, len(header))
    is_header = not any(_is_value(cell, spec.dtype) for cell in header if cell)
    rest = records if is_header else itertools.chain([head], records)
    if spec.loose:
        return lambda rows: {name: _loose(rows, 0, spec)}, rest
    return lambda rows: _in_order(rows, width, spec, path), rest


def _width(name: str, spec: TensorSpec, columns: int) -> int:
    """How many columns the input takes; 0 for all, which must be equally many in each row."""
    if spec.shape is None:
        return 0
    if len(spec.shape) == 1:
        return 1
    if len(spec.shape) != 2:
        raise BadInput(f"input '{name}' is {spec}, and a CSV row holds one axis only; use .npy or .json")
    return max(spec.shape[1], 0)


def _named(rows: list[Record], places: dict[str, int], specs: Any, path: str) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, at in places.items():
        spec = specs[name]
        if spec.loose:
            columns[name] = _loose(rows, at, spec)
            continue
        values = _cells(rows, [at], spec.dtype, path)
        columns[name] = values[:, None] if spec.shape is not None and len(spec.shape) == 2 else values
    return columns


def _in_order(rows: list[Record], width: int, spec: TensorSpec, path: str) -> Any:
    columns = width or len(rows[0][1])
    for line, row in rows:
        if len(row) < columns or (not width and len(row) != columns):
            raise BadInput(f"{path}, line {line}: there are {len(row)} columns, wanted {columns}")
    values = _cells(rows, range(columns), spec.dtype, path)
    return values if spec.shape is not None and len(spec.shape) == 1 else values.reshape(len(rows), columns)


def _loose(rows: list[Record], at: int, spec: TensorSpec) -> Any:
    """The cells as a loose input takes them: numbers where all are, else texts; None for what is empty, or lacking."""
    cells = [row[at].strip() if at < len(row) else "" for _, row in rows]
    if spec.dtype in FLOATS | INTEGERS:
        with suppress(ValueError):
            return np.array([_number(cell) for cell in cells], np.float64)
    takes_baskets = spec.domain is not None and spec.domain.kind == BASKET
    values = [row[at] if cell else None for cell, (_, row) in zip(cells, rows, strict=True)]
    return [basket(value) if takes_baskets and value is not None else value for value in values]


def _number(cell: str) -> float:
    """Raises ValueError for what is no number, also for one that only Python takes for one."""
    if "_" in cell:
        raise ValueError
    return float(cell) if cell else float("nan")


def _cells(rows: list[Record], places: Sequence[int], dtype: str, path: str) -> Any:
    """The cells at these places of each row, one after the other."""
    try:
        return _typed([row[at] for _, row in rows for at in places], dtype)
    except (ValueError, KeyError, OverflowError, IndexError, RecursionError):
        raise next(_wrong(rows, places, dtype, path)) from None


def _wrong(rows: list[Record], places: Sequence[int], dtype: str, path: str) -> Iterator[BadInput]:
    for line, row in rows:
        for at in places:
            where = f"{path}, line {line}, column {at + 1}"
            if at >= len(row):
                yield BadInput(f"{where}: the line ends before it")
            elif not _is_value(row[at], dtype):
                yield BadInput(f"{where}: {repr(row[at]) if row[at].strip() else 'an empty cell'} is no {dtype}")


def _is_value(cell: str, dtype: str) -> bool:
    try:
        _typed([cell], dtype)
    except (ValueError, KeyError, OverflowError, RecursionError):
        return False
    return True


def _typed(cells: list[str], dtype: str) -> Any:
    if dtype in FLOATS:
        return np.array([float(cell) if cell.strip() else float("nan") for cell in cells])
    if dtype in INTEGERS:
        return np.array([int(cell) for cell in cells], NUMPY[dtype])
    if dtype == "BOOL":
        return np.array([_BOOLS[cell.strip().lower()] for cell in cells])
    if dtype == "JSON":
        return objects([json.loads(cell) for cell in cells])
    return np.array(cells, dtype=object)


def _records(reader: Any, path: str) -> Iterator[Record]:
    """The rows that are not empty. A quoted cell may hold line ends."""
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(f"{path}, line {line}: {error}") from None
        if row:
            yield line, row
