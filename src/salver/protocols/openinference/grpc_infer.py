"""The server's half of ModelInfer: a message as a Request, a Response as a message. Pure but for reading the clock once
when a request names a timeout.

Messages are read through a view in which every input is still its bytes: clients send the same name, datatype and
shape again and again, so that these are looked up rather than read anew. Answers are put together from bytes that
are remembered likewise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np

from salver.core.calls import Predict, Predicted
from salver.core.errors import BadInput, Unsupported
from salver.core.loose import known, received, without_gaps
from salver.core.servable import NO_PARAMS, Request
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols import varints
from salver.protocols.messages import message
from salver.protocols.openinference.asked import (
    Wanted,
    choose,
    expect_input,
    others,
    read_deadline,
    read_outputs,
    usual,
)
from salver.protocols.openinference.binary import pack, unpack
from salver.protocols.openinference.classify import classified
from salver.protocols.openinference.grpc_values import (
    FIELDS,
    field,
    parse,
    read_contents,
    read_parameters,
    write_contents,
    write_parameters,
)
from salver.protocols.openinference.parameters import answer_parameters
from salver.protocols.openinference.tensors import (
    JSON_MARK,
    is_marked,
    optional,
    parsed,
    read_shape,
    refuse_shared_memory,
)

NAME: Final = "openinference"
"""What this protocol is called in metrics and logs, over REST and gRPC alike."""

FINAL_WISH: Final = "triton_enable_empty_final_response"
"""A parameter about streams of several answers to one request. Here each request has one, which says that it is the
last in any case."""

_MAX_REMEMBERED_BYTES: Final = 256
_MAX_REMEMBERED: Final = 1024
_LARGE_BYTES: Final = 1 << 16
_MAX_VERSION_DIGITS: Final = 18
_RAW_OUTPUT: Final = b"\x32"  # ModelInferResponse.raw_output_contents = 6, length-delimited
_OUTPUT: Final = 5

_Request: Final = message("salver.wire.InferRequest")
_Tensor: Final = message("salver.wire.Tensor")
_Response: Final = message("inference.ModelInferResponse")


class Head:
    """An input or output but for its raw values."""

    __slots__ = ("contents", "dtype", "name", "parameters", "shape")

    def __init__(self, data: bytes) -> None:
        tensor = parse(_Tensor, data)
        self.name: str = tensor.name
        self.dtype: str = tensor.datatype
        self.shape = _shape(self.name, tuple(tensor.shape))
        self.parameters = read_parameters(tensor.parameters, f"{_where(self.name)}parameters.")
        self.contents: bytes | None = b"".join(tensor.contents) if tensor.contents else None


def _shape(name: str, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """What clients ask with is remembered while it is short: a name that fills a message would be kept for good."""
    if len(name) > _MAX_REMEMBERED_BYTES:
        return _read_shape(name, sizes)
    return _remembered_shape(name, sizes)


def _read_shape(name: str, sizes: tuple[int, ...]) -> tuple[int, ...]:
    return read_shape({"shape": list(sizes)}, _where(name))


_remembered_shape: Final = lru_cache(maxsize=_MAX_REMEMBERED)(_read_shape)


def _where(name: str) -> str:
    return f"tensor '{name:.80}': "


_heads: Final[dict[bytes, Head]] = {}


def read_head(data: bytes) -> Head:
    """The head in those bytes; the small ones without values are remembered."""
    head = _heads.get(data)
    if head is None:
        head = Head(data)
        if head.contents is None and len(data) <= _MAX_REMEMBERED_BYTES:
            if len(_heads) >= _MAX_REMEMBERED:
                _heads.clear()
            _heads[data] = head
    return head


class InferMessage:
    """Reads a message once the signatures are known, and then remembers how the answer was asked for."""

    __slots__ = ("id", "outputs", "raw_answer", "signature", "view")

    def __init__(self, view: Any) -> None:
        self.view = view
        self.id: str = view.id
        self.raw_answer = True
        self.outputs: dict[str, Wanted] | None = None
        self.signature: Signature | None = None

    def __call__(self, signatures: Mapping[str, Signature]) -> Request:
        """The request. Raises BadInput that names what is wrong, and the signature once one is chosen."""
        try:
            return self._read(signatures)
        except BadInput as fault:
            fault.signature = self.signature or usual(signatures)
            raise

    def _read(self, signatures: Mapping[str, Signature]) -> Request:
        view = self.view
        parameters = read_parameters(view.parameters, "parameters.") if view.parameters else None
        name, self.signature = choose(signatures, parameters)
        tensors = self._read_inputs(self.signature)
        if view.outputs:
            self.outputs = _read_outputs(view.outputs, self.signature)
        if parameters is None:
            return Request(tensors, name, outputs=tuple(self.outputs or ()))
        form = optional(parameters, "binary_data_output", bool, "parameters.")
        self.raw_answer = self.raw_answer if form is None else form
        optional(parameters, FINAL_WISH, bool, "parameters.")
        return Request(
            tensors,
            name,
            outputs=tuple(self.outputs or ()),
            deadline=read_deadline(parameters),
            params={
                key: value for key, value in (others(parameters, self.signature) or {}).items() if key != FINAL_WISH
            }
            or NO_PARAMS,
        )

    def _read_inputs(self, signature: Signature) -> dict[str, Tensor]:
        raws = self.view.raw_input_contents
        used = 0
        tensors: dict[str, Tensor] = {}
        for index, data in enumerate(self.view.inputs):
            head = read_head(data)
            name = head.name
            spec = signature.inputs.get(name)
            if spec is None or head.dtype != spec.dtype:
                spec = expect_input(signature, name, head.dtype, f"inputs[{index}].")
            if name in tensors:
                raise BadInput(f"inputs[{index}].name: '{name}' stands there twice")
            refuse_shared_memory(head.parameters)
            dtype = _own_dtype(head) if spec.loose else spec.dtype
            if head.contents is not None:
                tensor = self._read_typed(head, dtype)
            elif used < len(raws):
                tensor = _read_raw(head, dtype, raws[used], used)
                used += 1
            else:
                tensor = self._read_nothing(head, dtype)
            tensors[name] = _received(head, tensor, spec) if spec.loose else tensor
        if used < len(raws):
            raise BadInput(f"raw_input_contents: there are {len(raws)}, but {used} inputs without contents")
        return known(tensors, signature.inputs) if signature.loose else tensors

    def _read_typed(self, head: Head, dtype: str) -> Tensor:
        if self.view.raw_input_contents:
            raise BadInput(
                f"contents field must not be specified when using raw_input_contents for '{head.name}' for model "
                f"'{self.view.model_name}'"
            )
        self.raw_answer = False
        return typed_tensor(head, dtype)

    def _read_nothing(self, head: Head, dtype: str) -> Tensor:
        """An input without values: right only if its shape holds none."""
        if 0 in head.shape:
            return _read_raw(head, dtype, b"", 0)
        raise BadInput(
            f"unable to find data for input tensor '{head.name}' for model '{self.view.model_name}' in request."
        )


def _own_dtype(head: Head) -> str:
    return "JSON" if is_marked(head.dtype, head.parameters) else head.dtype


def _received(head: Head, tensor: Tensor, spec: TensorSpec) -> Tensor:
    try:
        return received(tensor, spec)
    except BadInput as fault:
        raise BadInput(f"{_where(head.name)}{fault.message}") from None


def typed_tensor(head: Head, dtype: str) -> Tensor:
    """The tensor in a head's typed contents. Raises BadInput naming it."""
    try:
        array = read_contents(dtype, math.prod(head.shape), head.contents or b"").reshape(head.shape)
        return parsed(array) if dtype == "JSON" else Tensor(dtype, array)
    except BadInput as fault:
        raise BadInput(f"{_where(head.name)}shape {list(head.shape)}: {fault.message}") from None


