"""A model element with what belongs to it: schema, local transformations, kernel, targets, outputs.

The outermost model is one, and so is each segment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from salver.formats.pmml.dictionary import DataField
from salver.formats.pmml.element import Element
from salver.formats.pmml.expressions import promise_all
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import Kernel, Model, One, Quick, Result, Submodel, labels_of
from salver.formats.pmml.models.table import compile_kernel
from salver.formats.pmml.outputs import compile_outputs, features_read
from salver.formats.pmml.scope import Scope, Target
from salver.formats.pmml.targets import Rescaling, read_targets
from salver.formats.pmml.treatment import MiningField, Treatment, read_schema

FUNCTIONS: Final = (
    "regression",
    "classification",
    "clustering",
    "associationRules",
    "sequences",
    "timeSeries",
    "mixed",
)


MAX_NESTED_MODELS: Final = 30


class Compiled:
    """A model element, compiled; see `kernel.Submodel`."""

    __slots__ = (
        "_key",
        "_quick",
        "_rescaling",
        "_table",
        "element",
        "function",
        "kernel",
        "labels",
        "model",
        "outputs",
        "scope",
        "target",
    )

    def __init__(self, model: Model, kernel: Kernel) -> None:
        self.model = model
        """What its file was given."""
        self.element = model.element
        self.scope = model.scope
        self.target = model.target
        self.function = model.function
        self.kernel = kernel
        self._rescaling: Rescaling | None = read_targets(model.element, model.target)
        self._table = labels_of(kernel.classes, model.target.kind)
        self.labels: tuple[Any, ...] = (*kernel.classes, None) if kernel.classes else ()
        """By the winner's place; the last, where -1 leads, is missing. Empty where there are no classes."""
        self._key = object()
        """Of `one` in a frame's memo."""
        self._quick = kernel if isinstance(kernel, Quick) and kernel.is_quick else None
        self.outputs: Mapping[str, Field] = {}

    def __call__(self, frame: Frame) -> Result:
        found: Result | None = frame.memo.get(self)
        if found is None:
            found = self.kernel(frame)
            if self._rescaling is not None:
                found = self._rescaling(found, self.kernel)
            frame.memo[self] = found
        return found

    @property
    def is_quick(self) -> bool:
        return self._quick is not None and (self._rescaling is None or not self.kernel.classes)

    def one(self, frame: Frame) -> One:
        """The result of a frame of one row in plain numbers. Only where it is quick."""
        found: One | None = frame.memo.get(self._key)
        if found is None:
            if self._quick is None:
                raise RuntimeError(f"{self.element} has no short way")
            found = self._quick.one(frame)
            if self._rescaling is not None:
                found = self._rescaling.one(found[0]), None
            frame.memo[self._key] = found
        return found

    def speakers(self) -> list[Submodel]:
        """Itself, and the models inside whose answer is its own: the last of a chain."""
        sole: Submodel | None = getattr(self.kernel, "sole", None)
        return [self] if sole is None or self._rescaling is not None else [self, *sole.speakers()]

    def prediction(self, frame: Frame) -> Array:
        """The target's column."""
        result = self(frame)
        if result.winner is not None:
            return self._table.take(result.winner, mode="wrap")
        if result.value is None:
            return np.full(frame.rows, None if self.target.kind == "text" else np.nan, self._table.dtype)
        return result.value

    def display(self, frame: Frame) -> Array:
        """The target's column in the words of its TargetValues."""
        shown = self._rescaling.displays if self._rescaling is not None else {}
        return np.array([shown.get(value, value) for value in self.prediction(frame).tolist()], object)


class Compiler:
    """Compiles the models of a document. `tables` is the list of model elements."""

    def __init__(self, dictionary: Mapping[str, DataField]) -> None:
        self._dictionary = dictionary

    def compile(self, element: Element, outer: Scope, wants: frozenset[str]) -> Compiled:
        """A segment's model, whose fields come from the scope around it."""
        return self._finish(replace(self.prepare(element, outer), wants=wants | features_read(element)))

    def outermost(self, element: Element, scope: Scope) -> Compiled:
        """A document's model, whose schema's fields are in its scope already."""
        return self._finish(self._model(element, scope))

    def prepare(self, element: Element, outer: Scope) -> Model:
        """A segment's model as its file is given it."""
        scope = Scope(outer.counter, outer)
        if _models_around(element) > MAX_NESTED_MODELS:
            element.refuse(f"models are nested deeper than {MAX_NESTED_MODELS}")
        for name, mining in read_schema(element).items():
            if not mining.is_target:
                self._inherit(name, mining, outer, scope)
        return self._model(element, scope)

    def _model(self, element: Element, scope: Scope) -> Model:
        function = element.choice("functionName", FUNCTIONS)
        local = element.first("LocalTransformations")
        if local is not None:
            self._promise(local, scope)
        target = scope.target = self._target(element, read_schema(element), function, scope)
        return Model(element, scope, function, target, features_read(element), self.compile, self.prepare)

    def _finish(self, model: Model) -> Compiled:
        compiled = Compiled(model, compile_kernel(model))
        compiled.outputs = compile_outputs(compiled)
        return compiled

    def _inherit(self, name: str, mining: MiningField, outer: Scope, scope: Scope) -> None:
        """A field of the enclosing model under this model's treatment."""
        field = outer.field(name, mining.element)
        data = self._dictionary.get(name)
        # What the enclosing model let in is not refused here, though it may be replaced.
        if data is None or data.type != field.type or mining.invalid not in ("asMissing", "asValue"):
            data = DataField(name, field.type, field.optype, mining.element)
        if not (mining.changes_values or data.has_rules):
            scope.put(name, field)
            return
        made = scope.counter.make(name, field.type, field.optype, None, mining.element)
        made.levels = field.levels
        self._treat(made, field, mining, data)
        scope.put(name, made)

    # What becomes of names: another kind of compiler makes something else of them.

    def _promise(self, container: Element, scope: Scope) -> None:
        """Names the derived fields of a container."""
        promise_all(container, scope)

    def _treat(self, made: Field, field: Field, mining: MiningField, data: DataField) -> None:
        """Makes a field of another one by a schema's treatment."""
        treatment = Treatment(mining, data, made)
        made.compute = lambda frame: treatment(frame.column(field), frame)

    def _target(self, element: Element, schema: dict[str, MiningField], function: str, scope: Scope) -> Target:
        names = [mining.name for mining in schema.values() if mining.is_target]
        name = _answered_last(element, names) if len(names) > 1 else "".join(names)
        data = self._dictionary.get(name)
        if name and data is not None:
            optype = schema[name].optype or data.optype
            return Target(name, data.type, optype, data.valid)
        if name:
            field = scope.find(name)
            if field is not None:
                return Target(name, field.type, field.optype, field.levels)
        if function in ("regression", "timeSeries"):
            return Target(name, "double", "continuous")
        around = scope.parent.target if scope.parent is not None else None
        if around is not None and function == "classification" and around.optype != "continuous":
            return replace(around, name=name)
        return Target(name, "string", "categorical")


def _models_around(element: Element) -> int:
    count, around = 0, element.parent
    while around is not None:
        count += around.tag == "Segment"
        around = around.parent
    return count


def _answered_last(element: Element, names: list[str]) -> str:
    """Of several targets the one that the model answers: a chain's is that of its last segment, else the first."""
    segmentation = element.first("Segmentation")
    if segmentation is not None:
        for segment in reversed(list(segmentation.all("Segment"))):
            for model in segment.children:
                found = [name for name, mining in read_schema(model).items() if mining.is_target and name in names]
                if found:
                    return found[0]
    return names[0]
