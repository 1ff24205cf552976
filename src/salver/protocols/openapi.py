"""An OpenAPI 3.1 document from the protocols' route tables. Pure: tables in, a JSON value out.

Nothing is written twice: paths and schemas are the routes' own, and the error answers are found by asking each
protocol how it would encode each kind of fault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from salver.core.errors import KINDS, BadInput, Fault, Full, Internal, Late, NotFound, Unavailable, Unsupported
from salver.protocols.http import HttpResponse
from salver.protocols.route import HttpProtocol, Route

_TYPES: Final = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_PARAMETERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "model": {"type": "string", "minLength": 1},
    "version": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
    "label": {"type": "string", "minLength": 1},
    "namespace": {"type": "string", "minLength": 1},
    "node": {"type": "string", "minLength": 1},
}

_KINDS: Final[Mapping[type[Fault], str]] = {
    BadInput: "the request can never succeed",
    NotFound: "there is no such model, version or label",
    Unsupported: "understood, but not offered",
    Unavailable: "the model does not answer now",
    Full: "too much is waiting; try again later",
    Late: "the deadline passed",
    Internal: "the model or the server broke",
}

_TRANSPORT: Final[Mapping[int, str]] = {
    400: "the request is malformed",
    405: "the path does not take this method; the Allow header says which it takes",
    408: "the request came too slowly",
    413: "the body is too large",
    414: "the request line is too long",
    431: "the headers are too large",
    500: "the server broke",
    501: "the method is not offered",
    503: "too many connections are open, or the server is stopping",
    505: "this version of HTTP is not spoken",
}
"""What any path may answer before a protocol is asked."""

ERROR: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
}
"""The error of the transports, and of every protocol that has no other."""


def document(protocols: Iterable[HttpProtocol], version: str) -> dict[str, Any]:
    """The document for a server of that version that speaks these protocols. Raises ValueError for equal ids."""
    protocols = tuple(protocols)
    paths: dict[str, dict[str, Any]] = {}
    ids: set[str] = set()
    for protocol in protocols:
        for route in protocol.routes:
            answers = _answers(protocol, route)
            for template, operation_id in _operations(protocol, route):
                if operation_id in ids:
                    raise ValueError(f"two operations are called {operation_id}")
                ids.add(operation_id)
                operation = _operation(protocol, route, template, operation_id) | {"responses": answers}
                paths.setdefault(template, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Salver",
            "version": version,
            "summary": "A server of machine-learning models.",
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": protocol.name} for protocol in protocols],
        "paths": paths,
        "components": {"schemas": {"Error": ERROR}},
    }


def _operations(protocol: HttpProtocol, route: Route) -> Iterator[tuple[str, str]]:
    """Each template with its operation id: the first has the route's name, the others add what their paths add, and
    their number where that is not enough."""
    first = _PARAMETER.findall(route.templates[0])
    taken: set[str] = set()
    for number, template in enumerate(route.templates):
        added = [name for name in _PARAMETER.findall(template) if name not in first]
        operation_id = "_".join([protocol.name, route.name, *added])
        if operation_id in taken:
            operation_id += f"_{number + 1}"
        taken.add(operation_id)
        yield template, operation_id


def _operation(protocol: HttpProtocol, route: Route, template: str, operation_id: str) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": operation_id, "summary": route.summary, "tags": [protocol.name]}
    parameters = _PARAMETER.findall(template)
    if parameters:
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": _PARAMETERS[name]} for name in parameters
        ]
    if route.body is not None:
        operation["requestBody"] = {
            "required": not route.body_optional,
            "content": {"application/json": {"schema": route.body}},
        }
    return operation


def _answers(protocol: HttpProtocol, route: Route) -> dict[str, Any]:
    reasons: dict[int, list[str]] = {status: [reason] for status, reason in _TRANSPORT.items()}
    schemas: dict[int, list[dict[str, Any]]] = {status: [_reference()] for status in _TRANSPORT}
    for kind in KINDS:
        sample = protocol.encode_fault(kind("why"), route)
        reasons.setdefault(sample.status, []).append(_KINDS[kind])
        schema = _schema(sample)
        known = schemas.setdefault(sample.status, [])
        if schema is not None and schema not in known:
            known.append(schema)
    for status, other in route.others.items():
        schemas[status].append(dict(other))
    good: dict[str, Any] = {"description": "OK"}
    if route.answer:
        good["content"] = {route.media: {"schema": route.answer}}
    return {"200": good} | {
        str(status): _refusal("; or ".join(reasons[status]), schemas[status]) for status in sorted(reasons)
    }


def _refusal(reason: str, schemas: list[dict[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": f"{reason[0].upper()}{reason[1:]}."}
    if schemas:
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        answer["content"] = {"application/json": {"schema": schema}}
    return answer


def _schema(sample: HttpResponse) -> dict[str, Any] | None:
    """What an error's body looks like, from one of them; None when it has none."""
    if not isinstance(sample.body, bytes) or not sample.body:
        return None
    shape = _shape(json.loads(sample.body))
    return _reference() if shape == ERROR else shape


def _reference() -> dict[str, Any]:
    return {"$ref": "#/components/schemas/Error"}


def _shape(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        properties = {key: _shape(item) for key, item in value.items()}
        return {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": _TYPES[type(value)]} if type(value) in _TYPES else {}
