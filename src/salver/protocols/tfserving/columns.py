"""Examples as a model's inputs: whole, for a model that parses them itself, or feature by feature."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from math import prod
from typing import Any, Final

import numpy as np
from google.protobuf.message import DecodeError

from salver.core.errors import BadInput
from salver.core.loose import column
from salver.core.signature import MAX_LEFT_OUT, Signature
from salver.core.tensor import FLOATS, INTEGERS, Tensor, TensorSpec, convert, objects
from salver.protocols.messages import message

INPUTS: Final = "inputs"
"""What an input is called that takes serialized examples."""
MAX_EXAMPLES: Final = 100_000
"""Of one request, where each is made or read here: one costs microseconds, and may have taken its sender two bytes."""

_EXAMPLE: Final = message("tensorflow.Example")
_KINDS: Final = {
    **dict.fromkeys(FLOATS, ("float_list", "int64_list")),
    **dict.fromkeys(INTEGERS, ("int64_list",)),
    "BOOL": ("int64_list",),
    "BYTES": ("bytes_list",),
}
"""The kinds of feature that each dtype is made of."""


def as_inputs(examples: list[bytes], signature: Signature) -> dict[str, Tensor]:
    """The inputs that serialized `tf.Example`s stand for.

    A signature whose only input is called `inputs` and takes BYTES gets them as they are, in a vector. Any other gets
    for each input the feature of its name, one row an example, in its own dtype; a feature that is missing takes the
    input's default. Loose inputs take what there is: a feature of several values is a list, one without is missing.
    Raises BadInput naming the example and the feature that does not fit.
    """
    only = signature.inputs.get(INPUTS)
    if only is not None and only.dtype == "BYTES" and len(signature.inputs) == 1:
        return {INPUTS: Tensor("BYTES", objects(examples))}
    check_count(examples)
    if signature.loose:
        return _loose_columns([_features(index, raw) for index, raw in enumerate(examples)], signature)
    rows: dict[str, list[list[Any] | None]] = {name: [] for name in signature.inputs}
    for index, raw in enumerate(examples):
        features = _features(index, raw)
        for name, spec in signature.inputs.items():
            rows[name].append(_values(name, spec, index, features))
    columns = {name: _column(name, spec, rows[name], signature) for name, spec in signature.inputs.items()}
    return {name: column for name, column in columns.items() if column is not None}


def check_count(examples: Sized) -> None:
    """Raises BadInput for more examples than are looked at one by one."""
    if len(examples) > MAX_EXAMPLES:
        raise BadInput(f"{len(examples)} examples, wanted at most {MAX_EXAMPLES}")


def _features(index: int, raw: bytes) -> Any:
    try:
        return _EXAMPLE.FromString(raw).features.feature
    except DecodeError:
        raise BadInput(f"example {index} is no tf.Example") from None


def _loose_columns(examples: list[Any], signature: Signature) -> dict[str, Tensor]:
    if len(examples) * len(signature.inputs) > MAX_LEFT_OUT:
        raise BadInput(f"{len(examples)} examples of {len(signature.inputs)} features are too many")
    return {
        name: column([_loose_value(features, name, spec) for features in examples], spec.dtype)
        for name, spec in signature.inputs.items()
    }


def _loose_value(features: Any, name: str, spec: TensorSpec) -> Any:
    """One example's value; None where it has none."""
    kind = features[name].WhichOneof("kind") if name in features else None
    values = [] if kind is None else list(getattr(features[name], kind).value)
    if kind == "bytes_list":
        values = [value.decode(errors="replace") for value in values]
    elif spec.dtype == "BOOL" and set(values) <= {0, 1}:
        values = list(map(bool, values))
    return values[0] if len(values) == 1 else values or None


def _column(name: str, spec: TensorSpec, rows: list[list[Any] | None], signature: Signature) -> Tensor | None:
    if None in rows:
        if name in signature.defaults and not any(row is not None for row in rows):
            return None
        rows = _with_default(name, rows, signature.defaults)
    filled = [row for row in rows if row is not None]
    shape = _shape(name, spec, filled)
    flat = [value for row in filled for value in row]
    return Tensor(spec.dtype, _array(name, flat, spec.dtype).reshape(shape))


def _values(name: str, spec: TensorSpec, index: int, features: Any) -> list[Any] | None:
    """The values of one example's feature; None where it has none."""
    kind = features[name].WhichOneof("kind") if name in features else None
    if kind is None:
        return None
    kinds = _KINDS.get(spec.dtype)
    if kinds is None:
        raise BadInput(f"input '{name}' takes {spec.dtype}, which no feature of an example can hold")
    if kind not in kinds:
        raise BadInput(f"example {index}: feature '{name}' is a {kind}; {spec.dtype} is made of {' or '.join(kinds)}")
    return list(getattr(features[name], kind).value)


def _with_default(
    name: str, rows: list[list[Any] | None], defaults: Mapping[str, Tensor | None]
) -> list[list[Any] | None]:
    default = defaults.get(name)
    if default is None:
        reason = ", whose default the model keeps to itself" if name in defaults else ""
        raise BadInput(f"example {rows.index(None)} lacks feature '{name}'{reason}")
    values = default.array.reshape(-1).tolist()
    return [values if row is None else row for row in rows]


def _shape(name: str, spec: TensorSpec, rows: list[list[Any]]) -> tuple[int, ...]:
    """The shape of a column: an axis of examples before the shape of a row."""
    size = len(rows[0])
    for index, row in enumerate(rows):
        if len(row) != size:
            raise BadInput(f"example {index}: feature '{name}' has {len(row)} values, in example 0 it has {size}")
    if spec.shape is None:
        return (len(rows),) if size == 1 else (len(rows), size)
    if not spec.shape:
        if size * len(rows) != 1:
            raise BadInput(f"input '{name}' takes one value; {len(rows)} examples have {size} each")
        return ()
    known = prod(extent for extent in spec.shape[1:] if extent != -1)
    open_axes = spec.shape[1:].count(-1)
    if open_axes > 1 or (size != known if not open_axes else not known or size % known):
        raise BadInput(f"feature '{name}' has {size} values, a row of the input has shape {list(spec.shape[1:])}")
    return (len(rows), *(size // known if extent == -1 else extent for extent in spec.shape[1:]))


def _array(name: str, flat: list[Any], dtype: str) -> np.ndarray[Any, Any]:
    if dtype == "BYTES":
        return objects(flat)
    if dtype in FLOATS:
        return convert(np.array(flat, np.float64), "FP64", dtype)
    values = np.array(flat, np.int64)
    try:
        return convert(values, "INT64", dtype) if dtype != "BOOL" else _booleans(values)
    except BadInput as fault:
        raise BadInput(f"feature '{name}': {fault.message}") from None


def _booleans(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if values.size and (values.min() < 0 or values.max() > 1):
        raise BadInput("a truth value is 0 or 1")
    return values.astype(np.bool_)
