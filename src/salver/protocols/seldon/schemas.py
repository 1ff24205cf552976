"""JSON schemas of the bodies, for the OpenAPI document. Nothing is checked with them."""

from __future__ import annotations

from typing import Any, Final

from salver.protocols.seldon.meta import METRIC_TYPES

Schema = dict[str, Any]


def _object(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


TEXT: Final[Schema] = {"type": "string"}
FREE: Final[Schema] = {"type": "object"}
_ANY: Final[Schema] = {}
_NUMBER: Final[Schema] = {"type": "number"}
_SIZES: Final[Schema] = _list({"type": "integer"})

_METRIC: Final[Schema] = _object(
    ("key", "type", "value"),
    key=TEXT,
    type={"type": "string", "enum": list(METRIC_TYPES)},
    value=_NUMBER,
    tags=_map(TEXT),
)
_META: Final[Schema] = _object(
    puid=TEXT, tags=FREE, routing=_map({"type": "integer"}), requestPath=_map(TEXT), metrics=_list(_METRIC)
)
_DATA: Final[Schema] = _object(
    names=_list(TEXT),
    ndarray={"type": "array"},
    tensor=_object(("shape", "values"), shape=_SIZES, values={"type": "array"}),
    tftensor=FREE,
)
MESSAGE: Final[Schema] = _object(
    meta=_META, data=_DATA, strData=TEXT, binData={"type": "string", "contentEncoding": "base64"}, jsonData=_ANY
)
MESSAGES: Final[Schema] = {"anyOf": [_list(MESSAGE), _object(seldonMessages=_list(MESSAGE))]}
FEEDBACK: Final[Schema] = _object(request=MESSAGE, response=MESSAGE, reward=_NUMBER, truth=MESSAGE)
_TENSOR: Final[Schema] = _object(messagetype=TEXT, schema=FREE, name=TEXT, datatype=TEXT, shape=_SIZES)
MODEL: Final[Schema] = _object(
    ("name", "versions", "platform", "inputs", "outputs"),
    name=TEXT,
    versions=_list(TEXT),
    platform=TEXT,
    inputs=_list(_TENSOR),
    outputs=_list(_TENSOR),
    custom=_map(TEXT),
)
GRAPH: Final[Schema] = _object(
    ("name", "models", "graphinputs", "graphoutputs"),
    name=TEXT,
    models=_map(MODEL),
    graphinputs=_list(_TENSOR),
    graphoutputs=_list(_TENSOR),
)
