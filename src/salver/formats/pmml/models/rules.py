"""The rules of a RuleSet, laid out flat: which hold in which row. Specification: RuleSetModel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import Model
from salver.formats.pmml.predicates import Predicate, compile_predicate

MAX_DEPTH: Final = 100
"""How deep CompoundRules may be nested."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One SimpleRule."""

    id: str
    score: Any
    """The class, as a column of the target's type holds it."""
    weight: float
    confidence: float
    guard: int
    """The place of the CompoundRule around it, -1 for none."""
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a RuleSet, in document order."""

    rules: tuple[Rule, ...]
    guards: tuple[tuple[Predicate, int], ...]
    """The predicate of each CompoundRule, and the place of the one around it, which comes before it."""

    def fired(self, frame: Frame) -> Array:
        """[rules, n] Which hold, those of the CompoundRules around them included."""
        if frame.has_doubts:
            return self._fired_where_reached(frame)
        guards: list[Array] = []
        for predicate, outer in self.guards:
            true, _ = predicate(frame)
            guards.append(true if outer < 0 else true & guards[outer])
        fired = np.empty((len(self.rules), frame.rows), bool)
        for place, rule in enumerate(self.rules):
            true, _ = rule.predicate(frame)
            fired[place] = true if rule.guard < 0 else true & guards[rule.guard]
        return fired

    def _fired_where_reached(self, frame: Frame) -> Array:
        """The same; but where a CompoundRule does not hold, the fields of the rules within it are not looked at."""
        reached = [(frame, np.arange(frame.rows))]
        for predicate, outer in self.guards:
            part, rows = reached[outer + 1]
            true, _ = predicate(part)
            held = np.flatnonzero(true)
            reached.append((part.take(held), rows[held]))
        fired = np.zeros((len(self.rules), frame.rows), bool)
        for place, rule in enumerate(self.rules):
            part, rows = reached[rule.guard + 1]
            true, _ = rule.predicate(part)
            fired[place, rows[true]] = True
        return fired


def read_rules(rule_set: Element, model: Model) -> Rules:
    """The rules of a RuleSet element. Raises BadInput."""
    rules: list[Rule] = []
    guards: list[tuple[Predicate, int]] = []
    _read(rule_set, model, -1, 0, rules, guards)
    return Rules(tuple(rules), tuple(guards))


def _read(
    parent: Element, model: Model, guard: int, depth: int, rules: list[Rule], guards: list[tuple[Predicate, int]]
) -> None:
    if depth > MAX_DEPTH:
        parent.refuse(f"rules are nested deeper than {MAX_DEPTH}")
    for child in parent.all("SimpleRule", "CompoundRule"):
        predicate = compile_predicate(child, model.scope)
        if child.tag == "SimpleRule":
            rules.append(_rule(child, model, guard, predicate, len(rules) + 1))
        else:
            guards.append((predicate, guard))
            _read(child, model, len(guards) - 1, depth + 1, rules, guards)


def _rule(element: Element, model: Model, guard: int, predicate: Predicate, position: int) -> Rule:
    return Rule(
        id=element.get("id") or str(position),
        score=model.target.label(element.want("score"), element),
        weight=element.number("weight", 1.0),
        confidence=element.number("confidence", 1.0),
        guard=guard,
        predicate=predicate,
    )
