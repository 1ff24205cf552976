"""NaiveBayesModel. Specification: Naive Bayes.

Everything is a sum of logarithms, so that many small probabilities do not vanish. An input that is missing is left
out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.expressions import derive
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import Kernel, Model, Result, best
from salver.formats.pmml.models.chunks import in_chunks
from salver.formats.pmml.models.columns import Numbers
from salver.formats.pmml.models.densities import DISTRIBUTIONS, GAUSSIAN, LogDensity, compile_density, gaussian_parts
from salver.formats.pmml.models.lookup import Lookup
from salver.formats.pmml.models.normalize import softmax
from salver.formats.pmml.predicates import constant

_Evidence: TypeAlias = Callable[[Frame], Array]
"""Logarithms of likelihoods: [rows, classes]."""

_MAX_COUNTS: Final = 1 << 24
"""Of one input: a document need not list every class for every value."""


def compile_naive_bayes(model: Model) -> Kernel:
    element = model.element
    if not model.is_classification:
        element.refuse(f"a NaiveBayesModel is of classification, not {model.function}")
    threshold: float = element.number("threshold")
    if not 0 <= threshold <= 1:
        element.refuse(f"threshold={threshold}, wanted a probability")
    counts = _counts(element.need("BayesOutput").need("TargetValueCounts"), model)
    if not counts:
        element.refuse("BayesOutput needs the count of at least one class")
    classes = tuple(counts)
    with np.errstate(divide="ignore"):
        prior = np.log(np.array(list(counts.values())))
        evidence = _evidence(model, classes, threshold)
    return _NaiveBayes(classes, prior, evidence)


class _NaiveBayes:
    __slots__ = ("_evidence", "_prior", "classes")
    entities = ()

    def __init__(self, classes: tuple[Any, ...], prior: Array, evidence: list[_Evidence]) -> None:
        self.classes = classes
        self._prior = prior
        self._evidence = evidence

    def __call__(self, frame: Frame) -> Result:
        total = np.empty((frame.rows, len(self.classes)))
        total[:] = self._prior
        with np.errstate(all="ignore"):
            for evidence in self._evidence:
                total += evidence(frame)
            probability = softmax(total)
        return Result(winner=best(probability), probability=probability)


class _Gaussians:
    """All inputs of normal distributions, at once. Shapes are [inputs, classes]."""

    __slots__ = ("_constants", "_factors", "_floor", "_means", "_numbers")

    def __init__(self, numbers: Numbers, parts: Array, floor: float) -> None:
        self._numbers = numbers
        self._means, self._factors, self._constants = np.moveaxis(parts, 2, 0)
        self._floor = floor

    def __call__(self, frame: Frame) -> Array:
        return in_chunks(self._sums, self._numbers(frame), self._means.size)

    def _sums(self, rows: Array) -> Array:
        density = rows[:, :, None] - self._means
        density *= density
        density *= -self._factors
        density += self._constants
        np.maximum(density, self._floor, out=density)
        missing = rows != rows
        if np.count_nonzero(missing):
            density[missing] = 0.0
        sums: Array = density.sum(axis=1)
        return sums


class _Densities:
    """One input of any distributions, one for each class, None for what is never more than the threshold."""

    __slots__ = ("_densities", "_field", "_floor")

    def __init__(self, field: Field, densities: list[LogDensity | None], floor: float) -> None:
        self._field = field
        self._densities = densities
        self._floor = floor

    def __call__(self, frame: Frame) -> Array:
        column = frame.column(self._field)
        total = np.full((len(column), len(self._densities)), self._floor)
        for place, density in enumerate(self._densities):
            if density is not None:
                np.maximum(density(column), self._floor, out=total[:, place])
        total[column != column] = 0.0
        return total


def _evidence(model: Model, classes: tuple[Any, ...], threshold: float) -> list[_Evidence]:
    """What the inputs say, each alone or several together. Raises BadInput or Unsupported."""
    floor = float(np.log(threshold))
    evidence: list[_Evidence] = []
    gaussians: dict[Field, list[tuple[float, float, float]]] = {}
    for element in model.element.need("BayesInputs").all("BayesInput"):
        field = _field(element, model)
        stats = element.first("TargetValueStats")
        if stats is None:
            evidence.append(_counted(element, field, model, classes, threshold))
            continue
        if field.kind == "text":
            element.refuse(f"field {short(field.name)} is text, its TargetValueStats are of numbers")
        given = _distributions(stats, model, classes)
        if field not in gaussians and all(each is not None and each.tag == GAUSSIAN for each in given):
            gaussians[field] = [gaussian_parts(each) for each in given if each is not None]
        else:
            densities = [None if each is None else compile_density(each) for each in given]
            evidence.append(_Densities(field, densities, floor))
    if gaussians:
        numbers = Numbers(tuple(gaussians), model.scope)
        evidence.append(_Gaussians(numbers, np.array(list(gaussians.values())), floor))
    return evidence


def _field(element: Element, model: Model) -> Field:
    derived = element.first("DerivedField")
    return model.field(element, "fieldName") if derived is None else derive(derived, model.scope)


def _distributions(stats: Element, model: Model, classes: tuple[Any, ...]) -> list[Element | None]:
    """The distribution of each class, None for one that has none."""
    found: dict[Any, Element] = {}
    for stat in stats.all("TargetValueStat"):
        label = model.target.label(stat.want("value"), stat)
        if label in found:
            stat.refuse(f"there are two distributions for class {short(str(label))}")
        found[label] = stat.need(*DISTRIBUTIONS)
    return [found.get(label) for label in classes]


def _counted(element: Element, field: Field, model: Model, classes: tuple[Any, ...], threshold: float) -> _Evidence:
    """An input of categories: how many of a class have each. One that is not listed says nothing."""
    listed: dict[Any, dict[Any, float]] = {}
    for pair in element.all("PairCounts"):
        value = constant(pair.want("value"), field, pair)
        if value in listed:
            pair.refuse(f"there are two PairCounts of {short(pair.want('value'))}")
        listed[value] = _counts(pair.need("TargetValueCounts"), model)
    if not listed:
        element.refuse("a BayesInput needs PairCounts or TargetValueStats")
    if len(listed) * len(classes) > _MAX_COUNTS:
        element.unsupported(f"more than {_MAX_COUNTS:,} counts: values, times classes")
    counts = np.array([[of_value.get(label, 0.0) for label in classes] for of_value in listed.values()])
    sums = np.maximum(counts.sum(axis=0), np.finfo(float).tiny)
    rows = np.zeros((len(listed) + 2, len(classes)))
    rows[2:] = np.log(np.where(counts == 0, threshold, counts / sums))
    return Lookup(field, list(listed), rows)


def _counts(element: Element, model: Model) -> dict[Any, float]:
    """The count of each class."""
    counts: dict[Any, float] = {}
    for entry in element.all("TargetValueCount"):
        label = model.target.label(entry.want("value"), entry)
        if label in counts:
            entry.refuse(f"there are two counts of class {short(str(label))}")
        counts[label] = entry.number("count")
        if counts[label] < 0:
            entry.refuse(f"count={counts[label]}, wanted 0 or more")
    return counts
