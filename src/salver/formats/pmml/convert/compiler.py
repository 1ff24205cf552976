"""Names on their way into the graph: the engine's own compiler, but fields become columns of nodes, not closures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from salver.formats.onnx_options import OnnxOptions
from salver.formats.onnx_writing import Value
from salver.formats.pmml.convert.columns import Column, Columns
from salver.formats.pmml.convert.expressions import derived_column, expression_column
from salver.formats.pmml.convert.graph import Graph
from salver.formats.pmml.convert.treatment import Treating
from salver.formats.pmml.dictionary import DataField, read_dictionary
from salver.formats.pmml.document import Document
from salver.formats.pmml.door import Input
from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Field
from salver.formats.pmml.kernel import Kernel, Model
from salver.formats.pmml.models.columns import number_field
from salver.formats.pmml.scope import Counter, Scope
from salver.formats.pmml.segments.select import Segmented
from salver.formats.pmml.submodel import Compiled, Compiler
from salver.formats.pmml.treatment import MiningField, read_schema

_NO_SESSIONS: Final = 1 << 30
"""Trees are compiled for their steps; nothing is to be run."""
_DTYPES: Final = {"text": "object", "boolean": "bool"}


class GraphCompiler(Compiler):
    """Puts a document's fields into a graph."""

    def __init__(self, document: Document, *, lenient: bool) -> None:
        super().__init__(read_dictionary(document.root))
        self.graph = Graph(document.door.names)
        self.columns = Columns(self.graph)
        self.inputs: list[Value] = []
        self.kernels = _kernels(document.model)
        """The engine's, by model element: for what it has found out of a document already."""
        self._document = document
        self._treat_column = Treating(self.columns, lenient=lenient)
        counter = Counter(OnnxOptions())
        counter.sessions = _NO_SESSIONS
        self._scope = Scope(counter)
        self._scope.functions.update(document.model.scope.functions)

    def outer_model(self) -> Model:
        """The document's model, its inputs in the graph. Raises Unsupported for fields that cannot be."""
        schema = read_schema(self._document.model.element)
        for entry in self._document.door.inputs:
            self._take_in(entry)
        if not self.inputs:
            self._document.model.element.unsupported("there is no field that comes in")
        self.graph.counts_rows_of(self.inputs[0].name)
        for entry in self._document.door.inputs:
            mining = schema[entry.data.name]
            # What is never asked for need not fit.
            self._scope.promise(entry.data.name, partial(self._put_in, entry, mining), mining.element)
        transformations = self._document.root.first("TransformationDictionary")
        if transformations is not None:
            self._promise(transformations, self._scope)
        return self._model(self._document.model.element, self._scope)

    def refer(self, reference: Element, scope: Scope) -> Field:
        """The field of numbers that a FieldRef means, what is missing replaced."""
        field = number_field(reference.want("field"), reference, scope)
        if "mapMissingTo" not in reference.attributes:
            return field
        made = scope.counter.make(field.name, field.type, field.optype, None, reference)
        self.columns.put(made, expression_column(reference, scope, self.columns))
        return made

    # Inputs.

    def _take_in(self, entry: Input) -> None:
        data = entry.data
        if data.kind not in ("text", "number", "boolean") or entry.is_basket:
            what = "a basket" if entry.is_basket else f"a {data.type}"
            data.element.unsupported(f"field {short(data.name)} is {what}, for which ONNX has no type")
        dtype = "float32" if data.type == "float" else _DTYPES.get(data.kind, "float64")
        self.inputs.append(Value(data.name, dtype, ["rows"]))

    def _put_in(self, entry: Input, mining: MiningField) -> Field:
        data = entry.data
        name = data.name
        if data.type == "float" or data.kind == "boolean":
            name = self.graph.cast(name, "float64")
        column = Column(name, data.type, data.kind != "boolean", data.name)
        field = self._scope.counter.make(data.name, data.type, mining.optype or data.optype, None, mining.element)
        field.levels = data.valid
        self.columns.put(field, self._treat_column(column, mining, data, fresh=True))
        return field

    # What becomes of names.

    def _promise(self, container: Element, scope: Scope) -> None:
        for element in container.all("DerivedField"):
            scope.promise(element.want("name"), partial(self._derive, element, scope), element)

    def _derive(self, element: Element, scope: Scope) -> Field:
        column = derived_column(element, scope, self.columns)
        field = scope.counter.make(element.want("name"), column.type, element.get("optype"), None, element)
        field.levels = self._levels(element, column)
        self.columns.put(field, column)
        return field

    def _levels(self, element: Element, column: Column) -> tuple[object, ...]:
        """The values that a derived field lists, in order."""
        return tuple(value.want("value") for value in element.all("Value")) if column.is_text else ()

    def _treat(self, made: Field, field: Field, mining: MiningField, data: DataField) -> None:
        self.columns.put(made, self._treat_column(self.columns.of(field), mining, data, fresh=False))


def _kernels(model: Compiled) -> Mapping[Element, Kernel]:
    found: dict[Element, Kernel] = {model.element: model.kernel}
    if isinstance(model.kernel, Segmented):
        for segment in model.kernel.segments:
            found.update(_kernels(segment.model))  # type: ignore[arg-type]
    return found
