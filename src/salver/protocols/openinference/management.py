"""The server's half of everything but infer, over REST: health, metadata, repository, statistics. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from salver.core.calls import (
    About,
    Done,
    Live,
    Load,
    Metadata,
    ModelDescription,
    ModelMetadata,
    Models,
    ModelsDescription,
    Readiness,
    Ready,
    ServerAbout,
    ServerStatistics,
    State,
    Statistics,
    Unload,
    VersionStatistics,
)
from salver.core.errors import BadInput
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols import jsondoc
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.openinference.tensors import JSON_MARK, optional

EXTENSIONS: Final = ("binary_tensor_data", "classification", "model_repository", "parameters", "statistics")
"""Those that are served."""

INDEX_STATES: Final[Mapping[State, str]] = {
    State.START: "LOADING",
    State.LOADING: "LOADING",
    State.AVAILABLE: "READY",
    State.UNLOADING: "UNLOADING",
    State.END: "UNAVAILABLE",
}

_FAILED: Final = 400


# Calls


def decode_about(_: HttpRequest) -> About:
    return About()


def decode_live(_: HttpRequest) -> Live:
    return Live()


def decode_ready(_: HttpRequest, model: str | None = None, version: int | None = None) -> Ready:
    return Ready(model, version)


def decode_metadata(_: HttpRequest, model: str, version: int | None = None) -> Metadata:
    return Metadata(model, version)


def decode_models(_: HttpRequest) -> Models:
    return Models()


def decode_statistics(_: HttpRequest, model: str | None = None, version: int | None = None) -> Statistics:
    return Statistics(model, version)


def decode_index(request: HttpRequest) -> Models:
    """`{"ready": true}` asks for what is READY only; the body may be empty."""
    return Models(ready=optional(_document(request), "ready", bool, "") or False)


def decode_load(request: HttpRequest, model: str) -> Load:
    """Raises BadInput for a model's configuration or files in the request: here they come from the server's side."""
    refuse_overrides(optional(_document(request), "parameters", dict, "") or {})
    return Load(model)


def refuse_overrides(parameters: Iterable[str]) -> None:
    """Raises BadInput for the parameters of a load that bring a configuration or files."""
    for name in parameters:
        if name == "config" or name.startswith("file:"):
            raise BadInput(f"parameters: '{name:.60}' is not supported; a model's options and files are the server's")


def decode_unload(request: HttpRequest, model: str) -> Unload:
    optional(_document(request), "parameters", dict, "")
    return Unload(model)


def _document(request: HttpRequest) -> dict[str, Any]:
    if not request.body.strip():
        return {}
    document = jsondoc.read(request.body)
    if type(document) is not dict:
        raise BadInput("the body must be a JSON object, or empty")
    return document


# Replies


def encode_about(_: About, reply: ServerAbout) -> HttpResponse:
    return _answer({"name": reply.name, "version": reply.version, "extensions": EXTENSIONS})


def encode_live(_: Live, reply: Readiness) -> HttpResponse:
    return _health({"live": reply.ready}, reply)


def encode_ready(call: Ready, reply: Readiness) -> HttpResponse:
    name = {} if call.model is None else {"name": call.model}
    return _health({**name, "ready": reply.ready}, reply)


def encode_metadata(_: Metadata, reply: ModelMetadata) -> HttpResponse:
    """The default signature's inputs and outputs; where there are several signatures, all of them beside it."""
    signatures = reply.signatures
    usual = default_signature(reply)
    document = {
        "name": reply.model,
        "versions": [str(version) for version in reply.versions],
        "platform": reply.format,
        **_both(usual),
    }
    if len(signatures) > 1:
        document["signatures"] = {name: _both(signature) for name, signature in signatures.items()}
    return _answer(document)


def encode_models(_: Models, reply: ModelsDescription) -> HttpResponse:
    return _answer({"models": [model.model for model in reply.models]})


def encode_index(call: Models, reply: ModelsDescription) -> HttpResponse:
    return _answer(index_rows(call, reply))


def encode_loaded(_: Load, reply: Done) -> HttpResponse:
    return _answer({"name": reply.model, "load": True})


def encode_unloaded(_: Unload, reply: Done) -> HttpResponse:
    return _answer({"name": reply.model, "unload": True})


def encode_statistics(_: Statistics, reply: ServerStatistics) -> HttpResponse:
    return _answer({"model_stats": [statistics(version) for version in reply.versions]})


def default_signature(reply: ModelMetadata) -> Signature:
    """The signature that metadata show."""
    signatures = reply.signatures
    return signatures.get(DEFAULT) or next(iter(signatures.values()), Signature({}, {}))


def index_rows(call: Models, reply: ModelsDescription) -> list[dict[str, str]]:
    """The index, a row for each version: name, version, state and reason."""
    rows = [row for model in reply.models for row in _index_rows(model)]
    return [row for row in rows if row["state"] == "READY" or not call.ready]


def statistics(version: VersionStatistics) -> dict[str, Any]:
    """Triton's shape. The whole time of a call counts as compute_infer: its parts are not told apart."""
    success = {"count": version.successes, "ns": version.success_ns}
    none = {"count": 0, "ns": 0}
    return {
        "name": version.model,
        "version": str(version.version),
        "last_inference": version.last_inference_ms,
        "inference_count": version.successes,
        "execution_count": version.successes,
        "inference_stats": {
            "success": success,
            "fail": {"count": version.failures, "ns": version.failure_ns},
            "queue": none,
            "compute_input": none,
            "compute_infer": success,
            "compute_output": none,
        },
        "batch_stats": [],
    }


def describe(
    specs: Mapping[str, TensorSpec], defaults: Mapping[str, Tensor | None], most: int | None = None
) -> list[dict[str, Any]]:
    """Tensors as metadata lists them; what the protocol has no word for stands in `parameters`. Of the categories of a
    domain `most` are told, all by default."""
    entries = []
    for name, spec in specs.items():
        dtype = "BYTES" if spec.dtype == "JSON" else spec.dtype
        entry: dict[str, Any] = {
            "name": name,
            "datatype": dtype,
            "shape": spec.shape if spec.shape is not None else [-1],
        }
        parameters: dict[str, Any] = dict(JSON_MARK) if spec.dtype == "JSON" else {}
        if spec.shape is None:
            parameters["any_rank"] = True
        if name in defaults:
            parameters["optional"] = True
        if spec.loose:
            parameters["loose"] = True
        if spec.domain is not None:
            parameters["domain"] = spec.domain.described(most)
        if parameters:
            entry["parameters"] = parameters
        entries.append(entry)
    return entries


def _both(signature: Signature) -> dict[str, Any]:
    inputs, outputs = describe(signature.inputs, signature.defaults), describe(signature.outputs, {})
    return {"inputs": inputs, "outputs": outputs}


def _index_rows(model: ModelDescription) -> list[dict[str, str]]:
    if not model.versions:
        reason = model.error or ("no version was found" if model.wanted else "unloaded")
        return [{"name": model.model, "version": "", "state": "UNAVAILABLE", "reason": reason}]
    return [
        {
            "name": model.model,
            "version": str(version.version),
            "state": INDEX_STATES[version.state],
            "reason": version.error or ("unloaded" if version.state is State.END else ""),
        }
        for version in model.versions
    ]


def _answer(document: Any) -> HttpResponse:
    return HttpResponse(200, jsondoc.write(document))


def _health(document: dict[str, Any], reply: Readiness) -> HttpResponse:
    if reply.reason:
        document["reason"] = reply.reason
    return HttpResponse(200 if reply.ready else _FAILED, jsondoc.write(document))
