"""DiscreteNode: a variable of a Bayesian network with the table of its probabilities.

Specification: BayesianNetworkModel, "DiscreteNode".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array

MAX_NODES: Final = 1000
_MAX_PARENTS: Final = 20


@dataclass(frozen=True, slots=True)
class DiscreteNode:
    """One node. `scope` are the places of its parents and then its own: the axes of `table`."""

    element: Element
    name: str
    values: tuple[str, ...]
    scope: tuple[int, ...]
    table: Array


def read_nodes(element: Element) -> list[DiscreteNode]:
    """The nodes of a BayesianNetworkNodes element, in order. Raises BadInput or Unsupported."""
    for child in element.all("ContinuousNode"):
        child.unsupported("a ContinuousNode is not supported: inference would not be exact")
    children = list(element.all("DiscreteNode"))
    if len(children) > MAX_NODES:
        element.unsupported(f"there are {len(children)} nodes, at most {MAX_NODES} are supported")
    places: dict[str, int] = {}
    for child in children:
        name = child.want("name")
        if name in places:
            child.refuse(f"there are two nodes {short(name)}")
        places[name] = len(places)
    values = [_values(child) for child in children]
    parents = [_parents(child, places) for child in children]
    _refuse_cycle(children, parents)
    return [
        DiscreteNode(
            child,
            child.get("name"),
            values[place],
            (*parents[place], place),
            _table(child, values[place], parents[place], places, values),
        )
        for place, child in enumerate(children)
    ]


def _values(node: Element) -> tuple[str, ...]:
    conditional = node.first("DiscreteConditionalProbability")
    values = tuple(child.want("value") for child in (conditional or node).all("ValueProbability"))
    if not values or len(set(values)) != len(values):
        node.refuse("a DiscreteNode needs the probability of each of its values, once")
    return values


def _parents(node: Element, places: dict[str, int]) -> tuple[int, ...]:
    conditional = node.first("DiscreteConditionalProbability")
    if conditional is None:
        return ()
    parents = tuple(_parent(child, places) for child in conditional.all("ParentValue"))
    if len(set(parents)) != len(parents):
        conditional.refuse("a parent is named twice")
    if len(parents) > _MAX_PARENTS:
        conditional.unsupported(f"there are {len(parents)} parents, at most {_MAX_PARENTS} are supported")
    return parents


def _parent(element: Element, places: dict[str, int]) -> int:
    name = element.want("parent")
    if name not in places:
        element.refuse(f"there is no node {short(name)}")
    return places[name]


def _table(
    node: Element,
    values: tuple[str, ...],
    parents: tuple[int, ...],
    places: dict[str, int],
    values_of: list[tuple[str, ...]],
) -> Array:
    """Probabilities: an axis for each parent, the last for the node."""
    conditionals = list(node.all("DiscreteConditionalProbability"))
    if not conditionals:
        return np.array(_probabilities(node, values))
    shape = tuple(len(values_of[parent]) for parent in parents)
    if len(conditionals) != math.prod(shape):
        node.refuse(
            f"there are {len(conditionals)} conditional distributions, the parents' values need {math.prod(shape)}"
        )
    table = np.full((*shape, len(values)), np.nan)
    for conditional in conditionals:
        cell = _cell(conditional, parents, places, values_of)
        if not np.isnan(table[cell][0]):
            conditional.refuse("there are two distributions for the same values of the parents")
        table[cell] = _probabilities(conditional, values)
    return table


def _cell(
    conditional: Element, parents: tuple[int, ...], places: dict[str, int], values_of: list[tuple[str, ...]]
) -> tuple[int, ...]:
    given: dict[int, int] = {}
    for child in conditional.all("ParentValue"):
        parent, value = _parent(child, places), child.want("value")
        if value not in values_of[parent]:
            child.refuse(f"node {short(child.get('parent'))} has no value {short(value)}")
        given[parent] = values_of[parent].index(value)
    if given.keys() != set(parents):
        conditional.refuse("every distribution of a node must name the same parents")
    return tuple(given[parent] for parent in parents)


def _probabilities(element: Element, values: tuple[str, ...]) -> list[float]:
    given = {child.want("value"): child.number("probability") for child in element.all("ValueProbability")}
    if given.keys() != set(values):
        element.refuse(f"wanted the probabilities of {', '.join(map(short, values))}")
    if any(probability < 0 for probability in given.values()):
        element.refuse("a probability is less than 0")
    return [given[value] for value in values]


def _refuse_cycle(children: list[Element], parents: list[tuple[int, ...]]) -> None:
    """Takes away nodes without parents until none is left."""
    waiting = [len(set(above)) for above in parents]
    below: list[list[int]] = [[] for _ in parents]
    for place, above in enumerate(parents):
        for parent in above:
            below[parent].append(place)
    free = [place for place, count in enumerate(waiting) if not count]
    for place in free:
        for child in below[place]:
            waiting[child] -= 1
            if not waiting[child]:
                free.append(child)
    if len(free) < len(parents):
        stuck = next(place for place, count in enumerate(waiting) if count)
        children[stuck].refuse("the node is an ancestor of itself")
