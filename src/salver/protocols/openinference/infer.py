"""The server's half of infer: a request body as a Request, a Response as a body. Pure but for reading the clock once
when a request names a timeout."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from salver.core.calls import Predict, Predicted
from salver.core.errors import BadInput
from salver.core.servable import NO_PARAMS, Request
from salver.core.signature import Signature, select
from salver.core.tensor import FLOATS, INTEGERS, NUMPY, Tensor, TensorSpec, objects
from salver.protocols import jsondoc
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.openinference.binary import unpack
from salver.protocols.openinference.classify import classified
from salver.protocols.openinference.tensors import (
    RawData,
    member,
    odd,
    optional,
    parsed,
    read_shape,
    read_values,
    shown,
    write_tensor,
)

HEADER_LENGTH: Final = b"Inference-Header-Content-Length"
OCTETS: Final = b"application/octet-stream"

_HEADER_LENGTH: Final = HEADER_LENGTH.lower()
_SCORES: Final = FLOATS | INTEGERS
_NO_MEMBERS: Final[dict[str, Any]] = {}
_OWN_PARAMETERS: Final = frozenset(("binary_data_output", "signature_name", "timeout"))


class Wanted:
    """How an output is to be answered: raw, or as its `classes` best classes."""

    __slots__ = ("binary", "classes")

    def __init__(self, binary: bool, classes: int) -> None:
        self.binary = binary
        self.classes = classes


class InferBody:
    """Reads a body once the signatures are known, and then remembers how the answer was asked for."""

    __slots__ = ("binary", "body", "header_length", "id", "outputs", "signature")

    def __init__(self, body: bytes, header_length: bytes | None) -> None:
        self.body = body
        self.header_length = header_length
        self.id: str | None = None
        self.binary = False
        self.outputs: dict[str, Wanted] = {}
        self.signature: Signature | None = None

    def __call__(self, signatures: Mapping[str, Signature]) -> Request:
        """The request. Raises BadInput that names the path of what is wrong, and the signature once one is chosen."""
        try:
            if self.header_length is None:
                return self._read(jsondoc.read(self.body), None, signatures)
            size = self._header_size(self.header_length)
            if size == 0:
                return self._read_raw(signatures)
            header = jsondoc.read(self.body if size == len(self.body) else self.body[:size])
            return self._read(header, RawData(self.body, size), signatures)
        except BadInput as fault:
            fault.signature = self.signature or _usual(signatures)
            raise

    def _header_size(self, text: bytes) -> int:
        if not text.isdigit() or len(text) > 18 or int(text) > len(self.body):
            raise BadInput(
                f"header Inference-Header-Content-Length: wanted the length of the JSON part, from 0 to the body's "
                f"{len(self.body)} bytes, got '{text[:40].decode('latin-1')}'"
            )
        return int(text)

    def _read(self, document: Any, raw: RawData | None, signatures: Mapping[str, Signature]) -> Request:
        if type(document) is not dict:
            raise BadInput("the body must be a JSON object with `inputs`")
        parameters = optional(document, "parameters", dict, "")
        wanted = optional(parameters, "signature_name", str, "parameters.") if parameters else None
        name, signature = select(signatures, wanted or "")
        self.signature = signature
        if document.get("id") is not None:
            self.id = member(document, "id", str, "")
        deadline = self._read_parameters(parameters) if parameters else None
        tensors = _read_inputs(member(document, "inputs", list, ""), signature, raw)
        if raw is not None and raw.start != len(raw.body):
            raise BadInput(f"the body: {len(raw.body) - raw.start} bytes of raw data are left over after the inputs")
        outputs = optional(document, "outputs", list, "")
        if outputs:
            self.outputs = _read_outputs(outputs, signature, self.binary)
        params = _others(parameters) or NO_PARAMS
        return Request(tensors, name, outputs=tuple(self.outputs), deadline=deadline, params=params)

    def _read_parameters(self, parameters: dict[str, Any]) -> float | None:
        """Keeps what concerns the answer; returns the deadline."""
        self.binary = optional(parameters, "binary_data_output", bool, "parameters.") or False
        timeout_us: int | None = optional(parameters, "timeout", int, "parameters.")
        if not timeout_us:
            return None
        if not 0 < timeout_us < 1 << 63:
            raise BadInput(f"parameters.timeout: wanted microseconds, 0 for none, got {shown(timeout_us)}")
        return time.monotonic() + timeout_us / 1e6

    def _read_raw(self, signatures: Mapping[str, Signature]) -> Request:
        """The whole body as the values of the only input; the answer is raw too."""
        name, signature = select(signatures, "")
        self.signature = signature
        self.binary = True
        if len(signature.inputs) != 1:
            raise BadInput(f"a raw body without JSON is for models of one input; this one has {len(signature.inputs)}")
        input_name, spec = next(iter(signature.inputs.items()))
        return Request({input_name: _whole(self.body, spec)}, name)


def decode_infer(request: HttpRequest, model: str, version: int | None = None) -> Predict:
    """The call; its body is read when the model is known."""
    return Predict("openinference", model, version, None, InferBody(request.body, request.header(_HEADER_LENGTH)))


def encode_predicted(call: Predict, reply: Predicted) -> HttpResponse:
    """The answer, each output in the form its request asked for."""
    read = call.read
    if not isinstance(read, InferBody):
        raise TypeError("the call was not decoded by this protocol")
    raw: list[bytes] = []
    outputs = []
    for name, tensor in reply.response.tensors.items():
        wanted = read.outputs.get(name)
        if wanted is not None and wanted.classes:
            tensor = classified(tensor, wanted.classes, reply.signature.batched)
        outputs.append(write_tensor(name, tensor, read.binary if wanted is None else wanted.binary, raw))
    document: dict[str, Any] = {"model_name": reply.model, "model_version": str(reply.version), "outputs": outputs}
    if read.id is not None:
        document = {"id": read.id, **document}
    if reply.response.params:
        document["parameters"] = dict(reply.response.params)
    header = jsondoc.write(document)
    if not raw:
        return HttpResponse(200, header)
    length = (HEADER_LENGTH, b"%d" % len(header))
    return HttpResponse(200, b"".join((header, *raw)), OCTETS, (length,))


def _read_inputs(inputs: list[Any], signature: Signature, raw: RawData | None) -> dict[str, Tensor]:
    specs = signature.inputs
    tensors: dict[str, Tensor] = {}
    for index, entry in enumerate(inputs):
        where = f"inputs[{index}]."
        if type(entry) is not dict:
            raise BadInput(f"inputs[{index}]: wanted an object, got {shown(entry)}")
        name = member(entry, "name", str, where)
        spec = specs.get(name)
        if spec is None:
            raise BadInput(f"{where}name: there is no input '{name:.80}'; the inputs are {', '.join(map(repr, specs))}")
        if name in tensors:
            raise BadInput(f"{where}name: '{name}' stands there twice")
        dtype = member(entry, "datatype", str, where)
        if dtype != spec.dtype and not (spec.dtype == "JSON" and dtype == "BYTES"):
            _refuse_dtype(name, dtype, spec, where)
        tensors[name] = read_values(entry, spec.dtype, read_shape(entry, where), raw, where)
    return tensors


def _refuse_dtype(name: str, dtype: str, spec: TensorSpec, where: str) -> None:
    wanted = "BYTES (JSON texts) or JSON" if spec.dtype == "JSON" else spec.dtype
    known = "" if dtype in NUMPY else ", which is no datatype"
    raise BadInput(f"{where}datatype: input '{name}' came as '{dtype:.60}'{known}; the model takes {wanted}")


def _read_outputs(outputs: list[Any], signature: Signature, binary: bool) -> dict[str, Wanted]:
    wanted: dict[str, Wanted] = {}
    for index, entry in enumerate(outputs):
        where = f"outputs[{index}]."
        if type(entry) is not dict:
            raise BadInput(f"outputs[{index}]: wanted an object, got {shown(entry)}")
        name = member(entry, "name", str, where)
        spec = signature.outputs.get(name)
        if spec is None:
            known = ", ".join(map(repr, signature.outputs))
            raise BadInput(f"{where}name: there is no output '{name:.80}'; the outputs are {known}")
        if name in wanted:
            raise BadInput(f"{where}name: '{name}' stands there twice")
        wanted[name] = _read_wanted(optional(entry, "parameters", dict, where) or _NO_MEMBERS, spec, binary, where)
    return wanted


def _read_wanted(parameters: dict[str, Any], spec: TensorSpec, binary: bool, where: str) -> Wanted:
    where += "parameters."
    as_raw = optional(parameters, "binary_data", bool, where)
    classes = optional(parameters, "classification", int, where) or 0
    if classes < 0:
        raise BadInput(f"{where}classification: {odd(parameters, 'classification', 'a number of classes')}")
    if classes and spec.dtype not in _SCORES:
        raise BadInput(f"{where}classification: wants an output of numbers, this one is {spec.dtype}")
    return Wanted(binary if as_raw is None else as_raw, classes)


def _others(parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    if not parameters:
        return None
    return {name: value for name, value in parameters.items() if name not in _OWN_PARAMETERS}


def _whole(body: bytes, spec: TensorSpec) -> Tensor:
    """A body that is nothing but values: the one open axis follows from its size. BYTES is one element, unmeasured."""
    shape = list(spec.shape) if spec.shape is not None else [-1]
    if NUMPY[spec.dtype].hasobject:
        if any(size not in (-1, 1) for size in shape):
            raise BadInput(f"a raw body without JSON is one element of {spec.dtype}; the model takes {shape}")
        texts = objects([body]).reshape([1] * len(shape))
        return parsed(texts) if spec.dtype == "JSON" else Tensor(spec.dtype, texts)
    if shape.count(-1) > 1:
        raise BadInput(f"a raw body without JSON is for shapes with one open axis; the model takes {shape}")
    if -1 in shape:
        row_bytes = NUMPY[spec.dtype].itemsize
        for size in shape:
            row_bytes *= abs(size)
        shape[shape.index(-1)] = len(body) // row_bytes if row_bytes else 0
    return Tensor(spec.dtype, unpack(spec.dtype, tuple(shape), body, 0, len(body)))


def _usual(signatures: Mapping[str, Signature]) -> Signature | None:
    try:
        return select(signatures, "")[1]
    except BadInput:
        return next(iter(signatures.values()), None)
