"""Confidence: how sure an answer is of itself, from its own numbers. Whether it is right, nobody knows here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from salver.core.errors import BadInput
from salver.core.tensor import FLOATS, INTEGERS, Tensor

Measure: TypeAlias = Literal["highest", "margin", "entropy"]


@dataclass(frozen=True, slots=True)
class Confidence:
    """A number from 0 to 1 for an answer with probabilities. Called with the answer's tensors."""

    of: str = ""
    """The output with probabilities, [n, k] or [k]; may be left out where there is one output."""
    measure: Measure = "highest"
    """highest: the greatest probability. margin: how far the second is behind it. entropy: 1 less the entropy of the
    row, as a share of the greatest there can be (that of k equal probabilities)."""
    softmax: bool = False
    """Whether the numbers are scores of which softmax makes probabilities."""

    def __call__(self, tensors: Mapping[str, Tensor]) -> float:
        """That of the row that is least sure; NaN where a row has one, 0 for no rows.

        Raises BadInput where there is no such output, or it is no matrix of numbers.
        """
        rows = self._rows(tensors)
        if rows.size == 0:
            return 0.0
        if self.softmax:
            rows = _softmax(rows)
        least = float(_MEASURES[self.measure](rows).min())
        return least if math.isnan(least) else min(max(least, 0.0), 1.0)

    def _rows(self, tensors: Mapping[str, Tensor]) -> np.ndarray[Any, Any]:
        name = self.of or (next(iter(tensors)) if len(tensors) == 1 else "")
        tensor = tensors.get(name)
        if tensor is None:
            known = ", ".join(tensors)
            raise BadInput(f"there is no output '{name}'; there are {known}" if name else f"which one of {known}?")
        if tensor.dtype not in FLOATS | INTEGERS or tensor.array.ndim not in (1, 2):
            raise BadInput(f"output '{name}' must hold probabilities, numbers [n, k]; got {tensor}")
        return tensor.values


def _softmax(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    with np.errstate(all="ignore"):
        powers = np.exp(np.subtract(rows, rows.max(axis=-1, keepdims=True), dtype=np.float64))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _highest(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(rows.max(axis=-1))


def _margin(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if rows.shape[-1] == 1:
        return _highest(rows)
    ordered = np.sort(rows, axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.subtract(ordered[..., -1], ordered[..., -2], dtype=np.float64))


def _certainty(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    count = rows.shape[-1]
    if count == 1:
        return _highest(rows)
    with np.errstate(all="ignore"):
        # The limit of p log p at 0 is 0.
        terms = np.where(rows == 0, 0.0, rows * np.log(rows, dtype=np.float64))
    return np.asarray(1.0 + terms.sum(axis=-1) / math.log(count))


_MEASURES: Final[dict[Measure, Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]]] = {
    "highest": _highest,
    "margin": _margin,
    "entropy": _certainty,
}
