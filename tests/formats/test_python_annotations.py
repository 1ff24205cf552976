"""Signatures read from annotations, and the sentences that say how to write those that cannot be read."""

from __future__ import annotations

import re
import sys

import pytest

from salver.core.errors import BadInput
from salver.core.signature import DEFAULT
from salver.core.tensor import TensorSpec

IMPORTS = """\
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict
import numpy as np
from numpy.typing import NDArray
from salver.core.tensor import TensorSpec
"""


@pytest.mark.parametrize(
    ("annotation", "dtype", "shape"),
    [
        ("float", "FP64", (-1,)),
        ("int", "INT64", (-1,)),
        ("bool", "BOOL", (-1,)),
        ("str", "BYTES", (-1,)),
        ("bytes", "BYTES", (-1,)),
        ("np.float32", "FP32", (-1,)),
        ("np.uint8", "UINT8", (-1,)),
        ("np.bool_", "BOOL", (-1,)),
        ("list[float]", "FP64", (-1, -1)),
        ("list[list[np.float32]]", "FP32", (-1, -1, -1)),
        ("tuple[int, ...]", "INT64", (-1, -1)),
        ("dict", "JSON", (-1,)),
        ("dict[str, float]", "JSON", (-1,)),
        ("list[dict[str, Any]]", "JSON", (-1,)),
        ("Any", "JSON", (-1,)),
        ("Annotated[float, 'degrees']", "FP64", (-1,)),
        ("float | None", "FP64", (-1,)),
    ],
)
def test_a_function_without_arrays_takes_a_row_a_call(write_app, opened, annotation, dtype, shape):
    source = f"{IMPORTS}def predict(x: {annotation}) -> float: return 0.0\n"
    signature = opened(write_app(source)).signatures[DEFAULT]
    assert signature.inputs == {"x": TensorSpec(dtype, shape)}
    assert signature.outputs == {"output": TensorSpec("FP64", (-1,))}
    assert signature.batched


@pytest.mark.parametrize(
    ("annotation", "dtype", "shape"),
    [
        ("np.ndarray", "FP64", None),
        ("NDArray[np.float32]", "FP32", None),
        ("NDArray[np.str_]", "BYTES", None),
        ("np.ndarray[tuple[int, int], np.dtype[np.int8]]", "INT8", (-1, -1)),
        ("Annotated[np.ndarray, 'FP32', (-1, 13)]", "FP32", (-1, 13)),
        ("Annotated[np.ndarray, 'BF16']", "BF16", None),
        ("Annotated[NDArray[np.float16], (2, -1)]", "FP16", (2, -1)),
        ("Annotated[np.ndarray, TensorSpec('INT32', (-1, 2))]", "INT32", (-1, 2)),
        ("float", "FP64", ()),
        ("list[float]", "FP64", (-1,)),
    ],
)
def test_one_array_makes_it_a_function_of_whole_tensors(write_app, opened, annotation, dtype, shape):
    source = f"{IMPORTS}def predict(x: {annotation}, other: np.ndarray) -> np.ndarray: return other\n"
    signature = opened(write_app(source)).signatures[DEFAULT]
    assert signature.inputs["x"] == TensorSpec(dtype, shape)
    assert not signature.batched


def test_arrays_with_an_open_first_dimension_are_batched(write_app, opened):
    source = f"""{IMPORTS}
Rows = Annotated[np.ndarray, "FP32", (-1, 2)]
def predict(x: Rows) -> Annotated[np.ndarray, "FP32", (-1,)]: return x.sum(axis=1)
"""
    assert opened(write_app(source)).signatures[DEFAULT].batched


def test_dataclasses_are_their_fields_and_defaults_may_be_left_out(write_app, opened):
    source = f"""{IMPORTS}
@dataclass
class Wine:
    alcohol: float
    colour: str = "red"

class Answer(TypedDict):
    quality: float
    tags: list[str]

def predict(wine: Wine, year: int = 2000) -> Answer: return {{"quality": wine.alcohol, "tags": []}}
"""
    signature = opened(write_app(source)).signatures[DEFAULT]
    assert {name: str(spec) for name, spec in signature.inputs.items()} == {
        "alcohol": "FP64[-1]",
        "colour": "BYTES[-1]",
        "year": "INT64[-1]",
    }
    assert {name: str(spec) for name, spec in signature.outputs.items()} == {
        "quality": "FP64[-1]",
        "tags": "BYTES[-1, -1]",
    }
    assert signature.defaults == {"colour": None, "year": None}


def test_postponed_annotations_are_read(write_app, opened):
    source = "from __future__ import annotations\ndef predict(x: Later) -> float: return x\nLater = int\n"
    assert opened(write_app(source)).signatures[DEFAULT].inputs["x"].dtype == "INT64"


