"""Kernels: a model element, compiled. One shape for all of them, so that targets, outputs and segments need only one.

A model file exports a function `compile_...(model: Model) -> Kernel`. Whatever a document gets wrong it refuses then;
called, a kernel only computes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.scope import Target as Target


def _unprepared(element: Element, scope: Scope) -> Model:
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Model:
    """What a model file is given: its element, and what stands around it."""

    element: Element
    scope: Scope
    """Its names: schema, local transformations, what encloses it."""
    function: str
    """functionName: regression, classification, clustering, ..."""
    target: Target
    """The first target field; `double` for regression and `string` else where the document names none."""
    wants: frozenset[str]
    """The features that somebody reads of the result, by the names of OutputField's `feature` ("probability",
    "entityId", "confidence", "affinity", "reasonCode", ...): whatever costs time is left out unless wanted."""
    compile: Callable[[Element, Scope, frozenset[str]], Submodel]
    """Compiles a model element inside this one, with its own schema, targets and outputs."""

    prepare: Callable[[Element, Scope], Model] = _unprepared
    """What `compile` gives the model file of an element inside this one: for whoever compiles several together."""

    @property
    def is_classification(self) -> bool:
        return self.function == "classification"

    def field(self, place: Element, attribute: str = "field") -> Field:
        """The field that an element's attribute names."""
        return self.scope.field(place.want(attribute), place)


@dataclass(slots=True)
class Result:
    """What a kernel says of n rows. What a kind of model does not have stays None."""

    value: Array | None = None
    """[n] The prediction where it is a number (or already text): NaN (None) where missing."""
    winner: Array | None = None
    """[n] The prediction where it is one of the kernel's `classes`: its place among them, -1 where missing. A kernel
    gives either this or `value`."""
    probability: Array | None = None
    """[n, classes], NaN in rows where missing."""
    confidence: Array | None = None
    """[n, classes]; or [n, 1], one number for the winner."""
    affinity: Array | None = None
    """[n, entities]: distances or similarities."""
    entity: Array | None = None
    """[n] The winning entity: its place among the kernel's `entities`, -1 where missing."""
    ranking: Array | None = None
    """[n, k] Places of entities, the best first, -1 where there are fewer: neighbours, rules, clusters."""
    reasons: list[list[str]] | None = None
    """[n] Reason codes, the weightiest first."""
    facts: Mapping[str, Array] | None = None
    """[n] Further columns, by feature: `standardError`, `warning`, ..."""
    targets: Mapping[str, Array] | None = None
    """[n] Where there are several targets (nearest neighbours): the prediction for each of the others, by name, as a
    column of the target's type holds it."""


One: TypeAlias = tuple[Any, Sequence[float] | None]


class Kernel(Protocol):
    """Computes. Called from several threads at once."""

    @property
    def classes(self) -> tuple[Any, ...]:
        """The labels that `winner` and `probability` count, as columns of the target's type hold them; else ()."""

    @property
    def entities(self) -> tuple[str, ...]:
        """The ids that `entity`, `ranking` and `affinity` count: nodes, clusters, rules, rows; else ()."""

    def __call__(self, frame: Frame) -> Result: ...


@runtime_checkable
class Quick(Protocol):
    """A kernel that has a short way for a frame of one row, in plain numbers."""

    is_quick: bool
    """Whether it has, for this document."""

    def one(self, frame: Frame) -> One:
        """The same as a call says in arrays: with classes the winner's place and the probabilities, else the value."""


class Submodel(Protocol):
    """A model element with its schema, targets and outputs: what `Model.compile` gives."""

    @property
    def kernel(self) -> Kernel: ...
    @property
    def target(self) -> Target: ...
    @property
    def element(self) -> Element: ...
    @property
    def outputs(self) -> Mapping[str, Field]:
        """Its OutputFields by name: fields whose columns can be asked of the frame it was evaluated on."""

    @property
    def is_quick(self) -> bool:
        """Whether `one` may be asked."""

    def prediction(self, frame: Frame) -> Array:
        """The target's column."""

    def one(self, frame: Frame) -> One:
        """The result of a frame of one row, after its targets."""

    def speakers(self) -> list[Submodel]:
        """Itself, and the models inside whose answer is its own."""

    def __call__(self, frame: Frame) -> Result:
        """The result after its own targets (rescaled, rounded, with defaults). Computed once for each frame."""


NO_CLASSES: Final[tuple[Any, ...]] = ()


def labels_of(classes: tuple[Any, ...], kind: str) -> Array:
    """A table from `winner` to the target's column: the last entry, where -1 leads, is missing."""
    if kind == "text" or any(isinstance(label, str) for label in classes):
        return np.array([*classes, None], object)
    return np.array([*classes, np.nan], np.float64)


def best(probability: Array) -> Array:
    """The winner of each row: the largest, the first of equals; -1 where the row is missing."""
    winner = np.argmax(probability, axis=1)
    missing = np.isnan(probability[:, 0])
    return np.where(missing, -1, winner) if missing.any() else winner
