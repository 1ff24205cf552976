"""The node cases of the ONNX project through the gRPC codecs, client's half, server's half, and back, bit for bit.

Open Inference carries every case, raw and typed; TensorFlow Serving those without a sequence, for which it has no type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from node_cases import ENOUGH, Case, Value, load_cases

from salver.core.servable import Evaluator, Request, Servable
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import NUMPY, Tensor, objects
from salver.formats.table import open_model
from salver.protocols.openinference.grpc import PROTOCOL as OPEN_INFERENCE
from salver.protocols.prototensor import NUMBERS
from salver.protocols.rpc import GrpcProtocol
from salver.protocols.tfserving.grpc import PROTOCOL as TF_SERVING
from salver.protocols.tfserving.grpc import protocol as tf_serving
from wire import over_the_wire

pytestmark = pytest.mark.slow

WAYS: Mapping[str, tuple[GrpcProtocol, Mapping[str, Any]]] = {
    "Open Inference, raw": (OPEN_INFERENCE, {}),
    "Open Inference, typed": (OPEN_INFERENCE, {"binary_data": False}),
    "TensorFlow Serving, typed": (TF_SERVING, {}),
    "TensorFlow Serving, tensor_content": (tf_serving(tensor_content=True), {}),
}
WITHOUT_SEQUENCES = 1570
"""How many cases are known to have tensors only; fewer means that the set has shrunk unseen."""


def test_every_case_comes_back(tmp_path: Path) -> None:
    wrong = {}
    carried = dict.fromkeys(WAYS, 0)
    for case in load_cases():
        model = opened(case, tmp_path)
        signature = model.signatures[DEFAULT]
        for way, (protocol, params) in WAYS.items():
            if protocol.name == OPEN_INFERENCE.name or has_types(signature):
                carried[way] += 1
                if reason := what_differs(case, signature, partial(over_the_wire, protocol, model), params):
                    wrong[case.name, way] = reason
    assert wrong == {}
    assert {way: count for way, count in carried.items() if count < WITHOUT_SEQUENCES} == {}
    assert carried["Open Inference, raw"] >= ENOUGH


def opened(case: Case, folder: Path) -> Evaluator:
    path = Path(case.write(folder))
    model = open_model(str(path)).model
    path.unlink()
    assert not isinstance(model, Servable)
    return model


def has_types(signature: Signature) -> bool:
    """Whether TensorFlow has a type for everything."""
    return all(spec.dtype in NUMBERS for spec in (*signature.inputs.values(), *signature.outputs.values()))


def what_differs(
    case: Case, signature: Signature, send: Callable[[Signature, Request], dict[str, Tensor]], params: Mapping[str, Any]
) -> str:
    """Why a case does not hold; empty when it does."""
    given = {name: tensor(signature, name, value) for name, value in case.feeds.items() if value is not None}
    tensors = send(signature, Request(given, params=params))
    present = [name for name in signature.outputs if case.outputs[name] is not None]
    if sorted(tensors) != sorted(present):
        return f"gave {list(tensors)}, wanted {present}"
    for name in present:
        if not same(value_of(tensors[name]), case.outputs[name]):
            return f"'{name}' is {tensors[name].array!r}, wanted {case.outputs[name]!r}"
    return ""


def tensor(signature: Signature, name: str, value: Value) -> Tensor:
    return Tensor(signature.inputs[name].dtype, objects(value) if isinstance(value, list) else value)


def value_of(got: Tensor) -> Value:
    """The array; the list of arrays that the elements of a sequence stand for."""
    return [array_of(item) for item in got.array] if got.dtype == "JSON" else got.array


def array_of(item: Any) -> Any:
    return np.array(item["data"], NUMPY[item["datatype"]]).reshape(item["shape"])


def same(left: Value, right: Value) -> bool:
    """Bit for bit."""
    if isinstance(right, list):
        return len(left) == len(right) and all(same(*pair) for pair in zip(left, right, strict=True))
    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    if left.dtype == object:
        return [text(item) for item in left.flat] == [text(item) for item in right.flat]
    return bool(left.tobytes() == right.tobytes())


def text(item: Any) -> Any:
    return item.decode() if isinstance(item, bytes) else item
