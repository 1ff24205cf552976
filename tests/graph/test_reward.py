"""A reward is told or found by comparing; what is equal is written out here by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.core.lesson import Lesson
from salver.core.tensor import Tensor, objects
from salver.graph.reward import agreement, labels, reward_of, rows_of

NAN = float("nan")


def tensor(values: Any, names: tuple[str, ...] = ()) -> Tensor:
    made = Tensor.of(values)
    return Tensor(made.dtype, made.array, names)


@pytest.mark.parametrize(
    ("answer", "truth", "share"),
    [
        # labels
        ([1, 2, 3, 4], [1, 2, 0, 0], 0.5),
        (["a", "b"], ["a", "c"], 0.5),
        ([["a"], ["b"]], ["a", "b"], 1.0),
        # scores against the index of a label, whole as a float too
        ([[0.1, 0.9], [0.8, 0.2]], [1, 1], 0.5),
        ([[0.1, 0.9], [0.8, 0.2]], [[1.0], [0.0]], 1.0),
        ([[0.5, 0.5]], [0], 1.0),
        ([[NAN, 0.5]], [0], 0.0),
        ([[0.1, 0.9]], [7], 0.0),
        # scores against one-hot rows and against scores
        ([[0.1, 0.9], [0.8, 0.2]], [[0, 1], [0, 1]], 0.5),
        ([[0.1, 0.9], [0.8, 0.2]], [[0.1, 0.9], [0.7, 0.3]], 0.5),
        # numbers
        ([1.0, 2.0], [1.000001, 2.1], 0.5),
        ([0.0], [1e-9], 1.0),
        ([NAN], [NAN], 0.0),
        ([float("inf")], [float("inf")], 1.0),
        (3.0, 3, 1.0),
        ([True, False], [1, 1], 0.5),
    ],
)
def test_the_reward_is_the_part_of_the_rows_that_are_as_the_truth_says(answer: Any, truth: Any, share: float):
    assert agreement({"data": tensor(answer)}, {"data": tensor(truth)}) == share


def test_text_truth_names_the_column_of_the_greatest_score():
    answer = {"data": tensor([[0.1, 0.9], [0.8, 0.2]], ("cat", "dog"))}
    assert agreement(answer, {"data": tensor(["dog", "dog"])}) == 0.5
    with pytest.raises(BadInput, match="text, but the answer's 2 scores have no names"):
        agreement({"data": tensor([[0.1, 0.9]])}, {"data": tensor(["dog"])})


def test_bytes_and_text_are_equal_and_missing_is_equal_to_nothing():
    answer = {"y": Tensor("BYTES", objects([b"a", "b", None]))}
    assert agreement(answer, {"y": Tensor("BYTES", objects(["a", b"b", None]))}) == pytest.approx(2 / 3)


def test_one_output_is_compared_whatever_its_name_and_several_by_name():
    assert agreement({"y": tensor([1])}, {"truth": tensor([1])}) == 1.0
    answer = {"label": tensor([1, 2]), "score": tensor([0.5, 0.5])}
    assert agreement(answer, {"label": tensor([1, 0])}) == 0.5
    assert agreement(answer, {"label": tensor([1, 0]), "score": tensor([0.1, 0.5])}) == 0.0
    with pytest.raises(BadInput, match="'truth' is no output of the answer, which has label, score"):
        agreement(answer, {"truth": tensor([1, 2])})


@pytest.mark.parametrize(
    ("answer", "truth", "words"),
    [
        ([1, 2], [1], "has 1 rows, the answer 2"),
        ([1, 2], [[1, 2], [1, 2]], "has 2 values a row, the answer 1"),
        ([[0.1, 0.2, 0.7]], [[0.1, 0.9]], "has 2 values a row, the answer 3"),
        (np.empty((0,)), np.empty((0,)), "at least one row"),
    ],
)
def test_what_cannot_be_compared_is_refused(answer: Any, truth: Any, words: str):
    with pytest.raises(BadInput, match=words):
        agreement({"y": tensor(answer)}, {"y": tensor(truth)})


@pytest.mark.parametrize("reward", [NAN, float("inf"), -0.1, 1.1])
def test_a_reward_out_of_range_is_refused_with_the_range(reward: float):
    with pytest.raises(BadInput, match="node 'n': reward must be from 0 to 1, got"):
        reward_of(Lesson(reward=reward), "n", 0, 1)


def test_a_reward_goes_before_the_truth():
    lesson = Lesson(reward=0.25, response={"y": tensor([1])}, truth={"y": tensor([1])})
    assert reward_of(lesson, "n", 0, 1) == 0.25
    assert reward_of(Lesson(response={"y": tensor([1])}, truth={"y": tensor([1])}), "n", 0, 1) == 1.0


@pytest.mark.parametrize(
    ("lesson", "words"),
    [
        (Lesson(), "a reward or a truth, got neither"),
        (Lesson(truth={"y": tensor([1])}), "no response to be compared with"),
        (Lesson(truth={"y": tensor([1])}, response={"y": tensor([1, 2])}), "node 'n': truth 'y' has 1 rows"),
    ],
)
def test_a_lesson_without_either_is_refused(lesson: Lesson, words: str):
    with pytest.raises(BadInput, match=words):
        reward_of(lesson, "n", 0, 1)


@pytest.mark.parametrize(
    ("values", "meant"),
    [
        ([[0.1, 0.9], [0.8, 0.2]], [1, 0]),
        ([[0.1, 0.9]], [1]),
        ([[NAN, 0.9]], [None]),
        ([[NAN, 0.9], [0.1, 0.2]], [None, 1]),
        ([[2], [3]], [2, 3]),
        ([2.0, NAN], [2.0, None]),
        (["a", "b"], ["a", "b"]),
        (5, [5]),
        (np.empty((0, 3)), []),
    ],
)
def test_labels_are_what_rows_mean(values: Any, meant: list[Any]):
    assert labels(tensor(values)) == meant


def test_rows_are_those_remembered_or_those_sent_back():
    assert rows_of(Lesson(rows=3, request={"x": tensor([1])}), "n") == 3
    assert rows_of(Lesson(request={"x": tensor([[1, 2], [3, 4]])}, response={"y": tensor([1])}), "n") == 2
    assert rows_of(Lesson(response={"y": tensor([1, 2, 3])}), "n") == 3
    assert rows_of(Lesson(request={"x": tensor(1.0)}), "n") == 1
    assert rows_of(Lesson(), "n") == 1
    with pytest.raises(BadInput, match="without rows"):
        rows_of(Lesson(request={"x": tensor(np.empty((0, 2)))}), "n")
