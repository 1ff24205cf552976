"""Open Inference (V2) over HTTP: its routes, and the way from a request line to one of them.

Triton's and KServe's REST protocol with the extensions binary_tensor_data, classification, model_repository,
parameters and statistics. Bodies are never told apart by their Content-Type: clients send none.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

from salver.protocols.http import HttpResponse
from salver.protocols.openinference import infer, management, schemas
from salver.protocols.openinference.client import decode_reply, encode_call
from salver.protocols.openinference.faults import encode_fault, refusal
from salver.protocols.openinference.request import example_body
from salver.protocols.route import HttpProtocol, Match, Route

_MAX_VERSION: Final = 2**63 - 1


def _of_model(rest: str) -> tuple[str, str]:
    return f"/v2/models/{{model}}{rest}", f"/v2/models/{{model}}/versions/{{version}}{rest}"


ROUTES: Final = (
    Route(
        "server",
        "GET",
        ("/v2",),
        "Name, version and extensions of the server.",
        management.decode_about,
        management.encode_about,
        answer=schemas.SERVER,
    ),
    Route(
        "live",
        "GET",
        ("/v2/health/live",),
        "Whether the process answers.",
        management.decode_live,
        management.encode_live,
        answer=schemas.LIVE,
    ),
    Route(
        "ready",
        "GET",
        ("/v2/health/ready",),
        "Whether the server is ready to infer; 400 if not.",
        management.decode_ready,
        management.encode_ready,
        answer=schemas.READY,
        others={400: schemas.NOT_READY},
    ),
    Route(
        "models",
        "GET",
        ("/v2/models",),
        "The names of the models.",
        management.decode_models,
        management.encode_models,
        answer=schemas.MODELS,
    ),
    Route(
        "statistics",
        "GET",
        ("/v2/models/stats", *_of_model("/stats")),
        "Counts and times of all models, or of one.",
        management.decode_statistics,
        management.encode_statistics,
        answer=schemas.STATISTICS,
    ),
    Route(
        "metadata",
        "GET",
        _of_model(""),
        "What a model takes and gives.",
        management.decode_metadata,
        management.encode_metadata,
        answer=schemas.METADATA,
    ),
    Route(
        "modelReady",
        "GET",
        _of_model("/ready"),
        "Whether a model is ready to infer; 400 if not, or if there is none of that name.",
        management.decode_ready,
        management.encode_ready,
        answer=schemas.READY,
        others={400: schemas.NOT_READY},
    ),
    Route(
        "infer",
        "POST",
        _of_model("/infer"),
        "Run a model on tensors, as JSON or raw.",
        infer.decode_infer,
        infer.encode_predicted,
        body=schemas.INFER,
        answer=schemas.INFERRED,
    ),
    Route(
        "index",
        "POST",
        ("/v2/repository/index",),
        "Every version of every model, and its state.",
        management.decode_index,
        management.encode_index,
        body=schemas.INDEX_QUESTION,
        body_optional=True,
        answer=schemas.INDEX,
    ),
    Route(
        "load",
        "POST",
        ("/v2/repository/models/{model}/load",),
        "Load a model; answered when it is ready.",
        management.decode_load,
        management.encode_loaded,
        body=schemas.OPERATION,
        body_optional=True,
        answer=schemas.LOADED,
    ),
    Route(
        "unload",
        "POST",
        ("/v2/repository/models/{model}/unload",),
        "Unload a model; answered when it is gone.",
        management.decode_unload,
        management.encode_unloaded,
        body=schemas.OPERATION,
        body_optional=True,
        answer=schemas.UNLOADED,
    ),
)

_PATHS: Final = tuple((template.split("/")[1:], route) for route in ROUTES for template in route.templates)


def match(method: bytes, target: bytes) -> Match | HttpResponse | None:
    """The route for a request line below `/v2`; HEAD goes where GET goes, and OPTIONS is not this protocol's."""
    path = target.partition(b"?")[0].rstrip(b"/")
    if method == b"OPTIONS" or not (path == b"/v2" or path.startswith(b"/v2/")):
        return None
    try:
        parts = path.decode().split("/")[1:]
    except UnicodeDecodeError:
        return refusal(400, "the path is not UTF-8")
    wanted = "GET" if method == b"HEAD" else method.decode("latin-1")
    allowed: list[str] = []
    for template, route in _PATHS:
        args = _fit(template, parts)
        if args is None:
            continue
        if route.method == wanted:
            return _matched(route, args)
        allowed.append(route.method)
    if not allowed:
        return refusal(404, f"There is nothing at {path.decode():.200}")
    return _refuse_method(wanted, allowed)


def _fit(template: list[str], parts: list[str]) -> dict[str, str] | None:
    """What the path holds at the template's names; None where it does not fit."""
    if len(template) != len(parts):
        return None
    args = {}
    for want, have in zip(template, parts, strict=True):
        if want.startswith("{") and have:
            args[want[1:-1]] = have
        elif want != have:
            return None
    return args


def _matched(route: Route, held: dict[str, str]) -> Match | HttpResponse:
    args: dict[str, Any] = {}
    for name, text in held.items():
        try:
            args[name] = unquote(text, errors="strict")
        except UnicodeDecodeError:
            return refusal(400, f"the {name} in the path is not UTF-8: '{text:.60}'")
    version = args.get("version")
    if version is not None:
        if not (version.isascii() and version.isdigit() and len(version) < 20 and int(version) <= _MAX_VERSION):
            return refusal(400, f"the version in the path must be a whole number, got '{version:.60}'")
        args["version"] = int(version)
    return Match(PROTOCOL, route, args)


def _refuse_method(method: str, allowed: list[str]) -> HttpResponse:
    names = ", ".join(dict.fromkeys(allowed)).replace("GET", "GET, HEAD")
    response = refusal(405, f"{method:.20} is not allowed here, only {names}")
    response.headers = ((b"Allow", names.encode()),)
    return response


PROTOCOL: Final = HttpProtocol(
    "openinference", ROUTES, match, encode_fault, encode_call, decode_reply, "Open Inference REST", example_body
)
