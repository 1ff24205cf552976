"""TensorFlow SavedModels, of the first and the second API: a folder with `saved_model.pb`, variables and assets.

The whole model is loaded into a session: variables restored, assets found, tables filled. What the file says its
signatures take is told to everybody, and not checked: TensorFlow Serving does not either, and its clients count on it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput, Fault, Unsupported
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.formats.protobuf_wire import string_map
from salver.formats.tensorflow_graph import Entry, GraphEvaluator
from salver.formats.tensorflow_options import TensorflowOptions
from salver.formats.tensorflow_runtime import DTYPES, GraphSession, bring_operations, parse_saved_model, text_of, tf

SIGNATURE_DEFS: Final = "tensorflow.serving.SignatureDefMap"
"""The message that says the file's signatures in its own words, and its key in `native`."""

_log: Final = logging.getLogger(__name__)
_OWN: Final = frozenset(("__saved_model_init_op", "__saved_model_train_op"))
"""Signatures that are TensorFlow's own: to initialise, not to predict."""
_UNKNOWN_OPERATION: Final = re.compile(r"Op type not registered '([^']+)'")
_WRAPPING: Final = re.compile(r"^(Graph execution error:|Detected at node .*|Node: .*)?\n+", re.MULTILINE)


class _LacksOperation(Unsupported):
    """The graph has an operation that nobody has registered."""


def open_saved_model(folder: Path, options: TensorflowOptions) -> GraphEvaluator:
    """The model in a folder that holds one.

    Raises BadInput for one that is damaged or has no such tags, Unsupported for operations or signatures that cannot
    be served.
    """
    try:
        return _open(folder, options)
    except _LacksOperation:
        if bring_operations(options.operations):
            return _open(folder, options)
        raise


def _open(folder: Path, options: TensorflowOptions) -> GraphEvaluator:
    session = GraphSession(options)
    try:
        meta_graph = _load(session, folder, options.tags)
        signatures = meta_graph.signature_def
        return GraphEvaluator(
            session,
            _entries(session.graph, signatures, folder),
            meta_graph.graph_def,
            scheduling=options.scheduling,
            metadata=MappingProxyType(_metadata(meta_graph)),
            native=MappingProxyType({SIGNATURE_DEFS: _all_signatures(signatures)}),
        )
    except BaseException:
        session.close()
        raise


def _load(session: GraphSession, folder: Path, tags: Iterable[str]) -> Any:
    """Loads the graph with these tags; the `MetaGraphDef`."""
    try:
        with session.graph.as_default():
            return tf.compat.v1.saved_model.loader.load(session.session, list(tags), str(folder))
    except Exception as error:
        raise _load_fault(error, folder, tags) from error


def _load_fault(error: Exception, folder: Path, tags: Iterable[str]) -> Fault:
    if isinstance(error, RuntimeError) and "associated with tags" in str(error):
        return BadInput(
            f"Could not find meta graph def matching supplied tags: {{ {' '.join(tags)} }}; those in {folder} have the "
            f"tags {' or '.join(_all_tags(folder))}"
        )
    text = _words(error)
    unknown = _UNKNOWN_OPERATION.search(text)
    if unknown:
        return _LacksOperation(
            f"{folder} uses the operation '{unknown[1]}', which TensorFlow {tf.__version__} lacks; the package that "
            "brings it must be installed, and named in the option tensorflow.operations"
        )
    return BadInput(f"{folder} is not a SavedModel that can be loaded: {text}")


def _words(error: Exception) -> str:
    """What TensorFlow itself said, without what its Python around it adds."""
    inner = error.__context__
    told = inner if isinstance(error, tf.errors.OpError) and isinstance(inner, tf.errors.OpError) else error
    text = _WRAPPING.sub("", text_of(told)).partition("\nOriginal stack trace")[0]
    return text.partition("\n\t [[")[0].strip() or type(error).__name__


def _all_tags(folder: Path) -> Iterator[str]:
    for meta_graph in parse_saved_model(str(folder)).meta_graphs:
        yield f"{{ {' '.join(meta_graph.meta_info_def.tags)} }}"


