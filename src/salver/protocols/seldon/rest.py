"""Seldon Core's protocol over REST, v0.1 and v1.0: its routes, and the way from a request line to one of them.

The paths of the executor, those of a wrapped model, and both below the ingress' `/seldon/<namespace>/<deployment>`,
where the deployment is a model. Without it the model is the only one, or the one that a header `seldon` names.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any, Final
from urllib.parse import unquote

from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.openapi import document
from salver.protocols.route import HttpProtocol, Match, Route
from salver.protocols.seldon import feedback, hooks, management, predict, schemas
from salver.protocols.seldon.client import decode_reply, encode_call, example_body
from salver.protocols.seldon.faults import HEADERS, encode_fault, refusal
from salver.version import __version__

_INGRESS: Final = "/seldon/{namespace}/{model}"
_OWN: Final = ("/api/v0.1/", "/api/v1.0/", "/seldon/")
"""Below these every path is this protocol's, be there a route or not."""


def _both(rest: str) -> tuple[str, str]:
    return f"/api/v1.0{rest}", f"/api/v0.1{rest}"


def _route(name: str, method: str, paths: tuple[str, ...], *rest: Any, **more: Any) -> Route:
    return Route(name, method, (*paths, *(_INGRESS + path for path in paths)), *rest, **more)


def _node_routes(name: str, path: str, summary: str, decode: Any, encode: Any, body: Any) -> tuple[Route, Route]:
    """What is asked of a wrapper, by either method."""
    by_query = f"{summary} In the query's field `json`."
    return (
        _route(name, "POST", (path,), summary, decode, encode, body=body, answer=schemas.MESSAGE),
        _route(f"{name}ByQuery", "GET", (path,), by_query, decode, encode, answer=schemas.MESSAGE),
    )


def _describe(_: HttpRequest, model: str = "", namespace: str = "") -> HttpResponse:
    return HttpResponse(200, _document(), headers=HEADERS)


@cache
def _document() -> bytes:
    return json.dumps(document((PROTOCOL,), __version__)).encode()


_PREDICT: Final = (predict.decode_predict, predict.encode_predicted)
_FEEDBACK: Final = (feedback.decode_feedback, feedback.encode_taken)

ROUTES: Final = (
    _route(
        "predict",
        "POST",
        (*_both("/predictions"), "/predict"),
        "Run a model, or a graph of them, on a message.",
        *_PREDICT,
        body=schemas.MESSAGE,
        answer=schemas.MESSAGE,
    ),
    _route(
        "predictByQuery",
        "GET",
        ("/predict",),
        "The same, with the message in the query's field `json`.",
        *_PREDICT,
        answer=schemas.MESSAGE,
    ),
    _route(
        "feedback",
        "POST",
        (*_both("/feedback"), "/send-feedback"),
        "Tell how good an answer was: a reward, the truth, or both.",
        *_FEEDBACK,
        body=schemas.FEEDBACK,
        answer=schemas.MESSAGE,
    ),
    _route(
        "feedbackByQuery",
        "GET",
        ("/send-feedback",),
        "The same, with the feedback in the query's field `json`.",
        *_FEEDBACK,
        answer=schemas.MESSAGE,
    ),
    *_node_routes(
        "transformInput",
        "/transform-input",
        "Run a graph, as a transformer's wrapper is asked.",
        *_PREDICT,
        schemas.MESSAGE,
    ),
    *_node_routes(
        "transformOutput", "/transform-output", "The same for an output transformer.", *_PREDICT, schemas.MESSAGE
    ),
    *_node_routes(
        "route",
        "/route",
        "The branch that a graph's root would take, as a router's wrapper is asked.",
        hooks.decode_route,
        hooks.encode_routed,
        schemas.MESSAGE,
    ),
    *_node_routes(
        "aggregate",
        "/aggregate",
        "What a graph's root makes of several messages, as a combiner's wrapper is asked.",
        hooks.decode_aggregate,
        hooks.encode_combined,
        schemas.MESSAGES,
    ),
    _route(
        "graphMetadata",
        "GET",
        _both("/metadata"),
        "What a graph and its nodes take and give.",
        management.decode_metadata,
        management.encode_graph,
        answer=schemas.GRAPH,
    ),
    _route(
        "nodeMetadata",
        "GET",
        _both("/metadata/{node}"),
        "What one node takes and gives.",
        management.decode_metadata,
        management.no_reply,
        answer=schemas.MODEL,
    ),
    _route(
        "modelMetadata",
        "GET",
        ("/metadata",),
        "What the whole, as one model, takes and gives.",
        management.decode_metadata,
        management.encode_model,
        answer=schemas.MODEL,
    ),
    _route(
        "nodeHealth",
        "GET",
        _both("/status/{node}"),
        "What a node says of its health.",
        management.decode_health,
        management.encode_health,
        answer=schemas.MESSAGE,
    ),
    _route(
        "health",
        "GET",
        (*_both("/health/status"), *_both("/status"), "/health/status"),
        "What the graph says of its health.",
        management.decode_health,
        management.encode_health,
        answer=schemas.MESSAGE,
    ),
    _route(
        "ready",
        "GET",
        ("/ready",),
        "Whether a prediction would be answered now; 503 with the reason if not.",
        management.decode_ready,
        management.encode_ready,
        answer=schemas.TEXT,
        media=management.TEXT,
    ),
    _route(
        "live",
        "GET",
        ("/live",),
        "Whether the process answers.",
        management.decode_live,
        management.encode_live,
        answer=schemas.TEXT,
        media=management.TEXT,
    ),
    _route(
        "ping",
        "GET",
        ("/health/ping",),
        "Answers pong.",
        management.pong,
        management.no_reply,
        answer=schemas.TEXT,
        media=management.TEXT,
    ),
    _route(
        "metrics",
        "GET",
        ("/prometheus",),
        "Metrics in Prometheus' text format.",
        management.decode_scrape,
        management.encode_scraped,
        answer=schemas.TEXT,
        media=management.METRICS,
    ),
    _route(
        "doc",
        "GET",
        (*_both("/doc/"), "/seldon.json"),
        "This protocol as an OpenAPI document.",
        _describe,
        management.no_reply,
        answer=schemas.FREE,
    ),
)


