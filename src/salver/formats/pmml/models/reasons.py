"""Reason codes of a scorecard: what took most from the score, or added most. Specification: Scorecard, "Ranking
Reason Codes"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array

_ALGORITHMS: Final = ("pointsAbove", "pointsBelow")


class Reasons:
    """Ranks the codes of rows: points are summed up by code, the most come first, negative sums are none.

    Points are kept with their sign turned, so that the most are the smallest."""

    __slots__ = ("_are_above", "_are_shared", "_baselines", "_codes", "_count", "_names")

    def __init__(self, codes: list[str], baselines: list[float], *, are_above: bool, are_shared: bool) -> None:
        places = {name: place for place, name in enumerate(dict.fromkeys(codes))}
        self._names = np.array(codes, object)
        self._codes = np.array([places[name] for name in codes])
        self._count = len(places)
        self._baselines = np.array(baselines)
        """All by slot."""
        self._are_above = are_above
        self._are_shared = are_shared
        """Whether two characteristics may have the same code."""

    def __call__(self, slots: Array, scores: Array, values: Array) -> list[list[str]]:
        """Of each row, by chosen slots and their scores, [characteristics, rows]; none where the value is missing."""
        points: Array = self._baselines[slots]
        points = points - scores if self._are_above else scores - points
        if self._are_shared:
            points = self._summed(self._codes[slots], points)
        counts = np.add.reduce(points <= 0, 0, np.intp)
        order = points.T.argsort(axis=1, kind="stable")
        ranked = self._names[slots[order, np.arange(len(order))[:, None]]].tolist()
        return [
            row[:count] if value == value else []
            for row, count, value in zip(ranked, counts.tolist(), values.tolist(), strict=True)
        ]

    def _summed(self, codes: Array, points: Array) -> Array:
        """The points by code, where a row has it first; less than none where it has it again."""
        count, rows = codes.shape
        own = codes * rows + np.arange(rows)
        sums = np.bincount(own.ravel(), points.ravel(), self._count * rows)
        first = np.empty(len(sums), np.intp)
        # Of several that are written to one place the last one stays: backwards, the first.
        first[own[::-1]] = np.arange(count - 1, -1, -1)[:, None]
        return np.where(first[own] == np.arange(count)[:, None], sums[own], np.inf)


def compile_reasons(scorecard: Element, attributes: Sequence[Sequence[Element]]) -> Reasons | None:
    """The reasons of a scorecard by its characteristics' attributes, whose slots are counted from 1; None where it has
    none. Raises BadInput for an attribute without a code, or without a baseline."""
    algorithm = scorecard.choice("reasonCodeAlgorithm", _ALGORITHMS, "pointsBelow")
    if not scorecard.flag("useReasonCodes", default=True):
        return None
    # Slot 0 is none of the attributes.
    codes, baselines = [""], [0.0]
    for attribute in chain.from_iterable(attributes):
        codes.append(_code(attribute))
        baseline = _nearest(attribute, "baselineScore", attribute.parent, scorecard)
        baselines.append(float(baseline.number("baselineScore")))
    having = Counter(chain.from_iterable({_code(attribute) for attribute in mine} for mine in attributes))
    return Reasons(codes, baselines, are_above=algorithm == "pointsAbove", are_shared=max(having.values()) > 1)


def _code(attribute: Element) -> str:
    return _nearest(attribute, "reasonCode", attribute.parent).want("reasonCode")


def _nearest(attribute: Element, name: str, *around: Element | None) -> Element:
    """The element that has an XML attribute: the scorecard's attribute, else one around it."""
    for element in (attribute, *around):
        if element is not None and name in element.attributes:
            return element
    return attribute.refuse(f"neither an Attribute nor what is around it has a {name}, which reason codes need")
