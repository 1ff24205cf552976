"""The client's half of infer: a Request as a body, an answer as a Response."""

from __future__ import annotations

import math
import time
from typing import Any, Final

from salver.core.calls import Predict, Predicted
from salver.core.errors import BadInput, Internal, Unsupported
from salver.core.example import example
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import FLOATS, NUMPY, Tensor, TensorSpec, objects
from salver.protocols import jsondoc
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.openinference.infer import HEADER_LENGTH, OCTETS
from salver.protocols.openinference.tensors import (
    RawData,
    is_marked,
    member,
    optional,
    read_shape,
    read_values,
    shown,
    write_tensor,
)

BINARY: Final = "binary_data"
"""The request parameter by which a caller of the client's half chooses raw tensors, both ways; it is not sent."""

_ALIGNMENT_BYTES: Final = 64


def encode_predict(call: Predict, path: bytes) -> HttpRequest:
    """The request for a call; raw when its parameter `binary_data` says so. Raises Unsupported for a label."""
    if call.label is not None:
        raise Unsupported("Open Inference knows versions, not labels")
    request = call.read({})
    raw: list[bytes] = []
    document = request_document(request, request.params.get(BINARY) is True, raw)
    if call.id:
        document = {"id": call.id, **document}
    header = jsondoc.write(document)
    if not raw:
        return HttpRequest(b"POST", path, [(b"content-type", b"application/json")], header)
    header += b" " * (-len(header) % _ALIGNMENT_BYTES)  # so that the first tensor lies where it can be used in place
    headers = [(b"content-type", OCTETS), (HEADER_LENGTH.lower(), b"%d" % len(header))]
    return HttpRequest(b"POST", path, headers, b"".join((header, *raw)))


def request_document(request: Request, binary: bool, raw: list[bytes]) -> dict[str, Any]:
    """The JSON part of an infer request; raw tensors are appended to `raw`."""
    parameters = {name: value for name, value in request.params.items() if name != BINARY}
    if binary:
        parameters.setdefault("binary_data_output", True)
    if request.signature not in ("", DEFAULT):
        parameters["signature_name"] = request.signature
    if request.deadline is not None:
        parameters["timeout"] = max(math.ceil((request.deadline - time.monotonic()) * 1e6), 1)
    inputs = [write_tensor(name, tensor, binary, raw) for name, tensor in request.tensors.items()]
    document: dict[str, Any] = {"parameters": parameters} if parameters else {}
    document["inputs"] = inputs
    if request.outputs:
        document["outputs"] = [{"name": name} for name in request.outputs]
    return document


def decode_predict(call: Predict, response: HttpResponse) -> Predicted:
    """The reply in a 200 answer. Raises Internal when it is none."""
    try:
        document, raw = _open(response)
        tensors = {}
        for index, entry in enumerate(member(document, "outputs", list, "")):
            where = f"outputs[{index}]."
            if type(entry) is not dict:
                raise BadInput(f"outputs[{index}]: wanted an object, got {shown(entry)}")
            tensors[member(entry, "name", str, where)] = _read_output(entry, raw, where)
        params = optional(document, "parameters", dict, "")
        version = optional(document, "model_version", str, "") or ""
    except BadInput as fault:
        raise Internal(f"the answer is no Open Inference answer: {fault.message}") from None
    specs = {name: TensorSpec(tensor.dtype, tensor.array.shape) for name, tensor in tensors.items()}
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 19 else 0
    return Predicted(call.model, number, "", Signature({}, specs), Response(tensors, params))


def example_document(signature: Signature, name: str = "") -> dict[str, Any]:
    """A valid infer body as JSON values."""
    return request_document(example(signature, name), False, [])


def example_body(signature: Signature, name: str = "") -> bytes:
    """A valid infer body: what a newcomer can send with curl."""
    return jsondoc.write(example_document(signature, name))


def _open(response: HttpResponse) -> tuple[dict[str, Any], RawData | None]:
    body = response.body
    if not isinstance(body, bytes):
        raise BadInput("the body comes in pieces")
    length = next((value for name, value in response.headers if name.lower() == HEADER_LENGTH.lower()), None)
    raw = None
    if length is not None:
        if not length.isdigit() or len(length) > 18 or int(length) > len(body):
            raise BadInput(f"Inference-Header-Content-Length is '{length[:40].decode('latin-1')}'")
        raw = RawData(body, int(length))
        body = body[: raw.start]
    document = jsondoc.read(body)
    if type(document) is not dict:
        raise BadInput("the body is no JSON object")
    return document, raw


def _read_output(entry: dict[str, Any], raw: RawData | None, where: str) -> Tensor:
    dtype = member(entry, "datatype", str, where)
    if dtype not in NUMPY:
        raise BadInput(f"{where}datatype: '{dtype:.60}' is no datatype")
    shape = read_shape(entry, where)
    data = entry.get("data")
    if dtype == "BYTES" and type(data) is list and None in data:
        values = read_values({**entry, "data": [item or "" for item in data]}, dtype, shape, raw, where)
        known = objects([None if old is None else new for old, new in zip(data, values.array.flat, strict=True)])
        return Tensor(dtype, known.reshape(shape))
    if dtype in FLOATS and type(data) is list and None in data:
        entry = {**entry, "data": [math.nan if item is None else item for item in data]}
    parameters = optional(entry, "parameters", dict, where) or {}
    return read_values(entry, "JSON" if is_marked(dtype, parameters) else dtype, shape, raw, where)
