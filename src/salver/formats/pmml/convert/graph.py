"""A graph of ONNX operators, being made. What a node gives is known by a name.

Specification: ONNX opset 21, ai.onnx.ml 5. Only operators that onnxruntime has in double precision are used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from salver.formats.onnx_writing import Node, Value, write_model
from salver.formats.pmml.frame import Array
from salver.formats.trees.ensemble import DOMAIN, OPSETS

Operand: TypeAlias = "str | float | Array"
"""A value by its name, or a constant."""

MISSING_TEXT: Final = ""
"""ONNX has no missing text: the empty one stands for it."""
UNKNOWN, MISSING, FIRST = 0, 1, 2
"""Codes of a text: not listed, missing, and from here on those that are listed."""


class Graph:
    """Collects nodes. The same operator of the same operands is made once."""

    def __init__(self, reserved: Collection[str]) -> None:
        self._reserved = frozenset(reserved)
        self._nodes: list[Node] = []
        self._constants: dict[str, Array] = {}
        self._made: dict[Any, str] = {}
        self._count = 0
        self.rows = ""
        """The shape of a column."""
        self._invalid: list[tuple[str, str]] = []

    # Values.

    def constant(self, value: float | Array | Sequence[str]) -> str:
        """A number, an array or texts."""
        array = np.array(value, object if _is_texts(value) else None)
        if array.dtype.kind in "iu":
            array = array.astype(np.int64)
        key = (array.dtype.str, array.shape, tuple(array.flat) if array.dtype == object else array.tobytes())
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._name("constant")
            self._constants[found] = array
        return found

    def add(self, operator: str, *operands: Operand, **attributes: int | float | str | tuple[int, ...]) -> str:
        """What an operator gives."""
        names = tuple(one if isinstance(one, str) else self.constant(one) for one in operands)
        key = (operator, names, tuple(attributes.items()))
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self.node(operator, names, attributes)
        return found

    def node(self, operator: str, names: Sequence[str], attributes: Mapping[str, Any], domain: str = "") -> str:
        """What an operator gives whose attributes are large, or that is of another domain."""
        output = self._name(operator)
        self._nodes.append(Node(operator, names, [output], attributes, domain))
        return output

    def ordered(self, matrix: str, count: int) -> tuple[str, str]:
        """A matrix [n, count] with each row in ascending order, and where each entry was before."""
        outputs = [self._name("TopK"), self._name("TopK")]
        self._nodes.append(Node("TopK", [matrix, self.constant(np.array([count]))], outputs, {"axis": 1, "largest": 0}))
        return outputs[0], outputs[1]

    def _name(self, word: str) -> str:
        self._count += 1
        name = f"{word}_{self._count}"
        while name in self._reserved:
            name += "_"
        return name

    # Often wanted.

    def missing(self, number: str) -> str:
        """Which numbers are missing."""
        return self.add("IsNaN", number)

    def where(self, mask: str, then: Operand, other: Operand) -> str:
        """One value in the rows of a mask, another in the rest."""
        return self.add("Where", mask, then, other)

    def any_of(self, masks: Iterable[str]) -> str:
        """Which rows are in one of the masks; there is at least one."""
        return self._joined("Or", masks)

    def all_of(self, masks: Iterable[str]) -> str:
        """Which rows are in all of the masks; there is at least one."""
        return self._joined("And", masks)

    def _joined(self, operator: str, masks: Iterable[str]) -> str:
        first, *rest = dict.fromkeys(masks)
        for mask in rest:
            first = self.add(operator, first, mask)
        return first

    def number(self, mask: str) -> str:
        """A mask as 1 and 0."""
        return self.add("Cast", mask, to=_DOUBLE)

    def cast(self, value: str, type_: str) -> str:
        """As another type of NumPy's name: float32, float64, int64, bool."""
        return self.add("Cast", value, to=_TYPES[type_])

    def filled(self, value: float | str) -> str:
        """A column of one value; of an int64 for an int."""
        constant = self.constant([value] if isinstance(value, str) else np.array([value]))
        return self.add("Expand", constant, self.rows)

    def side_by_side(self, columns: Sequence[str]) -> str:
        """Columns of numbers as a matrix [n, columns]."""
        if len(columns) == 1:
            return self.add("Unsqueeze", columns[0], np.array([1]))
        # Three nodes, however many columns there are.
        stacked = self.add("Concat", *columns, axis=0)
        return self.add("Transpose", self.add("Reshape", stacked, np.array([len(columns), -1])), perm=(1, 0))

    def column(self, matrix: str, place: int) -> str:
        """One column of a matrix."""
        return self.add("Gather", matrix, np.array(place), axis=1)

    def sum(self, matrix: str, axis: int = 1) -> str:
        """The sums along an axis, which goes."""
        return self.add("ReduceSum", matrix, np.array([axis]), keepdims=0)

    def codes(self, text: str, listed: Sequence[str]) -> str:
        """A column of texts as codes."""
        key = ("codes", text, tuple(listed))
        found = self._made.get(key)
        if found is None:
            keys = [MISSING_TEXT, *(one for one in listed if one != MISSING_TEXT)]
            attributes = {
                "keys_strings": keys,
                "values_int64s": [MISSING, *range(FIRST, FIRST + len(keys) - 1)],
                "default_int64": UNKNOWN,
            }
            found = self._made[key] = self.node("LabelEncoder", [text], attributes, DOMAIN)
        return found

    def looked_up(self, text: str, listed: Sequence[str], rows: Array) -> str:
        """What a table says of each text: `rows` for one that is not listed, for a missing one, for those listed."""
        return self.add("Gather", self.constant(rows), self.codes(text, listed), axis=0)

    # The whole.

    def counts_rows_of(self, input_: str) -> None:
        """An input whose rows are counted where a column of one value is wanted."""
        self.rows = self.add("Shape", input_)

    def refuses(self, mask: str, value: str) -> None:
        """A document would refuse these rows where it looks at a value."""
        self._invalid.append((mask, value))

    def refused_for(self, values: Iterable[str]) -> list[str]:
        """The masks of rows that a document would refuse where it wants these values."""
        _, wanted = self._needed(values)
        return [mask for mask, value in self._invalid if value in wanted]

    def write(self, inputs: Sequence[Value], outputs: Sequence[Value]) -> bytes:
        """The model, without what no output needs."""
        nodes, wanted = self._needed(output.name for output in outputs)
        constants = {name: array for name, array in self._constants.items() if name in wanted}
        return write_model(nodes, inputs, outputs, constants, opsets=OPSETS)

    def _needed(self, values: Iterable[str]) -> tuple[list[Node], set[str]]:
        """The nodes, and the names, that some values are made of."""
        wanted, nodes = set(values), []
        for node in reversed(self._nodes):
            if not wanted.isdisjoint(node.outputs):
                nodes.append(node)
                wanted.update(node.inputs)
        return nodes[::-1], wanted

    def name_output(self, value: str, name: str) -> None:
        """Gives a value the name of an output."""
        self._nodes.append(Node("Identity", [value], [name]))


_TYPES: Final = {"float32": 1, "int64": 7, "bool": 9, "float64": 11}
_DOUBLE: Final = _TYPES["float64"]


def _is_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(one, str) for one in value)
