"""JSON schemas of the bodies, for the OpenAPI document. Nothing is checked with them."""

from __future__ import annotations

from typing import Any, Final

from salver.core.tensor import NUMPY

Schema = dict[str, Any]


def _object(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_MAYBE_FREE: Final[Schema] = {"type": ["object", "null"]}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_FREE: Final[Schema] = {"type": "object"}
_DATATYPE: Final[Schema] = {"type": "string", "enum": [*NUMPY]}
_DURATION: Final[Schema] = _object(("count", "ns"), count=_COUNT, ns=_COUNT)

_SPEC: Final[Schema] = _object(
    ("name", "datatype", "shape"),
    name=_TEXT,
    datatype=_DATATYPE,
    shape=_list({"type": "integer", "minimum": -1}),
    parameters=_FREE,
)
_TENSOR: Final[Schema] = _object(
    ("name", "datatype", "shape"),
    name=_TEXT,
    datatype=_DATATYPE,
    shape=_list(_COUNT),
    parameters=_FREE,
    data={"type": "array"},
)
_REQUESTED: Final[Schema] = _object(("name",), name=_TEXT, parameters=_MAYBE_FREE)

INFER: Final[Schema] = _object(
    ("inputs",),
    id=_TEXT,
    parameters=_MAYBE_FREE,
    inputs=_list(_TENSOR),
    outputs={"type": ["array", "null"], "items": _REQUESTED},
)
INFERRED: Final[Schema] = _object(
    ("model_name", "model_version", "outputs"),
    id=_TEXT,
    model_name=_TEXT,
    model_version=_TEXT,
    parameters=_FREE,
    outputs=_list(_TENSOR),
)
SERVER: Final[Schema] = _object(("name", "version", "extensions"), name=_TEXT, version=_TEXT, extensions=_list(_TEXT))
LIVE: Final[Schema] = _object(("live",), live=_FLAG)
READY: Final[Schema] = _object(("ready",), name=_TEXT, ready={"const": True})
NOT_READY: Final[Schema] = _object(("ready", "reason"), name=_TEXT, ready={"const": False}, reason=_TEXT)
METADATA: Final[Schema] = _object(
    ("name", "versions", "platform", "inputs", "outputs"),
    name=_TEXT,
    versions=_list(_TEXT),
    platform=_TEXT,
    inputs=_list(_SPEC),
    outputs=_list(_SPEC),
    signatures=_FREE,
)
MODELS: Final[Schema] = _object(("models",), models=_list(_TEXT))
INDEX_QUESTION: Final[Schema] = _object(ready={"type": ["boolean", "null"]})
INDEX: Final[Schema] = _list(
    _object(
        ("name", "version", "state", "reason"),
        name=_TEXT,
        version=_TEXT,
        state={"type": "string", "enum": ["READY", "LOADING", "UNLOADING", "UNAVAILABLE"]},
        reason=_TEXT,
    )
)
OPERATION: Final[Schema] = _object(parameters=_MAYBE_FREE)
LOADED: Final[Schema] = _object(("name", "load"), name=_TEXT, load=_FLAG)
UNLOADED: Final[Schema] = _object(("name", "unload"), name=_TEXT, unload=_FLAG)
STATISTICS: Final[Schema] = _object(
    ("model_stats",),
    model_stats=_list(
        _object(
            ("name", "version", "last_inference", "inference_count", "execution_count", "inference_stats"),
            name=_TEXT,
            version=_TEXT,
            last_inference=_COUNT,
            inference_count=_COUNT,
            execution_count=_COUNT,
            inference_stats={"type": "object", "additionalProperties": _DURATION},
            batch_stats={"type": "array"},
        )
    ),
)
