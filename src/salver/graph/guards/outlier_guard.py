"""OutlierGuard: scores each row of a request against rows taken for ordinary. How it scores is its scorer's part.

While it learns what is ordinary it writes one tag: `<node>.learning`, how many rows are still wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol, TypeAlias

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.graph.guards.outlier_findings import FARTHEST, OutlierFindings
from salver.graph.guards.reference import Learning, Reference
from salver.graph.guards.rows import Matrix, Rows

_Scores: TypeAlias = np.ndarray[Any, Any]


class Scorer(Protocol):
    """Knows what is ordinary."""

    @property
    def threshold(self) -> float:
        """A row with a larger score is an outlier."""

    def score(self, rows: Matrix) -> _Scores:
        """One number a row, the larger the less ordinary. Rows are finite; infinite scores are allowed."""


@dataclass(frozen=True, slots=True)
class Outliers:
    """What guards against outliers have in common, as their options say."""

    fit: Callable[[Matrix], Scorer]
    """Makes a scorer of ordinary rows, at least two for each column, all finite."""
    columns: tuple[str, ...]
    learn_rows: int
    refuse: bool
    reference: Reference | None = None
    may_be_slow: bool = False


class OutlierGuard:
    """A transformer that changes nothing. Safe from several threads."""

    def __init__(self, name: str, outliers: Outliers) -> None:
        self.may_be_slow = outliers.may_be_slow
        """Whether a call may take longer than an event loop should be held up."""
        self._name = name
        self._fit = outliers.fit
        self._rows = Rows(name, outliers.columns)
        self._learning = Learning(outliers.learn_rows)
        self._scorer: Scorer | None = None
        self._lock = Lock()
        self._findings = OutlierFindings(name, outliers.refuse)
        if outliers.reference is not None:
            self._learn_from(outliers.reference.read())

    def transform(self, request: Request) -> Response:
        """The request's own tensors. Raises BadInput for rows it cannot read and, where it is to refuse outliers, for
        the first of them."""
        with self._lock, np.errstate(all="ignore"):
            rows = self._rows.numbers(request.tensors)
            scorer = self._scorer
            if scorer is not None:
                scores = _score(scorer, rows)
            else:
                self._learn(rows, request)
        if scorer is not None:
            self._findings.tell(request, scores, scorer.threshold)
        return Response(request.tensors)

    def _learn_from(self, table: Tensor) -> None:
        rows = self._rows.numbers({"reference": table})
        rows = rows[np.isfinite(rows).all(axis=1)]
        if len(rows) < 2 * rows.shape[1]:
            raise BadInput(f"reference must have two whole rows a column ({2 * rows.shape[1]}), got {len(rows)}")
        self._settle(rows)

    def _learn(self, rows: Matrix, request: Request) -> None:
        self._learning.take(rows[np.isfinite(rows).all(axis=1)], self._rows.columns)
        if request.trail is not None:
            request.trail.tags[f"{self._name}.learning"] = self._learning.wanted
        if not self._learning.wanted:
            self._settle(self._learning.learnt())

    def _settle(self, rows: Matrix) -> None:
        self._scorer = self._fit(rows)
        self._rows.settle()


def _score(scorer: Scorer, rows: Matrix) -> _Scores:
    """Rows that miss a value have no score (NaN), those with an infinity, or too large to be scored, the farthest."""
    finite = np.isfinite(rows).all(axis=1)
    if finite.all():
        return _judged(scorer.score(rows))
    scores = np.where(np.isnan(rows).any(axis=1), np.nan, FARTHEST)
    scores[finite] = _judged(scorer.score(rows[finite]))
    return scores


def _judged(scores: _Scores) -> _Scores:
    """Of finite rows: a score that is NaN has overflowed."""
    return np.where(np.isnan(scores), FARTHEST, scores)
