"""Every node case of the ONNX project through the whole codec, client and server, in JSON and raw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from node_cases import Case, Value, load_cases

from salver.core.servable import Request, Servable
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import NUMPY, Tensor, objects
from salver.formats.table import open_model
from salver.protocols.openinference.rest import PROTOCOL
from wire import over_the_wire

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("binary", [False, True], ids=["json", "raw"])
def test_every_case_comes_back(binary: bool, tmp_path: Path):
    wrong = {case.name: reason for case in load_cases() if (reason := what_differs(case, tmp_path, binary))}
    assert wrong == {}


def what_differs(case: Case, folder: Path, binary: bool) -> str:
    """Why a case does not hold; empty when it does."""
    path = Path(case.write(folder))
    model = open_model(str(path)).model
    path.unlink()
    assert not isinstance(model, Servable)
    signature = model.signatures[DEFAULT]
    given = {name: tensor(signature, name, value) for name, value in case.feeds.items() if value is not None}
    tensors = over_the_wire(PROTOCOL, model, signature, Request(given, params={"binary_data": binary}))
    present = [name for name in signature.outputs if case.outputs[name] is not None]
    if list(tensors) != present:
        return f"gave {list(tensors)}, wanted {present}"
    for name in present:
        if not same(value_of(tensors[name]), case.outputs[name], binary):
            return f"'{name}' is {tensors[name].array!r}, wanted {case.outputs[name]!r}"
    return ""


def tensor(signature: Signature, name: str, value: Value) -> Tensor:
    return Tensor(signature.inputs[name].dtype, objects(value) if isinstance(value, list) else value)


def value_of(got: Tensor) -> Value:
    """The array; the list of arrays that the elements of a sequence stand for."""
    return [array_of(item) for item in got.array] if got.dtype == "JSON" else got.array


def array_of(item: Any) -> Any:
    return np.array(item["data"], NUMPY[item["datatype"]]).reshape(item["shape"])


def same(left: Value, right: Value, binary: bool) -> bool:
    """Bit for bit; a NaN in JSON is any NaN."""
    if isinstance(right, list):
        return len(left) == len(right) and all(same(*pair, False) for pair in zip(left, right, strict=True))
    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    if left.dtype == object:
        return [text(item) for item in left.flat] == [text(item) for item in right.flat]
    if not binary and left.dtype.kind == "f":
        nan = np.isnan(right)
        return bool(np.array_equal(np.isnan(left), nan)) and left[~nan].tobytes() == right[~nan].tobytes()
    return bool(left.tobytes() == right.tobytes())


def text(item: Any) -> Any:
    return item.decode() if isinstance(item, bytes) else item
