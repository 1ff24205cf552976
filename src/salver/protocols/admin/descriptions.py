"""Models as the admin protocol describes them: `ModelDescription` to JSON and back, and the JSON's schema.

The values of defaults stay with the server: a client learns which inputs are optional, not what they are then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from salver.core.calls import ModelDescription, State, VersionDescription
from salver.core.domain import read_domain
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, TensorSpec


def encode_model(model: ModelDescription) -> dict[str, Any]:
    """One model as a JSON value that `MODEL` describes."""
    return {
        "model": model.model,
        "path": model.path,
        "wanted": model.wanted,
        "labels": dict(model.labels),
        "error": model.error,
        "versions": [_encode_version(version) for version in model.versions],
    }


def decode_model(value: Any) -> ModelDescription:
    """The reverse of `encode_model`. Raises KeyError, TypeError or ValueError for anything else."""
    return ModelDescription(
        value["model"],
        value["path"],
        value["wanted"],
        value["labels"],
        tuple(_decode_version(version) for version in value["versions"]),
        value["error"],
    )


def _encode_version(version: VersionDescription) -> dict[str, Any]:
    return {
        "version": version.version,
        "state": version.state.value,
        "error": version.error,
        "since": datetime.fromtimestamp(version.since, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "since_unix_s": version.since,
        "path": version.path,
        "format": version.format,
        "load_s": version.load_s,
        "signatures": {name: _encode_signature(signature) for name, signature in version.signatures.items()},
    }


def _decode_version(value: Any) -> VersionDescription:
    return VersionDescription(
        value["version"],
        State(value["state"]),
        value["error"],
        value["since_unix_s"],
        value["path"],
        value["format"],
        value["load_s"],
        {name: _decode_signature(signature) for name, signature in value["signatures"].items()},
    )


def _encode_signature(signature: Signature) -> dict[str, Any]:
    return {
        "inputs": _encode_specs(signature.inputs),
        "outputs": _encode_specs(signature.outputs),
        "optional": list(signature.defaults),
        "batched": signature.batched,
    }


def _decode_signature(value: Any) -> Signature:
    return Signature(
        _decode_specs(value["inputs"]),
        _decode_specs(value["outputs"]),
        dict.fromkeys(value["optional"]),
        value["batched"],
    )


def _encode_specs(specs: Mapping[str, TensorSpec]) -> list[dict[str, Any]]:
    """A list, since the order of inputs means something."""
    return [_encode_spec(name, spec) for name, spec in specs.items()]


def _encode_spec(name: str, spec: TensorSpec) -> dict[str, Any]:
    """What most specs do not have is left out where they do not."""
    told: dict[str, Any] = {
        "name": name,
        "dtype": spec.dtype,
        "shape": None if spec.shape is None else list(spec.shape),
    }
    if spec.loose:
        told["loose"] = True
    if spec.domain is not None:
        told["domain"] = spec.domain.described()
    return told


def _decode_specs(values: Any) -> dict[str, TensorSpec]:
    return {value["name"]: _decode_spec(value) for value in values}


def _decode_spec(value: Any) -> TensorSpec:
    return TensorSpec(
        value["dtype"],
        None if value["shape"] is None else tuple(value["shape"]),
        loose=value.get("loose", False),
        domain=read_domain(value["domain"]) if "domain" in value else None,
    )


def closed(properties: Mapping[str, Any], optional: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """The schema of an object that has these keys, all of them, perhaps the optional ones, and no others."""
    return {
        "type": "object",
        "properties": {**properties, **optional},
        "required": list(properties),
        "additionalProperties": False,
    }


def _map_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": dict(schema)}


def _list_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(schema)}


_TEXT: Final = {"type": "string"}
_VERSION: Final = {"type": "integer", "minimum": 0}
_DOMAIN: Final = {
    "type": "object",
    "description": "What is meant to come in. Intervals without `low` or `high` are open to infinity.",
    "properties": {
        "kind": _TEXT,
        "categories": {"type": "array", "items": {"type": ["string", "number", "boolean"]}},
        "intervals": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "low": {"type": "number"},
                    "high": {"type": "number"},
                    "closed_low": {"type": "boolean"},
                    "closed_high": {"type": "boolean"},
                },
                "required": ["closed_low", "closed_high"],
            },
        },
        "description": _TEXT,
        "example": {"type": ["string", "number", "boolean"]},
    },
}
_SPEC: Final = closed(
    {
        "name": _TEXT,
        "dtype": {"enum": list(NUMPY)},
        "shape": {
            "type": ["array", "null"],
            "items": {"type": "integer", "minimum": -1},
            "description": "One entry an axis, -1 for any size; null for any rank.",
        },
    },
    {
        "loose": {"type": "boolean", "description": "Values of other dtypes, and missing ones, are taken too."},
        "domain": _DOMAIN,
    },
)
_SIGNATURE: Final = closed(
    {
        "inputs": _list_of(_SPEC),
        "outputs": _list_of(_SPEC),
        "optional": _list_of(_TEXT) | {"description": "Inputs that may be left out."},
        "batched": {"type": "boolean", "description": "Axis 0 counts rows that are computed independently."},
    }
)
_VERSION_DESCRIPTION: Final = closed(
    {
        "version": _VERSION,
        "state": {"enum": [state.value for state in State]},
        "error": _TEXT | {"description": "Why the version failed; empty if it did not."},
        "since": {"type": "string", "format": "date-time", "description": "When it came into this state, in UTC."},
        "since_unix_s": {"type": "number"},
        "path": _TEXT,
        "format": _TEXT,
        "load_s": {"type": ["number", "null"], "description": "How long it took to load and warm up."},
        "signatures": _map_of(_SIGNATURE),
    }
)
MODEL: Final = closed(
    {
        "model": _TEXT,
        "path": _TEXT,
        "wanted": {"type": "boolean", "description": "False when an operator unloaded the model."},
        "labels": _map_of(_VERSION),
        "error": _TEXT | {"description": "Why no version could be looked for; empty if they could."},
        "versions": _list_of(_VERSION_DESCRIPTION) | {"description": "The newest first."},
    }
)
"""The schema of `encode_model`'s values."""
