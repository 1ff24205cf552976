"""Predicates in words: `petal_length <= 2.45`, `colour in {red, green}`, `(a > 1 and b is missing)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from salver.formats.pmml.element import Element
from salver.formats.pmml.predicates import MAX_DEPTH, TAGS

_SIGNS: Final = {
    "equal": "=",
    "notEqual": "!=",
    "lessThan": "<",
    "lessOrEqual": "<=",
    "greaterThan": ">",
    "greaterOrEqual": ">=",
    "isMissing": "is missing",
    "isNotMissing": "is not missing",
}
_MAX_VALUES: Final = 8


def predicate_text(predicate: Element, depth: int = 0) -> str:
    """A predicate element in words."""
    match predicate.tag:
        case "True" | "False":
            return predicate.tag.lower()
        case "SimplePredicate":
            value = predicate.attributes.get("value")
            words = [predicate.get("field"), _SIGNS.get(predicate.get("operator"), predicate.get("operator"))]
            return " ".join(words if value is None or words[1].endswith("missing") else [*words, value])
        case "SimpleSetPredicate":
            return _set(predicate)
        case _:
            return _compound(predicate, depth)


def _set(predicate: Element) -> str:
    items = predicate.need("Array").items()
    some = ", ".join(items[:_MAX_VALUES]) + (", ..." if len(items) > _MAX_VALUES else "")
    inside = "in" if predicate.get("booleanOperator", "isIn") == "isIn" else "not in"
    return f"{predicate.get('field')} {inside} {{{some}}}"


def _compound(predicate: Element, depth: int) -> str:
    if depth > MAX_DEPTH:
        return "..."
    operator = predicate.get("booleanOperator")
    parts = [predicate_text(part, depth + 1) for part in predicate.all(*TAGS)]
    joint = "or else" if operator == "surrogate" else operator
    return "(" + f" {joint} ".join(parts) + ")"


def fields_of(predicate: Element, depth: int = 0) -> Iterator[str]:
    """The names of the fields that a predicate looks at, in order, some perhaps twice."""
    if "field" in predicate.attributes:
        yield predicate.get("field")
    if depth <= MAX_DEPTH:
        for part in predicate.all(*TAGS):
            yield from fields_of(part, depth + 1)