def _by_path() -> dict[str, dict[str, Route]]:
    table: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        for template in route.templates:
            if not template.startswith(_INGRESS):
                table.setdefault(template.rstrip("/"), {})[route.method] = route
    return table


_TABLE: Final = _by_path()
"""The routes of each path, by method, without the ingress' prefix."""


def match(method: bytes, target: bytes) -> Match | HttpResponse | None:
    """The route for a request line; HEAD goes where GET goes, and OPTIONS is not this protocol's."""
    try:
        path = target.partition(b"?")[0].decode().rstrip("/")
    except UnicodeDecodeError:
        return None
    if method == b"OPTIONS":
        return None
    wanted = "GET" if method == b"HEAD" else method.decode("latin-1")
    for args, rest in _readings(path):
        routes, node = _find(rest)
        if routes:
            return _matched(routes, wanted, args | node)
    return refusal(404, f"there is nothing at {path:.200}") if path.startswith(_OWN) else None


def _readings(path: str) -> list[tuple[dict[str, str], str]]:
    """What may stand before a path: nothing, a namespace and a deployment, a deployment."""
    if not path.startswith("/seldon/"):
        return [({}, path)]
    parts = path.split("/")[2:]
    readings = []
    if len(parts) > 2 and parts[0] and parts[1]:
        readings.append(({"namespace": parts[0], "model": parts[1]}, "/" + "/".join(parts[2:])))
    if len(parts) > 1 and parts[0]:
        readings.append(({"model": parts[0]}, "/" + "/".join(parts[1:])))
    return readings


def _find(path: str) -> tuple[dict[str, Route] | None, dict[str, str]]:
    routes = _TABLE.get(path)
    if routes is None:
        front, _, node = path.rpartition("/")
        return (_TABLE.get(f"{front}/{{node}}"), {"node": node}) if node else (None, {})
    return routes, {}


def _matched(routes: dict[str, Route], method: str, held: dict[str, str]) -> Match | HttpResponse:
    route = routes.get(method)
    if route is None:
        names = ", ".join(routes).replace("GET", "GET, HEAD")
        response = refusal(405, f"{method:.20} is not allowed here, only {names}")
        response.headers = (*response.headers, (b"Allow", names.encode()))
        return response
    try:
        args = {name: unquote(text, errors="strict") for name, text in held.items()}
    except UnicodeDecodeError:
        return refusal(400, "a name in the path is not UTF-8")
    if route.name == "nodeMetadata":
        route = replace(route, encode_reply=management.encode_node(args["node"]))
    return Match(PROTOCOL, route, args)


PROTOCOL: Final = HttpProtocol(
    predict.NAME, ROUTES, match, encode_fault, encode_call, decode_reply, "Seldon REST", example_body
)
