"""A predict body: JSON in row format (`instances`) or column format (`inputs`), read with a signature at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import NO_PARAMS, Request
from salver.core.signature import DEFAULT, ROW_ERRORS, Signature, select
from salver.core.tensor import Tensor
from salver.protocols.jsondoc import read
from salver.protocols.jsontensor import row_of_numbers, to_column, to_tensor
from salver.protocols.tfserving import loose_rows, refusals
from salver.protocols.tfserving.arrays import plain, stacked
from salver.protocols.tfserving.dtypes import UNREADABLE
from salver.protocols.tfserving.methods import check_predictable


class Body:
    """A Predict call's `read`. Remembers how the request asked, since the answer must mirror it."""

    __slots__ = ("_body", "_method_check", "row_errors", "row_format")

    def __init__(self, body: bytes, method_check: bool = False) -> None:
        self._body = body
        self._method_check = method_check
        self.row_format = False
        self.row_errors = False
        """Whether rows are refused one by one."""

    def __call__(self, signatures: Mapping[str, Signature]) -> Request:
        """The request. Raises BadInput that carries the signature where it is known, Unsupported for half floats,
        Internal where the signature was not exported to predict and that is checked."""
        name = ""
        try:
            document = read(self._body)
            request = self._plain_request(document, signatures)
            if request is not None:
                return request
            name = refusals.signature_name(document)
            name, signature = _signature(signatures, name)
            if self._method_check:
                check_predictable(signature)
            params = _parameters(document) if signature.loose else NO_PARAMS
            self.row_errors = bool(params.get(ROW_ERRORS))
            return Request(self._tensors(document, signature), name, params=params)
        except BadInput as fault:
            _attach(fault, signatures, name)
            raise

    def _plain_request(self, document: Any, signatures: Mapping[str, Signature]) -> Request | None:
        """The short way for what most requests are: one row of numbers for the one input of the default signature."""
        signature = signatures.get(DEFAULT)
        if signature is None or signature.sole is None or type(document) is not dict or len(document) != 1:
            return None
        if self._method_check or signature.loose:
            return None
        instances = document.get("instances")
        name, spec = signature.sole
        array = row_of_numbers(instances, spec.dtype) if type(instances) is list else None
        if array is None:
            return None
        self.row_format = True
        return Request({name: Tensor(spec.dtype, array)}, DEFAULT)

    def _tensors(self, document: dict[str, Any], signature: Signature) -> dict[str, Tensor]:
        if "instances" in document:
            if "inputs" in document:
                raise refusals.misformed(
                    document, "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
                )
            self.row_format = True
            return _rows(document, signature)
        if "inputs" in document:
            return _columns(document["inputs"], signature)
        raise BadInput("Missing 'inputs' or 'instances' key")


def _signature(signatures: Mapping[str, Signature], name: str) -> tuple[str, Signature]:
    try:
        return select(signatures, name)
    except BadInput:
        raise BadInput(f'Serving signature name: "{name or DEFAULT}" not found in signature def') from None


def _parameters(document: dict[str, Any]) -> Mapping[str, Any]:
    """What is asked of a loose signature beside its inputs. For any other model the member is one of those unknown."""
    parameters = document.get("parameters", NO_PARAMS)
    if not isinstance(parameters, Mapping):
        raise refusals.misformed(parameters, "not formatted correctly. 'parameters' key must be an object.")
    if type(parameters.get(ROW_ERRORS, False)) is not bool:
        raise refusals.misformed(parameters, f"not formatted correctly. '{ROW_ERRORS}' must be true or false.")
    return parameters


def _attach(fault: BadInput, signatures: Mapping[str, Signature], name: str) -> None:
    try:
        fault.signature_name, fault.signature = select(signatures, name)
    except BadInput:
        return


# Row format: one element a row, stacked on a new axis 0.


