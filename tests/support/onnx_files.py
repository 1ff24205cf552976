"""Words for building small ONNX models in tests."""

from __future__ import annotations

from typing import Any

import onnx
from onnx import TensorProto, helper


def tensor_info(name: str, kind: int = TensorProto.FLOAT, shape: Any = ("N",)) -> onnx.ValueInfoProto:
    """An input or output; a shape of None is unknown, a name in it an open dimension."""
    return helper.make_tensor_value_info(name, kind, shape)
