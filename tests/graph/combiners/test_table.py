"""Every combiner by its name in a document, and what all of them share."""

from __future__ import annotations

from dataclasses import fields

import pytest

from salver import config
from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.combiners.average import Average
from salver.graph.combiners.surest import Cascade
from salver.graph.combiners.table import CombinerSpec
from salver.graph.combiners.vote import Vote
from salver.graph.combiners.waiting import Waiting
from salver.graph.patience import Patience

DOCUMENTS = {
    "average": "average: {budget_s: 0.05, at_least: 2}",
    "weighted": "weighted: {weights: {a: 0.25, b: 0.75}}",
    "median": "median: {outputs: [p]}",
    "vote": "vote: {budget_s: 0.05, at_least: 2}",
    "best_confidence": "best_confidence: {enough: 0.9, of: p, measure: margin, softmax: true}",
    "first_wins": "first_wins: {}",
    "cascade": "cascade: {enough: 0.9, of: p}",
    "concat": "concat: {into: x}",
}


def test_there_is_a_document_for_every_kind():
    assert {field.name for field in fields(CombinerSpec)} == set(DOCUMENTS)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_kind_is_read_made_and_combines(kind: str):
    found, options = config.read(CombinerSpec, DOCUMENTS[kind], "c.yaml").chosen
    assert found == kind
    request = Request({})
    request.trail = Trail()
    combiner = options(children=("a", "b"), name="node")
    answers = [Response({"p": Tensor.of([[0.05, 0.95]])})] * 2
    assert combiner.is_enough(answers)
    assert combiner.combine(answers, request).tensors
    request.trail = None
    assert combiner.combine(answers, request).tensors


def test_options_are_what_the_document_says():
    assert config.read(CombinerSpec, DOCUMENTS["vote"], "c.yaml").vote == Vote(budget_s=0.05, at_least=2)
    assert config.read(CombinerSpec, DOCUMENTS["cascade"], "c.yaml").cascade == Cascade(enough=0.9, of="p")


@pytest.mark.parametrize("text", ["", "average: {}\nvote: {}"])
def test_exactly_one_kind_is_wanted(text: str):
    with pytest.raises(BadInput, match="combiner must be one of average, "):
        config.read(CombinerSpec, text, "c.yaml")


def test_every_child_must_answer_unless_it_is_said_otherwise():
    assert Average()(children=("a", "b"), name="n").patience is None
    assert Average(budget_s=1.0)(children=("a", "b"), name="n").patience == Patience(1.0, 1)
    assert Average(at_least=2)(children=("a", "b"), name="n").patience == Patience(None, 2)


def test_all_are_waited_for():
    combiner = Average(budget_s=1.0)(children=("a", "b"), name="n")
    assert not combiner.is_enough([Response({}), None])
    assert combiner.is_enough([Response({}), Response({})])


@pytest.mark.parametrize(("options", "field"), [({"budget_s": 0.0}, "budget_s"), ({"at_least": 0}, "at_least")])
def test_waiting_is_bounded(options: dict[str, float], field: str):
    with pytest.raises(BadInput, match=f"^{field} must be"):
        Waiting(**options)  # type: ignore[arg-type]


def test_no_more_answers_are_wanted_than_there_are_children():
    with pytest.raises(BadInput, match=r"^at_least must be 2 at most"):
        Average(at_least=3)(children=("a", "b"), name="n")
