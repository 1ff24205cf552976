"""AssociationModel: the rules that a basket calls up. Specification: AssociationModel, "Scoring procedure".

Which rules, and how they rank, each OutputField says for itself: the kernel tells which rules match a basket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import NO_CLASSES, Kernel, Model, Result
from salver.formats.pmml.models.baskets import Baskets, read_baskets

ALGORITHMS: Final = ("recommendation", "exclusiveRecommendation", "ruleAssociation")
_CHUNK: Final = 1 << 22
"""How many references to items are looked up at once."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One AssociationRule. Numbers that the document does not give are None."""

    id: str
    text: str
    """`{cracker,coke}->{banana}`."""
    antecedent: tuple[str, ...]
    consequent: tuple[str, ...]
    support: float | None
    confidence: float | None
    lift: float | None
    leverage: float | None
    affinity: float | None


def compile_association(model: Model) -> Kernel:
    """The kernel of an AssociationModel."""
    items = list(model.element.all("Item"))
    places = {item.want("id"): place for place, item in enumerate(items)}
    itemsets = {itemset.want("id"): _members(itemset, places) for itemset in model.element.all("Itemset")}
    order = {id_: place for place, id_ in enumerate(itemsets)}
    values = [item.want("value") for item in items]
    rules, antecedents, consequents = [], [], []
    for position, element in enumerate(model.element.all("AssociationRule"), 1):
        antecedent, consequent = (_itemset(element, side, order) for side in ("antecedent", "consequent"))
        antecedents.append(order[antecedent])
        consequents.append(order[consequent])
        rules.append(
            _rule(element, position, _named(itemsets[antecedent], values), _named(itemsets[consequent], values))
        )
    return Association(
        tuple(rules),
        read_baskets(items, model),
        _Itemsets(list(itemsets.values()), len(items)),
        np.array(antecedents, np.intp),
        np.array(consequents, np.intp),
    )


def _members(itemset: Element, places: dict[str, int]) -> list[int]:
    members = []
    for child in itemset.all("ItemRef"):
        id_ = child.want("itemRef")
        if id_ not in places:
            child.refuse(f"there is no Item {short(id_)}")
        members.append(places[id_])
    return members


def _itemset(rule: Element, side: str, known: dict[str, int]) -> str:
    id_ = rule.want(side)
    if id_ not in known:
        rule.refuse(f"{side}: there is no Itemset {short(id_)}")
    return id_


def _named(members: list[int], values: list[str]) -> tuple[str, ...]:
    return tuple(values[place] for place in members)


def _rule(element: Element, position: int, antecedent: tuple[str, ...], consequent: tuple[str, ...]) -> Rule:
    return Rule(
        id=element.get("id") or str(position),
        text=f"{{{','.join(antecedent)}}}->{{{','.join(consequent)}}}",
        antecedent=antecedent,
        consequent=consequent,
        support=element.number("support", None),
        confidence=element.number("confidence", None),
        lift=element.number("lift", None),
        leverage=element.number("leverage", None),
        affinity=element.number("affinity", None),
    )


class Association:
    """Tells which rules match; has no prediction of its own."""

    __slots__ = ("_antecedents", "_baskets", "_consequents", "_itemsets", "entities", "rules")

    def __init__(
        self, rules: tuple[Rule, ...], baskets: Baskets, itemsets: _Itemsets, antecedents: Array, consequents: Array
    ) -> None:
        self.rules = rules
        """In document order."""
        self.entities = tuple(rule.id for rule in rules)
        self._baskets = baskets
        self._itemsets = itemsets
        self._antecedents = antecedents
        self._consequents = consequents

    @property
    def classes(self) -> tuple[Any, ...]:
        return NO_CLASSES

    @property
    def baskets(self) -> tuple[Field, ...]:
        """The fields whose entries may be lists: those of text."""
        return tuple(field for field in self._baskets.fields if field.kind == "text")

    def __call__(self, frame: Frame) -> Result:
        return Result()

    def matches(self, frame: Frame, algorithm: str) -> Array:
        """[n, rules] Which rules a basket calls up, by one of `ALGORITHMS`. Not to be written to."""
        key = (self, algorithm)
        found: Array | None = frame.memo.get(key)
        if found is None:
            found = frame.memo[key] = self._match(self._contained(frame), algorithm)
        return found

    def _contained(self, frame: Frame) -> Array:
        found: Array | None = frame.memo.get(self)
        if found is None:
            found = frame.memo[self] = self._itemsets(self._baskets(frame))
        return found

    def _match(self, contained: Array, algorithm: str) -> Array:
        antecedent = contained[:, self._antecedents]
        if algorithm == "recommendation":
            return antecedent
        consequent = contained[:, self._consequents]
        return antecedent & (consequent if algorithm == "ruleAssociation" else ~consequent)


class _Itemsets:
    """Which sets of items lie in a basket. All members lie one after the other, each set's behind one item that every
    basket has, so that none is empty."""

    __slots__ = ("_members", "_starts")

    def __init__(self, itemsets: list[list[int]], items: int) -> None:
        members: list[int] = []
        starts: list[int] = []
        for itemset in itemsets:
            starts.append(len(members))
            members += [items, *itemset]
        self._members = np.array(members, np.intp)
        self._starts = np.array(starts, np.intp)

    def __call__(self, held: Array) -> Array:
        """[n, items] to [n, itemsets]."""
        if not len(self._starts):
            return np.zeros((len(held), 0), bool)
        held = np.append(held, np.ones((len(held), 1), bool), axis=1)
        step = max(1, _CHUNK // len(self._members))
        parts = [self._reduced(held[start : start + step]) for start in range(0, max(1, len(held)), step)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _reduced(self, held: Array) -> Array:
        contained: Array = np.logical_and.reduceat(held[:, self._members], self._starts, axis=1)
        return contained
