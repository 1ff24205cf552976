"""Columns of all children side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from salver.core.errors import GraphFault
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.graph.combiners.concat import Concat


def combined(options: Concat, *answers: Response | None) -> tuple[str, Tensor]:
    made = options(children=("a", "b", "c")[: len(answers)], name="all").combine(answers, Request({}))
    ((name, tensor),) = made.tensors.items()
    return name, tensor


def answer(**outputs: Any) -> Response:
    return Response({name: one if isinstance(one, Tensor) else Tensor.of(one) for name, one in outputs.items()})


def test_columns_stand_side_by_side_and_say_whose_they_are():
    named = Tensor("FP32", np.array([[0.1, 0.9], [0.2, 0.8]], np.float32), ("no", "yes"))
    name, tensor = combined(Concat(), answer(p=named), answer(q=Tensor.of([[1.0], [2.0]], "FP32")))
    assert (name, tensor.dtype, tensor.names) == ("p", "FP32", ("a:no", "a:yes", "b:0"))
    np.testing.assert_array_equal(tensor.array, np.hstack([named.array, [[1.0], [2.0]]]).astype(np.float32))


def test_of_several_outputs_columns_say_which():
    _, tensor = combined(Concat(into="x"), answer(label=[3, 4], p=[[0.5, 0.5]] * 2), answer(y=[7.0, 8.0]))
    assert tensor.names == ("a:label", "a:p:0", "a:p:1", "b")
    assert tensor.to_list() == [[3.0, 0.5, 0.5, 7.0], [4.0, 0.5, 0.5, 8.0]]


def test_no_rows_stay_none():
    _, tensor = combined(Concat(), answer(y=np.empty(0)), answer(p=np.empty((0, 2))))
    assert (tensor.array.shape, tensor.names) == ((0, 3), ("a", "b:0", "b:1"))


def test_only_the_outputs_named_are_taken():
    name, tensor = combined(Concat(outputs=("p",)), answer(label=["x"], p=[1.0]), answer(label=["y"], p=[2.0]))
    assert (name, tensor.names, tensor.to_list()) == ("p", ("a", "b"), [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (None, "child 'b' has not answered, and its columns cannot be left out"),
        (answer(y=["x"]), "child 'b': output 'y' must be numbers"),
        (answer(y=[1.0, 2.0]), "child 'b': output 'y' must have 1 rows, those of child 'a', got 2"),
        (answer(y=[[[1.0]]]), "child 'b': output 'y' must be numbers"),
    ],
)
def test_what_cannot_stand_beside_the_others_is_refused(second: Response | None, told: str):
    with pytest.raises(GraphFault, match=told) as refused:
        combined(Concat(), answer(y=[1.0]), second)
    assert refused.value.code == 204
