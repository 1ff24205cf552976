"""Metadata as Seldon's JSON: of a graph, of one of its nodes, of the whole as one model; and back, for the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from salver.core.calls import ModelMetadata
from salver.core.errors import NotFound
from salver.core.graphlike import NodeDescription
from salver.core.signature import DEFAULT, Signature, principal
from salver.core.tensor import NUMPY, TensorSpec

Document = dict[str, Any]
_ARRAYS: Final = ("tensor", "ndarray", "tftensor")
_OBJECTS: Final = ("strData", "binData", "jsonData")
_MAX_SHOWN: Final = 20


def graph(reply: ModelMetadata) -> Document:
    """`{"name", "models", "graphinputs", "graphoutputs"}`. A model that is no graph is one of a single node."""
    nodes = {node.name: node for node in reply.nodes or (_only(reply),)}
    models = {name: _described(node, reply) for name, node in nodes.items()}
    root = next(iter(nodes.values()))
    own = _principal(reply.signatures)
    return {
        "name": reply.model,
        "models": models,
        "graphinputs": models[root.name]["inputs"] or _tensors(own.inputs),
        "graphoutputs": models[_last(root, nodes, models)]["outputs"] or _tensors(own.outputs),
    }


def node(reply: ModelMetadata, name: str) -> Document:
    """Of one node; NotFound for one that is not there."""
    nodes = reply.nodes or (_only(reply),)
    for described in nodes:
        if described.name == name:
            return _described(described, reply)
    known = ", ".join(f"'{described.name}'" for described in nodes[:_MAX_SHOWN])
    raise NotFound(f"there is no node '{name:.80}' in '{reply.model}'; its nodes are {known}", model=reply.model)


def model(reply: ModelMetadata) -> Document:
    """Of the whole, as of one model: what it is to its caller."""
    return _described(_only(reply), reply)


def read_graph(document: Document, asked: str) -> ModelMetadata:
    """What a server told of its graph, or of its one model. Raises KeyError, TypeError, ValueError, AttributeError for
    what is none of both."""
    models = document.get("models")
    if models is None:
        models = {document.get("name") or asked: document}
        ends = document
    else:
        ends = {"inputs": document.get("graphinputs") or (), "outputs": document.get("graphoutputs") or ()}
    first: Document = next(iter(models.values()), {})
    versions = tuple(sorted(int(text) for text in first.get("versions") or () if str(text).isdecimal()))
    nodes = tuple(_read_node(name, told) for name, told in models.items()) if len(models) > 1 else ()
    signature = _read_signature(ends)
    platform = "" if nodes else str(first.get("platform", ""))
    return ModelMetadata(
        asked or document["name"], max(versions, default=0), versions, platform, {DEFAULT: signature}, nodes=nodes
    )


def _only(reply: ModelMetadata) -> NodeDescription:
    return NodeDescription(reply.model, "MODEL", reply.format, signatures=reply.signatures)


def _described(node: NodeDescription, reply: ModelMetadata) -> Document:
    signature = _principal(node.signatures)
    versions = reply.versions if node.name == reply.model else (reply.version,)
    return {
        "name": node.name,
        "versions": [str(version) for version in versions],
        "platform": node.kind,
        "inputs": _tensors(signature.inputs),
        "outputs": _tensors(signature.outputs),
        "custom": {},
        **node.metadata,
    }


def _principal(signatures: Mapping[str, Signature]) -> Signature:
    return principal(signatures)[1] if signatures else Signature({}, {})


def _last(root: NodeDescription, nodes: Mapping[str, NodeDescription], models: Mapping[str, Document]) -> str:
    """The node whose outputs are the graph's: what is done on the way back comes after the children, else the first
    child's answer is the answer."""
    name, seen = root.name, set[str]()
    while name not in seen:
        seen.add(name)
        here = nodes[name]
        children = [child for child in here.children if child in nodes]
        if not children or (here.role in ("COMBINER", "OUTPUT_TRANSFORMER") and models[name]["outputs"]):
            return name
        name = children[0]
    return root.name


def _tensors(specs: Mapping[str, TensorSpec]) -> list[Document]:
    return [_tensor(name, spec) for name, spec in specs.items()]


def _tensor(name: str, spec: TensorSpec) -> Document:
    """A tensor by its name, as V2 has it; where the name is a kind of message, the kind."""
    if name in _OBJECTS or spec.dtype == "JSON":
        return {"messagetype": name if name in _OBJECTS else "jsonData"}
    if name == "data":
        return {"messagetype": "tensor", "schema": {"shape": list(spec.shape)} if spec.shape is not None else {}}
    return {"name": name, "datatype": spec.dtype, "shape": [-1] if spec.shape is None else list(spec.shape)}


def _read_node(name: str, told: Document) -> NodeDescription:
    return NodeDescription(
        name, "MODEL", str(told.get("platform", "")), signatures={DEFAULT: _read_signature(told)}, metadata=told
    )


def _read_signature(told: Mapping[str, Any]) -> Signature:
    inputs, outputs = (dict(map(_read_tensor, told.get(side) or ())) for side in ("inputs", "outputs"))
    return Signature(inputs, outputs, open=not inputs or any(name in ("data", *_OBJECTS) for name in inputs))


def _read_tensor(entry: Document) -> tuple[str, TensorSpec]:
    kind = entry.get("messagetype")
    if kind:
        name, dtype = ("data", "FP64") if kind in _ARRAYS else (str(kind), "JSON" if kind == "jsonData" else "BYTES")
        shape = (entry.get("schema") or {}).get("shape")
        return name, TensorSpec(dtype, None if shape is None else tuple(int(size) for size in shape))
    dtype = entry["datatype"]
    if dtype not in NUMPY:
        raise ValueError(f"'{dtype:.60}' is no datatype")
    return entry["name"], TensorSpec(dtype, tuple(int(size) for size in entry["shape"]))
