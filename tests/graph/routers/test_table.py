"""Options come from YAML, one kind of router at a time."""

from __future__ import annotations

from dataclasses import fields
from random import Random
from typing import Any

import numpy as np
import pytest

from salver.config import BadConfig, help_of, read
from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.graph.keys import Key
from salver.graph.memory_table import MemoryTable
from salver.graph.routers.condition import Case, Condition
from salver.graph.routers.table import RouterSpec

DOCUMENTS = {
    "weighted": "weights: {a: 0.9, b: 0.1}, sticky: {header: X-User}",
    "random_abtest": "ratio_a: 0.5, seed: 1",
    "condition": "cases: [{when: 'x > 3', to: b}], otherwise: a",
    "epsilon_greedy": "epsilon: 0.2, best_branch: 1, seldon_counts: true, context: {field: segment}",
    "thompson_sampling": "prior_failures: 2",
    "gaussian_thompson_sampling": "prior_mean: 10, prior_deviation: 5",
    "ucb1": "",
    "exp3": "gamma: 0.2",
    "exp4": "gamma: 0.2, output: label",
}


def test_every_kind_is_tried_here():
    assert list(DOCUMENTS) == [field.name for field in fields(RouterSpec)]


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_each_kind_is_read_from_yaml_and_makes_a_router(kind: str):
    spec = read(RouterSpec, f"{kind}: {{{DOCUMENTS[kind]}}}", "graph.yaml")
    name, options = spec.chosen
    assert (name, options.kind) == (kind, kind)
    router = options(("a", "b"), MemoryTable("n", 2, options.width, shared=False), "n", Random(1))
    assert router.choose(Request({"x": Tensor("FP64", np.array([5.0]))})) in (-1, 0, 1)
    assert hasattr(router, "learn") == (options.width > 0)
    assert hasattr(router, "combine") == (kind == "exp4")


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_option_says_what_it_is(kind: str):
    options = read(RouterSpec, f"{kind}: {{{DOCUMENTS[kind]}}}", "graph.yaml").chosen[1]
    named = {field.name for field in fields(options)}  # type: ignore[arg-type]
    assert named <= set(help_of(type(options)))


def test_a_router_is_of_one_kind():
    with pytest.raises(BadInput, match=r"^router must be one of weighted, .*; got none"):
        RouterSpec()
    with pytest.raises(BadConfig, match=r"graph.yaml:1: router must be one of .*; got epsilon_greedy, ucb1"):
        read(RouterSpec, "{epsilon_greedy: {}, ucb1: {}}", "graph.yaml")


def condition(*cases: tuple[str, str], otherwise: str = "a") -> Any:
    options = Condition(tuple(Case(when, to) for when, to in cases), otherwise)
    return options(("a", "b", "c"), MemoryTable("n", 3, 0, shared=False), "n", Random(1))


def asked(value: float) -> Request:
    return Request({"x": Tensor("FP64", np.array([value]))})


def test_the_first_condition_that_holds_leads_to_its_child():
    router = condition(("x > 10", "c"), ("x > 5", "b"))
    assert [router.choose(asked(value)) for value in (20, 7, 1)] == [2, 1, 0]


def test_conditions_that_lead_nowhere_are_refused():
    with pytest.raises(BadInput, match=r"^cases must lead to one of the children a, b, c, got 'd'"):
        condition(("x > 1", "d"))
    with pytest.raises(BadInput, match=r"^otherwise must lead to one of the children a, b, c, got 'd'"):
        condition(("x > 1", "a"), otherwise="d")
    with pytest.raises(BadInput, match=r"^cases must be at least one"):
        condition()
    with pytest.raises(BadConfig, match=r"graph.yaml:1: condition.cases.0: when must be a condition"):
        read(RouterSpec, "condition: {cases: [{when: 'x >', to: b}], otherwise: a}", "graph.yaml")


def test_a_key_is_read_without_regard_to_case():
    spec = read(RouterSpec, "ucb1: {context: {header: X-Segment}}", "graph.yaml")
    assert spec.ucb1 is not None
    assert spec.ucb1.context == Key(header="x-segment")
