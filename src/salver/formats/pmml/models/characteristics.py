"""Characteristics of a scorecard: which attribute of each holds for a row. Specification: Scorecard, "Attribute".

Most characteristics look at one field. What they say of it is written down beforehand: by the intervals between the
numbers that their predicates name, for all such characteristics in one table, or by the texts that they name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.models.chunks import in_chunks
from salver.formats.pmml.models.columns import Numbers
from salver.formats.pmml.predicates import TAGS, Predicate, constant, set_of, where_open
from salver.formats.pmml.scope import Scope

_MAX_BORDERS: Final = 64
"""Of a characteristic in the common table, which is as wide as the widest of them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A characteristic's predicates, in order, with what stands for each where it is the first that is TRUE."""

    predicates: Sequence[Predicate]
    slots: Sequence[int]

    def __call__(self, frame: Frame) -> Array:
        """[rows] Slots; 0 where no predicate is TRUE."""
        chosen = np.zeros(frame.rows, np.intp)
        rest = np.ones(frame.rows, bool)
        for predicate, slot in zip(self.predicates, self.slots, strict=True):
            true, _ = where_open(predicate, frame, rest)
            chosen[rest & true] = slot
            rest &= ~true
            if not rest.any():
                break
        return chosen


class Choices:
    """The choices of all characteristics: [characteristics, rows]. Rows lie side by side, as there are more of them."""

    __slots__ = ("_count", "_intervals", "_others", "_texts", "_which_intervals", "_which_texts")

    def __init__(self, choices: Sequence[Choice], attributes: Sequence[Sequence[Element]], scope: Scope) -> None:
        self._count = len(choices)
        tables: dict[int, _Table] = {}
        texts: dict[int, _Texts] = {}
        self._others: dict[int, Choice] = {}
        for place, (choice, elements) in enumerate(zip(choices, attributes, strict=True)):
            field = _only_field(elements, scope)
            table = None if field is None or field.kind == "text" else _table(field, choice, elements)
            if table is not None and len(table.borders) <= _MAX_BORDERS:
                tables[place] = table
            elif field is not None and field.kind == "text":
                texts[place] = _texts(field, choice, elements)
            else:
                self._others[place] = choice
        self._which_intervals = np.array(list(tables), np.intp)
        self._intervals = _Intervals(list(tables.values()), scope) if tables else None
        self._which_texts = np.array(list(texts), np.intp)
        self._texts = list(texts.values())

    def __call__(self, frame: Frame) -> Array:
        if self._intervals is not None and len(self._which_intervals) == self._count:
            return self._intervals(frame)
        slots = np.empty((self._count, frame.rows), np.intp)
        if self._intervals is not None:
            slots[self._which_intervals] = self._intervals(frame)
        if self._texts:
            slots[self._which_texts] = [texts(frame) for texts in self._texts]
        for place, choice in self._others.items():
            slots[place] = choice(frame)
        return slots


@dataclass(frozen=True, slots=True)
class _Table:
    """A characteristic of one number."""

    field: Field
    borders: Array
    """Where intervals begin, in order, the first at minus infinity."""
    slots: Array
    """Of a missing number, then of each interval."""


class _Intervals:
    """Characteristics of one number each, [characteristics, rows]: slots by the interval that it lies in.

    A number's interval is how many borders it reaches; a missing number reaches none, as does no number those of NaN
    with which shorter tables are filled up."""

    __slots__ = ("_borders", "_first", "_numbers", "_slots")

    def __init__(self, tables: list[_Table], scope: Scope) -> None:
        self._numbers = Numbers(tuple(table.field for table in tables), scope)
        width = max(len(table.borders) for table in tables)
        self._borders = np.full((width, len(tables), 1), np.nan)
        slots = np.zeros((len(tables), width + 1), np.intp)
        for place, table in enumerate(tables):
            self._borders[: len(table.borders), place, 0] = table.borders
            slots[place, : len(table.slots)] = table.slots
        self._slots = slots.ravel()
        self._first = np.arange(0, slots.size, width + 1)[:, None]
        """Where each characteristic's slots begin."""

    def __call__(self, frame: Frame) -> Array:
        return in_chunks(self._chosen, self._numbers(frame), self._borders.size).T

    def _chosen(self, numbers: Array) -> Array:
        reached = np.ascontiguousarray(numbers.T) >= self._borders
        # There are few borders: a byte is enough to count them, and quicker.
        interval = np.add.reduce(reached.view(np.int8), 0, np.int8)
        chosen: Array = self._slots[interval + self._first].T
        return chosen


class _Texts:
    """A characteristic of one text: slots by text."""

    __slots__ = ("_field", "_other", "_slots")

    def __init__(self, field: Field, slots: Mapping[str | None, int], other: int) -> None:
        self._field = field
        self._slots = slots
        self._other = other

    def __call__(self, frame: Frame) -> list[int]:
        get, other = self._slots.get, self._other
        return [get(text, other) for text in frame.column(self._field).tolist()]


def _only_field(attributes: Sequence[Element], scope: Scope) -> Field | None:
    """The field that the predicates are about, where it is but one."""
    simple = [predicate for attribute in attributes for predicate in _simple(attribute)]
    names = {predicate.want("field") for predicate in simple}
    return scope.field(names.pop(), simple[0]) if len(names) == 1 else None


def _simple(element: Element) -> Iterator[Element]:
    """The predicates below an element that name a field."""
    for child in element.all(*TAGS):
        if "field" in child.attributes:
            yield child
        yield from _simple(child)


def _texts(field: Field, choice: Choice, attributes: Sequence[Element]) -> _Texts:
    """What is chosen for each text that is named, or has a place in an order, and for any other."""
    texts = list(dict.fromkeys((*_all_named(attributes, field), *field.levels)))
    other = ""
    while other in texts:
        other += "?"
    column = np.array([None, *texts, other], object)
    frame = Frame(len(column), field.index + 1)
    frame.put(field, column)
    *slots, otherwise = choice(frame).tolist()
    return _Texts(field, dict(zip((None, *texts), slots, strict=True)), otherwise)


def _table(field: Field, choice: Choice, attributes: Sequence[Element]) -> _Table:
    """What is chosen for the numbers between those that are named."""
    named = set(_all_named(attributes, field))
    # What is true of a number and what of those after it are two things.
    after = [float(np.nextafter(number, np.inf)) for number in named]
    borders = np.array(sorted({-np.inf, *named, *after}))
    frame = Frame(len(borders) + 1, field.index + 1)
    frame.put(field, np.concatenate([[np.nan], borders]))
    slots = choice(frame)
    changes = np.concatenate([[True], slots[2:] != slots[1:-1]])
    return _Table(field, borders[changes], np.concatenate([slots[:1], slots[1:][changes]]))


def _all_named(attributes: Sequence[Element], field: Field) -> list[Any]:
    """The values that predicates compare with."""
    return [value for attribute in attributes for predicate in _simple(attribute) for value in _named(predicate, field)]


def _named(predicate: Element, field: Field) -> tuple[Any, ...]:
    if predicate.tag == "SimpleSetPredicate":
        return set_of(predicate, field)
    text = predicate.attributes.get("value")
    return () if text is None else (constant(text, field, predicate),)
