"""ONNX types: the words onnxruntime uses for them, and the tensor dtypes they become. Pure; no onnxruntime.

Types that NumPy lacks travel in an integer array: BF16, and the 8-bit floats as UINT8, as raw bits; 2- and 4-bit
integers as their values in INT8 or UINT8; the 4-bit float as its bits, 0 to 15, in UINT8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from salver.core.errors import Unsupported
from salver.core.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class Element:
    """One type of tensor elements."""

    dtype: str
    """The dtype that carries it."""
    number: int = 0
    """ONNX's number for the type, where NumPy has none; else 0."""
    bits: int = 0
    """Its width, where NumPy has none."""


ELEMENTS: Final[Mapping[str, Element]] = {
    "bool": Element("BOOL"),
    "uint8": Element("UINT8"),
    "uint16": Element("UINT16"),
    "uint32": Element("UINT32"),
    "uint64": Element("UINT64"),
    "int8": Element("INT8"),
    "int16": Element("INT16"),
    "int32": Element("INT32"),
    "int64": Element("INT64"),
    "float16": Element("FP16"),
    "float": Element("FP32"),
    "double": Element("FP64"),
    "string": Element("BYTES"),
    "bfloat16": Element("BF16", 16, 16),
    "float8e4m3fn": Element("UINT8", 17, 8),
    "float8e4m3fnuz": Element("UINT8", 18, 8),
    "float8e5m2": Element("UINT8", 19, 8),
    "float8e5m2fnuz": Element("UINT8", 20, 8),
    "uint4": Element("UINT8", 21, 4),
    "int4": Element("INT8", 22, 4),
    "float4e2m1": Element("UINT8", 23, 4),
    "float8e8m0": Element("UINT8", 24, 8),
    "uint2": Element("UINT8", 25, 2),
    "int2": Element("INT8", 26, 2),
}
"""Every element type that can be served. Complex numbers cannot: no protocol has a word for them."""


@dataclass(frozen=True, slots=True)
class OnnxType:
    """A type as onnxruntime writes it, taken apart: `optional(seq(tensor(float)))`, `seq(map(int64,tensor(float)))`."""

    element: Element
    key: str = ""
    """The type of a map's keys, `int64` or `string`; empty when it is no map."""
    sequence: bool = False
    optional: bool = False

    @property
    def plain(self) -> bool:
        """Whether NumPy holds it as it is, and it is one tensor of numbers."""
        return not (self.structured or self.element.bits or self.element.dtype == "BYTES")

    @property
    def structured(self) -> bool:
        """Whether it is a sequence or a map, and travels as JSON."""
        return self.sequence or bool(self.key)

    def spec(self, shape: tuple[int, ...] | None) -> TensorSpec:
        """The spec of a value of this type; the shape counts for a tensor alone."""
        return TensorSpec("JSON", (-1,)) if self.structured else TensorSpec(self.element.dtype, shape)


def read_type(text: str, where: str) -> OnnxType:
    """The type that onnxruntime writes so. Raises Unsupported, naming `where`, for a type that cannot be served."""
    optional, rest = _unwrap("optional", text)
    sequence, rest = _unwrap("seq", rest)
    mapped, rest = _unwrap("map", rest)
    key, rest = rest.split(",", 1) if mapped and "," in rest else ("", rest)
    tensor, name = _unwrap("tensor", rest)
    element = ELEMENTS.get(name)
    if not tensor or element is None or (element.bits and (sequence or mapped)):
        raise Unsupported(
            f"{where} has type {text}, which no protocol can carry; "
            f"tensors can hold {', '.join(ELEMENTS)}, sequences and maps those that NumPy has"
        )
    return OnnxType(element, key, sequence, optional)


def _unwrap(word: str, text: str) -> tuple[bool, str]:
    if text.startswith(f"{word}(") and text.endswith(")"):
        return True, text[len(word) + 1 : -1]
    return False, text