def test_a_declared_signature_stands_over_the_annotations(write_app, opened):
    source = """
from salver.formats.python_signature import signature

@signature(inputs={"x": ("FP32", (-1, 2))}, outputs={"sum": ("FP32", (-1,)), "n": ("INT64", None)})
def predict(x):
    return {"sum": x.sum(axis=1), "n": len(x)}
"""
    signature = opened(write_app(source)).signatures[DEFAULT]
    assert signature.inputs == {"x": TensorSpec("FP32", (-1, 2))}
    assert signature.outputs == {"sum": TensorSpec("FP32", (-1,)), "n": TensorSpec("INT64", None)}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["def predict(x): return x"],
            "app.py:6: predict(x) needs an annotation; write: def predict(x: np.ndarray) -> np.ndarray:",
        ),
        (
            ["", "def predict(x: float, y=2): return x"],
            "app.py:7: predict(y) needs an annotation; write: def predict(x: float, y: float = 2) -> float:",
        ),
        (
            ["def predict(x: float): return x"],
            "app.py:6: predict(x) needs an annotation for its result; write: def predict(x: float) -> float:",
        ),
        (
            ["async def predict(x: set[int]) -> float: return 1"],
            "app.py:6: predict(x) is annotated set[int] for x, which cannot be served; "
            "write: async def predict(x: float) -> float:",
        ),
        (
            ["def predict(x: np.ndarray) -> None: return"],
            "app.py:6: predict(x) is annotated None for its result, which cannot be served; "
            "write: def predict(x: np.ndarray) -> np.ndarray:",
        ),
        (
            ["import functools", "@functools.cache", "def predict(x: np.ndarray, y) -> np.ndarray: return x"],
            "app.py:8: predict(y) needs an annotation; write: def predict(x: np.ndarray, y: np.ndarray) -> np.ndarray:",
        ),
        (["def predict(*x: float) -> float: return 1"], "app.py:6: predict(*x: float) cannot be called by name"),
        (["def predict(x: float, /) -> float: return 1"], "cannot be called by name; name each argument"),
        (["def predict(x: 'Nowhere') -> float: return 1"], "app.py:6: an annotation cannot be read: name 'Nowhere'"),
        (["def predict(x: dict, y: np.ndarray) -> float: return 1"], "app.py:6: predict has both arrays and dicts"),
        (["def predict(x: float | int) -> float: return 1"], "is annotated float | int for x"),
        (["def predict(x: list[np.ndarray]) -> float: return 1"], "is annotated list[np.ndarray] for x"),
        (["def predict(x: np.complex64) -> float: return 1"], "is annotated np.complex64 for x"),
        (
            ["def predict(x: Annotated[np.ndarray, 'FLOAT']) -> float: return 1"],
            "there is no dtype 'FLOAT'; there are BOOL",
        ),
        (["def predict(x: Annotated[np.ndarray, (-2,)]) -> float: return 1"], "(-2,) is no shape; wanted sizes"),
        (
            ["@dataclass", "class A:", "  x: float", "def predict(x: float, a: A) -> float: return 1"],
            "app.py:9: two inputs of predict are named 'x'",
        ),
        (
            ["@dataclass", "class A:", "  x: set", "def predict(a: A) -> float: return 1"],
            "app.py: A.x is annotated set, which cannot be served; write: x: float",
        ),
        (
            ["@dataclass", "class A:", "  x: int", "def predict(a: A = A(1)) -> float: return 1"],
            "app.py:9: 'a' is a dataclass; give its fields defaults",
        ),
        (
            ["class Model:", "  def predict(self, x): return x"],
            "app.py:7: predict(x) needs an annotation; write: def predict(self, x: np.ndarray) -> np.ndarray:",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_line_to_write(write_app, opened, lines, said):
    with pytest.raises(BadInput, match=re.escape(said)):
        opened(write_app(IMPORTS + "\n".join(lines)))


def test_a_declaration_that_does_not_fit_the_function_is_refused(write_app, opened):
    source = """\
from salver.formats.python_signature import signature
@signature(inputs={"x": ("FP32", None)}, outputs={"y": ("FP32", None)})
def predict(z): return z
"""
    with pytest.raises(BadInput, match=r"app\.py:3: the declared inputs are x, but predict takes z"):
        opened(write_app(source))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type aliases by statement came with Python 3.12")
def test_type_aliases_are_followed(write_app, opened):
    source = """
    import numpy as np
    from numpy.typing import NDArray

    type Features = NDArray[np.float32]
    type Itself = Itself

    def predict(x: Features) -> Features:
        return x

    def strange(x: Itself) -> float:
        return 1.0
    """
    path = write_app(source)
    assert opened(f"{path}:predict").signatures[DEFAULT].inputs["x"].dtype == "FP32"
    with pytest.raises(BadInput, match="annotated Itself"):
        opened(f"{path}:strange")