def _entries(graph: Any, signatures: Mapping[str, Any], folder: Path) -> dict[str, Entry]:
    """The signatures that can be served. Raises Unsupported when there is none, BadInput when the file has none."""
    entries: dict[str, Entry] = {}
    refusals: list[str] = []
    for name, definition in sorted(signatures.items()):
        if name in _OWN:
            continue
        try:
            entries[name] = _entry(graph, definition)
        except Unsupported as refusal:
            refusals.append(f"signature '{name}': {refusal.message}")
    if entries:
        for left_out in refusals:
            _log.warning("%s: left out %s", folder, left_out)
        return entries
    if refusals:
        raise Unsupported(f"{folder} has no signature that can be served: {'; '.join(refusals)}")
    raise BadInput(f"{folder} has no signatures; it must be saved with at least one")


def _entry(graph: Any, definition: Any) -> Entry:
    inputs, sources = _side(graph, definition.inputs, "input")
    outputs, results = _side(graph, definition.outputs, "output")
    defaults = {name: _value(proto) for name, proto in definition.defaults.items() if name in inputs}
    specs = (*inputs.values(), *outputs.values())
    signature = Signature(
        MappingProxyType(inputs),
        MappingProxyType(outputs),
        MappingProxyType(defaults),
        batched=bool(inputs) and all(spec.shape is not None and spec.shape[:1] == (-1,) for spec in specs),
        method=definition.method_name,
    )
    return Entry(signature, sources, results)


def _side(graph: Any, infos: Mapping[str, Any], role: str) -> tuple[dict[str, TensorSpec], dict[str, str]]:
    """Specs, and the graph's tensors, by name. Raises Unsupported for what is no plain tensor of a known type."""
    specs, tensors = {}, {}
    for name, info in sorted(infos.items()):
        where = f"{role} '{name}'"
        encoding = info.WhichOneof("encoding")
        if encoding != "name":
            raise Unsupported(f"{where} is {_ENCODINGS.get(encoding, 'no tensor at all')}, which cannot be served")
        tensor = _tensor(graph, info.name, where)
        # What the signature says of the type may be wrong; only the graph's own type can be fed.
        dtype = _dtype(tensor.dtype.base_dtype.as_datatype_enum, where)
        specs[name] = TensorSpec(dtype, _shape(info.tensor_shape), checked=False)
        tensors[name] = tensor.name
    return specs, tensors


_ENCODINGS: Final = {
    "coo_sparse": "a sparse tensor (three tensors in one)",
    "composite_tensor": "a composite tensor (ragged, sparse or of another such kind)",
}


def _dtype(number: int, where: str) -> str:
    dtype = DTYPES.get(number)
    if dtype is None:
        raise Unsupported(f"{where} has type {_type_name(number)}, for which the protocols have no word")
    return dtype


def _type_name(number: int) -> str:
    try:
        return str(tf.as_dtype(number).name)
    except TypeError:
        return f"number {number}"


def _shape(shape: Any) -> tuple[int, ...] | None:
    return None if shape.unknown_rank else tuple(max(dim.size, -1) for dim in shape.dim)


def _tensor(graph: Any, name: str, where: str) -> Any:
    try:
        return graph.get_tensor_by_name(name)
    except (KeyError, ValueError, TypeError) as error:
        raise Unsupported(f"{where} names the tensor '{name}', which the graph lacks") from error


def _value(proto: Any) -> Tensor:
    """A default value. Strings stay objects: arrays of fixed width would drop trailing NULs."""
    array = tf.make_ndarray(proto)
    dtype = _dtype(proto.dtype, "a default")
    if dtype == "BYTES":
        return Tensor(dtype, array.astype(object))
    return Tensor(dtype, array.view(np.uint16) if dtype == "BF16" else array)


def _all_signatures(signatures: Mapping[str, Any]) -> bytes:
    """The `SignatureDefMap`, TensorFlow's own signatures included, as TensorFlow Serving gives it to its clients."""
    return string_map(1, {name: definition.SerializeToString() for name, definition in signatures.items()})


def _metadata(meta_graph: Any) -> dict[str, str]:
    about = meta_graph.meta_info_def
    described = {"tags": " ".join(about.tags), "written by": f"TensorFlow {about.tensorflow_version}"}
    return {key: value for key, value in described.items() if about.tensorflow_version or key == "tags"}
