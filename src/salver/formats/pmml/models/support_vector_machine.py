"""SupportVectorMachineModel: regression and classification, one against one or one against all.

Specification: Support Vector Machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import NO_CLASSES, Kernel, Model, Result, best
from salver.formats.pmml.models.chunks import in_chunks
from salver.formats.pmml.models.svm_kernels import KernelFunction, compile_kernel_function, is_linear
from salver.formats.pmml.models.svm_vectors import VectorFields, read_vectors
from salver.formats.pmml.scope import Scope

_METHODS: Final = ("OneAgainstAll", "OneAgainstOne")
_REPRESENTATIONS: Final = ("SupportVectors", "Coefficients")
_HALF: Final = 0.5
"""Where a machine of the old form, which says 0 or 1, changes its mind."""
_MAX_WEIGHTS: Final = 1 << 24
"""Vectors times machines: not every machine has every vector, so a document need not list all of them."""


def compile_support_vector_machine(model: Model) -> Kernel:
    element = model.element
    machines = list(element.all("SupportVectorMachine"))
    if not machines:
        element.refuse("a SupportVectorMachineModel needs a child SupportVectorMachine")
    functions = _Functions(element, machines, model.scope)
    if not model.is_classification:
        if len(machines) > 1:
            element.refuse(f"regression needs one SupportVectorMachine, there are {len(machines)}")
        return _Regression(functions)
    if "alternateBinaryTargetCategory" in element.attributes:
        return _old_binary(model, machines, functions)
    if _method(element, machines) == "OneAgainstOne":
        return _one_against_one(model, machines, functions)
    return _one_against_all(model, machines, functions)


def _method(element: Element, machines: list[Element]) -> str:
    """How machines are put together. OneAgainstAll is the default, for machines that name no class but their own.

    Contested is a lone machine with an alternate class: the specification's examples let the threshold decide,
    jpmml-evaluator, with which we read it where engines differ, has the lone class always win. It does not in
    documents before PMML 4, which had no classificationMethod, and knows no coefficients of fields."""
    if "classificationMethod" in element.attributes:
        return element.choice("classificationMethod", _METHODS)
    names_both = all("alternateTargetCategory" in machine.attributes for machine in machines)
    has_no_coefficients = element.get("svmRepresentation", _REPRESENTATIONS[0]) == _REPRESENTATIONS[0]
    is_contested = len(machines) == 1 and has_no_coefficients and not _version(element).startswith(("2.", "3."))
    return "OneAgainstOne" if names_both and not is_contested else "OneAgainstAll"


def _version(element: Element) -> str:
    """The document's PMML version."""
    while element.parent is not None:
        element = element.parent
    return element.get("version")


class _Functions:
    """What the machines say of rows: [rows, machines], NaN where a field is missing."""

    __slots__ = ("_constants", "_fields", "_kernel", "_weights")

    def __init__(self, element: Element, machines: list[Element], scope: Scope) -> None:
        representation = element.choice("svmRepresentation", _REPRESENTATIONS, "SupportVectors")
        dictionary = element.need("VectorDictionary")
        self._fields = VectorFields(dictionary.need("VectorFields"), scope)
        width = len(self._fields)
        self._constants = np.array([each.need("Coefficients").number("absoluteValue", 0.0) for each in machines])
        self._kernel: KernelFunction | None = None
        if representation == "SupportVectors":
            vectors, self._weights = _supported(machines, read_vectors(dictionary, width), width)
            self._kernel = compile_kernel_function(element, vectors)
            return
        if not is_linear(element):
            element.refuse("svmRepresentation=Coefficients is of the linear kernel alone")
        self._weights = np.ascontiguousarray(np.array([_coefficients(each, width) for each in machines]).T)

    def __call__(self, frame: Frame) -> Array:
        with np.errstate(all="ignore"):
            return in_chunks(self._said, self._fields(frame), len(self._weights))

    def _said(self, rows: Array) -> Array:
        likeness = rows if self._kernel is None else self._kernel(rows)
        said: Array = likeness.dot(self._weights)
        said += self._constants
        return said


class _Regression:
    __slots__ = ("_functions",)
    classes = NO_CLASSES
    entities = ()

    def __init__(self, functions: _Functions) -> None:
        self._functions = functions

    def __call__(self, frame: Frame) -> Result:
        return Result(value=self._functions(frame)[:, 0])


class _OneAgainstAll:
    """A machine for each class. The smallest wins, or the largest."""

    __slots__ = ("_functions", "_max_wins", "classes")
    entities = ()

    def __init__(self, functions: _Functions, classes: tuple[Any, ...], *, max_wins: bool) -> None:
        self._functions = functions
        self._max_wins = max_wins
        self.classes = classes

    def __call__(self, frame: Frame) -> Result:
        said = self._functions(frame)
        winner = said.argmax(axis=1) if self._max_wins else said.argmin(axis=1)
        winner[np.isnan(said[:, 0])] = -1
        return Result(winner=winner)


