"""Reconstruction: how badly a model that learnt to reproduce ordinary rows reproduces these.

Any autoencoder will do: D. P. Kingma, M. Welling, Auto-Encoding Variational Bayes, 2013; J. An, S. Cho, Variational
Autoencoder based Anomaly Detection using Reconstruction Probability, 2015. The model itself is not here: who has it
asks it, and gives its answer to `Reconstructed.judge`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from salver.core.bounds import positive
from salver.core.errors import BadInput, GraphFault
from salver.core.servable import Request, Response
from salver.core.tensor import FLOATS, INTEGERS, Tensor
from salver.graph.guards.outlier_findings import FARTHEST, OutlierFindings


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Rows that a model cannot reproduce."""

    threshold: float
    """The mean squared error of a row that is still ordinary."""
    refuse: bool = False
    """Whether a request with an outlier is refused."""

    def __post_init__(self) -> None:
        positive(self, "threshold")

    def __call__(self, name: str) -> Reconstructed:
        return Reconstructed(name, self)


class Reconstructed:
    """Judges rows by what a model made of them."""

    def __init__(self, name: str, options: Reconstruction) -> None:
        self._name = name
        self._findings = OutlierFindings(name, options.refuse)
        self._threshold = options.threshold

    def judge(self, request: Request, reconstruction: Tensor) -> Response:
        """The request's own tensors: it must have one, numbers of shape [n, ...]. Raises BadInput for another request
        and, where it is to refuse outliers, for the first of them; GraphFault for a reconstruction of another shape."""
        if len(request.tensors) != 1:
            raise BadInput(f"guard '{self._name}' wants one tensor to reconstruct, got {len(request.tensors)}")
        (original,) = request.tensors.values()
        wanted, made = _numbers(original), _numbers(reconstruction)
        if wanted is None:
            raise BadInput(f"guard '{self._name}' wants numbers of shape [n, ...], got {original}")
        if made is None or wanted.shape != made.shape:
            shape = list(wanted.shape)
            raise GraphFault(
                f"guard '{self._name}' wants numbers of shape {shape} from its model, got {reconstruction}", 203
            )
        self._findings.tell(request, reconstruction_errors(wanted, made), self._threshold)
        return Response(request.tensors)


def reconstruction_errors(rows: np.ndarray[Any, Any], made: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The mean squared error of each row, arrays of equal shape [n, ...] given; NaN where a value of either is.
    A row with an infinity is the farthest."""
    flat = rows.reshape(len(rows), math.prod(rows.shape[1:]))
    with np.errstate(all="ignore"):
        squares = np.square(flat - made.reshape(flat.shape))
        errors = squares.mean(axis=1) if squares.size else np.zeros(len(rows))
    # What a model makes of an infinity is often NaN, which would pass for a value that is missing.
    infinite = np.isinf(flat).any(axis=1) & ~np.isnan(flat).any(axis=1)
    return np.where(infinite, FARTHEST, errors)


def _numbers(tensor: Tensor) -> np.ndarray[Any, Any] | None:
    """float64 of shape [n, ...]; None where it is no such thing."""
    if tensor.dtype not in FLOATS | INTEGERS or not tensor.array.ndim:
        return None
    return tensor.values.astype(np.float64)
