"""Classification: the best classes as BYTES."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salver.core.tensor import Tensor, narrow
from salver.protocols.openinference.classify import classified


def best(values, count: int, *, batched: bool = False):
    return classified(Tensor.of(np.array(values, np.float32)), count, batched).array.tolist()


def test_the_greatest_come_first():
    assert best([0.25, 0.5, 0.125, 0.75], 2) == ["0.75:3", "0.5:1"]


def test_rows_are_questions_of_their_own():
    assert best([[1, 2], [4, 3]], 1, batched=True) == [["2.0:1"], ["4.0:0"]]
    assert best([[1, 2], [4, 3]], 1) == ["4.0:2"]
    assert best([5, 6], 3, batched=True) == [["5.0:0"], ["6.0:0"]]


def test_more_than_there_are_gives_all_there_are():
    assert best([1, 2], 9) == ["2.0:1", "1.0:0"]
    assert best(np.zeros((0, 3)), 2, batched=True) == []


def test_equals_by_index_and_nan_last():
    assert best([np.nan, 1, 1, -np.inf], 4) == ["1.0:1", "1.0:2", "-inf:3", "nan:0"]


def test_bf16_and_integers():
    assert classified(Tensor("BF16", narrow(np.array([0.5, 2]))), 1, False).array.tolist() == ["2.0:1"]
    assert classified(Tensor.of(np.array([2**63, 3], np.uint64)), 1, False).array.tolist() == ["9223372036854775808:0"]


@given(hnp.arrays(np.float32, st.integers(1, 20), elements=st.floats(width=32, allow_nan=False)), st.integers(1, 25))
def test_scores_read_back_and_descend(scores: np.ndarray, count: int):
    texts = classified(Tensor("FP32", scores), count, False).array.tolist()
    pairs = [text.split(":") for text in texts]
    values = [np.float32(value) for value, _ in pairs]
    assert values == sorted(scores.tolist(), reverse=True)[:count]
    assert all(scores[int(index)] == value for (_, index), value in zip(pairs, values, strict=True))
