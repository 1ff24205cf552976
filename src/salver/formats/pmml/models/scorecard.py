"""Scorecard: partial scores of characteristics, summed up, and the reasons for what they add or lack.

Specification: Scorecard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.expressions import Expression, compile_expression
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import NO_CLASSES, Kernel, Model, Result
from salver.formats.pmml.models.characteristics import Choice, Choices
from salver.formats.pmml.models.reasons import Reasons, compile_reasons
from salver.formats.pmml.predicates import compile_predicate
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import MISSING

_BASELINES: Final = ("max", "min", "mean", "neutral", "other")


def compile_scorecard(model: Model) -> Kernel:
    element = model.element
    if model.function != "regression":
        element.refuse(f"a Scorecard is of regression, not {model.function}")
    element.choice("baselineMethod", _BASELINES, "other")
    characteristics = list(element.need("Characteristics").all("Characteristic"))
    if not characteristics:
        element.refuse("Characteristics needs a child Characteristic")
    scores = [MISSING]
    computed: list[_Computed] = []
    choices: list[Choice] = []
    attributes: list[list[Element]] = []
    for place, characteristic in enumerate(characteristics):
        mine = list(characteristic.all("Attribute"))
        if not mine:
            characteristic.refuse("a Characteristic needs a child Attribute")
        slots = range(len(scores), len(scores) + len(mine))
        for slot, attribute in zip(slots, mine, strict=True):
            score = _score(attribute, model.scope)
            scores.append(MISSING if isinstance(score, Expression) else score)
            if isinstance(score, Expression):
                computed.append(_Computed(place, slot, score))
        choices.append(Choice([compile_predicate(attribute, model.scope) for attribute in mine], slots))
        attributes.append(mine)
    reasons = compile_reasons(element, attributes) if "reasonCode" in model.wants else None
    initial: float = element.number("initialScore", 0.0)
    return _Scorecard(Choices(choices, attributes, model.scope), np.array(scores), computed, initial, reasons)


@dataclass(frozen=True, slots=True)
class _Computed:
    """A partial score that is an expression: of the characteristic in a place, where a slot is chosen."""

    place: int
    slot: int
    expression: Expression


class _Scorecard:
    """Every attribute has a slot; slot 0 is none of them, whose score is missing."""

    __slots__ = ("_choices", "_computed", "_initial", "_reasons", "_scores")
    classes = NO_CLASSES
    entities = ()

    def __init__(
        self, choices: Choices, scores: Array, computed: list[_Computed], initial: float, reasons: Reasons | None
    ) -> None:
        self._choices = choices
        self._scores = scores
        self._computed = computed
        self._initial = initial
        self._reasons = reasons

    def __call__(self, frame: Frame) -> Result:
        slots = self._choices(frame)
        scores: Array = self._scores[slots]
        for each in self._computed:
            _compute(each, frame, slots, scores)
        value: Array = np.add.reduce(scores, 0)
        value += self._initial
        reasons = None if self._reasons is None else self._reasons(slots, scores, value)
        return Result(value, reasons=reasons)


def _compute(computed: _Computed, frame: Frame, slots: Array, scores: Array) -> None:
    """Puts in an expression's scores, of the rows alone that it is for: it may refuse what it is asked."""
    rows = np.flatnonzero(slots[computed.place] == computed.slot)
    if len(rows):
        part = frame if len(rows) == frame.rows else frame.take(rows)
        scores[computed.place, rows] = computed.expression.compute(part)


def _score(attribute: Element, scope: Scope) -> float | Expression:
    complex_score = attribute.first("ComplexPartialScore")
    if complex_score is None:
        return float(attribute.number("partialScore"))
    if not complex_score.children:
        complex_score.refuse("a ComplexPartialScore needs an expression")
    expression = compile_expression(complex_score.children[0], scope)
    if expression.kind == "text":
        complex_score.refuse("a partial score is a number, here is text")
    return expression