def raw_tensor(head: Head, dtype: str, raw: bytes) -> Tensor:
    """The tensor of that head in raw bytes. Raises BadInput."""
    array = unpack(dtype, head.shape, raw, 0, len(raw))
    return parsed(array) if dtype == "JSON" else Tensor(dtype, array)


def decode_infer(data: bytes) -> Predict:
    """The call; its tensors are read when the model is known."""
    view = parse(_Request, data)
    read = InferMessage(view)
    version = view.model_version
    return Predict(NAME, view.model_name, read_version(version) if version else None, None, read, read.id)


def read_version(text: str) -> int | None:
    """A model's version as messages have it; empty is any. Raises BadInput."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_VERSION_DIGITS):
        raise BadInput(
            f"failed to get model version from specified version string '{text:.60}' (details: wanted a whole "
            "number), version should be an integral value > 0"
        )
    return int(text)


def encode_predicted(call: Predict, reply: Predicted) -> bytes:
    """The answer: every output raw, or every one typed if its request was, or asked for it, and all datatypes can be.

    Raises Unsupported where a string is missing: neither form has a sign for it. In the answer of a loose signature
    it is empty.
    """
    read = call.read
    if not isinstance(read, InferMessage):
        raise TypeError("the call was not decoded by this protocol")
    tensors = reply.response.tensors
    if reply.signature.loose:
        tensors = without_gaps(tensors)
    if read.outputs:
        tensors = {name: _as_wanted(tensor, read.outputs.get(name), reply) for name, tensor in tensors.items()}
    pieces = [_front(reply.model, reply.version)]
    if read.id:
        pieces.append(field(3, read.id.encode()))
    told = answer_parameters(reply.response)
    if told:
        pieces.append(encode_parameters(told))
    if read.raw_answer or not all(tensor.dtype in FIELDS for tensor in tensors.values()):
        _add_raw(pieces, tensors)
    else:
        pieces.extend(_typed_output(name, tensor) for name, tensor in tensors.items())
    return b"".join(pieces)


def encode_parameters(values: Mapping[str, Any]) -> bytes:
    """The parameters of a ModelInferResponse: bytes that may stand anywhere among its other fields."""
    data: bytes = _Response(parameters=write_parameters(values)).SerializeToString()
    return data


def _read_raw(head: Head, dtype: str, raw: bytes, index: int) -> Tensor:
    try:
        return raw_tensor(head, dtype, raw)
    except BadInput as fault:
        raise BadInput(f"raw_input_contents[{index}] of input '{head.name}': {fault.message}") from None


def _read_outputs(outputs: Any, signature: Signature) -> dict[str, Wanted]:
    entries = [
        {"name": output.name, "parameters": read_parameters(output.parameters, f"outputs[{index}].parameters.")}
        for index, output in enumerate(outputs[: len(signature.outputs) + 2])  # one of more is wrong for certain
    ]
    for entry in entries:
        refuse_shared_memory(entry["parameters"])
    return read_outputs(entries, signature, True)


def _as_wanted(tensor: Tensor, wanted: Wanted | None, reply: Predicted) -> Tensor:
    if wanted is None or not wanted.classes:
        return tensor
    return classified(tensor, wanted.classes, reply.signature.batched)


@lru_cache(maxsize=_MAX_REMEMBERED)
def _front(model: str, version: int) -> bytes:
    return field(1, model.encode()) + field(2, b"%d" % version)


@lru_cache(maxsize=_MAX_REMEMBERED)
def _output(name: str, dtype: str, shape: tuple[int, ...]) -> bytes:
    return field(_OUTPUT, _output_head(name, dtype, shape))


@lru_cache(maxsize=_MAX_REMEMBERED)
def _output_head(name: str, dtype: str, shape: tuple[int, ...]) -> bytes:
    datatype, marks = ("BYTES", write_parameters(JSON_MARK)) if dtype == "JSON" else (dtype, {})
    head: bytes = _Response.InferOutputTensor(
        name=name, datatype=datatype, shape=shape, parameters=marks
    ).SerializeToString()
    return head


def _add_raw(pieces: list[bytes], tensors: Mapping[str, Tensor]) -> None:
    raws: list[Any] = []
    for name, tensor in tensors.items():
        array = tensor.array
        pieces.append(_output(name, tensor.dtype, array.shape))
        raw = _raw(name, tensor)
        raws += (_RAW_OUTPUT, varints.one(len(raw)), raw)
    pieces += raws


def _raw(name: str, tensor: Tensor) -> Any:
    """The raw bytes of a tensor, or a view of them where a copy would cost."""
    array = tensor.array
    if array.nbytes > _LARGE_BYTES and not array.dtype.hasobject:
        return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
    raw = pack(tensor)
    if raw is None:
        raise Unsupported(f"output '{name}' holds a missing string, for which gRPC has no sign; ask over REST")
    return raw


def _typed_output(name: str, tensor: Tensor) -> bytes:
    try:
        contents = write_contents(tensor)
    except BadInput as fault:
        raise Unsupported(f"output '{name}': {fault.message}; ask over REST") from None
    return field(_OUTPUT, _output_head(name, tensor.dtype, tensor.array.shape) + field(5, contents))
