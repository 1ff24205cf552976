"""Frozen TensorFlow graphs: one file `.pb` with a GraphDef whose variables have become constants.

Such a file has no signature: it gets one, `serving_default`, of inputs and outputs that are named or found.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from google.protobuf.message import DecodeError

from salver.core.errors import BadInput, Unsupported
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import TensorSpec
from salver.formats.tensorflow_graph import Entry, GraphEvaluator
from salver.formats.tensorflow_options import GraphdefOptions, TensorflowOptions
from salver.formats.tensorflow_runtime import DTYPES, GraphSession, text_of, tf

_PLACEHOLDERS: Final = frozenset(("Placeholder", "PlaceholderV2"))
_SHOWN: Final = 20


def open_graphdef(path: str, options: GraphdefOptions, how: TensorflowOptions) -> GraphEvaluator:
    """The model in a file. Raises BadInput for what is no graph, or has no such tensors, Unsupported for types that
    cannot be served and operations that TensorFlow lacks."""
    graph_def = _read(path)
    session = GraphSession(how)
    try:
        _import(session.graph, graph_def, path)
        entry = _entry(session.graph, options, path)
        return GraphEvaluator(session, {DEFAULT: entry}, graph_def, scheduling=how.scheduling)
    except BaseException:
        session.close()
        raise


def _read(path: str) -> Any:
    graph_def = tf.compat.v1.GraphDef()
    try:
        graph_def.ParseFromString(Path(path).read_bytes())
    except (DecodeError, OSError) as error:
        raise BadInput(f"{path} is no GraphDef that can be read: {error}") from None
    if not graph_def.node:
        raise BadInput(f"{path} is no GraphDef: it has no nodes")
    return graph_def


def _import(graph: Any, graph_def: Any, path: str) -> None:
    try:
        with graph.as_default():
            tf.import_graph_def(graph_def, name="")
    except tf.errors.NotFoundError as error:
        raise Unsupported(f"{path} uses what TensorFlow {tf.__version__} lacks: {text_of(error)}") from error
    except Exception as error:
        raise BadInput(f"{path} is no graph that can be loaded: {text_of(error)}") from error


def _entry(graph: Any, options: GraphdefOptions, path: str) -> Entry:
    operations = graph.get_operations()
    inputs = _named(graph, options.inputs, path) or {
        operation.name: operation.outputs[0] for operation in operations if operation.type in _PLACEHOLDERS
    }
    outputs = _named(graph, options.outputs, path) or _leaves(operations, {tensor.op for tensor in inputs.values()})
    if not outputs:
        raise BadInput(f"{path} has no output: nothing is computed from {_some(list(inputs)) or 'anything'}")
    specs = {
        role: {name: _spec(name, tensor) for name, tensor in side.items()}
        for role, side in (("inputs", inputs), ("outputs", outputs))
    }
    shapes = [spec.shape for side in specs.values() for spec in side.values()]
    signature = Signature(
        MappingProxyType(specs["inputs"]),
        MappingProxyType(specs["outputs"]),
        batched=bool(inputs) and all(shape is not None and shape[:1] == (-1,) for shape in shapes),
    )
    return Entry(signature, _tensors(inputs), _tensors(outputs))


def _named(graph: Any, names: Sequence[str], path: str) -> dict[str, Any]:
    found = {}
    for name in names:
        try:
            found[name] = graph.get_tensor_by_name(name if ":" in name else f"{name}:0")
        except (KeyError, ValueError) as error:
            known = [operation.name for operation in graph.get_operations()]
            raise BadInput(f"{path} has no tensor '{name}'; its operations are {_some(known)}") from error
    return found


def _leaves(operations: Sequence[Any], inputs: set[Any]) -> dict[str, Any]:
    """What is computed from the inputs and used by nothing else; a later output of an operation is `name:1`."""
    reached = set(inputs)
    for operation in operations:  # In the order of the graph: what is used comes first.
        if any(tensor.op in reached for tensor in operation.inputs):
            reached.add(operation)
    leaves = [operation for operation in operations if operation in reached and operation not in inputs]
    return {
        tensor.name.removesuffix(":0"): tensor
        for operation in leaves
        for tensor in operation.outputs
        if not any(True for output in operation.outputs for _ in output.consumers())
    }


def _spec(name: str, tensor: Any) -> TensorSpec:
    dtype = DTYPES.get(tensor.dtype.base_dtype.as_datatype_enum)
    if dtype is None:
        raise Unsupported(f"tensor '{name}' has type {tensor.dtype.name}, for which the protocols have no word")
    if tensor.shape.rank is None:
        return TensorSpec(dtype, None)
    return TensorSpec(dtype, tuple(-1 if size is None else size for size in tensor.shape.as_list()))


def _tensors(side: dict[str, Any]) -> dict[str, str]:
    return {name: tensor.name for name, tensor in side.items()}


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
