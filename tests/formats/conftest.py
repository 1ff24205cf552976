"""Small models, built for one test each."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper, numpy_helper
from onnx_files import tensor_info

from salver.core.servable import Evaluator, Request, Response, Servable
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, objects
from salver.formats.onnx_options import OnnxOptions
from salver.formats.table import FormatOptions, open_model

OPSETS = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]


@pytest.fixture
def write_onnx(tmp_path: Path) -> Callable[..., str]:
    """Writes a model of nodes and value infos; returns its path."""

    def write(
        nodes: Sequence[Any],
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        initializers: Mapping[str, np.ndarray] | None = None,
        name: str = "model.onnx",
        **about: Any,
    ) -> str:
        held = [numpy_helper.from_array(array, key) for key, array in (initializers or {}).items()]
        graph = helper.make_graph(nodes, "graph", inputs, outputs, held)
        model = helper.make_model(graph, **{"opset_imports": OPSETS, "ir_version": 8, **about})
        path = tmp_path / name
        path.write_bytes(model.SerializeToString())
        return str(path)

    return write


@pytest.fixture
def write_identity(write_onnx: Callable[..., str]) -> Callable[..., str]:
    """A model that puts out its one input `x` as `y`."""

    def write(kind: int, shape: Any = ("N",), **about: Any) -> str:
        value = [tensor_info(name, kind, shape) for name in ("x", "y")]
        return write_onnx([helper.make_node("Identity", ["x"], ["y"])], value[:1], value[1:], **about)

    return write


@pytest.fixture
def write_app(tmp_path: Path) -> Callable[..., str]:
    """Writes Python source; returns its path."""

    def write(source: str, name: str = "app.py") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
        return str(path)

    return write


@pytest.fixture
def opened() -> Callable[..., Evaluator]:
    """Opens a model that is an Evaluator."""

    def open_it(path: str, options: FormatOptions | OnnxOptions | None = None) -> Evaluator:
        if isinstance(options, OnnxOptions):
            options = FormatOptions(onnx=options)
        model = open_model(path, options or FormatOptions()).model
        assert not isinstance(model, Servable)
        return model

    return open_it


@pytest.fixture
def ask() -> Callable[..., dict[str, Any]]:
    """Checks and evaluates like a caller: values by input name in, arrays by output name back."""

    def evaluate(model: Evaluator, outputs: tuple[str, ...] = (), **values: Any) -> dict[str, Any]:
        signature = model.signatures[DEFAULT]
        request = Request({name: tensor_for(signature, name, value) for name, value in values.items()}, outputs=outputs)
        signature.check(request.tensors)
        return arrays(model(request))

    return evaluate


def tensor_for(signature: Signature, name: str, value: Any) -> Tensor:
    spec = signature.inputs[name]
    if spec.dtype == "JSON":
        return Tensor("JSON", objects(value))
    return Tensor(spec.dtype, value) if isinstance(value, np.ndarray) else Tensor.of(value, spec.dtype)


def arrays(response: Response) -> dict[str, Any]:
    return {name: tensor.array for name, tensor in response.tensors.items()}
