"""A valid request made up from a signature: for warm-up, for the banner's curl, for the first error a newcomer gets."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from salver.core.servable import Request
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec, objects

_VALUES: Final[dict[str, Any]] = {"BYTES": "text", "BOOL": True, "FP16": 1.0, "FP32": 1.0, "FP64": 1.0, "BF16": 0x3F80}


def example(signature: Signature, name: str = "", *, rows: int = 1) -> Request:
    """A request that the signature accepts: every open axis has one element, axis 0 of a batched one `rows`.

    Floats are 1, integers 0 (a safe index), strings "text". Inputs with defaults are left out.
    """
    tensors = {
        key: Tensor(spec.dtype, _values(spec, rows if signature.batched else 1))
        for key, spec in signature.inputs.items()
        if key not in signature.defaults
    }
    return Request(tensors, name)


def _values(spec: TensorSpec, rows: int) -> np.ndarray[Any, Any]:
    shape = spec.shape if spec.shape is not None else (-1,)
    sizes = [max(size, 1) if size < 0 else size for size in shape]
    if shape and shape[0] == -1:
        sizes[0] = rows
    if spec.dtype == "JSON":
        return objects([{} for _ in range(math.prod(sizes))]).reshape(sizes)
    return np.full(sizes, _VALUES.get(spec.dtype, 0), NUMPY[spec.dtype])
