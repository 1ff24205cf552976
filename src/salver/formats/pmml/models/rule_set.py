"""RuleSetModel: the class that the rules which hold speak for. Specification: RuleSetModel, "Scoring procedure".

Each class that a rule speaks for has a confidence: `firstHit` that of the first rule, which alone counts;
`weightedMax` that of the class's heaviest rule; `weightedSum` the weights of the class's rules over the number of all
that hold. The class with the largest confidence wins, by its heaviest rule. (By the letter of the specification the
heaviest rule of all wins under `weightedMax`; this is how the reference implementation reads it.)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import Kernel, Model, Result
from salver.formats.pmml.models.ranks import are_ranks_asked
from salver.formats.pmml.models.rules import Rules, read_rules

CRITERIA: Final = ("weightedSum", "weightedMax", "firstHit")
_CHUNK: Final = 1 << 22
"""How many rules of rows are weighed at once."""


def compile_rule_set(model: Model) -> Kernel:
    """The kernel of a RuleSetModel."""
    rule_set = model.element.need("RuleSet")
    # Of several criteria the first one is the default.
    criterion = rule_set.need("RuleSelectionMethod").choice("criterion", CRITERIA)
    rules = read_rules(rule_set, model)
    default = rule_set.attributes.get("defaultScore")
    label = None if default is None else model.target.label(default, rule_set)
    confidence = rule_set.number("defaultConfidence", float("nan"))
    if not rules.rules and label is None:
        rule_set.refuse("a RuleSet needs a rule or a defaultScore")
    return RuleSet(rules, criterion, label, confidence, is_ranked=are_ranks_asked(model.element))


class RuleSet:
    """Evaluates all rules. In a row's confidences a class for which no rule speaks is missing."""

    __slots__ = ("_by_class", "_criterion", "_default", "_is_ranked", "_rules", "classes", "entities")

    def __init__(self, rules: Rules, criterion: str, default: Any, confidence: float, *, is_ranked: bool) -> None:
        labels = [rule.score for rule in rules.rules]
        self.classes = tuple(dict.fromkeys([*labels, default] if default is not None else labels))
        self.entities = tuple(rule.id for rule in rules.rules)
        self._rules = rules
        self._criterion = criterion
        self._is_ranked = is_ranked
        self._default = (self.classes.index(default), confidence) if default is not None else (-1, confidence)
        self._by_class = _ByClass(rules, self.classes) if rules.rules else None

    def __call__(self, frame: Frame) -> Result:
        count, classes = frame.rows, len(self.classes)
        if self._by_class is None:
            confidence = np.full((count, classes), np.nan)
            return self._with_default(confidence, np.full((count, classes), -1), np.ones(count, bool))
        fired = self._rules.fired(frame)
        if self._criterion == "firstHit":
            fired &= np.cumsum(fired, axis=0) == 1
        confidence, rules = self._by_class(fired, is_sum=self._criterion == "weightedSum")
        result = self._with_default(confidence, rules, np.logical_not(fired.any(axis=0)))
        if self._is_ranked:
            result.ranking = self._by_class.ranking(fired, result.winner)
        return result

    def _with_default(self, confidence: Array, rules: Array, silent: Array) -> Result:
        """The winner of each row; the default where no rule holds."""
        winner = np.where(np.isnan(confidence), -np.inf, confidence).argmax(axis=1)
        entity = rules[np.arange(len(rules)), winner]
        if silent.any():
            label, default = self._default
            winner[silent], entity[silent] = label, -1
            if label >= 0:
                confidence[silent, label] = default
        return Result(winner=winner, confidence=confidence, entity=entity)


class _ByClass:
    """The rules class by class, the heaviest first: a class's heaviest rule that holds is its first that does."""

    __slots__ = ("_classes", "_confidence", "_count", "_filled", "_order", "_place", "_starts", "_weight")

    def __init__(self, rules: Rules, classes: tuple[Any, ...]) -> None:
        by_class = [classes.index(rule.score) for rule in rules.rules]
        weights = [rule.weight for rule in rules.rules]
        order = sorted(range(len(by_class)), key=lambda place: (by_class[place], -weights[place]))
        self._order = np.array(order)
        self._classes = np.array(by_class)[order]
        self._filled, self._starts = np.unique(self._classes, return_index=True)
        self._weight = np.array(weights)[order]
        self._confidence = np.array([*(rules.rules[place].confidence for place in order), np.nan])
        self._place = np.array([*order, -1])
        self._count = len(classes)

    def __call__(self, fired: Array, *, is_sum: bool) -> tuple[Array, Array]:
        """[rules, n] which hold, to [n, classes] confidences, NaN where no rule speaks for the class; and the places of
        their rules, or -1."""
        step = max(1, _CHUNK // len(fired))
        parts = [self._of(fired[:, start : start + step], is_sum) for start in range(0, max(1, fired.shape[1]), step)]
        if len(parts) == 1:
            return parts[0]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    def _of(self, fired: Array, is_sum: bool) -> tuple[Array, Array]:
        fired = fired[self._order]
        size = len(self._order)
        first = np.minimum.reduceat(np.where(fired, np.arange(size)[:, None], size), self._starts, axis=0)
        if is_sum:
            total = np.add.reduceat(np.where(fired, self._weight[:, None], 0.0), self._starts, axis=0)
            told = np.where(first < size, total / np.maximum(fired.sum(axis=0), 1), np.nan)
        else:
            told = self._confidence[first]
        confidence = np.full((fired.shape[1], self._count), np.nan)
        rules = np.full((fired.shape[1], self._count), -1)
        confidence[:, self._filled], rules[:, self._filled] = told.T, self._place[first].T
        return confidence, rules

    def ranking(self, fired: Array, winner: Array | None) -> Array:
        """[n, rules] The rules that hold: those of the winning class first, then by weight; -1 after the last."""
        fired = fired[self._order]
        others = self._classes[:, None] != winner
        heavy = np.lexsort((np.broadcast_to(-self._weight[:, None], fired.shape), others, ~fired), axis=0)
        holds = np.take_along_axis(fired, heavy, axis=0)
        return np.where(holds, self._order[heavy], -1).T
