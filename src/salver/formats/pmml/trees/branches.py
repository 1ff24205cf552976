"""The predicates of a tree's nodes as steps. Specification: TreeModel, "Predicates".

A predicate is compiled into the ways on from it: where to go when it is TRUE, FALSE, UNKNOWN. So `and`, `or`, `xor`
and `surrogate` are nothing but ways.
"""

from __future__ import annotations

import math
from array import array
from typing import Any, Final

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Field
from salver.formats.pmml.predicates import MAX_DEPTH, TAGS, constant, level_of, operator_of, set_of
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.trees.field_steps import FieldSteps
from salver.formats.trees.steps import Way

_PLAIN: Final = ("double", "float", "integer")
_MAX_STEPS: Final = 20_000
"""Of one predicate: nested ones multiply."""
_FLIPPED: Final = {
    "lessThan": "greaterOrEqual",
    "greaterOrEqual": "lessThan",
    "lessOrEqual": "greaterThan",
    "greaterThan": "lessOrEqual",
    "equal": "notEqual",
    "notEqual": "equal",
}
_OF_MISSING: Final = ("isMissing", "isNotMissing")
_QUICK: Final = {
    # Whether the threshold itself is below, and whether TRUE is.
    "lessThan": (False, True),
    "greaterOrEqual": (False, False),
    "lessOrEqual": (True, True),
    "greaterThan": (True, False),
}


