"""Files of inputs, read in batches: JSON, JSON lines, CSV, npy. A row that is wrong is named by its line."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from salver.core.errors import BadInput
from salver.core.signature import Signature, select
from salver.core.tensor import FLOATS, INTEGERS
from salver.embedded import Model
from salver.protocols import jsondoc


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs as `Model.predict` takes them."""

    inputs: Any
    rows: int
    where: str
    """Which part of the file, for errors."""
    done: float | None
    """The part of the file read so far, None when its size is unknown."""


def read_batches(path: str, form: str | None, size: int, model: Model, signature_name: str) -> Iterator[Batch]:
    """The file's rows, `size` at a time. Raises BadInput naming file and line."""
    form = form or Path(path).suffix.lstrip(".").lower()
    if form not in ("json", "jsonl", "csv", "npy"):
        raise BadInput(f"'{path}' is of no known form; wanted .json, .jsonl, .csv or .npy, or --input-format")
    signature = select(model.signatures, signature_name)[1]
    try:
        with _open(path) as file:
            if form == "npy":
                yield from _npy(path, size)
            elif form == "json":
                yield from _rows_in(jsondoc.read(file.read()), size, path)
            elif form == "jsonl":
                yield from _json_lines(file, size, path)
            else:
                yield from _csv(file, size, path, signature)
    except OSError as error:
        raise BadInput(f"'{path}' cannot be read: {error.strerror or error}") from None


def _open(path: str) -> BinaryIO:
    return sys.stdin.buffer if path == "-" else Path(path).open("rb")


def _npy(path: str, size: int) -> Iterator[Batch]:
    try:
        source: Any = io.BytesIO(sys.stdin.buffer.read()) if path == "-" else path
        array = np.load(source, mmap_mode=None if path == "-" else "r", allow_pickle=False)
    except ValueError as error:
        raise BadInput(f"'{path}' is no npy file of plain values: {error}") from None
    rows = len(array) if array.ndim else 1
    for start in range(0, rows, size):
        part = np.ascontiguousarray(array[start : start + size]) if array.ndim else array
        end = min(start + size, rows)
        yield Batch(part, end - start, f"{path}, rows {start} to {end - 1}", end / rows)


def _rows_in(document: Any, size: int, path: str) -> Iterator[Batch]:
    """A list of rows, a body of the TensorFlow Serving protocol, or an object of columns."""
    if isinstance(document, dict) and set(document) & {"instances", "inputs"}:
        document = document.get("instances", document.get("inputs"))
    if isinstance(document, dict):
        lengths = [len(column) for column in document.values() if isinstance(column, (list, np.ndarray))]
        yield Batch(document, lengths[0] if lengths else 1, path, 1.0)
        return
    if not isinstance(document, (list, np.ndarray)):
        raise BadInput(f"'{path}' holds {type(document).__name__}, wanted a list of rows or an object of columns")
    for start in range(0, len(document), size):
        rows = document[start : start + size]
        end = start + len(rows)
        yield Batch(rows, len(rows), f"{path}, rows {start} to {end - 1}", end / len(document))


def _json_lines(file: BinaryIO, size: int, path: str) -> Iterator[Batch]:
    total = _size_of(file)
    done = 0
    for number, lines in _chunks(file, size):
        rows = []
        for index, line in enumerate(lines):
            done += len(line)
            if line.strip():
                try:
                    rows.append(json.loads(line))
                except (ValueError, RecursionError) as error:
                    raise BadInput(f"{path}, line {number + index}: {error}") from None
        if rows:
            yield Batch(rows, len(rows), f"{path}, lines {number} to {number + len(lines) - 1}", _part(done, total))


def _csv(file: BinaryIO, size: int, path: str, signature: Signature) -> Iterator[Batch]:
    total = _size_of(file)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    first = text.readline()
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(itertools.chain([first], text), delimiter=delimiter)
    header = next(reader, [])
    named = set(signature.inputs) <= set(header)
    if not named and _are_numbers(header):
        reader = csv.reader(itertools.chain([first], text), delimiter=delimiter)
        header = []
    for number, rows in _chunks(reader, size):
        where = f"{path}, lines {number + bool(header)} to {number + bool(header) + len(rows) - 1}"
        rows = [row for row in rows if row]
        if rows:
            inputs = _columns(rows, header, signature, where) if named else _matrix(rows, signature, where)
            yield Batch(inputs, len(rows), where, _part(file.tell(), total))


def _columns(rows: list[list[str]], header: list[str], signature: Signature, where: str) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, spec in signature.inputs.items():
        at = header.index(name)
        try:
            columns[name] = _typed([row[at] for row in rows], spec.dtype)
        except (ValueError, IndexError) as error:
            raise BadInput(f"{where}: column '{name}' wants {spec.dtype}: {error}") from None
    return columns


def _matrix(rows: list[list[str]], signature: Signature, where: str) -> np.ndarray[Any, Any]:
    if len(signature.inputs) != 1:
        wanted = ", ".join(signature.inputs)
        raise BadInput(f"{where}: the model has several inputs; wanted a header line that names them: {wanted}")
    spec = next(iter(signature.inputs.values()))
    width = spec.shape[1] if spec.shape is not None and len(spec.shape) == 2 and spec.shape[1] > 0 else None
    try:
        # A file of training data has the answer in a last column: it is no input.
        return np.array([_typed(row[:width], spec.dtype) for row in rows])
    except ValueError as error:
        raise BadInput(
            f"{where}: wanted {width or 'equally many'} columns of {spec.dtype} in each row: {error}"
        ) from None


def _typed(cells: list[str], dtype: str) -> np.ndarray[Any, Any]:
    if dtype in FLOATS:
        return np.array([float(cell) if cell.strip() else float("nan") for cell in cells])
    if dtype in INTEGERS:
        return np.array([int(cell) for cell in cells])
    if dtype == "BOOL":
        return np.array([_BOOLS[cell.strip().lower()] for cell in cells])
    return np.array(cells, dtype=object)


_BOOLS = {"true": True, "1": True, "false": False, "0": False}


def _are_numbers(cells: list[str]) -> bool:
    try:
        return bool([float(cell) for cell in cells])
    except ValueError:
        return False


def _chunks(items: Iterable[Any], size: int) -> Iterator[tuple[int, list[Any]]]:
    """(number of the first, from 1; the items)."""
    iterator = iter(items)
    number = 1
    while chunk := list(itertools.islice(iterator, size)):
        yield number, chunk
        number += len(chunk)


def _size_of(file: BinaryIO) -> int | None:
    try:
        return os.fstat(file.fileno()).st_size or None
    except (OSError, io.UnsupportedOperation):
        return None


def _part(done: int, total: int | None) -> float | None:
    return None if total is None else min(done / total, 1.0)
