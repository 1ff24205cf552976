"""PMML's predicates and trees, evaluated for one row by walking their elements. Specification: TreeModel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from pmml_interpreter_expressions import Names
from pmml_interpreter_values import Refused, Value, Variable, child, children, tag, threshold, words

PREDICATES = ("SimplePredicate", "CompoundPredicate", "SimpleSetPredicate", "True", "False")
Shares = dict[Value, float]
"""A number for each class."""


@dataclass
class Answer:
    """What a model says of one row."""

    value: Value = None
    probability: Shares | None = None
    confidence: Shares | None = None
    entity: str | None = None
    outputs: dict[str, Value] = field(default_factory=dict)
    is_tied: bool = False
    """Whether another class is as likely as the one that was chosen: which it is, nobody says."""


def largest(shares: Shares) -> Answer:
    """The class of the largest share."""
    value = max(shares, key=lambda label: shares[label])
    close = [label for label in shares if math.isclose(shares[label], shares[value], rel_tol=1e-9, abs_tol=1e-12)]
    return Answer(value, shares, is_tied=len(close) > 1)


# Predicates: True, False, or None for UNKNOWN.


def predicate_of(element: Element) -> Element:
    return children(element, *PREDICATES)[0]


def test(element: Element, names: Names) -> bool | None:
    """What a predicate says of a row."""
    match tag(element):
        case "True":
            return True
        case "False":
            return False
        case "SimplePredicate":
            return _compare(element, names(element.attrib["field"]))
        case "SimpleSetPredicate":
            return _is_among(element, names(element.attrib["field"]))
        case _:
            return _compound(element, (test(part, names) for part in children(element, *PREDICATES)))


def _compare(element: Element, variable: Variable) -> bool | None:
    operator, value = element.attrib["operator"], variable.value
    if operator in ("isMissing", "isNotMissing"):
        return (value is None) == (operator == "isMissing")
    if value is None:
        return None
    if variable.is_junk:
        raise Refused
    wanted: Any = threshold(element.attrib["value"], variable.type)
    if operator in ("equal", "notEqual"):
        return bool(value == wanted) == (operator == "equal")
    if variable.type == "string":
        if value not in variable.levels:
            return None
        value, wanted = variable.levels.index(value), variable.levels.index(wanted)
    match operator:
        case "lessThan":
            return bool(value < wanted)
        case "lessOrEqual":
            return bool(value <= wanted)
        case "greaterThan":
            return bool(value > wanted)
        case _:
            return bool(value >= wanted)


def _is_among(element: Element, variable: Variable) -> bool | None:
    if variable.value is None:
        return None
    if variable.is_junk:
        raise Refused
    array = child(element, "Array")
    assert array is not None
    inside = variable.value in [threshold(word, variable.type) for word in words(array)]
    return inside == (element.attrib["booleanOperator"] == "isIn")


def _compound(element: Element, parts: Iterator[bool | None]) -> bool | None:
    """Looks no further than it must."""
    match element.attrib["booleanOperator"]:
        case "and":
            return _first_or_unknown(parts, wanted=False)
        case "or":
            return _first_or_unknown(parts, wanted=True)
        case "xor":
            said = list(parts)
            return None if None in said else said.count(True) % 2 == 1
        case _:
            return next((part for part in parts if part is not None), None)


def _first_or_unknown(parts: Iterator[bool | None], *, wanted: bool) -> bool | None:
    """What decides, as soon as it comes; else UNKNOWN where any part is."""
    is_unknown = False
    for part in parts:
        if part is wanted:
            return wanted
        is_unknown |= part is None
    return None if is_unknown else not wanted


# Trees.


def tree(model: Element, names: Names, read_label: Callable[[str], Value]) -> Answer:
    return _Tree(model, names, read_label).answer()


class _Tree:
    def __init__(self, model: Element, names: Names, read_label: Callable[[str], Value]) -> None:
        self.names = names
        self.read_label = read_label
        self.root = children(model, "Node")[0]
        self.ids = {id(node): node.get("id", str(number)) for number, node in enumerate(_nodes(self.root), start=1)}
        self.missing = model.get("missingValueStrategy", "none")
        self.keeps_last = model.get("noTrueChildStrategy") == "returnLastPrediction"
        self.penalty = float(model.get("missingValuePenalty", "1"))
        self.is_classification = model.attrib["functionName"] == "classification"

    def answer(self) -> Answer:
        if test(predicate_of(self.root), self.names) is not True:
            return Answer()
        node, levels = self.root, 0
        while children(node, "Node"):
            onward: Element | None = None
            for each in children(node, "Node"):
                status = test(predicate_of(each), self.names)
                if status is None and self.missing != "none":
                    match self.missing:
                        case "nullPrediction":
                            return Answer()
                        case "lastPrediction":
                            return self._scored(node, levels)
                        case "defaultChild":
                            wanted = node.attrib["defaultChild"]
                            onward = next(other for other in children(node, "Node") if other.get("id") == wanted)
                            levels += 1
                        case "weightedConfidence":
                            return self._mixed(self._confidences(node))
                        case "aggregateNodes":
                            return self._mixed(proportions(self._counts(node)))
                    break
                levels += _is_decided_by_surrogate(predicate_of(each), self.names)
                if status:
                    onward = each
                    break
            if onward is None:
                return self._scored(node, levels) if self.keeps_last and node.get("score") else Answer()
            node = onward
        return self._scored(node, levels)

    def _mixed(self, shares: Shares) -> Answer:
        answer = largest(shares)
        answer.confidence = shares
        return answer

    def _scored(self, node: Element, levels: int) -> Answer:
        entity, score = self.ids[id(node)], node.get("score")
        if not self.is_classification:
            return Answer(None if score is None else float(score), entity=entity)
        shares = children(node, "ScoreDistribution")
        if not shares:
            return Answer(None if score is None else self.read_label(score), entity=entity)
        answer = largest({self.read_label(share.attrib["value"]): _count(share) for share in shares})
        if score is not None:
            answer.value, answer.is_tied = self.read_label(score), False
        answer.probability = self._probability(node)
        answer.entity = entity
        if all("confidence" in share.attrib for share in shares):
            answer.confidence = {
                self.read_label(share.attrib["value"]): float(share.attrib["confidence"]) * self.penalty**levels
                for share in shares
            }
        return answer

    def _probability(self, node: Element) -> Shares:
        shares = children(node, "ScoreDistribution")
        if any("probability" in share.attrib for share in shares):
            return {self.read_label(share.attrib["value"]): float(share.attrib["probability"]) for share in shares}
        return proportions({self.read_label(share.attrib["value"]): _count(share) for share in shares})

    def _open(self, node: Element) -> list[Element]:
        """The children that may be the way on: one where it is certain, else all that are not FALSE."""
        found: list[Element] = []
        for each in children(node, "Node"):
            status = test(predicate_of(each), self.names)
            if status and not found:
                return [each]
            if status is not False:
                found.append(each)
        return found

    def _confidences(self, node: Element) -> Shares:
        open_nodes = self._open(node)
        if not open_nodes:
            return self._probability(node)
        total = sum(float(each.attrib["recordCount"]) for each in open_nodes)
        mean: Shares = {}
        for each in open_nodes:
            for label, share in self._confidences(each).items():
                mean[label] = mean.get(label, 0.0) + share * float(each.attrib["recordCount"]) / total
        return mean

    def _counts(self, node: Element) -> Shares:
        open_nodes = self._open(node)
        if not open_nodes:
            return {
                self.read_label(share.attrib["value"]): _count(share) for share in children(node, "ScoreDistribution")
            }
        counts: Shares = {}
        for each in open_nodes:
            for label, count in self._counts(each).items():
                counts[label] = counts.get(label, 0.0) + count
        return counts


def _nodes(node: Element) -> Iterator[Element]:
    yield node
    for each in children(node, "Node"):
        yield from _nodes(each)


def _count(share: Element) -> float:
    return float(share.attrib["recordCount"])


def proportions(counts: Shares) -> Shares:
    total = sum(counts.values())
    return {label: count / total for label, count in counts.items()}


def _is_decided_by_surrogate(predicate: Element, names: Names) -> bool:
    """Whether the first part of a surrogate says nothing, but a later one does."""
    if predicate.get("booleanOperator") != "surrogate":
        return False
    first, *later = [test(part, names) for part in children(predicate, *PREDICATES)]
    return first is None and any(status is not None for status in later)
