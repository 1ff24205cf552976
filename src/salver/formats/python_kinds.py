"""Kinds: what an annotation says about a value, and the value's way between a tensor and the user's function.

`float`, `int`, `bool`, `str`, `bytes` and NumPy's scalar types are scalars; `list[T]` adds an axis; a NumPy array says
dtype and shape by `Annotated[np.ndarray, "FP32", (-1, 13)]`, its dtype alone by `NDArray[np.float32]`, and is FP64 of
any rank when it says nothing; `dict` and `Any` are JSON.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Union, get_args, get_origin

import numpy as np

from salver.core.errors import BadInput
from salver.core.tensor import NUMPY, Tensor, TensorSpec, objects
from salver.formats.python_signature import read_spec

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What one argument, field or result holds."""

    dtype: str
    shape: tuple[int, ...] | None = ()
    """Of one value: () for a scalar."""
    array: bool = False
    """Whether the function sees a NumPy array."""
    text: bool = False
    """Whether strings are `str`, not `bytes`."""
    missing: bool = False
    """Whether a string may be None."""
    numpy: bool = False
    """Whether a scalar is one of NumPy's."""


_SCALARS: Final[Mapping[Any, Kind]] = {
    float: Kind("FP64"),
    int: Kind("INT64"),
    bool: Kind("BOOL"),
    str: Kind("BYTES", text=True),
    bytes: Kind("BYTES"),
    np.str_: Kind("BYTES", text=True),
    np.bytes_: Kind("BYTES"),
    np.bool_: Kind("BOOL", numpy=True),
    Any: Kind("JSON"),
    dict: Kind("JSON"),
    **{held.type: Kind(name, numpy=True) for name, held in NUMPY.items() if held.kind in "iuf" and name != "BF16"},
}
_MAX_ALIASES: Final = 10
"""Aliases of aliases that are followed; one may stand for itself."""
_LISTS: Final = (list, Sequence, tuple)
_DICTS: Final = (dict, Mapping)


