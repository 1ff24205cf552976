"""OutputFields that read association rules: the rules that hold for a basket, ranked.

Specification: Output, "ruleValue"; AssociationModel, "Scoring procedure".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Frame

Compute: TypeAlias = Callable[[Frame], Array]

_NUMBERS: Final = ("confidence", "support", "lift", "leverage", "affinity")
_TEXTS: Final = ("antecedent", "consequent", "rule", "ruleId")
RULE_FEATURES: Final = (*_NUMBERS, *_TEXTS, "ruleValue", "entityId")
_ALGORITHMS: Final = ("recommendation", "exclusiveRecommendation", "ruleAssociation")


class Rule(Protocol):
    """One association rule, as its kernel keeps it."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def antecedent(self) -> tuple[str, ...]: ...
    @property
    def consequent(self) -> tuple[str, ...]: ...


class Rules(Protocol):
    """A kernel of rules."""

    @property
    def rules(self) -> Sequence[Any]: ...
    def matches(self, frame: Frame, algorithm: str) -> Array: ...


def compile_rule_output(feature: str, element: Element, kernel: Any) -> tuple[str, Compute]:
    """What the rule of a rank says; where all are asked for (`isMultiValued`), a JSON list."""
    rules: Rules = kernel
    if feature == "ruleValue":
        feature = element.choice("ruleFeature", (*_NUMBERS, *_TEXTS), "consequent")
    if feature == "entityId":
        feature = "ruleId"
    algorithm = element.choice("algorithm", _ALGORITHMS, "exclusiveRecommendation")
    basis = element.choice("rankBasis", _NUMBERS, "confidence")
    descending = element.choice("rankOrder", ("descending", "ascending"), "descending") == "descending"
    rank = element.integer("rank", 1)
    order = _order(rules, basis, descending)
    said = [_said(rules.rules[place], feature) for place in order]
    is_number = feature in _NUMBERS
    if element.flag("isMultiValued", default=False) or rank == 0:
        return "string", lambda frame: _all(rules.matches(frame, algorithm)[:, order], said)
    table: Array = np.array([*said, np.nan], np.float64) if is_number else np.array([*said, None], object)
    return (
        "double" if is_number else "string",
        lambda frame: table[_places(rules.matches(frame, algorithm)[:, order], rank)],
    )


def _order(kernel: Rules, basis: str, descending: bool) -> Array:
    """The rules' places, the best first; equals as the document has them."""
    worth = np.array([_number(rule, basis) for rule in kernel.rules])
    worth = -worth if descending else worth
    return np.argsort(np.where(np.isnan(worth), np.inf, worth), kind="stable")


def _number(rule: Any, name: str) -> float:
    value = getattr(rule, name)
    return float("nan") if value is None else float(value)


def _said(rule: Any, feature: str) -> Any:
    match feature:
        case "rule":
            return rule.text
        case "ruleId":
            return rule.id
        case "antecedent" | "consequent":
            return json.dumps(list(getattr(rule, feature)), ensure_ascii=False)
        case _:
            return _number(rule, feature)


def _places(matches: Array, rank: int) -> Array:
    """In each row the place of the match that comes at a rank, -1 where there are fewer."""
    if not matches.shape[1]:
        return np.full(len(matches), -1)
    hit = matches & (np.cumsum(matches, axis=1) == rank)
    return np.where(hit.any(axis=1), hit.argmax(axis=1), -1)


def _all(matches: Array, said: list[Any]) -> Array:
    column = np.empty(len(matches), object)
    for row, mask in enumerate(matches):
        column[row] = json.dumps([said[place] for place in np.flatnonzero(mask).tolist()], ensure_ascii=False)
    return column
