"""A valid request made up from a signature: for warm-up, for the banner's curl, for the first error a newcomer gets."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from salver.core.domain import BASKET
from salver.core.servable import Request
from salver.core.signature import Signature
from salver.core.tensor import FLOATS, INTEGERS, NUMPY, Tensor, TensorSpec, objects

_VALUES: Final[dict[str, Any]] = {"BYTES": "text", "BOOL": True, "FP16": 1.0, "FP32": 1.0, "FP64": 1.0, "BF16": 0x3F80}
_TEXTS: Final = {"date": "2000-01-31", "time": "12:00:00", "datetime": "2000-01-31T12:00:00"}
"""What stands in a text that is one of these."""


def example(signature: Signature, name: str = "", *, rows: int = 1) -> Request:
    """A request that the signature accepts: every open axis has one element, axis 0 of a batched one `rows`.

    Floats are 1, integers 0 (a safe index), strings "text", unless an input's domain says what is usual there. Inputs
    with defaults are left out, but not loose ones, which all have the default that they are missing.
    """
    tensors = {
        key: _tensor(spec, rows if signature.batched else 1)
        for key, spec in signature.inputs.items()
        if spec.loose or key not in signature.defaults
    }
    return Request(tensors, name)


def _tensor(spec: TensorSpec, rows: int) -> Tensor:
    if spec.domain is not None and spec.domain.kind == BASKET:
        return Tensor("JSON", objects([[_typical(spec)] for _ in range(rows)]))
    return Tensor(spec.dtype, _values(spec, rows))


def _values(spec: TensorSpec, rows: int) -> np.ndarray[Any, Any]:
    shape = spec.shape if spec.shape is not None else (-1,)
    sizes = [max(size, 1) if size < 0 else size for size in shape]
    if shape and shape[0] == -1:
        sizes[0] = rows
    if spec.dtype == "JSON":
        typical = {} if spec.domain is None or spec.domain.example is None else spec.domain.example
        return objects([typical] * math.prod(sizes)).reshape(sizes)
    return np.full(sizes, _typical(spec), NUMPY[spec.dtype])


def _typical(spec: TensorSpec) -> Any:
    domain = spec.domain
    if domain is not None and domain.example is not None:
        return domain.example
    if domain is not None and domain.categories:
        return domain.categories[0]
    if domain is not None and domain.intervals and spec.dtype in FLOATS | INTEGERS:
        within = domain.intervals[0].within
        return round(within) if spec.dtype in INTEGERS else within
    usual = _VALUES.get(spec.dtype, 0)
    return _TEXTS.get(domain.kind, usual) if domain is not None and spec.dtype == "BYTES" else usual
