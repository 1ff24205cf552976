"""The client's half: every call as a request, every answer as its reply or the Fault it stands for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import quote

from salver.core import calls
from salver.core.calls import Call, Reply, State
from salver.core.domain import read_domain
from salver.core.errors import BadInput, Internal, Unsupported
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import TensorSpec
from salver.protocols import jsondoc
from salver.protocols.http import JSON, HttpRequest, HttpResponse
from salver.protocols.openinference.faults import decode_fault, error_text
from salver.protocols.openinference.management import INDEX_STATES
from salver.protocols.openinference.request import decode_predict, encode_predict
from salver.protocols.openinference.tensors import JSON_MARK, member, optional

_STATES: Final = {word: state for state, word in INDEX_STATES.items() if state is not State.START}


def encode_call(call: Call) -> HttpRequest:
    """The request. Raises Unsupported for what this protocol has no words for: labels, status, reload, metrics."""
    if isinstance(call, calls.Predict):
        return encode_predict(call, _model_path(call.model, call.version) + b"/infer")
    if isinstance(call, calls.Metadata) and call.label is None:
        return HttpRequest(b"GET", _model_path(call.model, call.version))
    if isinstance(call, calls.Ready):
        return HttpRequest(b"GET", _scope(call.model, call.version, b"/v2/health") + b"/ready")
    if isinstance(call, calls.Statistics):
        return HttpRequest(b"GET", _scope(call.model, call.version, b"/v2/models") + b"/stats")
    if isinstance(call, calls.Models) and call.model is None:
        body = b'{"ready":true}' if call.ready else b""
        return HttpRequest(b"POST", b"/v2/repository/index", [(b"content-type", JSON)], body)
    if isinstance(call, (calls.Load, calls.Unload)):
        verb = b"/load" if isinstance(call, calls.Load) else b"/unload"
        return HttpRequest(b"POST", b"/v2/repository/models/" + _quoted(call.model) + verb)
    if isinstance(call, calls.Live):
        return HttpRequest(b"GET", b"/v2/health/live")
    if isinstance(call, calls.About):
        return HttpRequest(b"GET", b"/v2")
    raise Unsupported(f"Open Inference has no words for {type(call).__name__} as it is asked here")


def decode_reply(call: Call, response: HttpResponse) -> Reply:
    """The reply. Raises the Fault an error answer stands for, and Internal for an answer that makes no sense."""
    if isinstance(call, (calls.Ready, calls.Live)) and response.status in (200, 400, 503):
        return calls.Readiness(response.status == 200, "" if response.status == 200 else _reason(response))
    if response.status != 200:
        raise decode_fault(response, getattr(call, "model", None) or "", getattr(call, "version", None))
    if isinstance(call, calls.Predict):
        return decode_predict(call, response)
    if isinstance(call, (calls.Load, calls.Unload)):
        return calls.Done(call.model)
    decode = _DECODERS.get(type(call))
    if decode is None:
        raise Unsupported(f"Open Inference has no words for {type(call).__name__}")
    try:
        return decode(call, jsondoc.read(response.body if isinstance(response.body, bytes) else b""))
    except (BadInput, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Internal(f"the answer is no Open Inference answer: {type(error).__name__}: {error}") from None


def _scope(model: str | None, version: int | None, everything: bytes) -> bytes:
    return everything if model is None else _model_path(model, version)


def _model_path(model: str, version: int | None) -> bytes:
    path = b"/v2/models/" + _quoted(model)
    return path if version is None else path + b"/versions/%d" % version


def _quoted(model: str) -> bytes:
    return quote(model, safe="").encode()


def _reason(response: HttpResponse) -> str:
    """Why something is not ready: servers that say nothing send an empty body."""
    text = error_text(response)
    try:
        return str(jsondoc.read(text.encode()).get("reason", ""))
    except (BadInput, AttributeError):
        return text


def _about(_: Call, document: Any) -> Reply:
    return calls.ServerAbout(str(document["name"]), str(document.get("version", "")))


def _metadata(call: Call, document: Any) -> Reply:
    versions = tuple(sorted(int(version) for version in document.get("versions") or ()))
    asked = call.version if isinstance(call, calls.Metadata) else None
    version = asked if asked is not None else max(versions, default=0)
    several = document.get("signatures") or {DEFAULT: document}
    signatures = {name: _signature(entry) for name, entry in several.items()}
    return calls.ModelMetadata(document["name"], version, versions, str(document.get("platform", "")), signatures)


def _signature(document: dict[str, Any]) -> Signature:
    inputs = member(document, "inputs", list, "")
    optional_inputs = {entry["name"]: None for entry in inputs if (entry.get("parameters") or {}).get("optional")}
    return Signature(_specs(inputs), _specs(member(document, "outputs", list, "")), optional_inputs)


def _specs(entries: list[Any]) -> dict[str, TensorSpec]:
    specs = {}
    for entry in entries:
        parameters = optional(entry, "parameters", dict, "") or {}
        dtype = "JSON" if parameters.get("content_type") == JSON_MARK["content_type"] else entry["datatype"]
        shape = None if parameters.get("any_rank") else tuple(int(size) for size in entry["shape"])
        domain = optional(parameters, "domain", dict, "")
        specs[entry["name"]] = TensorSpec(
            dtype,
            shape,
            loose=parameters.get("loose") is True,
            domain=None if domain is None else read_domain(domain),
        )
    return specs


def _models(_: Call, document: Any) -> Reply:
    return read_index(document)


def read_index(rows: Iterable[dict[str, Any]]) -> calls.ModelsDescription:
    """The index, a row for each version: what it does not say (path, format, since) is empty."""
    found: dict[str, list[calls.VersionDescription]] = {}
    errors: dict[str, str] = {}
    for row in rows:
        name: str = member(row, "name", str, "")
        versions = found.setdefault(name, [])
        state, reason = _STATES[row.get("state", "UNAVAILABLE")], str(row.get("reason", ""))
        if str(row.get("version", "")).isdigit():
            versions.append(calls.VersionDescription(int(row["version"]), state, reason, 0.0, "", "", None, {}))
        else:
            errors[name] = reason
    return calls.ModelsDescription(
        tuple(
            calls.ModelDescription(name, "", True, {}, tuple(versions), errors.get(name, ""))
            for name, versions in found.items()
        )
    )


def _statistics(_: Call, document: Any) -> Reply:
    return calls.ServerStatistics(tuple(_version_statistics(row) for row in document["model_stats"]))


def _version_statistics(row: dict[str, Any]) -> calls.VersionStatistics:
    success, fail = row["inference_stats"]["success"], row["inference_stats"]["fail"]
    return calls.VersionStatistics(
        row["name"],
        int(row["version"]),
        int(success.get("count", 0)),
        int(fail.get("count", 0)),
        int(success.get("ns", 0)),
        int(fail.get("ns", 0)),
        int(row.get("last_inference", 0)),
    )


_DECODERS: Final[dict[type[Any], Callable[[Call, Any], Reply]]] = {
    calls.About: _about,
    calls.Metadata: _metadata,
    calls.Models: _models,
    calls.Statistics: _statistics,
}
