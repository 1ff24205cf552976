"""A prediction as JSON: `predictions`, a row each, or `outputs`, a tensor each, as the request was; `results` where
examples were asked about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import numpy as np

from salver.core.calls import Predict, Predicted
from salver.core.errors import BadInput
from salver.core.tensor import NUMPY, Tensor
from salver.protocols.http import HttpResponse
from salver.protocols.jsondoc import write
from salver.protocols.jsontensor import as_base64, from_tensor, with_nulls
from salver.protocols.tfserving.body import Body
from salver.protocols.tfserving.questions import Question, classes_of, values_of

_AS_THEY_ARE: Final = frozenset(NUMPY) - {"BYTES", "BF16", "JSON"}
"""Dtypes whose arrays `write` takes as they are: the short way for most answers."""


def encode_predicted(call: Predict, reply: Predicted) -> HttpResponse:
    """The answer in the request's own format; column format for a call that had none.

    An only output has no name, unless reasons why rows are refused could stand beside it. What is missing in the answer
    of a loose signature is null.

    Raises BadInput in row format where the outputs have no rows, or not the same number of them.
    """
    tensors, loose = reply.response.tensors, reply.signature.loose
    is_bare = len(tensors) == 1
    if isinstance(call.read, Body):
        is_bare = is_bare and not call.read.row_errors
        if call.read.row_format:
            return HttpResponse(200, write({"predictions": _rows(tensors, loose, is_bare)}, nulls=loose))
    return HttpResponse(200, write({"outputs": _columns(tensors, loose, is_bare)}, nulls=loose))


def encode_classified(call: Predict, reply: Predicted) -> HttpResponse:
    """`results`: for each example the pairs of label and score. Raises BadInput where there is no classification."""
    examples = classes_of(reply, cast(Question, call.read).count)
    results = [[(label, np.float32(score)) for label, score in classes] for classes in examples]
    return HttpResponse(200, write({"results": results}))


def encode_regressed(call: Predict, reply: Predicted) -> HttpResponse:
    """`results`: the value of each example. Raises BadInput where there is no regression."""
    values = values_of(reply, cast(Question, call.read).count)
    return HttpResponse(200, write({"results": np.array(values, np.float32)}))


def _columns(tensors: Mapping[str, Tensor], loose: bool, is_bare: bool) -> Any:
    values = {name: _values(name, tensor, loose) for name, tensor in tensors.items()}
    return next(iter(values.values())) if is_bare else values


def _rows(tensors: Mapping[str, Tensor], loose: bool, is_bare: bool) -> Any:
    if is_bare:
        ((name, tensor),) = tensors.items()
        if tensor.array.ndim and tensor.dtype in _AS_THEY_ARE and not loose:
            return tensor.array
        _size(name, tensor)
        return _values(name, tensor, loose)
    sizes = [_size(name, tensor) for name, tensor in tensors.items()]
    for name, size in zip(tensors, sizes, strict=True):
        if size != sizes[0]:
            raise BadInput(f"Tensor name: {name} has inconsistent batch size: {size} expecting: {sizes[0]}")
    columns = [_listed(_values(name, tensor, loose)) for name, tensor in tensors.items()]
    return [dict(zip(tensors, row, strict=True)) for row in zip(*columns, strict=True)]


def _size(name: str, tensor: Tensor) -> int:
    if not tensor.array.ndim:
        raise BadInput(f"Tensor name: {name} has no shape information ")
    return len(tensor.array)


def _values(name: str, tensor: Tensor, loose: bool) -> Any:
    """The whole tensor for `write`; strings as base64 where the name says that they are bytes."""
    if tensor.dtype == "BYTES" and name.endswith("_bytes"):
        return _base64(tensor.array)
    return with_nulls(tensor) if loose else from_tensor(tensor)


def _base64(array: np.ndarray[Any, Any]) -> Any:
    out = np.empty(array.shape, dtype=object)
    out.reshape(-1)[:] = [None if item is None else as_base64(item) for item in array.flat]
    return out.tolist()


def _listed(values: Any) -> list[Any]:
    """One item a row. float32 stays NumPy's, so that it prints in its own shortest form."""
    if isinstance(values, np.ndarray):
        return list(values) if values.ndim > 1 or values.dtype.kind == "f" else values.tolist()
    return list(values)
