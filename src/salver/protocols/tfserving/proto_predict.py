"""`PredictRequest` and `PredictResponse`: what the Predict call of the gRPC interface reads and writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from salver.core.calls import Call, Predict, Predicted
from salver.core.errors import BadInput, Precondition, Unsupported
from salver.core.loose import known, received, without_gaps
from salver.core.servable import Request, Response
from salver.core.signature import Signature, UnknownSignature, select
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols import prototensor
from salver.protocols.jsondoc import read as read_json
from salver.protocols.jsondoc import write as write_json
from salver.protocols.jsontensor import json_value, to_tensor
from salver.protocols.tfserving.methods import check_predictable
from salver.protocols.tfserving.model_spec import MISSING, Spec, read_spec, write_spec
from salver.protocols.tfserving.proto_outline import ANSWER, REQUEST, Outline, Span, outline
from salver.protocols.varints import one

_FIRST: Final = b"\x0a"
_SECOND: Final = b"\x12"
_THIRD: Final = b"\x1a"
"""Tags of the first three fields of a message, where they have a length. A request has the model's spec before its
tensors, an answer after them."""


class Asked:
    """A Predict call's `read`: the tensors are read once the model, and so its signature, is known."""

    __slots__ = ("_method_check", "_outline", "_signature_name")

    def __init__(self, request: Outline, signature_name: str, method_check: bool) -> None:
        self._outline = request
        self._signature_name = signature_name
        self._method_check = method_check

    def __call__(self, signatures: Mapping[str, Signature]) -> Request:
        """The request. Raises Precondition for an unknown signature, BadInput for inputs or outputs it lacks or that
        cannot be read, Internal where the signature was not exported to predict and that is checked."""
        try:
            name, signature = select(signatures, self._signature_name)
        except UnknownSignature as unknown:
            raise Precondition(f'Serving signature key "{unknown.name}" not found.') from None
        if self._method_check:
            check_predictable(signature)
        inputs, outputs = self._outline.tensors, self._outline.filter
        if signature.loose:
            inputs = known(inputs, signature.inputs)
        if inputs.keys() != signature.inputs.keys():
            _check_names(inputs, signature)
        tensors = {alias: self._tensor(alias, span, signature) for alias, span in inputs.items()}
        if outputs:
            _check_outputs(outputs, signature)
        return Request(tensors, name, outputs=tuple(outputs))

    def _tensor(self, alias: str, span: Span, signature: Signature) -> Tensor:
        spec = signature.inputs[alias]
        try:
            tensor = prototensor.read(self._outline.buffer, *span)
            if spec.loose:
                return received(tensor, spec)
            return _parsed(tensor) if spec.dtype == "JSON" and tensor.dtype == "BYTES" else tensor
        except BadInput as fault:
            raise BadInput(f"tensor parsing error: {alias}: {fault.message}") from None


def decode_predict(protocol: str, buffer: bytes | memoryview, method_check: bool) -> Predict:
    """The call that a `PredictRequest` is. Raises BadInput for one that cannot be read, or names no model."""
    request = outline(buffer, REQUEST)
    if request.spec is None:
        raise BadInput(MISSING)
    spec = read_spec(request.spec)
    return Predict(protocol, spec.name, spec.version, spec.label, Asked(request, spec.signature_name, method_check))


def encode_predicted(_: Call, reply: Predicted, content: bool) -> bytes:
    """`PredictResponse`: typed lists of values, or with `content` each tensor's memory.

    Raises Unsupported for a missing string, which the message cannot say; where the signature is loose it is empty.
    """
    tensors = reply.response.tensors
    pieces = _entries(without_gaps(tensors) if reply.signature.loose else tensors, _FIRST, content)
    pieces.append(_answered_by(reply.model, reply.version, reply.signature_name))
    return b"".join(pieces)


def encode_request(call: Predict, content: bool) -> bytes:
    """The client's half: `PredictRequest`. Raises Unsupported for a missing string."""
    request = call.read({})
    spec = write_spec(call.model, call.version, call.label, request.signature)
    pieces = [_field(_FIRST, spec), *_entries(request.tensors, _SECOND, content)]
    pieces += [_field(_THIRD, name.encode()) for name in request.outputs]
    return b"".join(pieces)


