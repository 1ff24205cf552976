"""The node cases of the ONNX project, and what onnxruntime answers when it is called directly.

`load_cases()` gives every case that onnxruntime passes: its answer equals the expected one, bit for bit or within the
case's own tolerance. What it cannot do leaves the set by itself; nothing is skipped by name. Types that NumPy lacks
are held as Salver carries them (`salver.formats.onnx_types`): bits, or the values of small integers.
"""

from __future__ import annotations

import ctypes
import functools
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper
from onnx.backend.test.loader import load_model_tests

ENOUGH = 1630
"""How many cases onnxruntime is known to pass; fewer means that the set has shrunk unseen."""

Value = Any
"""np.ndarray, a list of them for a sequence, or None for an optional value that is absent."""


@dataclass(frozen=True, slots=True)
class Case:
    """One model with one set of inputs."""

    name: str
    model: bytes
    feeds: Mapping[str, Value]
    """By input name, as Salver carries them."""
    outputs: Mapping[str, Value]
    """By output name: what onnxruntime answers, bit for bit, as Salver carries it."""

    def write(self, folder: Path) -> str:
        """The path of the model, written into a folder."""
        path = folder / f"{self.name}.onnx"
        path.write_bytes(self.model)
        return str(path)


@functools.cache
def load_cases() -> tuple[Case, ...]:
    """Every case that onnxruntime passes, in the order of the ONNX project; about six seconds, once a process."""
    ort.set_default_logger_severity(4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = [_case(test) for test in load_model_tests(kind="node")]
    return tuple(case for case in cases if case is not None)


def _case(test: Any) -> Case | None:
    """The case, or None when onnxruntime does not load it, does not run it, or answers otherwise."""
    model = test.model.SerializeToString()
    settings = ort.SessionOptions()
    settings.log_severity_level = 4
    settings.intra_op_num_threads = 1
    ((inputs, expected),) = test.data_sets
    try:
        session = ort.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
        feeds = {argument.name: _array(value) for argument, value in zip(session.get_inputs(), inputs, strict=True)}
        answers = _run(session, feeds)
    except Exception:
        return None
    wanted = [_array(value) for value in expected]
    for answer, want in zip(answers, wanted, strict=True):
        if not _agrees(answer, want, test.rtol, test.atol):
            return None
    names = [argument.name for argument in session.get_outputs()]
    outputs = {name: _carried(answer) for name, answer in zip(names, answers, strict=True)}
    return Case(test.name, model, {name: _carried(value) for name, value in feeds.items()}, outputs)


def _array(value: Any) -> Value:
    """A case's value as an array; ml_dtypes hold what NumPy lacks."""
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    if isinstance(value, list):
        return [_array(item) for item in value]
    return value if value is None else np.asarray(value)


def _run(session: Any, feeds: dict[str, Value]) -> list[Value]:
    """What onnxruntime answers, by whichever of its calls takes these types."""
    values = {name: _owned(value) for name, value in feeds.items()}
    lacking = [helper.np_dtype_to_tensor_dtype(np.dtype(kind)) for kind in _LACKING]
    numbers = [_number(argument.type) for argument in session.get_outputs()]
    if not any(number in lacking for number in numbers):
        return list(session.run(None, values))
    values = {
        name: value if isinstance(value, ort.OrtValue) else ort.OrtValue.ortvalue_from_numpy(value)
        for name, value in values.items()
    }
    return [
        _read(value, number) for value, number in zip(session.run_with_ort_values(None, values), numbers, strict=True)
    ]


_LACKING = (
    ml_dtypes.bfloat16,
    ml_dtypes.float8_e4m3fn,
    ml_dtypes.float8_e4m3fnuz,
    ml_dtypes.float8_e5m2,
    ml_dtypes.float8_e5m2fnuz,
    ml_dtypes.float8_e8m0fnu,
    ml_dtypes.float4_e2m1fn,
    ml_dtypes.int4,
    ml_dtypes.uint4,
    ml_dtypes.int2,
    ml_dtypes.uint2,
)


def _number(kind: str) -> int:
    """ONNX's number for the elements of `tensor(bfloat16)`; 0 for what is no tensor."""
    name = kind.removeprefix("tensor(").removesuffix(")").upper()
    return int(dict(onnx.TensorProto.DataType.items()).get(name, 0))


def _owned(value: Value) -> Any:
    """An OrtValue for an array of a type that NumPy lacks, packed by the ONNX project's own code."""
    if not isinstance(value, np.ndarray) or value.dtype not in _LACKING:
        return value
    proto = numpy_helper.from_array(value)
    width = np.uint16 if value.dtype.itemsize == 2 else np.uint8
    packed = np.frombuffer(proto.raw_data, width)
    memory = np.zeros(value.size, width)
    memory[: packed.size] = packed
    return ort.OrtValue.ortvalue_from_numpy_with_onnx_type(memory.reshape(value.shape), proto.data_type)


def _read(value: Any, number: int) -> Value:
    """The array in an OrtValue, unpacked by the ONNX project's own code."""
    if number not in [helper.np_dtype_to_tensor_dtype(np.dtype(kind)) for kind in _LACKING]:
        return value.numpy()
    proto = onnx.TensorProto(data_type=number, dims=value.shape())
    proto.raw_data = ctypes.string_at(value.data_ptr(), value.tensor_size_in_bytes())
    return numpy_helper.to_array(proto)


def _carried(value: Value) -> Value:
    """The value as Salver carries it."""
    if not isinstance(value, np.ndarray) or value.dtype not in _LACKING:
        return value
    if value.dtype in (ml_dtypes.int4, ml_dtypes.int2):
        return value.astype(np.int8)
    if value.dtype in (ml_dtypes.uint4, ml_dtypes.uint2):
        return value.astype(np.uint8)
    return value.view(np.uint16 if value.dtype == ml_dtypes.bfloat16 else np.uint8)


def _agrees(answer: Value, want: Value, rtol: float, atol: float) -> bool:
    """Whether an answer is the one expected, in type, shape and values."""
    if answer is None or want is None:
        return answer is want
    if isinstance(want, list):
        pairs = zip(answer, want, strict=False)
        return len(answer) == len(want) and all(_agrees(left, right, rtol, atol) for left, right in pairs)
    if answer.shape != want.shape:
        return False
    if want.dtype.kind in "OSU":
        return bool(np.array_equal(answer.astype(object), want.astype(object)))
    if answer.dtype != want.dtype:
        return False
    if want.dtype in _LACKING:
        answer, want = answer.astype(np.float64), want.astype(np.float64)
    return bool(np.allclose(answer, want, rtol=rtol, atol=atol, equal_nan=True))
