"""The client's half: calls as requests, answers as replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from salver.core.calls import Call, Metadata, Predict, Predicted, Reply, Status
from salver.core.errors import BadInput, Fault, Full, Internal, Late, NotFound, Unavailable, Unsupported
from salver.core.servable import Response
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.jsondoc import read, write
from salver.protocols.jsontensor import from_tensor, to_tensor
from salver.protocols.tfserving.arrays import plain, stacked
from salver.protocols.tfserving.documents import decode_metadata, decode_status
from salver.protocols.tfserving.paths import path

SOLE_OUTPUT: Final = "outputs"
"""What a model's only output is called here: an answer does not name it."""

_GUESSES: Final = ("INT64", "UINT64", "FP64", "BOOL", "BYTES")
_KINDS: Final[dict[int, type[Fault]]] = {
    400: BadInput,
    501: Unsupported,
    503: Unavailable,
    504: Late,
}


def encode_call(call: Call) -> HttpRequest:
    """Predict, in column format, Metadata or Status; Unsupported for what the protocol lacks.

    The protocol has no way to name the outputs wanted: all come.
    """
    match call:
        case Predict():
            return HttpRequest(b"POST", path(call.model, call.version, call.label, ":predict"), body=_body(call))
        case Metadata():
            return HttpRequest(b"GET", path(call.model, call.version, call.label, "/metadata"))
        case Status():
            return HttpRequest(b"GET", path(call.model, call.version, call.label))
    raise Unsupported(f"TensorFlow Serving's REST API has no call for {type(call).__name__}")


def decode_reply(call: Call, response: HttpResponse) -> Reply:
    """The reply, or the Fault that the status stands for. An answer that cannot be read is Internal."""
    body = response.body if isinstance(response.body, bytes) else b""
    if response.status != 200:
        raise _fault(call, response, body)
    try:
        document = read(body)
        match call:
            case Predict():
                return _predicted(call, document)
            case Metadata():
                return decode_metadata(call, document)
            case Status():
                return decode_status(call, document)
    except (BadInput, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Internal(f"the server's answer to {type(call).__name__} cannot be read: {error!r:.200}") from None
    raise Unsupported(f"TensorFlow Serving's REST API has no reply to {type(call).__name__}")


def _body(call: Predict) -> bytes:
    request = call.read({})
    body: dict[str, Any] = {"signature_name": request.signature} if request.signature else {}
    body["inputs"] = {name: from_tensor(tensor) for name, tensor in request.tensors.items()}
    return write(body)


def _predicted(call: Predict, document: dict[str, Any]) -> Predicted:
    """Dtypes are read from the values: INT64 (UINT64 where needed), FP64, BOOL, BYTES, else JSON."""
    if "predictions" in document:
        values = _columns(document["predictions"])
    else:
        outputs = document["outputs"]
        values = outputs if type(outputs) is dict and not _is_base64(outputs) else {SOLE_OUTPUT: outputs}
    tensors = {name: _guessed(value) for name, value in values.items()}
    specs = {name: TensorSpec(tensor.dtype, tensor.array.shape) for name, tensor in tensors.items()}
    return Predicted(call.model, call.version or 0, "", Signature({}, specs), Response(tensors))


def _columns(rows: Any) -> Mapping[str, Any]:
    if type(rows) is list and rows and type(rows[0]) is dict and not _is_base64(rows[0]):
        return {name: stacked([row[name] for row in rows]) for name in rows[0]}
    return {SOLE_OUTPUT: rows}


def _guessed(value: Any) -> Tensor:
    for dtype in _GUESSES:
        try:
            return to_tensor(value, dtype)
        except BadInput:
            continue
    return to_tensor(plain(value), "JSON")


def _is_base64(value: dict[str, Any]) -> bool:
    return len(value) == 1 and type(value.get("b64")) is str


def _fault(call: Call, response: HttpResponse, body: bytes) -> Fault:
    message = _message(body) or f"the server answered with status {response.status}"
    if response.status == 404 and isinstance(call, (Predict, Metadata, Status)):
        return NotFound(message, model=call.model, version=call.version, label=call.label)
    if response.status == 429:
        return Full(message, _retry_after_s(response))
    return _KINDS.get(response.status, Internal)(message)


def _retry_after_s(response: HttpResponse) -> int:
    """A number of seconds; a date is not looked at."""
    values = (value for name, value in response.headers if name.lower() == b"retry-after")
    return next((int(value) for value in values if value.isdigit()), 1)


def _message(body: bytes) -> str:
    try:
        return str(read(body)["error"])
    except (BadInput, KeyError, TypeError):
        return body[:1000].decode(errors="replace")
