"""TensorFlow's names for our dtypes: short ones in error texts, the enum's in metadata."""

from __future__ import annotations

from typing import Final

SHORT: Final[dict[str, str]] = {
    "BOOL": "bool",
    "UINT8": "uint8",
    "UINT16": "uint16",
    "UINT32": "uint32",
    "UINT64": "uint64",
    "INT8": "int8",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "FP16": "half",
    "BF16": "bfloat16",
    "FP32": "float",
    "FP64": "double",
    "BYTES": "string",
    "JSON": "json",
}
"""What an error text calls a dtype. JSON is ours: TensorFlow has no such type."""

ENUM: Final[dict[str, str]] = {name: f"DT_{short.upper()}" for name, short in SHORT.items()} | {"JSON": "DT_STRING"}
"""Names of TensorFlow's DataType enum. JSON shows as a string: the nearest thing every client can parse."""

DTYPES: Final[dict[str, str]] = {enum: name for name, enum in ENUM.items() if name != "JSON"}
"""The way back, for a client that reads metadata."""

UNREADABLE: Final = frozenset(("FP16", "BF16"))
"""Dtypes that have no JSON form on the way in."""
