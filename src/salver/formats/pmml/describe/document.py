"""A whole document as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salver.core.example import example
from salver.core.signature import DEFAULT
from salver.formats.pmml.describe.compilation import compiled_to
from salver.formats.pmml.describe.fields import (
    FieldFacts,
    OutputFacts,
    TargetFacts,
    input_facts,
    output_facts,
    target_facts,
)
from salver.formats.pmml.describe.shape import Shape, shape_of
from salver.formats.pmml.describe.trace import first_row
from salver.formats.pmml.element import Element
from salver.formats.pmml.evaluator import PmmlEvaluator
from salver.formats.pmml.models.table import MODELS


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a document is."""

    bytes: int
    load_s: float
    other_models: tuple[str, ...]
    """Models of the document beside the one that answers."""
    inputs: tuple[FieldFacts, ...]
    targets: tuple[TargetFacts, ...]
    outputs: tuple[OutputFacts, ...]
    answers: tuple[str, ...]
    """The names of the answer's columns."""
    derived: int
    """Derived fields of the whole document's dictionary."""
    functions: tuple[str, ...]
    verified_rows: int
    """Rows of its ModelVerification, which held."""
    shape: Shape
    compiled: tuple[str, ...]
    example: Mapping[str, Any]
    """A row it takes."""
    answer: Mapping[str, Any]
    """Its answer."""


def describe(evaluator: PmmlEvaluator, path: str) -> DocumentFacts:
    """What the document of an evaluator is, that was read from that path."""
    document = evaluator.document
    root, model = document.root, document.model
    row = example_row(evaluator)
    return DocumentFacts(
        Path(path).stat().st_size,
        evaluator.load_s,
        tuple(_named(other) for other in root.all(*MODELS) if other is not model.element),
        input_facts(document),
        target_facts(model),
        output_facts(model),
        tuple(evaluator.signatures[DEFAULT].outputs),
        _derived(root),
        tuple(model.scope.functions),
        _verified(model.element),
        shape_of(model.element),
        tuple(compiled_to(model)),
        row,
        first_row(evaluator.of_values([row])),
    )


def example_row(evaluator: PmmlEvaluator) -> dict[str, Any]:
    """A row that the document takes, by its fields' rules."""
    tensors = example(evaluator.signatures[DEFAULT]).tensors
    return {name: tensor.to_list()[0] for name, tensor in tensors.items()}


def _named(model: Element) -> str:
    return f"{model.tag} {model.get('modelName')}".strip()


def _derived(root: Element) -> int:
    transformations = root.first("TransformationDictionary")
    return 0 if transformations is None else len(list(transformations.all("DerivedField")))


def _verified(model: Element) -> int:
    verification = model.first("ModelVerification")
    table = None if verification is None else verification.first("InlineTable")
    return 0 if table is None else len(table.children)
