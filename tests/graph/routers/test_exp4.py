"""Exp4 against its paper's formulas, written out here."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np
import orjson
import pytest

from salver.core.errors import BadInput, GraphFault
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.keys import Key
from salver.graph.memory_table import MemoryTable
from salver.graph.node import ALL
from salver.graph.routers.exp4 import Exp4, Exp4Node


def made(options: Exp4, arms: tuple[str, ...] = ("a", "b", "c"), seed: int = 1) -> tuple[Exp4Node, MemoryTable]:
    memory = MemoryTable("n", len(arms), options.width, shared=False)
    return options(arms, memory, "n", Random(seed)), memory


def asked() -> Request:
    request = Request({})
    request.headers = ((b"x-segment", b"gold"),)
    request.trail = Trail()
    return request


def answers(*values: Any, name: str = "y") -> list[Response]:
    return [Response({name: Tensor.of(value)}) for value in values]


def test_all_children_are_asked():
    node, _ = made(Exp4())
    assert node.choose(asked()) == ALL


def test_the_chances_and_weights_are_those_of_the_paper():
    gamma = 0.2
    node, _ = made(Exp4(gamma=gamma))
    weights = np.ones(3)
    chance = Random(3)
    for _ in range(100):
        advice = [chance.randrange(3) for _ in range(3)]
        request = asked()
        answer = node.combine(answers(*([label] for label in advice)), request)
        label = int(answer.tensors["y"].array[0])
        assert request.trail is not None
        actions = len(set(advice))
        followers = np.array([one == label for one in advice])
        expected = (1 - gamma) * weights[followers].sum() / weights.sum() + gamma / actions
        assert request.trail.notes["n"]["chance"] == pytest.approx(expected)
        reward = chance.random()
        weights *= np.exp(gamma * followers * reward / expected / actions)
        notes = orjson.loads(orjson.dumps(request.trail.notes))
        node.learn(Lesson(reward=reward, notes=notes))


def test_an_answer_is_drawn_as_often_as_its_chance():
    node, memory = made(Exp4(gamma=0.5))
    memory.add("", 1, (2 * math.log(4), 1.0))
    drawn = [int(node.combine(answers([7], [8], [7]), asked()).tensors["y"].array[0]) for _ in range(4000)]
    assert drawn.count(8) / 4000 == pytest.approx(0.5 * 4 / 6 + 0.25, abs=0.03)


def test_the_advice_is_the_label_of_every_row():
    node, _ = made(Exp4())
    request = asked()
    node.combine(answers([[0.1, 0.9], [0.8, 0.2]], [1, 0], [[0.3, 0.7], [0.1, 0.9]]), request)
    assert request.trail is not None
    assert request.trail.notes["n"]["advice"] == [0, 0, 1]


def test_the_answer_is_the_one_of_the_weightiest_who_gave_it():
    node, memory = made(Exp4())
    memory.add("", 2, (5.0, 1.0))
    came = answers([[0.1, 0.9]], [[0.2, 0.8]], [[0.3, 0.7]])
    assert node.combine(came, asked()) is came[2]


def test_the_output_with_the_labels_can_be_named():
    node, _ = made(Exp4(output="label"))
    with pytest.raises(GraphFault, match="'a' answered no output 'label', but y") as caught:
        node.combine(answers([1], [2], [3]), asked())
    assert caught.value.code == 204
    with pytest.raises(GraphFault, match="'a' answered no output"):
        made(Exp4())[0].combine([Response({})] * 3, asked())


def test_each_context_has_its_own_experts():
    node, memory = made(Exp4(context=Key(header="x-segment")))
    request = asked()
    node.combine(answers([1], [2], [1]), request)
    assert request.trail is not None
    node.learn(Lesson(reward=1.0, notes=request.trail.notes))
    assert set(memory.contexts()) == {"gold"}


@pytest.mark.parametrize(
    "note",
    [
        None,
        "x",
        {},
        {"chance": 0.5},
        {"chance": 0.5, "drawn": 0, "advice": [0, 1]},
        {"chance": 0.5, "drawn": 0, "advice": "abc"},
        {"chance": 0.5, "drawn": 0, "advice": [0, "x", None]},
    ],
)
def test_feedback_without_the_advice_is_refused(note: Any):
    node, memory = made(Exp4())
    for verb in (node.check, node.learn):
        with pytest.raises(BadInput, match="must know what its children had advised: send back the id"):
            verb(Lesson(reward=1.0, notes={"n": note}))
    assert memory.contexts() == {}


def test_the_truth_is_compared_with_the_answer_that_was_given():
    node, memory = made(Exp4(), ("a", "b"))
    note = {"chance": 0.5, "drawn": 1, "advice": [0, 1]}
    truth = {"y": Tensor.of([3])}
    node.learn(Lesson(truth=truth, response=truth, notes={"n": note}))
    assert [list(row) for row in memory.numbers("")] == [[0, 1], [1 / 0.5 / 2, 1]]
    with pytest.raises(BadInput, match=r"reward must be from 0 to 1"):
        node.learn(Lesson(reward=2.0, notes={"n": note}))
    with pytest.raises(BadInput, match=r"^children must be"):
        made(Exp4(), ())
