"""The values of a predict body for a signature whose inputs are loose: what a row leaves out, and null, is a missing
value, and values of other kinds come to the model as they are. A list in a row is one value."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.loose import NUMBERS, gap, known, odd_name
from salver.core.signature import MAX_LEFT_OUT, Signature
from salver.core.tensor import INTEGERS, Tensor, objects
from salver.protocols.jsontensor import to_column

_MAX_LOOKED_AT: Final = 5
"""Different sets of names in one request that are looked through for misspelt ones."""


def from_rows(rows: list[Any], signature: Signature) -> dict[str, Tensor]:
    """The columns of rows, each an object by input name. Raises BadInput, in TensorFlow Serving's words, for what is no
    object, or has a name that must not be passed over."""
    inputs = signature.inputs
    wanted = inputs.keys()
    looked_at: set[frozenset[str]] = set()
    for index, row in enumerate(rows):
        if type(row) is not dict:
            raise BadInput(f"Expecting object but got list at item {index} of input list")
        if not row.keys() <= wanted:
            rows[index] = _known(row, index, wanted, looked_at)
    if len(rows) == 1:
        return _from_row(rows[0], signature)
    names = list(dict.fromkeys(chain.from_iterable(rows)))
    if not names:
        return _rowless(len(rows), signature)
    if len(rows) * len(names) - sum(map(len, rows)) > MAX_LEFT_OUT:
        raise BadInput(f"the {len(rows)} rows leave out more than {MAX_LEFT_OUT} values")
    columns = zip(names, _columns(names, rows), strict=True)
    return {name: to_column(values, inputs[name].dtype) for name, values in columns}


def from_columns(columns: dict[str, Any], signature: Signature) -> dict[str, Tensor]:
    """Whole columns by input name, each a list. Raises BadInput for what is none, or has a name that must not be passed
    over."""
    tensors = {}
    for name, values in known(columns, signature.inputs).items():
        if type(values) is not list and type(values) is not np.ndarray:
            raise BadInput(f"input '{name}' is one value, wanted a list with a value for each row")
        tensors[name] = to_column(values, signature.inputs[name].dtype)
    return tensors


def _from_row(row: dict[str, Any], signature: Signature) -> dict[str, Tensor]:
    """One row, which most requests are: its numbers in one array, of which each column is a view."""
    inputs = signature.inputs
    tensors: dict[str, Tensor] = {}
    names = []
    numbers = []
    for name, value in row.items():
        dtype = inputs[name].dtype
        kind = type(value)
        if kind is float or (kind is int and dtype not in INTEGERS):
            if dtype in NUMBERS:
                names.append(name)
                numbers.append(value)
                continue
        elif kind is str and dtype == "BYTES":
            array = np.empty(1, object)
            array[0] = value
            tensors[name] = Tensor("BYTES", array)
            continue
        tensors[name] = to_column([value], dtype)
    if names:
        _put_numbers(tensors, names, numbers)
    return tensors or _rowless(1, signature)


def _put_numbers(tensors: dict[str, Tensor], names: list[str], numbers: list[Any]) -> None:
    try:
        array = np.array(numbers, np.float64)
    except OverflowError:
        tensors |= {name: Tensor("JSON", objects([number])) for name, number in zip(names, numbers, strict=True)}
        return
    for place, name in enumerate(names):
        tensors[name] = Tensor("FP64", array[place : place + 1])


def _columns(names: list[str], rows: list[dict[str, Any]]) -> list[list[Any]]:
    if len(names) > 1:
        try:
            return list(map(list, zip(*map(itemgetter(*names), rows), strict=True)))
        except KeyError:
            pass
    return [list(map(dict.get, rows, repeat(name))) for name in names]


def _rowless(rows: int, signature: Signature) -> dict[str, Tensor]:
    """Rows in which everything is missing: one column says how many there are."""
    name, spec = next(iter(signature.inputs.items()))
    return {name: gap(rows, spec.dtype)}


def _known(row: dict[str, Any], index: int, wanted: Collection[str], looked_at: set[frozenset[str]]) -> dict[str, Any]:
    """The row without the names that are passed over. What has been looked at need not be again."""
    names = frozenset(row)
    if names not in looked_at and len(looked_at) < _MAX_LOOKED_AT:
        looked_at.add(names)
        odd = odd_name(row.keys(), wanted)
        if odd is not None:
            raise BadInput(
                f"Failed to process element: {index} key: {odd[0]} of 'instances' list. "
                f"Error: INVALID_ARGUMENT: JSON object: does not have named input: {odd[0]}; {odd[1]}"
            )
    return {name: value for name, value in row.items() if name in wanted}
