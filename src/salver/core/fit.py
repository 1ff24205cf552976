"""Fit: tensors that came from elsewhere (another model, a message without a signature) as a signature's inputs.

Nothing is guessed but what can mean one thing only: names decide where they match, else there is one tensor for one
input, or a matrix for inputs that are its columns, or columns for an input that is their matrix. Numbers take the
input's dtype where none is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from salver.core.errors import BadInput
from salver.core.loose import NUMBERS, received
from salver.core.signature import Signature
from salver.core.tensor import INTEGERS, NUMPY, Tensor, TensorSpec, convert


def fit(tensors: Mapping[str, Tensor], signature: Signature) -> Mapping[str, Tensor]:
    """The tensors as the signature's inputs, in its dtypes and ranks; those that it does not know are left out where
    all that it needs is there. Raises BadInput that says what was wanted and what came."""
    if signature.open:
        return tensors
    inputs = signature.inputs
    if len(tensors) == 1:
        ((name, tensor),) = tensors.items()
        sole = signature.sole
        if sole is not None and (name == sole[0] or not (name in inputs and len(inputs) > 1)):
            return {sole[0]: _fitted(sole[0], tensor, sole[1])}
    if all(name in tensors or name in signature.defaults for name in inputs) and any(
        name in tensors for name in inputs
    ):
        return {name: _fitted(name, tensors[name], spec) for name, spec in inputs.items() if name in tensors}
    if len(tensors) == 1:
        return _columns(next(iter(tensors.values())), signature)
    if tensors and signature.sole is not None and not signature.sole[1].loose:
        name, spec = signature.sole
        return {name: _fitted(name, side_by_side(tensors), spec)}
    raise _unfit(tensors, signature)


def side_by_side(tensors: Mapping[str, Tensor]) -> Tensor:
    """Tensors of the same number of rows as one matrix, each column named for its tensor (`scores`, `scores:0`, ...).

    Raises BadInput for values that are no numbers, for other ranks than 1 and 2, for rows that differ in number.
    """
    parts: list[np.ndarray[Any, Any]] = []
    names: list[str] = []
    for name, tensor in tensors.items():
        array = tensor.values
        if tensor.dtype not in NUMBERS and tensor.dtype != "BOOL":
            raise BadInput(f"'{name}' is {tensor.dtype}, and only numbers go side by side in one tensor")
        if array.ndim not in (1, 2):
            raise BadInput(f"'{name}' has shape {list(array.shape)}, and only columns and matrices go side by side")
        if parts and len(array) != len(parts[0]):
            raise BadInput(f"'{name}' has {len(array)} rows, the tensors before it have {len(parts[0])}")
        parts.append(array[:, None] if array.ndim == 1 else array)
        single = array.ndim == 1 or array.shape[1] == 1
        names += [name] if single else tensor.names or [f"{name}:{index}" for index in range(array.shape[1])]
    joined = np.concatenate(parts, axis=1)
    dtype = "INT64" if joined.dtype.kind in "iub" and joined.dtype != np.uint64 else "FP64"
    return Tensor(dtype, joined.astype(NUMPY[dtype], copy=False), tuple(names))


def _columns(tensor: Tensor, signature: Signature) -> dict[str, Tensor]:
    """A matrix, or one row, as inputs that are its columns: by its names, where it has those of all inputs, else in
    order, where there are as many."""
    array = tensor.array
    if tensor.dtype == "JSON" and array.ndim == 0:
        return _of_json(array.item(), signature)
    if array.ndim == 1 and array.dtype != object:
        array = array[None, :]
    if array.ndim != 2:
        raise _unfit({"": tensor}, signature)
    inputs, names = signature.inputs, tensor.names
    needed = [name for name in inputs if name not in signature.defaults]
    if len(names) == array.shape[1] and set(needed) <= set(names):
        places = {name: names.index(name) for name in inputs if name in names}
    elif array.shape[1] == len(inputs):
        places = {name: index for index, name in enumerate(inputs)}
    else:
        raise _unfit({"": tensor}, signature)
    return {name: _fitted(name, _column(array[:, place], tensor.dtype), inputs[name]) for name, place in places.items()}


def _column(values: np.ndarray[Any, Any], dtype: str) -> Tensor:
    if values.dtype != object:
        return Tensor(dtype, np.ascontiguousarray(values))
    if all(isinstance(value, (str, bytes)) or value is None for value in values):
        return Tensor("BYTES", values)
    return Tensor("JSON", values)


def _of_json(value: Any, signature: Signature) -> dict[str, Tensor]:
    """An object of values by input name: what `jsonData` has for models of several inputs."""
    if not isinstance(value, dict):
        raise BadInput(f"wanted an object with the inputs {_names(signature)}, got {type(value).__name__}")
    missing = [name for name in signature.inputs if name not in value and name not in signature.defaults]
    if missing:
        raise BadInput(f"the object has no '{missing[0]}'; the inputs are {_names(signature)}")
    return {name: _fitted(name, _loose(value[name]), spec) for name, spec in signature.inputs.items() if name in value}


def _loose(value: Any) -> Tensor:
    array = np.empty((), object)
    array[()] = value
    return Tensor("JSON", array)


def _fitted(name: str, tensor: Tensor, spec: TensorSpec) -> Tensor:
    if tensor.dtype == spec.dtype and not spec.loose and spec.accepts(tensor.array.shape):
        return tensor
    try:
        if tensor.dtype == "JSON" and tensor.array.ndim == 0 and spec.dtype != "JSON":
            tensor = Tensor.of(tensor.array.item(), None if spec.loose else spec.dtype)
        if spec.loose:
            return received(_as_rows(tensor, 1), spec)
        typed = tensor if tensor.dtype == spec.dtype else Tensor(spec.dtype, _typed(tensor, spec.dtype), tensor.names)
        if spec.shape is not None and not spec.accepts(typed.array.shape):
            typed = _as_rows(typed, len(spec.shape))
        return typed
    except BadInput as fault:
        raise BadInput(f"input '{name}': {fault.message}") from None


def _typed(tensor: Tensor, dtype: str) -> np.ndarray[Any, Any]:
    array = tensor.array
    if tensor.dtype == "BYTES" and dtype == "JSON":
        return array
    if dtype in INTEGERS and array.dtype.kind == "f" and _is_whole(array):
        # Messages that have no integers (Seldon's over gRPC) write them so.
        return convert(array.astype(np.int64), "INT64", dtype)
    return convert(array, tensor.dtype, dtype)


def _is_whole(array: np.ndarray[Any, Any]) -> bool:
    return bool((array == np.rint(array)).all()) and bool((np.abs(array) < 2**63).all())


def _as_rows(tensor: Tensor, rank: int) -> Tensor:
    """One value as a row, one row as rows, rows of one value as values: where that is all that the ranks differ by."""
    array = tensor.array
    if array.ndim == rank - 1:
        return Tensor(tensor.dtype, array[None], tensor.names)
    if array.ndim == rank + 1 and array.shape[-1] == 1:
        return Tensor(tensor.dtype, array[..., 0])
    return tensor


def _names(signature: Signature) -> str:
    return ", ".join(f"'{name}'" for name in signature.inputs)


def _unfit(tensors: Mapping[str, Tensor], signature: Signature) -> BadInput:
    wanted = ", ".join(f"'{name}' {spec}" for name, spec in list(signature.inputs.items())[:20])
    came = ", ".join(
        f"{repr(name) + ' ' if name else ''}{tensor.dtype}{list(tensor.array.shape)}"
        + (f" with columns {', '.join(tensor.names[:20])}" if tensor.names else "")
        for name, tensor in list(tensors.items())[:20]
    )
    return BadInput(f"wanted {wanted}; got {came or 'nothing'}")
