"""`salver predict`: a model over a file of inputs, batch by batch, without a server."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np

from salver.cli.tabular import Batch, read_batches
from salver.core.errors import BadInput
from salver.embedded import Model, load
from salver.protocols import jsondoc

NAME: Final = "predict"
HELP: Final = "run a model over a file of inputs (JSON, JSON lines, CSV or npy) and print one JSON line a row"
EXAMPLES: Final = (
    "examples:\n  salver predict wine.onnx wine.csv\n  salver predict wine.onnx rows.json --output answers.jsonl\n"
    "  cat rows.csv | salver predict wine.onnx - --input-format csv"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a model file, a folder of versions, or app.py:predict")
    parser.add_argument("input", help="a .json, .jsonl, .csv or .npy file; - for standard input")
    parser.add_argument("--input-format", choices=("json", "jsonl", "csv", "npy"), help="when the name does not say it")
    parser.add_argument("--output", default="-", help="where the answers go (default: standard output)")
    parser.add_argument("--batch", type=int, default=1024, help="rows computed at a time (default: %(default)s)")
    parser.add_argument("--signature", default="", help="the signature, where a model has several")


def run(arguments: argparse.Namespace) -> int:
    if arguments.batch < 1:
        raise BadInput(f"--batch must be at least 1, got {arguments.batch}")
    with load(arguments.model) as model:
        batches = read_batches(arguments.input, arguments.input_format, arguments.batch, model, arguments.signature)
        if arguments.output == "-":
            _predict_all(model, batches, arguments.signature, sys.stdout)
        else:
            with Path(arguments.output).open("w", encoding="utf-8") as out:
                _predict_all(model, batches, arguments.signature, out)
    return 0


def _predict_all(model: Model, batches: Iterator[Batch], signature: str, out: TextIO) -> None:
    progress = Progress(sys.stderr)
    for batch in batches:
        try:
            answers = model.predict(batch.inputs, signature=signature)
        except BadInput as fault:
            raise BadInput(f"{batch.where}: {fault.message}") from None
        out.writelines(_lines(answers, batch.rows))
        progress.tell(batch.rows, batch.done)
    progress.end()


def _lines(answers: dict[str, np.ndarray[Any, Any]], rows: int) -> Iterator[str]:
    """One JSON object a row; one for the whole batch where the answers are not one a row."""
    if any(array.ndim == 0 or len(array) != rows for array in answers.values()):
        yield jsondoc.write(answers).decode() + "\n"
        return
    for row in range(rows):
        yield jsondoc.write({name: array[row] for name, array in answers.items()}).decode() + "\n"


class Progress:
    """A line on a terminal that says how far it is; nothing elsewhere, and nothing for the first second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = False
        self._started = self._last = time.monotonic()
        self._rows = 0

    def tell(self, rows: int, done: float | None) -> None:
        """So many more rows; `done` is the part of the file that is behind us, None when unknown."""
        self._rows += rows
        now = time.monotonic()
        if not self._stream.isatty() or now - self._last < 0.2 or now - self._started < 1.0:
            return
        self._last, self._shown = now, True
        percent = "" if done is None else f" {done:4.0%}"
        rate = self._rows / (now - self._started)
        self._stream.write(f"\r{self._rows:,} rows{percent}, {rate:,.0f} rows/s ")
        self._stream.flush()

    def end(self) -> None:
        if self._shown:
            self._stream.write("\n")
