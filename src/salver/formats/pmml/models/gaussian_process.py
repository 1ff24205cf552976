"""GaussianProcessModel: regression by a Gaussian process over the training instances.

mean = k(x, X) (K + noise I)^-1 y, variance = k(x, x) - k(x, X) (K + noise I)^-1 k(X, x).
Specification: GaussianProcessModel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import NO_CLASSES, Kernel, Model, Result
from salver.formats.pmml.models.training import TrainingTable
from salver.formats.pmml.models.vectors import Vectors

KERNELS: Final = (
    "RadialBasisKernel",
    "ARDSquaredExponentialKernel",
    "AbsoluteExponentialKernel",
    "GeneralizedExponentialKernel",
)
MAX_INSTANCES: Final = 4000
"""Memory and time grow with the square and the cube of their number."""
_CHUNK: Final = 1 << 18
_DEVIATIONS: Final = frozenset(("standardDeviation", "standardError"))


def compile_gaussian_process(model: Model) -> Kernel:
    """The kernel of a GaussianProcessModel."""
    element = model.element
    if model.function != "regression":
        element.unsupported(f"functionName={model.function} is not supported here, only regression")
    table = TrainingTable(element.need("TrainingInstances"), model.scope)
    if len(table) > MAX_INSTANCES:
        table.element.unsupported(f"there are {len(table)} training instances, at most {MAX_INSTANCES} are supported")
    fields = _fields(model, table)
    covariance = _covariance(element.need(*KERNELS), len(fields))
    instances = table.vectors(fields)()
    targets = [table.element.parsed(text or "", "target") for text in table.texts(model.target.name)]
    if np.isnan(instances).any():
        table.element.refuse("a training instance lacks a value")
    weights, inverse = _solved(table.element, covariance, instances, np.array(targets, np.float64))
    wanted = bool(model.wants & _DEVIATIONS)
    return GaussianProcess(Vectors(fields), covariance, instances, weights, inverse if wanted else None)


def _solved(place: Element, covariance: _Covariance, instances: Array, targets: Array) -> tuple[Array, Array]:
    with np.errstate(all="ignore"):
        matrix = covariance(instances, instances) + covariance.noise * np.eye(len(instances))
    try:
        return np.linalg.solve(matrix, targets), np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        place.refuse("the covariances of the training instances are singular: there is no process through them")


def _fields(model: Model, table: TrainingTable) -> tuple[Field, ...]:
    """What the process is over: the columns of the training instances but the target, in their order."""
    target = model.target.name
    names = [name for name in table.fields if name != target]
    if not target or len(names) == len(table.fields):
        table.element.refuse("no InstanceField is the target")
    fields = tuple(model.scope.field(name, table.element) for name in names)
    for field in fields:
        if field.kind == "text":
            table.element.refuse(f"field '{field.name}' is text, a Gaussian process is over numbers")
    if not fields:
        table.element.refuse("no InstanceField is a field that is not the target")
    return fields


@dataclass(frozen=True, slots=True)
class _Covariance:
    """gamma exp(-rate sum |(x - y) / scale|^power)."""

    gamma: float
    noise: float
    rate: float
    power: float
    scales: Array

    def __call__(self, rows: Array, others: Array) -> Array:
        """[n, fields] and [k, fields] to [n, k]."""
        step = max(1, _CHUNK // max(1, others.size))
        columns = np.ascontiguousarray((others / self.scales).T)[None]
        rows = rows / self.scales
        parts = [self._of(rows[start : start + step], columns) for start in range(0, max(1, len(rows)), step)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _of(self, rows: Array, columns: Array) -> Array:
        apart = rows[:, :, None] - columns
        apart = apart * apart if self.power == 2 else np.abs(apart) ** self.power
        covariance: Array = self.gamma * np.exp(-self.rate * apart.sum(axis=1))
        return covariance


def _covariance(element: Element, count: int) -> _Covariance:
    rates = {"RadialBasisKernel": (0.5, 2.0), "ARDSquaredExponentialKernel": (0.5, 2.0)}
    rate, power = rates.get(element.tag, (1.0, 1.0))
    if element.tag == "GeneralizedExponentialKernel":
        power = element.number("degree", 1.0)
    noise = element.number("noiseVariance", 1.0)
    if noise < 0:
        element.refuse(f"noiseVariance={noise}, wanted 0 or more")
    return _Covariance(element.number("gamma", 1.0), noise, rate, power, _scales(element, count))


def _scales(element: Element, count: int) -> Array:
    """Lambda of each field."""
    if element.tag == "RadialBasisKernel":
        scales = [element.number("lambda", 1.0)]
    else:
        scales = [number for child in element.all("Lambda") for number in child.need("Array").numbers()]
    if len(scales) < 2:
        scales = (scales or [1.0]) * count
    if len(scales) != count:
        element.refuse(f"there are {len(scales)} scales in Lambda, wanted {count}, one for each field")
    if any(scale <= 0 for scale in scales):
        element.refuse("a scale must be more than 0")
    return np.array(scales)


@dataclass(frozen=True, slots=True)
class GaussianProcess:
    """Predicts the mean; as facts the standard deviation, where wanted."""

    vectors: Vectors
    covariance: _Covariance
    instances: Array
    weights: Array
    """(K + noise I)^-1 y."""
    inverse: Array | None
    """(K + noise I)^-1, where the deviation is wanted."""

    @property
    def classes(self) -> tuple[Any, ...]:
        return NO_CLASSES

    @property
    def entities(self) -> tuple[str, ...]:
        return ()

    def __call__(self, frame: Frame) -> Result:
        with np.errstate(all="ignore"):
            covariance = self.covariance(self.vectors(frame), self.instances)
            result = Result(value=covariance @ self.weights)
            if self.inverse is not None:
                explained = ((covariance @ self.inverse) * covariance).sum(axis=1)
                deviation = np.sqrt(np.maximum(self.covariance.gamma - explained, 0.0))
                result.facts = dict.fromkeys(sorted(_DEVIATIONS), deviation)
        return result
