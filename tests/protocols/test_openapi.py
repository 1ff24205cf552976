from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from salver.core.errors import KINDS
from salver.protocols.admin.rest import protocol as admin_protocol
from salver.protocols.http import HttpResponse
from salver.protocols.openapi import document
from salver.protocols.route import HttpProtocol, Route


def nothing(*_args: Any, **_kwargs: Any) -> Any:
    raise NotImplementedError


def toy(*routes: Route) -> HttpProtocol:
    statuses = {kind: 400 + number for number, kind in enumerate(KINDS)}

    def encode_fault(fault, route):
        if route.name == "silent":
            return HttpResponse(503, b"")
        return HttpResponse(statuses[type(fault)], json.dumps({"code": 3, "message": fault.message}).encode())

    return HttpProtocol("toy", routes, nothing, encode_fault, nothing, nothing)


PREDICT = Route(
    "predict",
    "POST",
    ("/m/{model}:predict", "/m/{model}/v/{version}:predict", "/m/{model}/l/{label}:predict"),
    "Run a model",
    nothing,
    nothing,
    body={"type": "object", "required": ["x"]},
    answer={"type": "array"},
)
SHOW = Route(
    "show",
    "GET",
    ("/m/{model}:predict", "/"),
    "Show it",
    nothing,
    nothing,
    answer={"type": "string"},
    media="text/plain",
)
INDEX = Route("index", "POST", ("/index",), "List", nothing, nothing, body={"type": "object"}, body_optional=True)
SILENT = Route("silent", "GET", ("/silent",), "Says nothing", nothing, nothing)


def test_the_document_is_valid_openapi():
    for described in (document([toy(PREDICT, SHOW, SILENT)], "1.2.3"), document([admin_protocol()], "1.2.3")):
        OpenAPIV31SpecValidator(json.loads(json.dumps(described))).validate()


def test_operations_are_named_apart():
    paths = document([toy(PREDICT, SHOW)], "1")["paths"]
    assert {
        (path, method): operation["operationId"]
        for path, methods in paths.items()
        for method, operation in methods.items()
    } == {
        ("/m/{model}:predict", "post"): "toy_predict",
        ("/m/{model}/v/{version}:predict", "post"): "toy_predict_version",
        ("/m/{model}/l/{label}:predict", "post"): "toy_predict_label",
        ("/m/{model}:predict", "get"): "toy_show",
        ("/", "get"): "toy_show_2",
    }


def test_two_operations_of_one_name_are_refused():
    with pytest.raises(ValueError, match="toy_predict"):
        document([toy(PREDICT, PREDICT)], "1")


def test_parameters_come_from_the_path():
    operation = document([toy(PREDICT)], "1")["paths"]["/m/{model}/v/{version}:predict"]["post"]
    assert [(each["name"], each["in"], each["required"]) for each in operation["parameters"]] == [
        ("model", "path", True),
        ("version", "path", True),
    ]
    assert operation["parameters"][1]["schema"]["minimum"] == 0


def test_bodies_and_answers_are_the_routes_own():
    paths = document([toy(PREDICT, SHOW, SILENT, INDEX)], "1")["paths"]
    predict = paths["/m/{model}:predict"]["post"]
    assert predict["requestBody"] == {"required": True, "content": {"application/json": {"schema": PREDICT.body}}}
    assert predict["responses"]["200"]["content"] == {"application/json": {"schema": {"type": "array"}}}
    assert paths["/"]["get"]["responses"]["200"]["content"] == {"text/plain": {"schema": {"type": "string"}}}
    assert paths["/index"]["post"]["requestBody"]["required"] is False
    assert "content" not in paths["/silent"]["get"]["responses"]["200"]


def test_errors_are_what_the_protocol_says_and_what_the_transport_says():
    described = document([toy(PREDICT, SILENT)], "1")
    responses = described["paths"]["/m/{model}:predict"]["post"]["responses"]
    own = {
        "type": "object",
        "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        "required": ["code", "message"],
    }
    reference = {"$ref": "#/components/schemas/Error"}
    assert responses["402"]["content"]["application/json"]["schema"] == own
    assert responses["431"]["content"]["application/json"]["schema"] == reference
    both = responses["405"]["content"]["application/json"]["schema"]
    assert both == {"anyOf": [reference, own]}
    silent = described["paths"]["/silent"]["get"]["responses"]["503"]
    assert silent["content"]["application/json"]["schema"] == reference
    assert list(responses) == sorted(responses)
