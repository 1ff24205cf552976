"""A document as an ONNX model: the door of this room."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from salver.core.signature import DEFAULT
from salver.formats.onnx_writing import Value
from salver.formats.pmml.convert.answers import answers_of
from salver.formats.pmml.convert.compiler import GraphCompiler
from salver.formats.pmml.convert.models import converted
from salver.formats.pmml.convert.rows import make_rows
from salver.formats.pmml.convert.verification import SINGLE_TOLERANCE, TOLERANCE, Verified, verify
from salver.formats.pmml.evaluator import PmmlEvaluator
from salver.formats.pmml.treatment import read_schema


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was written."""

    bytes: int
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    left_out: tuple[str, ...]
    """Columns that the engine answers of its own accord and the model does not have."""
    verified: Verified


def convert(evaluator: PmmlEvaluator, target: str, *, invalid_as_missing: bool = False) -> Conversion:
    """Writes an ONNX model that answers as the document does.

    Raises Unsupported, with path and line, for what does not fit, and for a model that would differ; then nothing is
    written."""
    document = evaluator.document
    compiler = GraphCompiler(document, lenient=invalid_as_missing)
    model = converted(compiler.outer_model(), compiler)
    answers = answers_of(model, tuple(evaluator.signatures[DEFAULT].outputs), compiler)
    body = compiler.graph.write(compiler.inputs, answers.outputs)
    fields = [entry.data for entry in document.door.inputs]
    schema = read_schema(document.model.element)
    refusing = [name for name, mining in schema.items() if "returnInvalid" in (mining.invalid, mining.missing)]
    rows = make_rows(fields, compiler.columns.decisive, refusing, with_invalid=invalid_as_missing)
    is_single = any(element.get("x-mathContext") == "float" for element in compiler.kernels)
    with tempfile.TemporaryDirectory(prefix="salver-convert-") as folder:
        trial = Path(folder, "model.onnx")
        trial.write_bytes(body)
        verified = verify(evaluator, str(trial), rows, SINGLE_TOLERANCE if is_single else TOLERANCE)
    _replace(Path(target), body)
    return Conversion(len(body), tuple(compiler.inputs), answers.outputs, answers.left_out, verified)


def _replace(target: Path, body: bytes) -> None:
    """Writes a file as a whole, or not at all."""
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(body)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
