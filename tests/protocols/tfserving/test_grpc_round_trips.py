"""Both halves of the codec over gRPC against each other: what goes in at one end comes out at the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salver.core.calls import (
    About,
    Metadata,
    ModelMetadata,
    ModelStatus,
    Predict,
    Predicted,
    State,
    Status,
    VersionStatus,
)
from salver.core.errors import Internal, Unsupported
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec, objects
from salver.protocols.prototensor import NUMBERS
from salver.protocols.rpc import Unary
from salver.protocols.tfserving.grpc import PROTOCOL, protocol

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
CONTENT = protocol(tensor_content=True)


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    dtype = draw(st.sampled_from(sorted(NUMBERS)))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    if dtype == "BYTES":
        size = int(np.prod(shape))
        return Tensor(dtype, objects(draw(st.lists(st.binary(), min_size=size, max_size=size))).reshape(shape))
    return Tensor(dtype, draw(hnp.arrays(NUMPY[dtype], shape)))


def same(left: dict[str, Tensor], right: dict[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(
        left[name].dtype == right[name].dtype
        and left[name].array.shape == right[name].array.shape
        and left[name].array.tobytes() == right[name].array.tobytes()
        if left[name].dtype != "BYTES"
        else left[name].array.tolist() == right[name].array.tolist()
        for name in left
    )


def sent(request: Request, version: int | None = 3, label: str | None = None) -> Predict:
    return Predict("tfserving", "m", version, label, lambda _: request)


def received(call: Any, of: Any = PROTOCOL) -> Any:
    path, raw = of.encode_call(call)
    return next(method for method in of.methods if method.path == path).decode_call(raw)


def answered(call: Any, reply: Any, of: Any = PROTOCOL) -> Any:
    path, _ = of.encode_call(call)
    method = next(method for method in of.methods if method.path == path)
    assert isinstance(method, Unary)
    return of.decode_reply(call, method.encode_reply(call, reply))


@pytest.mark.parametrize("of", [PROTOCOL, CONTENT], ids=["lists", "content"])
@given(given=st.dictionaries(NAMES, tensors(), min_size=1, max_size=3), name=NAMES)
def test_requests(of: Any, given: dict[str, Tensor], name: str) -> None:
    specs = {key: TensorSpec(tensor.dtype, None) for key, tensor in given.items()}
    call = received(sent(Request(given, name, outputs=("y",))), of)
    assert (call.model, call.version, call.label) == ("m", 3, None)
    request = call.read({name: Signature(specs, {"y": TensorSpec("FP32", None)})})
    assert (request.signature, request.outputs) == (name, ("y",))
    assert same(dict(request.tensors), given)


def test_requests_by_label_and_to_the_newest() -> None:
    request = Request({})
    assert received(sent(request, None, "stable")).label == "stable"
    newest = received(sent(request, None))
    assert (newest.version, newest.label) == (None, None)


@pytest.mark.parametrize("of", [PROTOCOL, CONTENT], ids=["lists", "content"])
@given(given=st.dictionaries(NAMES, tensors(), max_size=3))
def test_answers(of: Any, given: dict[str, Tensor]) -> None:
    reply = answered(sent(Request({})), Predicted("m", 5, "s", Signature({}, {}), Response(given)), of)
    assert (reply.model, reply.version, reply.signature_name) == ("m", 5, "s")
    assert same(dict(reply.response.tensors), given)
    assert {name: spec.dtype for name, spec in reply.signature.outputs.items()} == {
        name: tensor.dtype for name, tensor in given.items()
    }


def test_metadata() -> None:
    signature = Signature({"x": TensorSpec("FP32", (-1, 13))}, {"y": TensorSpec("INT64", (-1,))}, batched=True)
    reply = ModelMetadata("m", 3, (3,), "", {"serving_default": signature})
    for call in (Metadata("m"), Metadata("m", 3), Metadata("m", None, "stable")):
        assert received(call) == call
        assert answered(call, reply) == reply


def test_status() -> None:
    versions = tuple(VersionStatus(number, state) for number, state in enumerate(State))
    reply = ModelStatus("m", (*versions, VersionStatus(9, State.END, "é")))
    for call in (Status("m"), Status("m", 3), Status("m", None, "stable")):
        assert received(call) == call
        assert answered(call, reply) == reply


def test_what_the_protocol_lacks() -> None:
    with pytest.raises(Unsupported):
        PROTOCOL.encode_call(About())
    with pytest.raises(Unsupported):
        PROTOCOL.decode_reply(About(), b"")


@pytest.mark.parametrize("call", [sent(Request({})), Metadata("m"), Status("m")])
def test_answers_that_cannot_be_read(call: Any) -> None:
    with pytest.raises(Internal, match="cannot be read"):
        PROTOCOL.decode_reply(call, b"\x0a\x05x")
