"""The server's half of infer over REST: a request body as a Request, a Response as a body. Pure but for reading the
clock once when a request names a timeout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from salver.core.calls import Predict, Predicted
from salver.core.errors import BadInput
from salver.core.loose import known, received
from salver.core.servable import NO_PARAMS, Request
from salver.core.signature import Signature, select
from salver.core.tensor import NUMPY, Tensor, TensorSpec, objects
from salver.protocols import jsondoc
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.openinference.asked import (
    Wanted,
    choose,
    expect_input,
    others,
    read_deadline,
    read_outputs,
    usual,
)
from salver.protocols.openinference.binary import unpack
from salver.protocols.openinference.classify import classified
from salver.protocols.openinference.parameters import answer_parameters
from salver.protocols.openinference.tensors import (
    RawData,
    member,
    optional,
    parsed,
    read_loose,
    read_shape,
    read_values,
    shown,
    write_tensor,
)

HEADER_LENGTH: Final = b"Inference-Header-Content-Length"
OCTETS: Final = b"application/octet-stream"

_HEADER_LENGTH: Final = HEADER_LENGTH.lower()


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
            fault.signature = self.signature or usual(signatures)
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
        name, signature = choose(signatures, parameters)
        self.signature = signature
        if document.get("id") is not None:
            self.id = member(document, "id", str, "")
        deadline = self._read_parameters(parameters) if parameters else None
        tensors = _read_inputs(member(document, "inputs", list, ""), signature, raw)
        if raw is not None and raw.start != len(raw.body):
            raise BadInput(f"the body: {len(raw.body) - raw.start} bytes of raw data are left over after the inputs")
        outputs = optional(document, "outputs", list, "")
        if outputs:
            self.outputs = read_outputs(outputs, signature, self.binary)
        params = others(parameters, signature) or NO_PARAMS
        return Request(tensors, name, outputs=tuple(self.outputs), deadline=deadline, params=params)

    def _read_parameters(self, parameters: dict[str, Any]) -> float | None:
        """Keeps what concerns the answer; returns the deadline."""
        self.binary = optional(parameters, "binary_data_output", bool, "parameters.") or False
        return read_deadline(parameters)

    def _read_raw(self, signatures: Mapping[str, Signature]) -> Request:
        """The whole body as the values of the only input; the answer is raw too."""
        name, signature = select(signatures, "")
        self.signature = signature
        self.binary = True
        if len(signature.inputs) != 1:
            raise BadInput(f"a raw body without JSON is for models of one input; this one has {len(signature.inputs)}")
        input_name, spec = next(iter(signature.inputs.items()))
        whole = _whole(self.body, spec)
        return Request({input_name: received(whole, spec) if spec.loose else whole}, name)


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
    loose = reply.signature.loose
    for name, tensor in reply.response.tensors.items():
        wanted = read.outputs.get(name)
        if wanted is not None and wanted.classes:
            tensor = classified(tensor, wanted.classes, reply.signature.batched)
        outputs.append(write_tensor(name, tensor, read.binary if wanted is None else wanted.binary, raw, nulls=loose))
    document: dict[str, Any] = {"model_name": reply.model, "model_version": str(reply.version), "outputs": outputs}
    if read.id is not None:
        document = {"id": read.id, **document}
    told = answer_parameters(reply.response)
    if told:
        document["parameters"] = dict(told)
    header = jsondoc.write(document, nulls=loose)
    if not raw:
        return HttpResponse(200, header)
    length = (HEADER_LENGTH, b"%d" % len(header))
    return HttpResponse(200, b"".join((header, *raw)), OCTETS, (length,))


def _read_inputs(inputs: list[Any], signature: Signature, raw: RawData | None) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for index, entry in enumerate(inputs):
        where = f"inputs[{index}]."
        if type(entry) is not dict:
            raise BadInput(f"inputs[{index}]: wanted an object, got {shown(entry)}")
        name = member(entry, "name", str, where)
        if name in tensors:
            raise BadInput(f"{where}name: '{name}' stands there twice")
        spec = expect_input(signature, name, member(entry, "datatype", str, where), where)
        shape = read_shape(entry, where)
        if spec.loose:
            tensors[name] = read_loose(entry, spec, shape, raw, where)
        else:
            tensors[name] = read_values(entry, spec.dtype, shape, raw, where)
    return known(tensors, signature.inputs) if signature.loose else tensors


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
