"""Batches of requests to loose signatures: which may share one, and each answer as its rows would have had it alone.
Pure."""

from __future__ import annotations

from typing import Any

import numpy as np

from salver.core.loose import NUMBERS
from salver.core.servable import Request
from salver.core.signature import ERROR, ROW_ERRORS, Signature
from salver.core.tensor import Tensor
from salver.layers.batch_rows import Tensors


def kind_of(request: Request, signature: Signature) -> object:
    """Equal for requests that may share a batch: inputs left out do not matter, nor the width of numbers, but values of
    another kind than an input's own do, which would slow the others down, and what becomes of rows that are refused."""
    odd = frozenset(
        (name, _kind(tensor.dtype))
        for name, tensor in request.tensors.items()
        if _kind(tensor.dtype) != _kind(signature.inputs[name].dtype)
    )
    return odd, bool(request.params.get(ROW_ERRORS)), frozenset(request.outputs)


def as_alone(tensors: Tensors, request: Request, signature: Signature) -> Tensors:
    """The rows of one request in the answer to many: what is missing, or refused, elsewhere leaves no trace in them."""
    outputs = signature.outputs
    return {
        name: _narrowed(tensor, outputs[name].dtype) if name in outputs else tensor
        for name, tensor in tensors.items()
        if name != ERROR or ERROR in request.outputs or not _is_empty(tensor)
    }


def _kind(dtype: str) -> str:
    return "number" if dtype in NUMBERS else dtype


def _is_empty(tensor: Tensor) -> bool:
    return all(reason is None for reason in tensor.array)


def _narrowed(tensor: Tensor, dtype: str) -> Tensor:
    """A column in the dtype that it has where nothing is missing, unless something is."""
    array: np.ndarray[Any, Any] = tensor.array
    if dtype == "INT64" and tensor.dtype == "FP64" and np.isfinite(array).all():
        return Tensor("INT64", array.astype(np.int64))
    if dtype == "BOOL" and tensor.dtype == "JSON" and set(map(type, array)) <= {bool}:
        return Tensor("BOOL", array.astype(np.bool_))
    return tensor
