"""Expressions of PMML, compiled on their own and computed for rows given as columns. For tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import numpy as np

from salver.formats.onnx_options import OnnxOptions
from salver.formats.pmml.element import Element
from salver.formats.pmml.expressions import compile_expression, derive
from salver.formats.pmml.frame import Field, Frame
from salver.formats.pmml.functions.operand import Expression
from salver.formats.pmml.scope import Counter, Scope
from salver.formats.pmml.values import read, shown_as

PLACE = Element("Here", {}, 1, None)
Columns = Mapping[str, Any]
"""Lists of values by name and dataType, `x:double`; double where none is said."""


def parse(xml: str) -> Element:
    """An element and what is in it. Its lines count from 1."""
    lines = iter(range(1, 1_000_000))
    return _converted(ElementTree.fromstring(xml), None, lines)


def _converted(node: ElementTree.Element, parent: Element | None, lines: Any) -> Element:
    element = Element(node.tag, dict(node.attrib), next(lines), parent)
    element.text = node.text or ""
    element.children = [_converted(child, element, lines) for child in node]
    return element


class Rows:
    """Fields with their values."""

    def __init__(self, columns: Columns) -> None:
        self.scope = Scope(Counter(OnnxOptions()))
        self._columns: list[tuple[Field, list[Any]]] = []
        for key, values in columns.items():
            name, _, type_ = key.partition(":")
            field = self.scope.counter.make(name, type_ or "double", "categorical", None, PLACE)
            self.scope.put(name, field)
            self._columns.append((field, [read(value, field.type) for value in values]))

    def frame(self) -> Frame:
        """To be made once everything is compiled."""
        frame = Frame(max((len(values) for _, values in self._columns), default=1), len(self.scope.counter.fields))
        for field, values in self._columns:
            column = np.empty(len(values), object if field.kind == "text" else np.float64)
            column[:] = values
            frame.put(field, column)
        return frame

    def field(self, name: str) -> Field:
        return self.scope.field(name, PLACE)

    def compiled(self, xml: str) -> Expression:
        return compile_expression(parse(xml), self.scope)

    def derived(self, xml: str) -> Field:
        return derive(parse(xml), self.scope)


def values(xml: str, columns: Columns | None = None) -> list[Any]:
    """What an expression gives for each row, as Python says it; None where missing. No row may be refused."""
    found, refused = answers(xml, columns)
    assert not refused, refused
    return found


def value(xml: str) -> Any:
    """What an expression of constants gives."""
    return values(xml)[0]


def answers(xml: str, columns: Columns | None = None) -> tuple[list[Any], dict[int, str]]:
    """The same, and the rows that are refused."""
    rows = Rows(columns or {})
    expression = rows.compiled(xml)
    frame = rows.frame()
    column = expression.compute(frame).tolist()
    return [shown_as(each, expression.type) for each in column], frame.refused


def type_of(xml: str, columns: Columns | None = None) -> str:
    """The dataType that an expression is of."""
    return Rows(columns or {}).compiled(xml).type


def apply(function: str, *arguments: Any, **attributes: str) -> str:
    """An Apply element. Arguments that are text are XML, or names of fields; the others are constants."""
    written = "".join(f' {key}="{text}"' for key, text in attributes.items())
    return f'<Apply function="{function}"{written}>{"".join(map(_argument, arguments))}</Apply>'


def _argument(argument: Any) -> str:
    if isinstance(argument, str):
        return argument if argument.startswith("<") else f'<FieldRef field="{argument}"/>'
    return constant(argument)


def constant(of: Any, type_: str | None = None) -> str:
    """A Constant element; None is a missing value."""
    kinds = {bool: "boolean", int: "integer", float: "double", str: "string", type(None): "double"}
    text = str(of).lower() if isinstance(of, bool) else str(of)
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    missing = ' missing="true"' if of is None else ""
    return f'<Constant dataType="{type_ or kinds[type(of)]}"{missing}>{"" if of is None else text}</Constant>'


def text(of: str) -> str:
    """A Constant that is text."""
    return constant(of)
