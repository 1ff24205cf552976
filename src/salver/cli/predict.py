"""`salver predict`: a model over a file of inputs, batch by batch, without a server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import orjson

from salver.cli.inputs import FORMS, Batch, read_batches
from salver.cli.progress import Progress
from salver.core.errors import BadInput, Internal
from salver.core.signature import Signature, select
from salver.embedded import Model, load

NAME: Final = "predict"
HELP: Final = "run a model over a file of inputs (JSON, JSON lines, CSV or npy) and print one JSON line a row"
EXAMPLES: Final = """examples:
  salver predict wine.onnx wine.csv
  salver predict wine.onnx rows.json --output answers.jsonl
  cat rows.csv | salver predict wine.onnx - --input-format csv

what a file may hold:
  .csv    one row a line, separated by , ; | or tab. A first line with the inputs' names says which column is which;
          without it a model with one input takes the columns in order and leaves out those it has no place for.
  .json   a list of rows, an object of columns by input name, or a request body of any protocol served
  .jsonl  one row a line: an object by input name or, for a model with one input, its value
  .npy    rows along the first axis

Numbers that are not finite are written as null. A model that judges each row by itself (PMML) takes an empty cell, a
null or a name that is not there for a missing value; a row that it refuses has its reason in `_error`."""
_ROWS: Final = 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a model file, a folder of versions, or app.py:predict")
    parser.add_argument("input", help="a .json, .jsonl, .csv or .npy file; - for standard input")
    parser.add_argument("--input-format", choices=FORMS, help="when the name does not say it")
    parser.add_argument("--output", default="-", metavar="FILE", help="where the answers go (default: standard output)")
    parser.add_argument(
        "--batch",
        type=int,
        metavar="N",
        help=f"rows computed at a time (default: {_ROWS}, or what the model is made for)",
    )
    parser.add_argument("--signature", default="", metavar="NAME", help="the signature, where a model has several")


def run(arguments: argparse.Namespace) -> int:
    if arguments.batch is not None and arguments.batch < 1:
        raise BadInput(f"--batch must be at least 1, got {arguments.batch}")
    with load(arguments.model) as model:
        name, signature = select(model.signatures, arguments.signature)
        size = arguments.batch or _size(signature)
        batches = read_batches(arguments.input, arguments.input_format, size, model.signatures, signature)
        if arguments.output == "-":
            sys.stdout.flush()
            _predict_all(model, batches, name, sys.stdout.buffer)
        else:
            with Path(arguments.output).open("wb") as out:
                _predict_all(model, batches, name, out)
    return 0


def _size(signature: Signature) -> int:
    """Rows a call: as many as a model that is made for a fixed number takes."""
    firsts = {spec.shape[0] if spec.shape else -1 for spec in signature.inputs.values()}
    fixed = firsts.pop() if len(firsts) == 1 else -1
    return fixed if fixed > 0 else _ROWS


def _predict_all(model: Model, batches: Iterator[Batch], signature: str, out: BinaryIO) -> None:
    # On the terminal the answers themselves are the progress.
    with Progress(None if out.isatty() else sys.stderr) as progress:
        for batch in batches:
            try:
                answers = model.predict(batch.inputs, signature=signature)
            except BadInput as fault:
                raise _blame(model, batch, signature, fault) from None
            out.writelines(_lines(answers, batch))
            progress.tell(len(batch.numbers), batch.done)
        out.flush()


def _blame(model: Model, batch: Batch, signature: str, fault: BadInput) -> BadInput:
    """The fault, with the row that it is about where rows stand for themselves."""
    if model.signatures[signature].batched and len(batch.numbers) > 1:
        for index in range(len(batch.numbers)):
            row = batch.row(index)
            try:
                model.predict(row.inputs, signature=signature)
            except BadInput as alone:
                return BadInput(f"{row}: {alone.message}")
    return BadInput(f"{batch}: {fault.message}")


def _lines(answers: dict[str, np.ndarray[Any, Any]], batch: Batch) -> Iterator[bytes]:
    """One JSON object a row; one for the whole batch where the answers are not one a row."""
    rows = len(batch.numbers)
    try:
        if not rows or any(array.ndim == 0 or len(array) != rows for array in answers.values()):
            yield _line(answers)
            return
        for row in range(rows):
            yield _line({name: array[row] for name, array in answers.items()})
    except TypeError as error:
        raise Internal(f"{batch}: the answer has no form in JSON: {error}") from None


def _line(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def _plain(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    raise TypeError(f"a {type(value).__name__}")
