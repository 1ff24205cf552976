"""Vote: the label that most children give, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from salver.core.errors import GraphFault
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor, dtype_of
from salver.graph.combiners.answers import CODE, NUMERIC, Combining, arrived, tag, the_one
from salver.graph.combiners.waiting import Waiting

Array: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Vote(Waiting):
    """The majority. A child votes for the greatest of a row [n, k] of numbers, or for the value of a label [n]. A
    missing value and NaN are no vote; of labels with equally many votes, the one that the first child gave."""

    output: str = ""
    """The output with labels or scores; may be left out where children have one output."""

    def __call__(self, children: Sequence[str], name: str) -> Voting:
        return Voting(self, children, name)


class Voting(Combining):
    """A combiner. Its answer is the labels [n] under the first child's output's name."""

    keeps_form = False

    def __init__(self, options: Vote, children: Sequence[str], name: str) -> None:
        super().__init__(options, children, name)
        self._output = options.output

    def combine(self, answers: Sequence[Response | None], request: Request) -> Response:
        """Tags the answer with `confidence`, the share of the children that agree, in the row where it is least."""
        came = arrived(answers)
        names, ballots = [], []
        for index, answer in came:
            child = self.children[index]
            name, tensor = the_one(answer.tensors, self._output, child)
            names.append(name)
            ballots.append(_ballot(tensor, child))
            _check(ballots[-1], child, ballots[0], self.children[came[0][0]])
        labels, shares = _count(ballots)
        tag(request, confidence=float(shares.min()) if shares.size else 0.0)
        return Response({names[0]: Tensor(dtype_of(labels), labels)}, came[0][1].params)


class _Ballot(NamedTuple):
    """What a child says of each row."""

    labels: Array
    blank: Array
    """Where it says nothing."""


def _ballot(tensor: Tensor, child: str) -> _Ballot:
    array = tensor.values
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.shape[1] > 1 and tensor.dtype in NUMERIC:
        return _Ballot(np.argmax(array, axis=1), np.isnan(array).any(axis=1))
    if array.ndim != 1 or tensor.dtype == "JSON":
        raise GraphFault(f"child '{child}' must have labels [n] or scores [n, k], got {tensor}", CODE)
    if array.dtype != object:
        return _Ballot(array, np.isnan(array))
    labels = np.array([_text(label) for label in array], object)
    return _Ballot(labels, np.array([label is None for label in labels], np.bool_))


def _text(label: Any) -> Any:
    """Labels from gRPC are bytes, those from JSON are text."""
    return label.decode(errors="replace") if isinstance(label, bytes) else label


def _check(ballot: _Ballot, child: str, first: _Ballot, other: str) -> None:
    rows, wanted = len(ballot.labels), len(first.labels)
    if rows != wanted:
        raise GraphFault(f"child '{child}' has labels for {rows} rows, child '{other}' for {wanted}", CODE)
    if (ballot.labels.dtype == object) != (first.labels.dtype == object):
        raise GraphFault(f"of the labels of child '{child}' and child '{other}' one is text, one a number", CODE)


def _count(ballots: Sequence[_Ballot]) -> tuple[Array, Array]:
    """The winner of each row, and its share of the children. Raises GraphFault for a row without a vote."""
    labels = np.array([ballot.labels for ballot in ballots])
    said = ~np.array([ballot.blank for ballot in ballots])
    votes = ((labels[:, None] == labels) & said[:, None] & said).sum(axis=1)
    # Of equal numbers argmax takes the first: the label that the first child gave.
    winners, rows = votes.argmax(axis=0), np.arange(votes.shape[1])
    most = votes[winners, rows]
    if not most.all():
        raise GraphFault(f"row {int(np.argmin(most))}: no child has given a label", CODE)
    return labels[winners, rows], most / len(ballots)
