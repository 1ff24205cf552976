"""The majority is what counting gives, the first child's label where counts are equal."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import GraphFault
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor, objects
from salver.core.trail import Trail
from salver.graph.combiners.vote import Vote

CHILDREN = ("a", "b", "c", "d", "e")


def vote(*ballots: Any, output: str = "") -> tuple[Any, float]:
    request = Request({})
    request.trail = Trail()
    answers = [
        None if ballot is None else ballot if isinstance(ballot, Response) else Response({"y": _tensor(ballot)})
        for ballot in ballots
    ]
    made = Vote(output=output)(children=CHILDREN[: len(ballots)], name="vote").combine(answers, request)
    return next(iter(made.tensors.values())).to_list(), request.trail.tags["confidence"]


def _tensor(ballot: Any) -> Tensor:
    if isinstance(ballot, list) and any(isinstance(one, str | bytes) for one in ballot):
        return Tensor("BYTES", objects(ballot))
    return Tensor.of(ballot)


def counted(votes: list[Any]) -> tuple[Any, float]:
    """Of one row; Counter keeps the order of first appearance, and max takes the first of equals."""
    counts = Counter(votes)
    winner = max(counts, key=counts.__getitem__)
    return winner, counts[winner] / len(votes)


@given(
    ballots=st.integers(1, 4).flatmap(
        lambda rows: st.lists(st.lists(st.integers(0, 2), min_size=rows, max_size=rows), min_size=1, max_size=5)
    ),
    words=st.booleans(),
)
def test_every_row_has_the_label_that_most_give(ballots: list[list[Any]], words: bool):
    if words:
        ballots = [["xyz"[label] for label in ballot] for ballot in ballots]
    rows = [counted(list(votes)) for votes in zip(*ballots, strict=True)]
    labels, confidence = vote(*ballots)
    assert labels == [winner for winner, _ in rows]
    assert confidence == min(share for _, share in rows)


def test_scores_vote_for_their_greatest():
    assert vote([[0.1, 0.9]], [[0.8, 0.2]], [[0.3, 0.7]]) == ([1], 2 / 3)


def test_scores_and_labels_may_vote_together():
    assert vote([[0.1, 0.9], [1.0, 0.0]], [1, 1], [[0], [0]]) == ([1, 0], 2 / 3)


def test_text_is_the_same_whether_it_comes_as_bytes_or_str():
    assert vote(["cat"], [b"cat"], ["dog"]) == (["cat"], 2 / 3)


def test_nan_and_missing_values_are_no_vote():
    nan = float("nan")
    assert vote([[nan, 0.9]], [[nan, 0.1]], [[0.9, 0.1]]) == ([0], 1 / 3)
    assert vote([nan, 1.0], [2.0, 1.0], [nan, 3.0]) == ([2.0, 1.0], 1 / 3)
    assert vote([None, "x"], ["y", "x"])[0] == ["y", "x"]


def test_a_row_without_any_vote_is_a_fault():
    with pytest.raises(GraphFault, match="row 1: no child has given a label"):
        vote([1.0, float("nan")], [1.0, float("nan")])


def test_who_has_not_come_has_no_say():
    assert vote([1], None, [2]) == ([1], 0.5)


def test_the_output_is_said_where_there_are_several():
    answers = [Response({"p": Tensor.of([[0.5, 0.5]]), "label": Tensor.of([label])}) for label in (3, 3)]
    assert vote(*answers, output="label") == ([3], 1.0)
    with pytest.raises(GraphFault, match="child 'a' has outputs p, label: say which is meant"):
        vote(*answers)


def test_no_rows_have_no_labels():
    assert vote(np.empty((0, 2)), np.empty((0, 2))) == ([], 0.0)


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ([1, 2], "child 'b' has labels for 2 rows, child 'a' for 1"),
        (["x"], "of the labels of child 'b' and child 'a' one is text, one a number"),
        ([[[1.0]]], r"child 'b' must have labels \[n\] or scores \[n, k\], got Tensor\(FP64, \[1, 1, 1\]\)"),
    ],
)
def test_ballots_that_do_not_go_together_are_refused(second: Any, told: str):
    with pytest.raises(GraphFault, match=told) as refused:
        vote([1], second)
    assert refused.value.code == 204
