"""`salver convert`: a PMML document as an ONNX model, compared with the document before it is written."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from salver.cli.style import table
from salver.core.errors import BadInput
from salver.embedded import load, opened_of

if TYPE_CHECKING:
    from salver.formats.pmml.convert.conversion import Conversion
    from salver.formats.pmml.convert.verification import Verified

NAME: Final = "convert"
HELP: Final = "write a PMML document as an ONNX model, verified against the document"
EXAMPLES: Final = """examples:
  salver convert model.pmml model.onnx
  salver convert model.pmml model.onnx --invalid-as-missing
  salver predict model.onnx rows.csv

The model takes the document's fields as columns and gives its outputs, by the same names. Everything is computed in
double precision; a missing number is NaN, a missing text an empty one, on both sides.

What converts: trees, forests and boosted trees, regressions, general regressions, neural networks, chains and
selections of these, derived fields of arithmetic. What does not fit is refused with its path and line.

ONNX cannot refuse single rows. A document that does (invalidValueTreatment is returnInvalid) is converted only with
--invalid-as-missing, and such rows then have no answer.

Before the file is written, made-up rows (at the thresholds of the document, beside them, far away, with missing values)
run through both; any difference beyond 1e-9 refuses the conversion."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a PMML document, or a folder of versions of one")
    parser.add_argument("output", help="the .onnx file to write; one that is there is replaced")
    parser.add_argument(
        "--invalid-as-missing",
        action="store_true",
        help="answer as missing the rows that the document refuses for an invalid value",
    )


def run(arguments: argparse.Namespace) -> int:
    if Path(arguments.output).suffix != ".onnx":
        raise BadInput(f"'{arguments.output}' is no name of an ONNX model; wanted one that ends in .onnx")
    if not Path(arguments.output).parent.is_dir():
        raise BadInput(f"there is no folder '{Path(arguments.output).parent}' to write '{arguments.output}' to")
    with load(arguments.model) as model:
        if model.format != "pmml":
            raise BadInput(f"'{arguments.model}' is {model.format}, and only PMML documents are converted")
        from salver.formats.pmml.convert.conversion import convert

        evaluator: Any = opened_of(model).model
        conversion = convert(evaluator, arguments.output, invalid_as_missing=arguments.invalid_as_missing)
    _print(arguments.output, conversion)
    return 0


def _print(output: str, conversion: Conversion) -> None:
    print(f"{output}: onnx, {conversion.bytes:,} bytes")
    rows = [("  input", value.name, _DTYPES[value.dtype]) for value in conversion.inputs]
    rows += [("  output", value.name, _DTYPES[value.dtype]) for value in conversion.outputs]
    print(table(rows))
    if conversion.left_out:
        print(f"  left out, since the document does not ask for it: {', '.join(conversion.left_out)}")
    for line in _verified(conversion.verified):
        print(line)


def _verified(verified: Verified) -> list[str]:
    some = f"{verified.missing:,} of them with something missing" if verified.missing else "none with anything missing"
    agree = "1 output agrees" if verified.outputs == 1 else f"{verified.outputs} outputs agree"
    lines = [
        f"verified: {verified.rows:,} made-up rows through both, {some}; {agree} within"
        f" {_short(verified.tolerance)}, the largest difference is {_short(verified.largest)}"
    ]
    if verified.refused:
        lines.append(f"  {verified.refused:,} rows that the document refuses have no answer in the model")
    if verified.ties:
        lines.append(f"  {verified.ties:,} labels differ where two classes are equally likely")
    return lines


def _short(number: float) -> str:
    """A small number in few letters: 1e-9."""
    return f"{number:.2g}".replace("e-0", "e-")


_DTYPES: Final = {"float64": "FP64", "float32": "FP32", "int64": "INT64", "bool": "BOOL", "object": "BYTES"}
