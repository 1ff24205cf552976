"""Which answer is the surest, and when the first is sure enough."""

from __future__ import annotations

from typing import Any

import pytest

from salver.core.errors import BadInput, GraphFault
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.combiners.first_wins import FirstWins
from salver.graph.combiners.surest import BestConfidence, Cascade

CHILDREN = ("small", "middle", "large")
UNSURE, SURE, SURER = ([[0.5, 0.5]], [[0.9, 0.1]], [[0.05, 0.95]])


def answer(probabilities: Any) -> Response:
    return Response({"p": Tensor.of(probabilities)})


def combined(options: Any, *answers: Response | None) -> tuple[int, dict[str, Any]]:
    """The place of the answer that was taken, and the tags."""
    request = Request({})
    request.trail = Trail()
    made = options(children=CHILDREN[: len(answers)], name="node").combine(answers, request)
    return next(place for place, one in enumerate(answers) if one is made), request.trail.tags


def test_the_surest_answers():
    assert combined(BestConfidence(), answer(SURE), answer(SURER), answer(UNSURE)) == (
        1,
        {"confidence": 0.95, "answered_by": "middle"},
    )


def test_the_first_of_equally_sure_ones_answers():
    assert combined(BestConfidence(), None, answer(SURE), answer(SURE))[0] == 1


def test_an_answer_is_as_sure_as_its_least_sure_row():
    assert combined(BestConfidence(), answer([[1.0, 0.0], [0.5, 0.5]]), answer([[0.7, 0.3]] * 2))[0] == 1


def test_nan_is_not_sure_at_all():
    assert combined(BestConfidence(), answer([[float("nan"), 1.0]]), answer(UNSURE))[0] == 1


def test_an_answer_without_probabilities_is_a_fault():
    with pytest.raises(GraphFault, match="child 'small': output 'p' must hold probabilities") as refused:
        combined(BestConfidence(), answer(["cat"]))
    assert refused.value.code == 204
    with pytest.raises(GraphFault, match="child 'small': there is no output 'q'; there are p"):
        combined(BestConfidence(of="q"), answer(SURE))


def test_waiting_ends_when_one_is_sure_enough():
    combiner = BestConfidence(enough=0.9)(children=CHILDREN, name="node")
    assert not combiner.is_enough([answer(UNSURE), None, None])
    assert combiner.is_enough([answer(UNSURE), None, answer(SURE)])
    assert combiner.is_enough([answer(UNSURE)] * 3)
    assert combiner.patience is not None


def test_without_enough_all_are_waited_for():
    combiner = BestConfidence()(children=CHILDREN, name="node")
    assert not combiner.is_enough([answer(SURER), None, None])
    assert combiner.patience is None


def test_a_cascade_goes_on_till_the_last_is_sure_enough():
    cascade = Cascade(enough=0.9)(children=CHILDREN, name="node")
    assert cascade.in_turn
    assert not cascade.is_enough([])
    assert not cascade.is_enough([answer(UNSURE)])
    assert cascade.is_enough([answer(UNSURE), answer(SURE)])
    assert cascade.is_enough([answer(UNSURE), answer(SURE), None])


def test_a_cascade_answers_with_the_first_that_is_sure_enough_else_with_the_last():
    assert combined(Cascade(enough=0.9), answer(UNSURE), answer(SURE), answer(SURER)) == (
        1,
        {"confidence": 0.9, "answered_by": "middle"},
    )
    assert combined(Cascade(enough=0.99), answer(SURER), answer(UNSURE), None) == (
        1,
        {"confidence": 0.5, "answered_by": "middle"},
    )


@pytest.mark.parametrize("enough", [0.0, 1.1, float("nan"), -1.0])
def test_enough_is_a_share(enough: float):
    for options in (Cascade, BestConfidence):
        with pytest.raises(BadInput, match=r"^enough must be"):
            options(enough=enough)


def test_the_first_to_come_wins():
    quickest = FirstWins()(children=CHILDREN, name="node")
    assert not quickest.is_enough([None, None, None])
    assert quickest.is_enough([None, None, answer(UNSURE)])
    assert combined(FirstWins(), None, None, answer(UNSURE)) == (2, {"answered_by": "large"})
    with pytest.raises(GraphFault, match="no child has answered"):
        combined(FirstWins(), None, None)