def decode_answer(call: Predict, raw: bytes) -> Predicted:
    """The client's half: the reply in a `PredictResponse`. Raises BadInput for what is none."""
    answer = outline(raw, ANSWER)
    spec = read_spec(answer.spec) if answer.spec else Spec(call.model)
    tensors = {name: prototensor.read(answer.buffer, *span) for name, span in answer.tensors.items()}
    specs = {name: TensorSpec(tensor.dtype, tensor.array.shape) for name, tensor in tensors.items()}
    return Predicted(call.model, spec.version or 0, spec.signature_name, Signature({}, specs), Response(tensors))


def _entries(tensors: Mapping[str, Tensor], tag: bytes, content: bool) -> list[Any]:
    """The pieces of a map from names to tensors, a field with this tag."""
    pieces: list[Any] = []
    for name, tensor in tensors.items():
        array = tensor.array
        if prototensor.is_raw(tensor.dtype, content):
            pieces.append(_entry_prefix(tag, name, tensor.dtype, array.shape, content))
            pieces.append(array if array.flags.c_contiguous else array.tobytes())
        else:
            pieces.append(_entry(tag, name, tensor, content))
    return pieces


def _parsed(texts: Tensor) -> Tensor:
    """The values of an input of dtype JSON, which come as texts."""
    values = to_tensor([read_json(text) for text in texts.array.flat], "JSON")
    return Tensor("JSON", values.array.reshape(texts.array.shape))


# Writing.


def _entry(tag: bytes, name: str, tensor: Tensor, content: bool) -> bytes:
    try:
        body = _key(name) + _field(_SECOND, prototensor.write(_written(tensor), content))
    except Unsupported as fault:
        raise Unsupported(f"'{name}': {fault.message}") from None
    return _field(tag, body)


@lru_cache(maxsize=1024)
def _entry_prefix(tag: bytes, name: str, dtype: str, shape: tuple[int, ...], content: bool) -> bytes:
    """All of an entry that comes before the array's memory."""
    start = prototensor.prefix(dtype, shape, content)
    size = prototensor.size_bytes(dtype, shape)
    body = _key(name) + _SECOND + one(len(start) + size) + start
    return tag + one(len(body) + size) + body


def _written(tensor: Tensor) -> Tensor:
    if tensor.dtype != "JSON":
        return tensor
    texts = to_tensor([write_json(json_value(item)).decode() for item in tensor.array.flat], "BYTES")
    return Tensor("BYTES", texts.array.reshape(tensor.array.shape))


@lru_cache(maxsize=1024)
def _answered_by(model: str, version: int, signature_name: str) -> bytes:
    return _field(_SECOND, write_spec(model, version, None, signature_name))


def _key(name: str) -> bytes:
    return _field(_FIRST, name.encode())


def _field(tag: bytes, data: bytes) -> bytes:
    return tag + one(len(data)) + data


# Why names were refused, in TensorFlow Serving's words.


def _check_names(inputs: Mapping[str, Span], signature: Signature) -> None:
    wanted, defaults = signature.inputs, signature.defaults
    if len(inputs) > len(wanted) or (len(inputs) < len(wanted) and not defaults):
        raise BadInput(
            f"input size does not match signature: {len(inputs)}!={len(wanted)} "
            f"len({_set(inputs)}) != len({_set(wanted)}). Sent extra: {_set(inputs.keys() - wanted.keys())}. "
            f"Missing but required: {_set(wanted.keys() - inputs.keys())}."
        )
    for alias in wanted:
        if alias not in inputs and alias not in defaults:
            raise BadInput(
                f"Signature input alias: {alias}(feed name: {alias}:0) not found in request and no default value "
                f"provided. Inputs expected to be in the request {_set(inputs)}, or default input alias set: "
                f"{_list(defaults)}"
            )
    used = inputs.keys() & wanted.keys()
    if len(used) != len(inputs):
        raise BadInput(
            f"Inputs contains invalid name. Used request inputs: {_list(used)}, request input: {_list(inputs)}"
        )


def _check_outputs(outputs: list[str], signature: Signature) -> None:
    for index, alias in enumerate(outputs):
        if signature.output(alias) is None:
            raise BadInput(
                f"output tensor alias not found in signature: {alias} "
                f"Outputs expected to be in the set {_set(signature.outputs)}."
            )
        if alias in outputs[:index]:
            raise BadInput(f"duplicate output tensor alias: {alias}")


def _set(names: Iterable[str]) -> str:
    return f"{{{_list(names)}}}"


def _list(names: Iterable[str]) -> str:
    return ",".join(sorted(names))
