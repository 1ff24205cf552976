"""Names while a document is compiled: which field a name means where it stands.

A scope holds the names of one model element and knows the scope around it. Fields are compiled when they are first
asked for, so a derived field may refer to a later one; one that refers to itself, by whatever way, is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from salver.formats.onnx_options import OnnxOptions
from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.values import KINDS, read


@dataclass(frozen=True, slots=True)
class Target:
    """What a model predicts."""

    name: str
    """Empty where the document names none."""
    type: str
    """PMML's dataType: double, string, integer, ..."""
    optype: str
    levels: tuple[Any, ...] = ()
    """The values its dictionary lists as valid, in order: str for text, float for all else."""

    @property
    def kind(self) -> str:
        return KINDS[self.type]

    def label(self, text: str, place: Element) -> Any:
        """A class written in the document, as a column holds it. Raises BadInput for what is none of the type."""
        try:
            label = read(text, self.type)
        except ValueError:
            label = math.nan
        if label != label:
            place.refuse(f"{text!r:.60} is no {self.type}, as the target is")
        return label


Making: TypeAlias = Callable[[], Field]
MAX_NESTED_FIELDS = 200
"""How long a chain of fields, each derived of the next, may be."""


class Counter:
    """What all scopes of a document share: its fields, counted, which is the size of its frames, and its sessions."""

    __slots__ = ("fields", "matrix", "onnx", "sessions")

    def __init__(self, onnx: OnnxOptions) -> None:
        self.onnx = onnx
        """How sessions of onnxruntime are set up."""
        self.sessions = 0
        """How many there are."""
        self.fields: list[Field] = []
        self.matrix: tuple[Field, ...] = ()
        """The numeric fields that come in, as the door lays them side by side."""

    def make(
        self, name: str, type_: str, optype: str, compute: Callable[[Frame], Array] | None, place: Element
    ) -> Field:
        """A new field. Raises BadInput for a dataType that is none."""
        kind = KINDS.get(type_)
        if kind is None:
            place.refuse(f"dataType={short(type_)} is not known here; wanted one of {', '.join(KINDS)}")
        field = Field(name, type_, kind, optype, len(self.fields), compute)
        self.fields.append(field)
        return field


class Scope:
    """The names that a model element sees."""

    __slots__ = ("_makings", "_names", "_open", "counter", "functions", "parent", "target")

    def __init__(self, counter: Counter, parent: Scope | None = None) -> None:
        self.counter = counter
        self.parent = parent
        self.functions: dict[str, Element] = parent.functions if parent is not None else {}
        """The `DefineFunction` elements of the document, by name."""
        self.target: Target | None = None
        """What the model element predicts, once that is known."""
        self._names: dict[str, Field] = {}
        self._makings: dict[str, tuple[Making, Element]] = {}
        self._open: list[str] = parent._open if parent is not None else []

    def put(self, name: str, field: Field) -> None:
        """Gives a field a name here, over whatever had it."""
        self._names[name] = field
        self._makings.pop(name, None)

    def promise(self, name: str, making: Making, place: Element) -> None:
        """Names a field that is compiled when it is asked for. Raises BadInput for a name that is taken here."""
        if name in self._makings:
            place.refuse(f"there are two fields {short(name)}")
        self._names.pop(name, None)
        self._makings[name] = (making, place)

    def find(self, name: str) -> Field | None:
        """The field that a name means here; None for none. Raises BadInput for a field derived of itself."""
        scope: Scope | None = self
        while scope is not None:
            field = scope._names.get(name)
            if field is not None:
                return field
            if name in scope._makings:
                return scope._make(name)
            scope = scope.parent
        return None

    def field(self, name: str, place: Element) -> Field:
        """The field that a name means here. Raises BadInput that lists some others where there is none."""
        field = self.find(name)
        if field is None:
            known = sorted(self.names())
            some = ", ".join(known[:10]) + (", ..." if len(known) > 10 else "")
            place.refuse(f"there is no field {short(name)}; the fields are {some}")
        return field

    def names(self) -> set[str]:
        """Every name that is known here."""
        own = self._names.keys() | self._makings.keys()
        return own | self.parent.names() if self.parent is not None else own

    def _make(self, name: str) -> Field:
        making, place = self._makings[name]
        mark = f"{id(self)} {name}"
        if mark in self._open:
            place.refuse(f"field {short(name)} is derived of itself")
        if len(self._open) >= MAX_NESTED_FIELDS:
            place.refuse(f"more than {MAX_NESTED_FIELDS} fields are derived of each other in a chain")
        self._open.append(mark)
        try:
            field = making()
        finally:
            self._open.pop()
        self.put(name, field)
        return field