def read_kind(annotation: Any) -> Kind | None:
    """The kind an annotation stands for; None when it is not one of those that can be served."""
    annotation = _expanded(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(args[0], args[1:])
    if origin in (Union, types.UnionType):
        return _optional(args)
    if annotation is np.ndarray or origin is np.ndarray:
        return _array(args)
    if origin in _LISTS:
        return _list(origin, args)
    if origin in _DICTS or typing.is_typeddict(annotation):
        return Kind("JSON")
    try:
        return _SCALARS.get(annotation)
    except TypeError:  # an annotation may be anything, also what has no hash
        return None


def _expanded(annotation: Any) -> Any:
    """What a type alias stands for (`type Features = ...`, and NumPy's own `NDArray` from 2.5 on)."""
    for _ in range(_MAX_ALIASES):
        args = get_args(annotation)
        value = getattr(get_origin(annotation) if args else annotation, "__value__", None)
        if value is None:
            break
        annotation = value[args] if args else value
    return annotation


def of_spec(spec: TensorSpec) -> Kind:
    """The kind of an array that was declared by a spec."""
    return Kind(spec.dtype, spec.shape, array=True)


def _annotated(base: Any, words: tuple[Any, ...]) -> Kind | None:
    kind = read_kind(base)
    if kind is None or not kind.array:
        return kind
    spec = next((word for word in words if isinstance(word, TensorSpec)), None)
    if spec is not None:
        return of_spec(read_spec(spec))
    dtype = next((word for word in words if isinstance(word, str)), kind.dtype)
    shape = next((word for word in words if isinstance(word, tuple)), kind.shape)
    return of_spec(read_spec((dtype, shape)))


def _optional(args: tuple[Any, ...]) -> Kind | None:
    """`T | None`: a missing argument; for strings also a missing value."""
    others = [arg for arg in args if arg is not type(None)]
    kind = read_kind(others[0]) if len(others) == 1 else None
    if kind is None:
        return None
    return Kind(kind.dtype, kind.shape, kind.array, kind.text, missing=kind.dtype == "BYTES", numpy=kind.numpy)


def _array(args: tuple[Any, ...]) -> Kind | None:
    """`np.ndarray[tuple[int, int], np.dtype[np.float32]]`, of which NDArray is the short form."""
    if not args:
        return Kind("FP64", None, array=True)
    axes, scalars = get_args(args[0]), get_args(args[1]) if len(args) > 1 else ()
    kind = _SCALARS.get(scalars[0]) if scalars else Kind("FP64")
    shape = (-1,) * len(axes) if axes and Ellipsis not in axes else None
    return None if kind is None else Kind(kind.dtype, shape, array=True, text=kind.text)


def _list(origin: Any, args: tuple[Any, ...]) -> Kind | None:
    if origin is tuple and (len(args) != 2 or args[1] is not Ellipsis):
        return None
    inner = read_kind(args[0]) if args else None
    if inner is None or inner.array or inner.shape is None:
        return None
    if inner.dtype == "JSON":
        return inner
    return Kind(inner.dtype, (-1, *inner.shape), text=inner.text, missing=inner.missing)


# From a tensor to what the function sees


def rows_of(tensor: Tensor, kind: Kind, where: str) -> list[Any]:
    """One value a row. Raises BadInput for text that is not UTF-8, and for missing strings."""
    if kind.dtype == "BYTES":
        tensor = Tensor("BYTES", strings(tensor.array, kind, where))
    values = tensor.array
    return list(values) if kind.numpy and not kind.shape else list(values.tolist())


def whole_of(tensor: Tensor, kind: Kind, where: str) -> Any:
    """Everything at once: an array (not to be written to), a list, or a scalar."""
    array = strings(tensor.array, kind, where) if kind.dtype == "BYTES" else tensor.array
    if not kind.array:
        return array[()] if kind.numpy and not kind.shape else array.tolist()
    view = array.view()
    view.flags.writeable = False
    return view


def strings(array: Array, kind: Kind, where: str) -> Array:
    """Strings of one type, as the kind wants them."""
    found = np.empty(array.size, dtype=object)
    for index, value in enumerate(array.astype(object).ravel().tolist()):
        found[index] = _string(value, kind, where)
    return found.reshape(array.shape)


def _string(value: Any, kind: Kind, where: str) -> str | bytes | None:
    try:
        if isinstance(value, bytes):
            return value.decode() if kind.text else value
        if isinstance(value, str):
            return value if kind.text else value.encode()
    except UnicodeError as error:
        raise BadInput(f"{where} holds text that is not UTF-8: {error}") from None
    if value is None and (kind.missing or kind.array):
        return None
    raise BadInput(f"{where} holds {'a missing value' if value is None else repr(value)[:60]}, wanted text")


# From what the function gave to a tensor


def column(values: list[Any], kind: Kind) -> Tensor:
    """A tensor of one value a row. Raises BadInput where they are not of the kind."""
    if kind.dtype == "JSON":
        return Tensor("JSON", objects(values))
    shape = (len(values), *(kind.shape or ()))
    if not values:
        return Tensor(kind.dtype, np.empty([max(size, 0) for size in shape], NUMPY[kind.dtype]))
    return checked(values, kind.dtype, TensorSpec(kind.dtype, shape))


def checked(value: Any, dtype: str, spec: TensorSpec) -> Tensor:
    """A tensor of a value, as its spec says. Raises BadInput where it is not."""
    if dtype == "BYTES" and not isinstance(value, np.ndarray):
        # Not by way of NumPy's own strings: they lose trailing NULs.
        value = np.array(value, dtype=object)
    tensor = Tensor.of(value, dtype)
    if not spec.accepts(tensor.array.shape):
        raise BadInput(f"the shape is {list(tensor.array.shape)}")
    return tensor
