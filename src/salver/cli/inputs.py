"""Files of inputs, read in batches: JSON, JSON lines, CSV, npy. What is wrong is named by its line or row."""

from __future__ import annotations

import io
import itertools
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from salver.cli.tabular import read_csv
from salver.core.errors import BadInput
from salver.core.signature import Signature
from salver.protocols import jsondoc
from salver.warmup import is_body, read_request

FORMS: Final = ("json", "jsonl", "csv", "npy")


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs as `Model.predict` takes them, and where they come from."""

    inputs: Any
    path: str
    unit: str
    """What the numbers count: line (from 1) or row (from 0)."""
    numbers: Sequence[int]
    """One for each row."""
    done: float | None
    """The part of the file read so far, None when its size is unknown."""

    def row(self, index: int) -> Batch:
        """One row of it."""
        inputs = self.inputs
        part = slice(index, index + 1)
        one = {name: values[part] for name, values in inputs.items()} if isinstance(inputs, dict) else inputs[part]
        return Batch(one, self.path, self.unit, self.numbers[part], self.done)

    def __str__(self) -> str:
        numbers = self.numbers
        if not numbers:
            return self.path
        if len(numbers) == 1:
            return f"{self.path}, {self.unit} {numbers[0]}"
        return f"{self.path}, {self.unit}s {numbers[0]} to {numbers[-1]}"


def read_batches(
    path: str, form: str | None, size: int, signatures: Mapping[str, Signature], signature: Signature
) -> Iterator[Batch]:
    """The file's rows, `size` at a time. Raises BadInput naming file and line."""
    form = form or Path(path).suffix.lstrip(".").lower()
    if form not in FORMS:
        raise BadInput(f"'{path}' is of no known form; wanted .json, .jsonl, .csv or .npy, or --input-format")
    try:
        with sys.stdin.buffer if path == "-" else Path(path).open("rb") as file:
            if form == "npy":
                yield from _npy(file, path, size)
            elif form == "json":
                yield from _json(file.read(), path, size, signatures, signature)
            elif form == "jsonl":
                yield from _json_lines(file, path, size)
            else:
                for rows in read_csv(file, size, path, signature):
                    yield Batch(rows.inputs, path, "line", rows.lines, _done(file))
    except (OSError, ValueError) as error:
        raise BadInput(f"'{path}' cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _npy(file: BinaryIO, path: str, size: int) -> Iterator[Batch]:
    try:
        if path == "-":
            array = np.load(io.BytesIO(file.read()), allow_pickle=False)
        else:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise BadInput(f"'{path}' is no npy file of plain values: {error}") from None
    if not isinstance(array, np.ndarray):
        raise BadInput(f"'{path}' holds several arrays, wanted one: .npy, not .npz")
    if not array.ndim:
        yield Batch(array, path, "row", (), 1.0)
        return
    for start in range(0, len(array), size):
        part = np.array(array[start : start + size])
        end = start + len(part)
        yield Batch(part, path, "row", range(start, end), end / len(array))


def _json(
    body: bytes, path: str, size: int, signatures: Mapping[str, Signature], signature: Signature
) -> Iterator[Batch]:
    """A list of rows, an object of columns, or a request body of a protocol."""
    try:
        document = jsondoc.read(body)
        if isinstance(document, dict):
            columns = not is_body(document, signature)
            inputs = document if columns else _tensors(body, signatures)
            yield Batch(inputs, path, "row", range(_length(inputs) if signature.batched else 0), 1.0)
            return
    except BadInput as fault:
        raise BadInput(f"'{path}': {fault.message}") from None
    if not isinstance(document, (list, np.ndarray)):
        raise BadInput(f"'{path}' holds {type(document).__name__}, wanted a list of rows or an object of columns")
    for start in range(0, len(document), size):
        rows = document[start : start + size]
        end = start + len(rows)
        yield Batch(rows, path, "row", range(start, end), end / len(document))


def _tensors(body: bytes, signatures: Mapping[str, Signature]) -> dict[str, Any]:
    tensors = read_request(body, signatures).tensors
    return {name: tensor.values for name, tensor in tensors.items()}


def _length(columns: dict[str, Any]) -> int:
    return min((len(values) for values in columns.values() if isinstance(values, (list, np.ndarray))), default=0)


def _json_lines(file: BinaryIO, path: str, size: int) -> Iterator[Batch]:
    lines = ((number, line) for number, line in enumerate(file, 1) if line.strip())
    while chunk := list(itertools.islice(lines, size)):
        rows = [_json_line(line, f"{path}, line {number}") for number, line in chunk]
        yield Batch(rows, path, "line", [number for number, _ in chunk], _done(file))


def _json_line(line: bytes, where: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where} is no JSON: {error}") from None


def _done(file: BinaryIO) -> float | None:
    """The part that is read of a file; None for what has no size."""
    try:
        total = os.fstat(file.fileno()).st_size
        return min(file.tell() / total, 1.0) if total else None
    except OSError:
        return None
