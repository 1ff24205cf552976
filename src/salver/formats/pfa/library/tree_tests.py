"""How a field of a record is tested against a value, as the nodes of trees do.

Numbers are compared as IEEE 754 has it, in which NaN is neither less nor greater nor equal: so do Hadrian and Titus, in
trees alone. All else is compared in the order of Avro.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.types import FLOATING, NUMBERS, Array, Record, Type, Union
from salver.formats.pfa.library.registry import fail
from salver.formats.pfa.values.convert import converter
from salver.formats.pfa.values.order import NoOrder, comparison, natural

Test = Callable[[Any, Any], Any]
"""Whether the value of a field passes a test against the value of a node; None for missing ones."""

OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}
_KNOWN: Final = frozenset((*OPERATORS, "in", "notIn", "alwaysTrue", "alwaysFalse", "isMissing", "notMissing"))
_NUMBER_TAGS: Final = frozenset(number.tag for number in NUMBERS)


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs between the functions that test."""

    bad_operator: int
    """The error code for an operator that there is not."""
    bad_value: int
    """The error code for a value that the field cannot be tested against."""
    passes_missing: bool = False
    """Whether null, or the null of a union, makes the answer unknown; else it is a value like others."""


class NodeTests(dict[tuple[str, str], Test]):
    """The tests of one type of node, by field and operator, made when first wanted."""

    def __init__(self, datum: Type, node: Type, rules: Rules) -> None:
        super().__init__()
        if not isinstance(datum, Record) or not isinstance(node, Record):
            raise TypeError("a record is tested, by a record")
        self._fields, self._value, self._rules = datum.types, node.types["value"], rules

    def __missing__(self, key: tuple[str, str]) -> Test:
        field, name = key
        made = field_test(self._fields[field], self._value, name, self._rules)
        if name in _KNOWN:
            self[key] = made
        return made


def field_test(field: Type, value: Type, name: str, rules: Rules) -> Test:
    """The test of a field of one type against a value of another by an operator."""
    if name in ("alwaysTrue", "alwaysFalse"):
        answer = name == "alwaysTrue"
        return lambda _x, _value: answer
    if name in ("isMissing", "notMissing") and not rules.passes_missing:
        return (lambda x, _value: x is None) if name == "isMissing" else (lambda x, _value: x is not None)
    if not rules.passes_missing:
        return _present(field, value, name, rules)
    return _maybe_missing(field, value, name, rules)


def _maybe_missing(field: Type, value: Type, name: str, rules: Rules) -> Test:
    left = [one for one in field.types if one.tag != "null"] if isinstance(field, Union) else []
    inner = _present(left[0] if len(left) == 1 else Union(left) if left else field, value, name, rules)
    if inner is _fails_with(rules.bad_value):
        return inner
    if len(left) == 1:
        return lambda x, value: None if x is None else inner(x[1], value)
    return lambda x, value: None if x is None else inner(x, value)


_FAILING: Final[dict[int, Test]] = {}


def _fails_with(code: int) -> Test:
    return _FAILING.setdefault(code, lambda _x, _value: fail(code))


def _present(field: Type, value: Type, name: str, rules: Rules) -> Test:
    if name in ("in", "notIn"):
        return _membership(field, value, name == "in", rules)
    if not accepts(value, field) and not (field in NUMBERS and value in NUMBERS):
        return _fails_with(rules.bad_value)
    if field in NUMBERS:
        return _numeric(value, name, rules)
    return _ordered(field, value, name, rules)


def _numeric(value: Type, name: str, rules: Rules) -> Test:
    compare = OPERATORS.get(name) or _fails_with(rules.bad_operator)
    if not isinstance(value, Union):
        return compare

    def tested(x: Any, value: Any) -> bool:
        if value is None or value[0] not in _NUMBER_TAGS:
            fail(rules.bad_value)
        return compare(x, value[1])

    return tested


def _ordered(field: Type, value: Type, name: str, rules: Rules) -> Test:
    if name not in OPERATORS:
        return _fails_with(rules.bad_operator)
    holds, step = OPERATORS[name], converter(field, value)
    if natural(value) and step is None:
        return holds
    try:
        compare = comparison(value)
    except NoOrder:
        return _fails_with(rules.bad_value)
    if step is None:
        return lambda x, value: holds(compare(x, value), 0)
    return lambda x, value: holds(compare(step(x), value), 0)


def _membership(field: Type, value: Type, wanted: bool, rules: Rules) -> Test:
    """Whether the field is among the values of an array."""
    branches = value.types if isinstance(value, Union) else (value,)
    items = next((one.items for one in branches if isinstance(one, Array) and accepts(one.items, field)), None)
    if items is None:
        return _fails_with(rules.bad_value)
    step = converter(field, items) or _same
    is_floating, is_union = items in FLOATING, isinstance(value, Union)

    def tested(x: Any, value: Any) -> bool:
        if is_union:
            if value is None or value[0] != "array":
                fail(rules.bad_value)
            value = value[1]
        x = step(x)
        return (x in value and not (is_floating and x != x)) is wanted

    return tested


def _same(x: Any) -> Any:
    return x
