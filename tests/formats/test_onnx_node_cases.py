"""Every node case of the ONNX project that onnxruntime passes must come back from the evaluator bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from node_cases import ENOUGH, Case, Value, load_cases

from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, objects
from salver.formats.table import open_model

pytestmark = pytest.mark.slow


def test_onnxruntime_passes_as_many_cases_as_ever():
    assert len(load_cases()) >= ENOUGH


def test_every_case_comes_back_bit_for_bit(tmp_path: Path):
    wrong = {case.name: reason for case in load_cases() if (reason := what_differs(case, tmp_path))}
    assert wrong == {}


def what_differs(case: Case, folder: Path) -> str:
    """Why a case does not hold; empty when it does."""
    path = Path(case.write(folder))
    model = open_model(str(path)).model
    path.unlink()
    signature = model.signatures[DEFAULT]
    tensors = {name: tensor(signature, name, value) for name, value in case.feeds.items() if value is not None}
    signature.check(tensors)
    response = model(Request(tensors))
    assert isinstance(response, Response)
    present = [name for name in signature.outputs if case.outputs[name] is not None]
    if list(response.tensors) != present:
        return f"gave {list(response.tensors)}, wanted {present}"
    for name in present:
        got, spec = response.tensors[name], signature.outputs[name]
        if got.dtype != spec.dtype or not spec.accepts(got.array.shape):
            return f"'{name}' is {got}, which {spec} does not allow"
        if not same(list(got.array) if isinstance(case.outputs[name], list) else got.array, case.outputs[name]):
            return f"'{name}' is {got.array!r}, wanted {case.outputs[name]!r}"
    return ""


def tensor(signature: Signature, name: str, value: Value) -> Tensor:
    return Tensor(signature.inputs[name].dtype, objects(value) if isinstance(value, list) else value)


def same(left: Value, right: Value) -> bool:
    if isinstance(right, list):
        return len(left) == len(right) and all(same(one, other) for one, other in zip(left, right, strict=True))
    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    return bool(np.array_equal(left, right)) if left.dtype == object else left.tobytes() == right.tobytes()