class Branches:
    """Compiles predicates for one builder."""

    def __init__(self, builder: FieldSteps, scope: Scope) -> None:
        self._builder = builder
        self._scope = scope
        self._limit = 0
        self._fields: dict[str, Field] = {}
        self._numbers: dict[str, tuple[int, bool] | None] = {}
        """By name, of numeric fields: the column, and whether it is in single precision. None for other fields."""

    def quick(self, name: str, operator: str, value: str | None) -> tuple[int, float, bool] | None:
        """A comparison of a numeric field, of which large documents have millions: its column, the largest value below,
        and whether it is TRUE below. None for all else, and for what must be looked at more closely."""
        number, order = self._number(name), _QUICK.get(operator)
        if number is None or order is None or value is None:
            return None
        try:
            threshold = float(value)
        except ValueError:
            return None
        if threshold - threshold != 0 or "_" in value:
            return None
        column, is_single = number
        if is_single:
            threshold = array("f", (threshold,))[0]
        includes, is_upper = order
        return column, threshold if includes else math.nextafter(threshold, -math.inf), is_upper

    def _number(self, name: str) -> tuple[int, bool] | None:
        if name not in self._numbers:
            field = self._scope.find(name)
            is_plain = field is not None and field.type in _PLAIN
            self._numbers[name] = (
                (self._builder.features.number(field), field.type == "float")
                if field is not None and is_plain
                else None
            )
        return self._numbers[name]

    def simple(
        self, name: str, operator: str, value: str | None, place: Element, true: Way, false: Way, unknown: Way
    ) -> Way:
        """A SimplePredicate that never was an element."""
        field = self._fields.get(name)
        if field is None:
            field = self._fields[name] = self._scope.field(name, place)
        if operator in _OF_MISSING:
            if operator == "isNotMissing":
                true, false = false, true
            return self._builder.step(self._any(field), math.inf, false, false, true)
        if operator not in _FLIPPED:
            known = ", ".join((*_FLIPPED, *_OF_MISSING))
            place.refuse(f"operator={short(operator)} is not known here; wanted one of {known}")
        if value is None:
            place.refuse(f"a SimplePredicate with operator {operator} needs an attribute value")
        return self._compare(field, operator, constant(value, field, place), place, true, false, unknown)

    def other(self, element: Element, true: Way, false: Way, unknown: Way) -> Way:
        """Any other predicate."""
        self._limit = len(self._builder) + _MAX_STEPS
        return self._compile(element, true, false, unknown, 0)

    def _any(self, field: Field) -> int:
        """A column that is NaN where the field is missing."""
        return (
            self._builder.features.member(field, ()) if field.kind == "text" else self._builder.features.number(field)
        )

    def _compile(self, element: Element, true: Way, false: Way, unknown: Way, depth: int) -> Way:
        if depth > MAX_DEPTH or len(self._builder) > self._limit:
            element.refuse(f"predicates are nested deeper than {MAX_DEPTH}, or are more than {_MAX_STEPS:,} tests")
        match element.tag:
            case "True":
                return true
            case "False":
                return false
            case "SimplePredicate":
                operator = operator_of(element)
                value = element.attributes.get("value")
                return self.simple(element.want("field"), operator, value, element, true, false, unknown)
            case "SimpleSetPredicate":
                return self._set(element, true, false, unknown)
            case _:
                return self._compound(element, true, false, unknown, depth + 1)

    def _compare(
        self, field: Field, operator: str, value: Any, place: Element, true: Way, false: Way, unknown: Way
    ) -> Way:
        builder = self._builder
        if operator in ("notEqual", "greaterThan", "greaterOrEqual"):
            operator, true, false = _FLIPPED[operator], false, true
        if field.kind == "text" and operator == "equal":
            return builder.step(builder.features.member(field, (value,)), 0.5, false, true, unknown)
        if field.kind == "text":
            return self._ordered(field, operator, value, place, true, false, unknown)
        column = builder.features.number(field)
        if operator == "lessThan":
            return builder.step(column, math.nextafter(value, -math.inf), true, false, unknown)
        if operator == "equal":
            below = builder.step(column, math.nextafter(value, -math.inf), false, true, unknown)
            return builder.step(column, value, below, false, unknown)
        return builder.step(column, value, true, false, unknown)

    def _ordered(
        self, field: Field, operator: str, value: Any, place: Element, true: Way, false: Way, unknown: Way
    ) -> Way:
        """An ordinal text: the values up to this one are a set; those outside the order are UNKNOWN."""
        level = level_of(field, value, place) + (operator == "lessOrEqual")
        inside = field.levels[:level]
        features = self._builder.features
        known = self._builder.step(features.member(field, field.levels), 0.5, unknown, false, unknown)
        return self._builder.step(features.member(field, inside), 0.5, known, true, unknown)

    def _set(self, element: Element, true: Way, false: Way, unknown: Way) -> Way:
        if element.choice("booleanOperator", ("isIn", "isNotIn")) == "isNotIn":
            true, false = false, true
        field = self._scope.field(element.want("field"), element)
        column = self._builder.features.member(field, set_of(element, field))
        return self._builder.step(column, 0.5, false, true, unknown)

    def _compound(self, element: Element, true: Way, false: Way, unknown: Way, depth: int) -> Way:
        operator = element.choice("booleanOperator", ("and", "or", "xor", "surrogate"))
        parts = list(element.all(*TAGS))
        if not parts:
            element.refuse("a CompoundPredicate needs predicates")
        match operator:
            case "and":
                return self._all(parts, true, false, unknown, depth)
            case "or":
                return self._any_of(parts, true, false, unknown, depth)
            case "xor":
                return self._odd(parts, true, false, unknown, depth)
            case _:
                return self._surrogate(parts, true, false, unknown, depth)

    def _all(self, parts: list[Element], true: Way, false: Way, unknown: Way, depth: int) -> Way:
        """TRUE when all are, FALSE as soon as one is."""
        so_far, doubtful = true, unknown
        for number, part in reversed(list(enumerate(parts))):
            next_doubtful = doubtful
            if unknown != false and number:
                next_doubtful = self._compile(part, doubtful, false, doubtful, depth)
            so_far = self._compile(part, so_far, false, doubtful, depth)
            doubtful = next_doubtful
        return so_far

    def _any_of(self, parts: list[Element], true: Way, false: Way, unknown: Way, depth: int) -> Way:
        """FALSE when all are, TRUE as soon as one is."""
        so_far, doubtful = false, unknown
        for number, part in reversed(list(enumerate(parts))):
            next_doubtful = doubtful
            if unknown != false and number:
                next_doubtful = self._compile(part, true, doubtful, doubtful, depth)
            so_far = self._compile(part, true, so_far, so_far if unknown == false else doubtful, depth)
            doubtful = next_doubtful
        return so_far

    def _odd(self, parts: list[Element], true: Way, false: Way, unknown: Way, depth: int) -> Way:
        """TRUE when an odd number is; UNKNOWN as soon as one is."""
        even, odd = false, true
        for part in reversed(parts):
            even, odd = (
                self._compile(part, odd, even, unknown, depth),
                self._compile(part, even, odd, unknown, depth),
            )
        return even

    def _surrogate(self, parts: list[Element], true: Way, false: Way, unknown: Way, depth: int) -> Way:
        """The first that is not UNKNOWN; a later one than the first counts as one missing level."""
        way = self._compile(parts[-1], true, false, _more(unknown, -1) if len(parts) > 1 else unknown, depth)
        for number, part in reversed(list(enumerate(parts[:-1]))):
            way = self._compile(part, true, false, _more(way, 1 if number == 0 else 0), depth)
        return way


def complements(first: tuple[str, str, str | None] | None, second: tuple[str, str, str | None] | None) -> bool:
    """Whether of two SimplePredicates one is TRUE exactly where the other is FALSE."""
    if first is None or second is None:
        return False
    return first[0] == second[0] and first[2] == second[2] and _FLIPPED.get(first[1]) == second[1]


def _more(way: Way, levels: int) -> Way:
    return way[0], way[1] + levels
