"""Values on their way to loose inputs and from loose signatures: columns of plain values, and what is missing in them.

A missing value is None among texts and in JSON, NaN among numbers. Where a form has no sign for a missing text, empty
text stands for it, both ways.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, Final, TypeVar

import numpy as np

from salver.core.domain import BASKET
from salver.core.errors import BadInput
from salver.core.tensor import FLOATS, INTEGERS, Tensor, TensorSpec, objects, widen

T = TypeVar("T")
NUMBERS: Final = FLOATS | INTEGERS
_CLOSE: Final = 0.8
_MAX_ODD, _MAX_ABSENT, _MAX_CHARS = 20, 200, 100
"""What is looked through for misspelt names: comparing takes its time, and others wait."""
_NUMBER_TYPES: Final = frozenset((float, int, type(None)))
_TEXT_TYPES: Final = frozenset((str, type(None)))
_INT: Final = {int}
_BOOL: Final = {bool}


def odd_name(names: Collection[str], wanted: Collection[str]) -> tuple[str, str] | None:
    """A name that must not be passed over, and what to say of it.

    Records often hold more than a model reads, so names that are not wanted may come: not one that looks like a wanted
    one that does not come, nor only such.
    """
    odd = [name for name in names if name not in wanted]
    if odd and len(odd) == len(names):
        return odd[0], f"the inputs are {', '.join(map(repr, wanted))}"
    absent = [name for name in wanted if name not in names] if odd else []
    for name in odd[:_MAX_ODD] if absent else ():
        for close in get_close_matches(name[:_MAX_CHARS], absent[:_MAX_ABSENT], 1, _CLOSE):
            return name, f"did you mean {close!r}?"
    return None


def known(values: Mapping[str, T], wanted: Collection[str]) -> dict[str, T]:
    """What is wanted among values by input name. Raises BadInput for a name that must not be passed over."""
    odd = odd_name(values.keys(), wanted)
    if odd is not None:
        raise BadInput(f"there is no input '{odd[0]:.80}'; {odd[1]}")
    return {name: value for name, value in values.items() if name in wanted}


def typed_column(values: list[Any], dtype: str) -> Tensor | None:
    """Plain values as the column of a loose input of that dtype; None where they are of another kind, or mixed.

    Integers are INT64 where integers are wanted and none is missing, any other numbers FP64.
    """
    types = set(map(type, values))
    if dtype in NUMBERS:
        return _numbers(values, types == _INT and dtype in INTEGERS) if types <= _NUMBER_TYPES else None
    if dtype == "BYTES":
        return Tensor("BYTES", objects(values)) if types <= _TEXT_TYPES else None
    return Tensor("BOOL", np.array(values, np.bool_)) if dtype == "BOOL" and types == _BOOL else None


def column(values: list[Any], dtype: str) -> Tensor:
    """Plain values as the column of a loose input of that dtype, as JSON where they are of another kind, or mixed."""
    return typed_column(values, dtype) or Tensor("JSON", objects(values))


def gap(rows: int, dtype: str) -> Tensor:
    """A column for an input of that dtype in which every value is missing."""
    if dtype in NUMBERS:
        return Tensor("FP64", np.full(rows, np.nan))
    return Tensor("BYTES" if dtype == "BYTES" else "JSON", np.full(rows, None, object))


def received(tensor: Tensor, spec: TensorSpec) -> Tensor:
    """A tensor of any dtype as a loose input takes it: BF16 as FP32, bytes as text, rows of one as a column, JSON as
    what its values are, and for an input of JSON rows of numbers as lists.

    Among bytes an empty one is a missing value, and one that is a list in JSON a basket where the input takes baskets.
    Raises BadInput for bytes that are no UTF-8.
    """
    array = tensor.array
    if spec.dtype == "JSON" and array.ndim > 1 and tensor.dtype in NUMBERS:
        values = widen(array) if tensor.dtype == "BF16" else array
        return Tensor("JSON", objects(values.tolist()))
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if tensor.dtype == "BF16":
        return Tensor("FP32", widen(array))
    if tensor.dtype == "JSON" and array.ndim == 1:
        return column(array.tolist(), spec.dtype)
    if tensor.dtype == "BYTES":
        return _texts(array, spec.domain is not None and spec.domain.kind == BASKET)
    return tensor if array is tensor.array else Tensor(tensor.dtype, array)


def basket(text: str) -> Any:
    """The items of a basket written as a JSON list; any other text as it is."""
    if not text.startswith("["):
        return text
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return items if isinstance(items, list) else text


def without_gaps(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The tensors with empty text in place of missing texts, for forms that have no sign for these."""
    return {name: _filled(tensor) if tensor.dtype == "BYTES" else tensor for name, tensor in tensors.items()}


def as_texts(tensor: Tensor) -> Tensor:
    """A column of any dtype as `received` reads it back, for forms without a sign for missing or mixed values: these
    become texts, as JSON writes them."""
    if tensor.dtype != "JSON":
        return _filled(tensor) if tensor.dtype == "BYTES" else tensor
    texts = ["" if item is None else item if isinstance(item, str) else json.dumps(item) for item in tensor.array]
    return Tensor("BYTES", objects(texts))


def _numbers(values: list[Any], are_integers: bool) -> Tensor | None:
    try:
        if are_integers:
            return Tensor("INT64", np.array(values, np.int64))
        return Tensor("FP64", np.array(values, np.float64))
    except OverflowError:
        return None


def _texts(array: np.ndarray[Any, Any], may_be_baskets: bool) -> Tensor:
    values: list[Any] = [_text(value) for value in array.flat]
    if may_be_baskets:
        values = [value if value is None else basket(value) for value in values]
    return Tensor("JSON" if list in map(type, values) else "BYTES", objects(values).reshape(array.shape))


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError as error:
            raise BadInput(f"holds bytes that are no UTF-8 text: {error.reason} at byte {error.start}") from None
    return value or None


def _filled(tensor: Tensor) -> Tensor:
    values = tensor.array.reshape(-1).tolist()
    if None not in values:
        return tensor
    filled = objects(["" if value is None else value for value in values])
    return Tensor("BYTES", filled.reshape(tensor.array.shape))
