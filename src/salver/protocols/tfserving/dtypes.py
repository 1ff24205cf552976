"""TensorFlow's names for our dtypes, and its shapes, as its error texts have them."""

from __future__ import annotations

from collections.abc import Sequence
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

UNREADABLE: Final = frozenset(("FP16", "BF16"))
"""Dtypes that have no JSON form on the way in."""


def type_name(dtype: str) -> str:
    """The name in the enum DataType: `DT_FLOAT`."""
    return f"DT_{SHORT[dtype].upper()}"


def brackets(sizes: Sequence[int]) -> str:
    """A shape: `[2,3]`."""
    return f"[{','.join(map(str, sizes))}]"
