"""The document and the model made of it, over the same rows: they must say the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.core.errors import Unsupported
from salver.core.servable import Request
from salver.core.signature import DEFAULT, ERROR
from salver.core.tensor import NUMPY, Tensor
from salver.formats.onnx import OnnxEvaluator
from salver.formats.onnx_options import OnnxOptions
from salver.formats.pmml.convert.rows import Rows
from salver.formats.pmml.element import Element
from salver.formats.pmml.evaluator import PmmlEvaluator
from salver.formats.pmml.frame import Array

TOLERANCE: Final = 1e-9
"""Relative above 1, absolute below."""
SINGLE_TOLERANCE: Final = 1e-6
"""The same for documents that ask for single precision."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared."""

    rows: int
    missing: int
    """Rows in which something was missing."""
    refused: int
    """Rows that the document refuses, and the model answers as missing."""
    outputs: int
    largest: float
    """The largest difference."""
    tolerance: float
    """How large it might have been."""
    ties: int
    """Labels that differ only because the two likeliest classes are equally likely."""


def verify(evaluator: PmmlEvaluator, path: str, rows: Rows, tolerance: float = TOLERANCE) -> Verified:
    """Raises Unsupported that names the first row and output that differ."""
    expected = evaluator.of_values(dict(rows.columns))
    reasons = expected.pop(ERROR, np.full(len(rows), None, object))
    refused = np.array([reason is not None for reason in reasons], bool)
    given = _answers(path, rows)
    largest, ties = 0.0, 0
    for name, got in given.items():
        wanted = _comparable(expected[name], got)
        different = _different(wanted, got, tolerance)
        # A document refuses an invalid value only where it looks at it; the model knows no such difference.
        different &= ~(rows.invalid & _missing(got))
        if different.any() and _is_label(evaluator, name):
            tied = _tied(evaluator, rows, different, tolerance)
            ties += int((different & tied).sum())
            different &= ~tied
        if different.any():
            raise _difference(name, int(np.flatnonzero(different)[0]), wanted, got, rows)
        if wanted.dtype != object:
            with np.errstate(invalid="ignore"):
                largest = max(largest, float(np.nanmax(np.abs(wanted - got), initial=0.0)))
    lacks = np.logical_or.reduce([_missing(column) for column in rows.columns.values()])
    return Verified(len(rows), int(lacks.sum()), int(refused.sum()), len(given), largest, tolerance, ties)


def _answers(path: str, rows: Rows) -> dict[str, Array]:
    model = OnnxEvaluator(path, OnnxOptions())
    try:
        specs = model.signatures[DEFAULT].inputs
        tensors = {name: _sent(column, specs[name].dtype) for name, column in rows.columns.items()}
        given = model(Request(tensors, DEFAULT)).tensors
    finally:
        model.close()
    return {name: _read(tensor.array) for name, tensor in given.items()}


def _sent(column: Array, dtype: str) -> Tensor:
    if column.dtype == object:
        return Tensor(dtype, np.array(["" if value is None else value for value in column], object))
    return Tensor(dtype, column.astype(NUMPY[dtype]))


def _read(array: Array) -> Array:
    if array.dtype == object:
        return np.array([value or None for value in array.tolist()], object)
    return array.astype(np.float64)


def _comparable(column: Array, like: Array) -> Array:
    """The engine's column as texts, or as numbers where the model has numbers."""
    if like.dtype == object:
        return np.array([value or None for value in column.tolist()], object)
    return np.array([np.nan if value is None else float(value) for value in column.tolist()], np.float64)


def _missing(column: Array) -> Array:
    if column.dtype == object:
        return np.array([value is None for value in column.tolist()], bool)
    missing: Array = column != column
    return missing


def _different(wanted: Array, got: Array, tolerance: float) -> Array:
    if wanted.dtype == object:
        return np.array([a != b for a, b in zip(wanted.tolist(), got.tolist(), strict=True)], bool)
    with np.errstate(invalid="ignore"):
        close = np.abs(wanted - got) <= tolerance * np.maximum(np.abs(wanted), 1.0)
    same: Array = close | (wanted == got) | ((wanted != wanted) & (got != got))
    return ~same


def _is_label(evaluator: PmmlEvaluator, name: str) -> bool:
    """Whether an output is the winner, under whatever name."""
    model = evaluator.document.model
    output = model.outputs.get(name)
    features = ("predictedValue", "predictedDisplayValue")
    return bool(model.kernel.classes) and (output is None or _feature(model.element, name) in features)


def _feature(model: Element, name: str) -> str:
    declared = model.need("Output").all("OutputField")
    return next(field.get("feature", "predictedValue") for field in declared if field.get("name") == name)


def _tied(evaluator: PmmlEvaluator, rows: Rows, different: Array, tolerance: float) -> Array:
    """Which of these rows have two classes that are the likeliest."""
    document = evaluator.document
    places = np.flatnonzero(different)
    frame = document.door.columns({name: column[places] for name, column in rows.columns.items()})
    probability = document.model(frame).probability
    tied = np.zeros(len(rows), bool)
    if probability is not None and probability.shape[1] > 1:
        top = np.sort(probability, axis=1)[:, -2:]
        tied[places] = np.abs(top[:, 1] - top[:, 0]) <= tolerance
    return tied


def _difference(name: str, row: int, wanted: Array, got: Array, rows: Rows) -> Unsupported:
    values: Mapping[str, Any] = {field: column[row] for field, column in rows.columns.items()}
    shown = ", ".join(f"{field}={value}" for field, value in list(values.items())[:20])
    return Unsupported(
        f"the model would differ from the document: output '{name}' of made-up row {row} is {got[row]}, "
        f"the document says {wanted[row]} ({shown}); nothing was written"
    )
