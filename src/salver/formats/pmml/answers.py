"""The answer's columns: targets, the outputs that the document declares, and the model's own view.

The view is what the model knows of a row without being asked by an OutputField: `probability(C)` and `confidence(C)`
of each class, `affinity(E)` of each entity, `entityId`; and what OutputFields say that are no final result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.core.tensor import Tensor
from salver.formats.pmml.document import Document
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.output_features import target_column
from salver.formats.pmml.outputs import Pick, is_final
from salver.formats.pmml.submodel import Compiled
from salver.formats.pmml.values import KINDS, shown_as, written

UNNAMED: Final = "_target"
"""What a target is called that the document does not name."""

_LARGEST: Final = 2.0**63
_SHOWN: Final = ("double", "float", "string")
"""Types whose values are shown as columns hold them."""
VIEWS: Final = {
    "ClusteringModel": ("affinity", "entityId"),
    "GeneralRegressionModel": ("probability",),
    "MiningModel": ("probability",),
    "NaiveBayesModel": ("probability",),
    "NearestNeighborModel": ("affinity", "entityId"),
    "NeuralNetwork": ("probability", "entityId"),
    "RegressionModel": ("probability",),
    "RuleSetModel": ("confidence", "entityId"),
    "SupportVectorMachineModel": ("probability",),
    "TextModel": ("similarity",),
    "TreeModel": ("probability", "confidence", "entityId"),
}
"""What each model element's view has, where its kernel knows it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One column of the answer."""

    name: str
    type: str
    column: Callable[[Frame], Array]
    single: Callable[[Frame], Any] | None = None
    """The same of a frame of one row as a plain value, NaN or None where missing, where there is a short way."""
    are_lists: bool = False
    """Whether an entry is a list of values."""

    @property
    def dtype(self) -> str:
        """The tensor's dtype where nothing is missing."""
        if self.are_lists:
            return "JSON"
        kind = KINDS[self.type]
        if kind == "number":
            return "FP64" if self.type in ("double", "float") else "INT64"
        return "BOOL" if kind == "boolean" else "BYTES"

    def tensor(self, column: Array) -> Tensor:
        """A column on its way out. Integers with missing ones are FP64 (NaN), truth values JSON (null)."""
        array = self.array(column)
        if array.dtype == object:
            return Tensor("JSON" if self.dtype in ("BOOL", "JSON") else "BYTES", array)
        return Tensor({"f": "FP64", "i": "INT64", "b": "BOOL"}[array.dtype.kind], array)

    def array(self, column: Array) -> Array:
        """A column as Python's users have it: int64 and bool where nothing is missing, text for dates."""
        dtype = self.dtype
        if dtype in ("FP64", "JSON") or (dtype == "BYTES" and column.dtype == object):
            return column
        if dtype == "BYTES":
            return _objects([shown_as(value, self.type) for value in column.tolist()])
        if (np.abs(column) < _LARGEST).all():
            return column.astype(np.int64 if dtype == "INT64" else np.bool_)
        if dtype == "INT64":
            return column
        return _objects([shown_as(value, self.type) for value in column.tolist()])

    def scalar(self, frame: Frame) -> Any:
        """The first row's value: None where it is missing."""
        value = self.column(frame).item(0)
        if value is None or value != value:
            return None
        return value if type(value) is str or self.type == "double" else shown_as(value, self.type)


def answers_of(document: Document, *, own_view: bool) -> tuple[Answer, ...]:
    """The columns of a document's answers, in order: targets, declared outputs, view."""
    model = document.model
    answers = {answer.name: answer for answer in _targets(model)}
    nested: Mapping[str, Field] = getattr(model.kernel, "nested_outputs", {})
    final, others = _declared(model)
    # The segments' first: the model itself may use their names.
    answers |= {name: _of_field(name, field) for name, field in [*nested.items(), *final]}
    if own_view:
        view = [_of_field(name, field) for name, field in others]
        for answer in [*view, *_view(document)]:
            answers.setdefault(answer.name, answer)
    return tuple(answers.values())


def _of_field(name: str, field: Field) -> Answer:
    return Answer(name, field.type, _column_of(field), field.single if field.type in _SHOWN else None)


def _first_of(model: Compiled) -> Callable[[Frame], Any]:
    return lambda frame: model.prediction(frame).item(0)


def _column_of(field: Field) -> Callable[[Frame], Array]:
    return lambda frame: frame.column(field)


def _targets(model: Compiled) -> list[Answer]:
    others: dict[str, Any] = getattr(model.kernel, "other_targets", {})
    answers = []
    if model.function != "associationRules":
        quick = (Pick(model) if model.is_quick else _first_of(model)) if model.target.type in _SHOWN else None
        are_lists: bool = getattr(model.kernel, "gives_lists", False)
        name = model.target.name or UNNAMED
        answers.append(Answer(name, model.target.type, model.prediction, None if are_lists else quick, are_lists))
    for name, target in others.items():
        answers.append(Answer(name, target.type, lambda frame, name=name: target_column(model(frame), name)))  # type: ignore[misc]
    return answers


def _declared(model: Compiled) -> tuple[list[tuple[str, Field]], list[tuple[str, Field]]]:
    """The OutputFields that belong to the answer, and those that do not (`isFinalResult`)."""
    output = model.element.first("Output")
    elements = list(output.all("OutputField")) if output is not None else []
    hidden = {element.get("name") for element in elements if not is_final(element)}
    fields = model.outputs.items()
    return [item for item in fields if item[0] not in hidden], [item for item in fields if item[0] in hidden]


def _view(document: Document) -> list[Answer]:
    model = document.model
    kernel, says = model.kernel, VIEWS.get(model.element.tag, ())
    known = model(document.door.rows([{}]))
    answers = []
    for word in ("probability", "confidence"):
        matrix = getattr(known, word)
        if word in says and kernel.classes and matrix is not None and matrix.shape[1] == len(kernel.classes):
            labels = [written(label, model.target.type) for label in kernel.classes]
            answers += [
                Answer(f"{word}({label})", "double", _entry(model, word, place), _quick_share(model, word, place))
                for place, label in enumerate(labels)
            ]
    for word in ("affinity", "similarity"):
        if word in says and known.affinity is not None:
            names = kernel.entities
            answers += [
                Answer(f"{word}({name})", "double", _entry(model, "affinity", i)) for i, name in enumerate(names)
            ]
    if "entityId" in says and known.entity is not None:
        answers.append(Answer("entityId", "string", _entity_of(model)))
    return answers


def _entry(model: Compiled, word: str, place: int) -> Callable[[Frame], Array]:
    # Where votes are counted, the view knows the classes that got some.
    votes = word == "probability" and getattr(model.kernel, "counts_votes", False)

    def column(frame: Frame) -> Array:
        matrix: Array | None = getattr(model(frame), word)
        if matrix is None:
            return np.full(frame.rows, np.nan)
        entry = matrix[:, place]
        return np.where(entry == 0, np.nan, entry) if votes else entry

    return column


def _quick_share(model: Compiled, word: str, place: int) -> Pick | None:
    return Pick(model, place) if word == "probability" and model.is_quick else None


def _entity_of(model: Compiled) -> Callable[[Frame], Array]:
    names = np.array([*model.kernel.entities, None], object)

    def column(frame: Frame) -> Array:
        entity = model(frame).entity
        return np.full(frame.rows, None, object) if entity is None else names[entity]

    return column


def _objects(values: list[Any]) -> Array:
    column = np.empty(len(values), object)
    column[:] = values
    return column
