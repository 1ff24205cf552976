"""A Seldon message over gRPC: its tensors, read where they lie in it, and back to bytes."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, Final

import numpy as np
from google.protobuf.message import DecodeError

from salver.core.errors import BadInput, Unsupported
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.protocols import prototensor, varints
from salver.protocols.jsontensor import text_of
from salver.protocols.messages import message
from salver.protocols.seldon import arrays, proto_lists
from salver.protocols.seldon.message import FORMS, KINDS, Message, form_of, names_of, settle, whole
from salver.protocols.seldon.meta import METRIC_TYPES, read_puid, write_metric

_WIRE: Final = message("salver.wire.SeldonMessage")
_WIRE_TENSOR: Final = message("salver.wire.SeldonTensor")
_TENSOR: Final = message("seldon.protos.Tensor")
_META: Final = message("seldon.protos.Meta")
_TAGS: Final = {"data": b"\x1a", "binData": b"\x22", "strData": b"\x2a", "jsonData": b"\x32"}
_FORM_TAGS: Final = {"tensor": b"\x12", "ndarray": b"\x1a", "tftensor": b"\x22"}
_FIRST: Final = b"\x0a"
_SECOND: Final = b"\x12"
"""Tags of the first two fields of a message, where they have a length: names of data, a puid; values, a meta."""


def parse(kind: Any, data: bytes | memoryview) -> Any:
    """The message of that class. Raises BadInput for bytes that are none."""
    try:
        return kind.FromString(bytes(data))
    except DecodeError:
        raise BadInput(f"{len(data)} bytes that are no {kind.DESCRIPTOR.name}") from None


def parse_message(data: bytes | memoryview) -> Any:
    """A SeldonMessage as it lies on the wire, for `read_message`. Raises BadInput."""
    return parse(_WIRE, data)


def read_message(view: Any, where: str = "") -> Message:
    """The message of a view. Raises BadInput that names the place, Unsupported for `customData`."""
    puid, trail = _read_meta(view.meta, where) if view.HasField("meta") else ("", Trail())
    kind = view.WhichOneof("data_oneof")
    if kind is None:
        return Message({}, "", puid, trail)
    if kind == "data":
        form, tensor = _read_data(view.data, f"{where}data.")
        return Message({kind: tensor}, form, puid, trail)
    if kind == "customData":
        raise Unsupported(f"{where}customData is not carried; wanted one of {', '.join(KINDS[:4])}")
    held = getattr(view, kind)
    tensor = whole(proto_lists.plain(held), "JSON") if kind == "jsonData" else whole(held, "BYTES")
    return Message({kind: tensor}, "", puid, trail)


def _read_data(data: Any, where: str) -> tuple[str, Tensor]:
    form = data.WhichOneof("data_oneof")
    names = tuple(data.names)
    if form is None:
        return "ndarray", Tensor("FP64", np.empty(0), names)
    held = getattr(data, form)
    if form == "tensor":
        tensor = _read_tensor(held, where)
    elif form == "tftensor":
        tensor = _read_tftensor(held, where)
    else:
        numbers = proto_lists.read_numbers(held)
        lists = proto_lists.read_list(held) if numbers is None else None
        tensor = Tensor("FP64", numbers) if numbers is not None else arrays.from_lists(lists, where)
    tensor.names = names
    return form, tensor


def _read_tensor(data: bytes, where: str) -> Tensor:
    view = parse(_WIRE_TENSOR, data)
    values = view.values
    raw = values[0] if len(values) == 1 else b"".join(values)
    shape = arrays.read_shape(list(view.shape), f"{where}tensor.")
    if len(raw) % 8 or len(raw) // 8 != (prod(shape) if shape else 0):
        numbers = np.array(parse(_TENSOR, data).values, np.float64)  # not packed, which is legal
    else:
        numbers = np.frombuffer(raw, np.float64)
    if not shape:
        shape = (numbers.size,)
    return Tensor("FP64", arrays.shaped(numbers, shape, f"{where}tensor."))


def _read_tftensor(data: bytes, where: str) -> Tensor:
    try:
        return prototensor.read(data, 0, len(data))
    except BadInput as fault:
        raise BadInput(f"{where}tftensor: {fault.message}") from None


def _read_meta(meta: Any, where: str) -> tuple[str, Trail]:
    trail = Trail()
    if meta.tags:
        trail.tags = {name: proto_lists.plain(value) for name, value in meta.tags.items()}
    if meta.routing:
        trail.routing = dict(meta.routing)
    if meta.requestPath:
        trail.path = dict(meta.requestPath)
    if meta.metrics:
        trail.metrics = [_read_metric(metric, where) for metric in meta.metrics]
    return (read_puid(meta.puid, f"{where}meta.") if meta.puid else ""), trail


def _read_metric(metric: Any, where: str) -> dict[str, Any]:
    if not 0 <= metric.type < len(METRIC_TYPES):
        raise BadInput(f"{where}meta.metrics: there is no type {metric.type}")
    told = {"key": metric.key, "type": METRIC_TYPES[metric.type], "value": metric.value}
    return {**told, "tags": dict(metric.tags)} if metric.tags else told


# Writing.


def write_message(tensors: Mapping[str, Tensor], asked: str, puid: str, trail: Trail) -> bytes:
    """The bytes of a SeldonMessage; `asked` is the form of the request's `data`. Raises Unsupported for values that no
    message can hold."""
    try:
        return _meta(puid, trail) + write_payload(tensors, asked)
    except BadInput as fault:
        raise Unsupported(fault.message) from None


def write_payload(tensors: Mapping[str, Tensor], asked: str) -> bytes:
    """The message's one member, tag and all; empty where there are no tensors."""
    if not tensors:
        return b""
    kind, tensor = settle(tensors)
    if kind == "data":
        form = form_of(tensor, asked)
        names = b"".join([sized(_FIRST, name.encode(errors="replace")) for name in names_of(tensor)])
        return sized(_TAGS[kind], names + sized(_FORM_TAGS[form], _WRITERS[form](tensor)))
    value = tensor.array.item()
    if kind == "jsonData":
        return sized(_TAGS[kind], proto_lists.write_value(value))
    if isinstance(value, bytes) and kind == "strData":
        value = value.decode(errors="replace")
    return sized(_TAGS[kind], value.encode(errors="replace") if isinstance(value, str) else value or b"")