class _OneAgainstOne:
    """Each machine votes for one of two classes, the most votes win. Probabilities are shares of the votes.

    `pairs` has the two classes of each machine, [machines, 2]. A machine votes for the first where what it says is
    less than its threshold, or more, where `max_wins`."""

    __slots__ = ("_functions", "_max_wins", "_pairs", "_thresholds", "classes", "counts_votes")
    entities = ()

    def __init__(
        self, functions: _Functions, classes: tuple[Any, ...], pairs: Array, thresholds: Array, *, max_wins: bool
    ) -> None:
        self._functions = functions
        self._pairs = pairs
        self._thresholds = thresholds
        self._max_wins = max_wins
        self.classes = classes
        self.counts_votes = not max_wins
        """Whether the model's own view leaves out classes without votes, as jpmml-evaluator does; PMML4S, the
        reference for `maxWins`, shows them."""

    def __call__(self, frame: Frame) -> Result:
        said = self._functions(frame)
        votes_first = said > self._thresholds if self._max_wins else said < self._thresholds
        votes = np.where(votes_first, self._pairs[:, 0], self._pairs[:, 1])
        rows, classes = frame.rows, len(self.classes)
        votes += np.arange(0, rows * classes, classes)[:, None]
        counts = np.bincount(votes.ravel(), minlength=rows * classes)
        probability: Array = counts.reshape(rows, classes) / len(self._pairs)
        missing = said[:, 0] != said[:, 0]
        if np.count_nonzero(missing):
            probability[missing] = np.nan
        return Result(winner=best(probability), probability=probability)


def _one_against_all(model: Model, machines: list[Element], functions: _Functions) -> Kernel:
    classes: list[Any] = []
    for machine in machines:
        label = model.target.label(machine.want("targetCategory"), machine)
        if label in classes:
            machine.refuse(f"there are two machines of class {short(str(label))}")
        classes.append(label)
    return _OneAgainstAll(functions, tuple(classes), max_wins=_max_wins(model))


def _one_against_one(model: Model, machines: list[Element], functions: _Functions) -> Kernel:
    pairs = [
        [model.target.label(machine.want(name), machine) for name in ("targetCategory", "alternateTargetCategory")]
        for machine in machines
    ]
    threshold = model.element.number("threshold", 0.0)
    thresholds = np.array([machine.number("threshold", threshold) for machine in machines])
    return _duels(model, pairs, functions, thresholds, max_wins=_max_wins(model))


def _old_binary(model: Model, machines: list[Element], functions: _Functions) -> Kernel:
    """The form before PMML 4: one machine, which says 1 for its class and 0 for the other."""
    if len(machines) > 1:
        model.element.refuse(f"alternateBinaryTargetCategory is of one machine, there are {len(machines)}")
    first = model.target.label(machines[0].want("targetCategory"), machines[0])
    second = model.target.label(model.element.want("alternateBinaryTargetCategory"), model.element)
    # 0.5 itself is rounded up.
    below = np.array([np.nextafter(_HALF, 0.0)])
    return _duels(model, [[first, second]], functions, below, max_wins=True)


def _duels(model: Model, pairs: list[list[Any]], functions: _Functions, thresholds: Array, *, max_wins: bool) -> Kernel:
    named = tuple(dict.fromkeys(label for pair in pairs for label in pair))
    levels = model.target.levels
    classes = tuple(label for label in levels if label in named) if all(label in levels for label in named) else named
    places = np.array([[classes.index(label) for label in pair] for pair in pairs])
    return _OneAgainstOne(functions, classes, places, thresholds, max_wins=max_wins)


def _max_wins(model: Model) -> bool:
    return model.element.flag("maxWins", default=False)


def _supported(machines: list[Element], vectors: Mapping[str, Array], width: int) -> tuple[Array, Array]:
    """The vectors that any machine has, [vectors, fields], and what they weigh in each, [vectors, machines]."""
    places: dict[str, int] = {}
    entries: list[tuple[int, int, float]] = []
    for column, machine in enumerate(machines):
        names = _vector_names(machine, vectors)
        for name, weight in zip(names, _coefficients(machine, len(names)), strict=True):
            entries.append((places.setdefault(name, len(places)), column, weight))
    if len(places) * len(machines) > _MAX_WEIGHTS:
        machines[0].unsupported(f"more than {_MAX_WEIGHTS:,} weights: vectors, times machines")
    weights = np.zeros((len(places), len(machines)))
    for row, column, weight in entries:
        weights[row, column] += weight
    return np.array([vectors[name] for name in places]).reshape(len(places), width), weights


def _vector_names(machine: Element, vectors: Mapping[str, Array]) -> list[str]:
    names = []
    for vector in machine.need("SupportVectors").all("SupportVector"):
        name = vector.want("vectorId")
        if name not in vectors:
            vector.refuse(f"there is no vector {short(name)} in the VectorDictionary")
        names.append(name)
    if not names:
        machine.refuse("SupportVectors needs a child SupportVector")
    return names


def _coefficients(machine: Element, count: int) -> list[float]:
    element = machine.need("Coefficients")
    values = [coefficient.number("value", 0.0) for coefficient in element.all("Coefficient")]
    if len(values) != count:
        element.refuse(f"there are {len(values)} coefficients, wanted {count}")
    return values