def _rows(document: dict[str, Any], signature: Signature) -> dict[str, Tensor]:
    instances = document["instances"]
    if type(instances) is list:
        if not instances:
            raise refusals.misformed(document, "No values in 'instances' array")
        if _is_object(instances[0]) and not _is_json_value(instances[0], signature):
            return loose_rows.from_rows(instances, signature) if signature.loose else _object_rows(instances, signature)
    elif type(instances) is not np.ndarray:
        raise refusals.misformed(document, "Expecting 'instances' to be an list/array")
    if signature.sole is None:
        raise BadInput(
            "instances is a plain list, but expecting list of objects as multiple input tensors required "
            "as per tensorinfo_map"
        )
    name, spec = signature.sole
    if spec.loose:
        return {name: to_column(instances, spec.dtype)}
    return {name: _plain_rows(instances, spec.dtype)}


def _plain_rows(instances: Any, dtype: str) -> Tensor:
    if dtype in UNREADABLE:
        raise refusals.unreadable(plain(instances[:1])[0], dtype)
    try:
        return to_tensor(instances if dtype != "JSON" else plain(instances), dtype)
    except BadInput:
        for index, item in enumerate(instances):
            if dtype != "JSON" and _is_object(item):
                raise BadInput(f"Expecting value/list but got object at item {index} of input list") from None
        raise refusals.of_rows(instances, dtype, None) from None


def _object_rows(instances: list[Any], signature: Signature) -> dict[str, Tensor]:
    keys = instances[0].keys()
    for index, row in enumerate(instances):
        if type(row) is not dict or (row.keys() != keys and not _is_object(row)):
            raise BadInput(f"Expecting object but got list at item {index} of input list")
        if index == 0 or row.keys() != keys:
            _check_keys(row, index, keys, signature)
    return {key: _column([row[key] for row in instances], signature.inputs[key].dtype, key) for key in keys}


def _check_keys(row: dict[str, Any], index: int, keys: Any, signature: Signature) -> None:
    """An input with a default may be left out, but then of every row."""
    inputs = signature.inputs
    for key in row:
        if key not in inputs:
            raise BadInput(
                f"Failed to process element: {index} key: {key} of 'instances' list. "
                f"Error: INVALID_ARGUMENT: JSON object: does not have named input: {key}"
            )
    if row.keys() != keys or not inputs.keys() - signature.defaults.keys() <= row.keys():
        raise BadInput(
            f"Failed to process element: {index} of 'instances' list. JSON object: {refusals.quoted(row)} "
            f"keys must be equal to: {','.join(sorted(inputs))}"
        )


def _column(values: list[Any], dtype: str, key: str) -> Tensor:
    if dtype in UNREADABLE:
        raise refusals.unreadable(values[0], dtype)
    try:
        return to_tensor(stacked(values) if dtype != "JSON" else plain(values), dtype)
    except BadInput:
        raise refusals.of_rows(values, dtype, key) from None


# Column format: each input whole.


def _columns(value: Any, signature: Signature) -> dict[str, Tensor]:
    inputs = signature.inputs
    if (_is_object(value) or (type(value) is dict and "b64" in inputs)) and not _is_json_value(value, signature):
        for name in inputs:
            if name not in value and name not in signature.defaults:
                raise BadInput(f"Missing named input: {name} in 'inputs' object.")
        if signature.loose:
            return loose_rows.from_columns(value, signature)
        return {name: _whole(value[name], spec.dtype) for name, spec in inputs.items() if name in value}
    if signature.sole is None:
        raise BadInput(
            "inputs is a plain value/list, but expecting an object as multiple input tensors required "
            "as per tensorinfo_map"
        )
    name, spec = signature.sole
    if spec.loose:
        return loose_rows.from_columns({name: value}, signature)
    return {name: _whole(value, spec.dtype)}


def _whole(value: Any, dtype: str) -> Tensor:
    if dtype in UNREADABLE:
        raise refusals.unreadable(value, dtype)
    try:
        return to_tensor(value if dtype != "JSON" else plain(value), dtype)
    except BadInput as fault:
        raise refusals.of_value(value, dtype, fault) from None


# What the two formats share.


def _is_object(value: Any) -> bool:
    """Whether the value names inputs: an object, unless it is `{"b64": ...}`, which is a value."""
    return type(value) is dict and not (len(value) == 1 and type(value.get("b64")) is str)


def _is_json_value(value: dict[str, Any], signature: Signature) -> bool:
    """Whether an object is itself the value of the only input, which takes any JSON."""
    if signature.sole is None:
        return False
    name, spec = signature.sole
    return spec.dtype == "JSON" and name not in value
