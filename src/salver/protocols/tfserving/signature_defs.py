"""`SignatureDef`: a model's signatures in TensorFlow's words, as its file says them or made up from ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from salver.core.calls import ModelMetadata
from salver.core.signature import Signature
from salver.core.tensor import TensorSpec
from salver.protocols import prototensor
from salver.protocols.messages import message
from salver.protocols.tfserving.methods import PREDICT

NAME: Final = "tensorflow.serving.SignatureDefMap"
"""The message of all signatures, and its key among what a model says of itself."""

_MAP: Final = message(NAME)
_DEFINITION: Final = message("tensorflow.SignatureDef")
_STRING: Final = prototensor.NUMBERS["BYTES"]


def signature_defs(reply: ModelMetadata) -> Any:
    """The `SignatureDefMap` of a model: its own, or one that stands for our signatures."""
    own = reply.native.get(NAME)
    if own is not None:
        return _MAP.FromString(own)
    made_up = _MAP()
    for name, signature in reply.signatures.items():
        made_up.signature_def[name].CopyFrom(definition(signature))
    return made_up


def definition(signature: Signature) -> Any:
    """A `SignatureDef` of our signature; the tensor behind input `x` is called `x:0`, dtype JSON is a string."""
    proto = _DEFINITION(method_name=signature.method or PREDICT)
    for field, specs in ((proto.inputs, signature.inputs), (proto.outputs, signature.outputs)):
        for name, spec in specs.items():
            _fill(field[name], name, spec)
    for name, tensor in signature.defaults.items():
        if tensor is not None and tensor.dtype in prototensor.NUMBERS:
            proto.defaults[name].MergeFromString(prototensor.write(tensor))
    return proto


def read_signatures(proto: Any) -> dict[str, Signature]:
    """The signatures in a `SignatureDefMap`, without those that cannot be asked over the wire, such as the
    initialisation of a TensorFlow 2 model. Which inputs have defaults is told, their values are not kept; the method
    to predict, which everything has, is not told.
    """
    found = {name: _signature(definition) for name, definition in proto.signature_def.items()}
    return {name: signature for name, signature in found.items() if signature is not None}


def _fill(info: Any, name: str, spec: TensorSpec) -> None:
    info.name = f"{name}:0"
    info.dtype = prototensor.NUMBERS.get(spec.dtype, _STRING)
    info.tensor_shape.unknown_rank = spec.shape is None
    for size in spec.shape or ():
        info.tensor_shape.dim.add(size=size)


def _signature(proto: Any) -> Signature | None:
    inputs, outputs = _specs(proto.inputs), _specs(proto.outputs)
    if inputs is None or outputs is None:
        return None
    specs = (*inputs.values(), *outputs.values())
    defaults = dict.fromkeys(name for name in proto.defaults if name in inputs)
    method = "" if proto.method_name == PREDICT else proto.method_name
    return Signature(inputs, outputs, defaults, bool(inputs) and all(map(_is_open, specs)), method)


def _specs(infos: Mapping[str, Any]) -> dict[str, TensorSpec] | None:
    if any(info.dtype not in prototensor.DTYPES for info in infos.values()):
        return None
    return {name: TensorSpec(prototensor.DTYPES[info.dtype], _sizes(info)) for name, info in infos.items()}


def _sizes(info: Any) -> tuple[int, ...] | None:
    shape = info.tensor_shape
    return None if shape.unknown_rank else tuple(max(dim.size, -1) for dim in shape.dim)


def _is_open(spec: TensorSpec) -> bool:
    return bool(spec.shape) and spec.shape is not None and spec.shape[0] == -1
