"""Reward: how good an answer was, told by the caller or found by comparing the answer with the truth.

The one place that says what is equal:
* Labels: an answer of scores [n, k] means, row by row, the index of its greatest score, or the name of that column
  where the truth is text. Of equal scores the first counts; a row with NaN means nothing.
* Values [n] or [n, 1]: numbers are equal within 1e-5 of the truth (and 1e-8), NaN is equal to nothing; text is equal
  as text, whatever it came as.
* Scores against scores [n, k]: where the truth has one 1 in each row and else 0 it means a label, and labels are
  compared; otherwise all numbers of a row must be equal.
The reward is the part of the rows that are equal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.lesson import Lesson
from salver.core.tensor import Tensor

_RELATIVE: Final = 1e-5
_ABSOLUTE: Final = 1e-8

Array = np.ndarray[Any, Any]


def reward_of(lesson: Lesson, node: str, low: float, high: float) -> float:
    """The lesson's reward or, where it has none, the part of the rows answered as the truth says. Raises BadInput for
    one out of range, and for a lesson that has neither."""
    reward = lesson.reward
    if reward is None:
        return _by_truth(lesson, node)
    if not low <= reward <= high:
        raise BadInput(f"node '{node}': reward must be from {low:g} to {high:g}, got {reward}")
    return reward


def rows_of(lesson: Lesson, node: str) -> int:
    """How many rows the answer had. Raises BadInput for none: nothing was answered then."""
    rows = lesson.rows
    if rows is None:
        rows = _rows(lesson.request or lesson.response or {})
    if rows < 1:
        raise BadInput(f"node '{node}': feedback on an answer without rows says nothing")
    return rows


def agreement(answer: Mapping[str, Tensor], truth: Mapping[str, Tensor]) -> float:
    """The part of the rows of which all that the truth tells is equal in the answer, from 0 to 1.

    Outputs are compared by name; one of each is compared whatever its name. Raises BadInput for what cannot be
    compared."""
    equal: Array | None = None
    for name, wanted in truth.items():
        same = _equal(_answered(answer, truth, name), wanted, name)
        if equal is not None and len(equal) != len(same):
            raise BadInput(f"truth '{name}' has {len(same)} rows, another {len(equal)}")
        equal = same if equal is None else equal & same
    if equal is None or not len(equal):
        raise BadInput("truth must have at least one row, got none")
    return float(np.mean(equal))


def labels(tensor: Tensor) -> list[Any]:
    """What the rows mean: of scores [n, k] the index of the greatest (None with NaN among them), else the value."""
    table = _table(tensor)
    if table.dtype != object and table.shape[1] > 1:
        return [_winner(table[0].tolist())] if len(table) == 1 else list(_winners(table))
    return [_plain(row) for row in table.tolist()]


def _by_truth(lesson: Lesson, node: str) -> float:
    if lesson.truth is None:
        raise BadInput(f"node '{node}': feedback must have a reward or a truth, got neither")
    if lesson.response is None:
        raise BadInput(
            f"node '{node}': the truth has no response to be compared with; send that back "
            "too (an answer of more than 4096 bytes is not remembered)"
        )
    try:
        return agreement(lesson.response, lesson.truth)
    except BadInput as fault:
        raise BadInput(f"node '{node}': {fault.message}") from None


def _rows(tensors: Mapping[str, Tensor]) -> int:
    for tensor in tensors.values():
        return tensor.array.shape[0] if tensor.array.ndim else 1
    return 1


def _answered(answer: Mapping[str, Tensor], truth: Mapping[str, Tensor], name: str) -> Tensor:
    found = answer.get(name)
    if found is None and len(truth) == len(answer) == 1:
        return next(iter(answer.values()))
    if found is None:
        raise BadInput(f"truth '{name}' is no output of the answer, which has {', '.join(answer) or 'none'}")
    return found


def _equal(answer: Tensor, truth: Tensor, name: str) -> Array:
    """By row, whether it is what the truth says."""
    got, wanted = _table(answer), _table(truth)
    if len(got) != len(wanted):
        raise BadInput(f"truth '{name}' has {len(wanted)} rows, the answer {len(got)}")
    if got.dtype != object and got.shape[1] > 1:
        if wanted.shape[1] == 1:
            return _as_label(got, wanted, answer.names, name)
        if wanted.shape == got.shape and _is_one_hot(wanted):
            return np.asarray(_winners(got) == np.argmax(wanted, axis=1), dtype=bool)
    if got.shape != wanted.shape:
        raise BadInput(f"truth '{name}' has {wanted.shape[1]} values a row, the answer {got.shape[1]}")
    if object in (got.dtype, wanted.dtype):
        return np.array([_is_same(*pair) for pair in zip(got.tolist(), wanted.tolist(), strict=True)], dtype=bool)
    with np.errstate(invalid="ignore", over="ignore"):
        close = np.isclose(got, wanted, rtol=_RELATIVE, atol=_ABSOLUTE)
    return np.asarray(close.all(axis=1), dtype=bool)


def _is_same(answer: list[Any], truth: list[Any]) -> bool:
    wanted = [_plain(value) for value in truth]
    return None not in wanted and [_plain(value) for value in answer] == wanted


def _as_label(scores: Array, truth: Array, names: tuple[str, ...], name: str) -> Array:
    winners: list[Any] = _winners(scores).tolist()
    wanted = [_plain(value) for value in truth[:, 0].tolist()]
    if any(isinstance(value, str) for value in wanted):
        if len(names) != scores.shape[1]:
            raise BadInput(f"truth '{name}' is text, but the answer's {scores.shape[1]} scores have no names")
        winners = [None if index is None else names[index] for index in winners]
    return np.array([a is not None and a == b for a, b in zip(winners, wanted, strict=True)], dtype=bool)


def _winners(scores: Array) -> Array:
    """By row the index of the greatest score, as an object array: None where the row has NaN."""
    winners: Array = np.argmax(scores, axis=1).astype(object)
    if scores.dtype.kind == "f":
        winners[np.isnan(scores).any(axis=1)] = None
    return winners


def _winner(scores: list[float]) -> int | None:
    """As `_winners` of one row, without the cost of arrays."""
    for score in scores:
        if score != score:
            return None
    return scores.index(max(scores))


def _is_one_hot(table: Array) -> bool:
    if table.dtype == object:
        return False
    return bool(((table == 0) | (table == 1)).all() and (np.count_nonzero(table, axis=1) == 1).all())


def _table(tensor: Tensor) -> Array:
    """[rows, values]: a scalar is one row, what has more axes is one long row for each."""
    array = tensor.values
    if not array.ndim:
        return array.reshape(1, 1)
    return array.reshape(len(array), math.prod(array.shape[1:]))


def _plain(value: Any) -> Any:
    """Text as text, NaN as nothing, so that equal means equal; a row of one value as that value."""
    if isinstance(value, list):
        return _plain(value[0]) if len(value) == 1 else tuple(_plain(part) for part in value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if isinstance(value, float) and math.isnan(value) else value