def sized(tag: bytes, data: bytes) -> bytes:
    """A field of that tag."""
    return tag + varints.one(len(data)) + data


def _meta(puid: str, trail: Trail) -> bytes:
    told = sized(_FIRST, puid.encode(errors="replace"))
    if trail.routing or trail.path or trail.tags or trail.metrics:
        told += _write_trail(trail)
    return sized(_SECOND, told)


def _write_trail(trail: Trail) -> bytes:
    proto = _META(routing=trail.routing, requestPath=trail.path)
    for name, value in trail.tags.items():
        proto.tags[name].MergeFromString(proto_lists.write_value(value))
    for metric in trail.metrics:
        proto.metrics.add(**write_metric(metric))
    data: bytes = proto.SerializeToString()
    return data


def _write_tensor(tensor: Tensor) -> bytes:
    values = np.atleast_1d(tensor.values)
    head: bytes = _TENSOR(shape=values.shape).SerializeToString()
    return head + sized(_SECOND, values.astype(np.float64, copy=False).tobytes()) if values.size else head


def _write_ndarray(tensor: Tensor) -> bytes:
    values = np.atleast_1d(tensor.values)
    if values.dtype.kind in "iuf":
        return proto_lists.write_numbers(values)
    return proto_lists.write_list((text_of(values) if tensor.dtype == "BYTES" else values).tolist())


def _write_tftensor(tensor: Tensor) -> bytes:
    return prototensor.write(Tensor(tensor.dtype, np.atleast_1d(tensor.array)))


_WRITERS: Final = dict(zip(FORMS, (_write_tensor, _write_ndarray, _write_tftensor), strict=True))
