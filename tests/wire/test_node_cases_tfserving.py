"""The node cases of the ONNX project through TensorFlow Serving's JSON: client's half, server's half, and back.

Every case whose inputs and outputs have a form in that JSON must come back bit-equal; which have one is read off the
codec's own table of dtypes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from node_cases import Case, Value, load_cases

from salver.core.servable import Evaluator, Request, Servable
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import NUMPY, Tensor
from salver.formats.table import open_model
from salver.protocols.tfserving.client import SOLE_OUTPUT
from salver.protocols.tfserving.dtypes import SHORT, UNREADABLE
from salver.protocols.tfserving.rest import PROTOCOL
from wire import over_the_wire

pytestmark = pytest.mark.slow

DTYPES = SHORT.keys() - UNREADABLE - {"JSON"}
"""Those of TensorFlow that its JSON carries; what ONNX calls a sequence has none."""
ENOUGH = 1570
"""How many cases are known to fit; fewer means that the set has shrunk unseen."""


def test_every_case_that_the_json_can_carry_comes_back(tmp_path: Path) -> None:
    wrong = {}
    fitting = 0
    for case in load_cases():
        model = opened(case, tmp_path)
        signature = model.signatures[DEFAULT]
        if fits(signature, case):
            fitting += 1
            if reason := what_differs(case, model, signature):
                wrong[case.name] = reason
    assert wrong == {}
    assert fitting >= ENOUGH, fitting


def opened(case: Case, folder: Path) -> Evaluator:
    path = Path(case.write(folder))
    model = open_model(str(path)).model
    path.unlink()
    assert not isinstance(model, Servable)
    return model


def fits(signature: Signature, case: Case) -> bool:
    """Whether JSON carries the dtypes, and nested lists the inputs' shapes: behind an axis of size 0 they show none."""
    feeds = {name: value for name, value in case.feeds.items() if value is not None}
    specs = [*(signature.inputs[name] for name in feeds), *signature.outputs.values()]
    return all(spec.dtype in DTYPES for spec in specs) and all(0 not in value.shape[:-1] for value in feeds.values())


def what_differs(case: Case, model: Evaluator, signature: Signature) -> str:
    """Why a case does not hold; empty when it does."""
    given = {
        name: Tensor(signature.inputs[name].dtype, value) for name, value in case.feeds.items() if value is not None
    }
    read = over_the_wire(PROTOCOL, model, signature, Request(given))
    present = [name for name in signature.outputs if case.outputs[name] is not None]
    if len(present) == 1 and list(read) == [SOLE_OUTPUT]:
        read = {present[0]: read[SOLE_OUTPUT]}
    if list(read) != present:
        return f"gave {list(read)}, wanted {present}"
    for name in present:
        want = case.outputs[name]
        if not same(read[name], want):
            return f"'{name}' is {read[name].array!r}, wanted {want!r}"
    return ""


def same(got: Tensor, want: Value) -> bool:
    """Whether the values are equal, bit for bit, once they have the dtype that the answer does not tell."""
    if want.size == 0:  # an empty list has no dtype, and shows no axis behind the one of size 0
        return bool(got.array.shape == want.shape[: want.shape.index(0) + 1])
    if want.dtype == object:
        return got.array.shape == want.shape and texts(got.array) == texts(want)
    array = got.array.astype(want.dtype)
    if array.shape != want.shape or not lossless(got, want):
        return False
    if want.dtype.kind != "f":
        return bool(array.tobytes() == want.tobytes())
    nan = np.isnan(want)
    return bool(np.array_equal(np.isnan(array), nan)) and array[~nan].tobytes() == want[~nan].tobytes()


def lossless(got: Tensor, want: np.ndarray) -> bool:
    """Whether the answer's own dtype is one that the values' kind is written in: no integer came as a float."""
    kinds = {"b": "b", "i": "iu", "u": "iu", "f": "f"}
    return NUMPY[got.dtype].kind in kinds[want.dtype.kind]


def texts(array: np.ndarray) -> list[str]:
    return [item.decode() if isinstance(item, bytes) else item for item in array.flat]
