"""JSON schemas of bodies and answers, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]

_INT64: Final[Schema] = {"type": "string", "pattern": "^-?[0-9]+$"}


def _object(properties: Schema, **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)} | more


_TENSOR_INFO: Final = _object(
    {
        "dtype": {"type": "string", "pattern": "^DT_"},
        "tensor_shape": _object(
            {
                "dim": {"type": "array", "items": _object({"size": _INT64, "name": {"type": "string"}})},
                "unknown_rank": {"type": "boolean"},
            }
        ),
        "name": {"type": "string"},
    }
)
_TENSOR_INFOS: Final[Schema] = {"type": "object", "additionalProperties": _TENSOR_INFO}
_SIGNATURE_DEF: Final = _object(
    {
        "inputs": _TENSOR_INFOS,
        "outputs": _TENSOR_INFOS,
        "method_name": {"type": "string"},
        "defaults": {"type": "object"},
    }
)
_SIGNATURE_NAME: Final[Schema] = {
    "type": "string",
    "description": "Empty or absent: `serving_default`, or the only signature.",
}
_PARAMETERS: Final[Schema] = {
    "type": "object",
    "properties": {"row_errors": {"type": "boolean", "default": False}},
    "description": "For models that judge each row: with `row_errors` a refused row is answered with its reason.",
}

PREDICT_BODY: Final[Schema] = {
    "type": "object",
    "properties": {"signature_name": _SIGNATURE_NAME, "parameters": _PARAMETERS},
    "oneOf": [
        _object(
            {
                "instances": {
                    "type": "array",
                    "minItems": 1,
                    "description": "Row format: a value or list a row, or an object a row that names every input.",
                }
            }
        ),
        _object({"inputs": {"description": "Column format: the only input's value, or an object of all inputs."}}),
    ],
}
PREDICT_ANSWER: Final[Schema] = {
    "oneOf": [
        _object({"predictions": {"type": "array", "description": "One element a row."}}),
        _object({"outputs": {"description": "The only output's value, or an object of all outputs."}}),
    ]
}
STATUS_ANSWER: Final = _object(
    {
        "model_version_status": {
            "type": "array",
            "items": _object(
                {
                    "version": _INT64,
                    "state": {"enum": ["START", "LOADING", "AVAILABLE", "UNLOADING", "END"]},
                    "status": _object({"error_code": {"type": "string"}, "error_message": {"type": "string"}}),
                }
            ),
        }
    }
)
METADATA_ANSWER: Final = _object(
    {
        "model_spec": _object({"name": {"type": "string"}, "signature_name": {"type": "string"}, "version": _INT64}),
        "metadata": _object(
            {"signature_def": _object({"signature_def": {"type": "object", "additionalProperties": _SIGNATURE_DEF}})}
        ),
    }
)
_FEATURE: Final[Schema] = {
    "type": ["number", "boolean", "string", "object", "array"],
    "description": 'A number, truth value or string, `{"b64": ...}` for bytes, or a list of values of one kind.',
}
_EXAMPLE: Final[Schema] = {"type": "object", "additionalProperties": _FEATURE}

EXAMPLES_BODY: Final[Schema] = {
    "type": "object",
    "properties": {
        "signature_name": _SIGNATURE_NAME,
        "context": _EXAMPLE | {"description": "Features that every example has unless it says otherwise."},
        "examples": {"type": "array", "minItems": 1, "items": _EXAMPLE},
    },
    "required": ["examples"],
}
CLASSIFY_ANSWER: Final = _object(
    {
        "results": {
            "type": "array",
            "description": "One element an example: its pairs of label and score.",
            "items": {"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2}},
        }
    }
)
REGRESS_ANSWER: Final = _object(
    {"results": {"type": "array", "description": "One number an example.", "items": {"type": "number"}}}
)
