"""Classification: which outputs of a signature hold it, and what they say for each example.

A signature that says what it was exported for (TensorFlow's) is held to TensorFlow Serving's contract, in its words. Of
any other model the outputs are found by name or, failing that, by dtype.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np

from salver.core.errors import BadInput
from salver.core.signature import Signature
from salver.core.tensor import FLOATS, INTEGERS, Tensor
from salver.protocols.tfserving.columns import INPUTS
from salver.protocols.tfserving.dtypes import brackets, type_name
from salver.protocols.tfserving.methods import CLASSIFY
from salver.protocols.tfserving.signature_defs import definition

CLASSES: Final = "classes"
SCORES: Final = "scores"
_PROBABILITY: Final = re.compile(r"probability\((.+)\)")
"""What PMML calls the score of a label."""

Classes: TypeAlias = list[tuple[str, float]]
"""What one example may be, each with its score."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The outputs that hold a classification; empty where there is none of the kind."""

    labels: str = ""
    scores: str = ""
    scored_labels: str = ""
    """Of dtype JSON: an object a row, from labels to scores."""
    by_label: Mapping[str, str] = field(default_factory=dict)
    """The output of each label, where each has its own."""

    @property
    def outputs(self) -> tuple[str, ...]:
        return (*filter(None, (self.labels, self.scores, self.scored_labels)), *self.by_label.values())


def check(signature: Signature, method_check: bool) -> tuple[str, ...]:
    """The outputs to ask for. Raises BadInput where the signature is none that classifies."""
    if not signature.method:
        return _roles(signature).outputs
    if method_check and signature.method != CLASSIFY:
        raise BadInput(f"Expected classification signature method_name to be {CLASSIFY}. Was: {signature.method}")
    if len(signature.inputs) != 1:
        raise BadInput("Expected one input Tensor.")
    if len(signature.outputs) not in (1, 2):
        raise BadInput(f"Expected one or two output Tensors, found {len(signature.outputs)}")
    if INPUTS not in signature.inputs:
        raise BadInput(f"No classification inputs found in SignatureDef: {definition(signature)}")
    return _roles(signature).outputs


def classes(signature: Signature, tensors: dict[str, Tensor], count: int) -> list[Classes]:
    """The classes of each of `count` examples. Raises BadInput where the outputs do not hold them."""
    roles = _roles(signature)
    if roles.scored_labels:
        return _from_objects(tensors[roles.scored_labels], count)
    if roles.by_label:
        columns = [_checked(tensors[name], count, SCORES, False) for name in roles.by_label.values()]
        rows = zip(*(_numbers(column) for column in columns), strict=True)
        return [[(label, score) for label, (score,) in zip(roles.by_label, row, strict=True)] for row in rows]
    labels = tensors[roles.labels] if roles.labels else None
    scores = tensors[roles.scores] if roles.scores else None
    strict = bool(signature.method)
    if labels is not None:
        labels = _checked(labels, count, CLASSES, strict)
    if scores is not None:
        scores = _checked(scores, count, SCORES, strict)
    if labels is None or scores is None:
        return _one_sided(labels, scores)
    if labels.array.shape[1] == scores.array.shape[1]:
        return [list(zip(*row, strict=True)) for row in zip(_texts(labels), _numbers(scores), strict=True)]
    if strict or labels.array.shape[1] != 1:
        sizes = f"{labels.array.shape[1]} vs. {scores.array.shape[1]}"
        raise BadInput(f"Tensors class and score should match in dim_size(1). Got {sizes}")
    return [[(label, max(row, default=0.0))] for (label,), row in zip(_texts(labels), _numbers(scores), strict=True)]


def _roles(signature: Signature) -> Roles:
    outputs = signature.outputs
    if CLASSES in outputs or SCORES in outputs:
        return Roles(CLASSES if CLASSES in outputs else "", SCORES if SCORES in outputs else "")
    if not signature.method:
        by_label = {found[1]: name for name in outputs if (found := _PROBABILITY.fullmatch(name))}
        if by_label:
            return Roles(by_label=by_label)
        labels = [name for name, spec in outputs.items() if spec.dtype == "BYTES" or spec.dtype in INTEGERS]
        scores = [name for name, spec in outputs.items() if spec.dtype in FLOATS]
        scored = [name for name, spec in outputs.items() if spec.dtype == "JSON"]
        if len(scored) == 1 and not scores:
            return Roles(scored_labels=scored[0])
        if len(labels) <= 1 and len(scores) <= 1 and labels + scores:
            return Roles("".join(labels), "".join(scores))
    raise BadInput(
        f'Expected classification signature outputs to contain at least one of "{CLASSES}" or "{SCORES}". '
        f"Signature was: {definition(signature)}"
    )


def _checked(tensor: Tensor, count: int, role: str, strict: bool) -> Tensor:
    """The tensor with one row an example and one column a class."""
    array = tensor.array
    if array.ndim == 1 and not strict:
        array = array[:, None]
    if array.ndim != 2:
        raise BadInput(f"Expected Tensor shape: [batch_size num_classes] but got {brackets(array.shape)}")
    wanted = {CLASSES: "BYTES", SCORES: "FP32"}[role]
    if strict and tensor.dtype != wanted:
        raise BadInput(f"Expected {role} Tensor of {type_name(wanted)}. Got: {type_name(tensor.dtype)}")
    if len(array) != count:
        raise BadInput(f"Expected {role} output batch size of {count}. Got: {len(array)}")
    return Tensor(tensor.dtype, array)


def _one_sided(labels: Tensor | None, scores: Tensor | None) -> list[Classes]:
    if labels is not None:
        return [[(label, 0.0) for label in row] for row in _texts(labels)]
    return [[("", score) for score in row] for row in (_numbers(scores) if scores is not None else [])]


def _texts(tensor: Tensor) -> list[list[str]]:
    return [[_text(item) for item in row] for row in tensor.array.tolist()]


def _text(item: Any) -> str:
    if isinstance(item, bytes):
        return item.decode(errors="replace")
    return "" if item is None else str(item)


def _numbers(tensor: Tensor) -> list[list[float]]:
    array = tensor.values
    with np.errstate(over="ignore"):
        numbers: list[list[float]] = array.astype(np.float32).tolist()
    return numbers


def _from_objects(tensor: Tensor, count: int) -> list[Classes]:
    rows = tensor.array.reshape(-1).tolist()
    if len(rows) != count:
        raise BadInput(f"Expected {SCORES} output batch size of {count}. Got: {len(rows)}")
    try:
        return [[(_text(label), float(score)) for label, score in row.items()] for row in rows]
    except (AttributeError, TypeError, ValueError):
        raise BadInput("the scores are no objects from labels to numbers") from None
