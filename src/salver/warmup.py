"""Warm-up: a version answers once before it is made available, so that the first caller does not pay for it.

One synthetic request for each signature, and each request body in `warmup.json` beside the model. A failure
fails the load, with the reason.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, Final

from salver.core.calls import Predict
from salver.core.errors import BadInput, Fault
from salver.core.example import example
from salver.core.servable import Request, Servable
from salver.core.signature import Signature, select
from salver.protocols import jsondoc
from salver.protocols.http import HttpRequest
from salver.protocols.openinference.rest import PROTOCOL as OPEN_INFERENCE
from salver.protocols.route import HttpProtocol, Match
from salver.protocols.tfserving.rest import PROTOCOL as TF_SERVING

FILE: Final = "warmup.json"
MAX_BYTES: Final = 64 * 2**20
MAX_BODIES: Final = 1000
MAX_SYNTHETIC_ELEMENTS: Final = 50_000_000


async def warm(servable: Servable, folder: Path) -> None:
    """Runs every warm-up request. Raises BadInput or the servable's own Fault, saying which request it was.

    A synthetic request may be refused by a model that wants more than its signature says: a BadInput there is
    no failure. None is made up for a stateful or an open signature. A body in `warmup.json` must be answered. What is
    quick runs without waiting, so that others get their turn after each request.
    """
    for name, signature in servable.signatures.items():
        if _is_small(signature) and not (signature.stateful or signature.open):
            try:
                await servable(example(signature, name))
            except BadInput:
                continue
            except Fault as fault:
                raise BadInput(f"the warm-up request for signature '{name}' failed: {fault.message}") from fault
            await asyncio.sleep(0)
    bodies = await asyncio.to_thread(_bodies, folder / FILE)
    for index, request in _requests(servable.signatures, bodies):
        try:
            await servable(request)
        except Fault as fault:
            raise BadInput(f"{FILE}: request {index} failed: {fault.message}") from fault
        await asyncio.sleep(0)


def _is_small(signature: Signature) -> bool:
    shapes = (spec.shape or () for spec in signature.inputs.values())
    return sum(prod(max(size, 1) for size in shape) for shape in shapes) <= MAX_SYNTHETIC_ELEMENTS


def _requests(signatures: Mapping[str, Signature], bodies: list[Any]) -> Iterator[tuple[int, Request]]:
    for index, body in enumerate(bodies):
        try:
            yield index, read_request(json.dumps(body).encode(), signatures)
        except Fault as fault:
            raise BadInput(f"{FILE}: request {index}: {fault.message}") from fault


def _bodies(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{FILE}: more than {MAX_BYTES} bytes are too much to warm up with")
        bodies = json.loads(path.read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{FILE} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not isinstance(bodies, list) or len(bodies) > MAX_BODIES:
        raise BadInput(f"{FILE}: wanted a list of at most {MAX_BODIES} request bodies")
    return bodies


def read_request(body: bytes, signatures: Mapping[str, Signature]) -> Request:
    """The checked request in a predict body of either protocol. Raises BadInput.

    It is Open Inference's where `inputs` is a list of tensors with a datatype each, else TensorFlow Serving's.
    """
    if _is_open_inference(jsondoc.read(body)):
        request = _decoded(OPEN_INFERENCE, b"/v2/models/model/infer", body, signatures)
    else:
        request = _decoded(TF_SERVING, b"/v1/models/model:predict", body, signatures)
    request.signature, signature = select(signatures, request.signature)
    signature.check(request.tensors)
    signature.check_outputs(request.outputs)
    return request


def is_body(document: Mapping[str, Any], signature: Signature) -> bool:
    """Whether an object reads like a predict body, as opposed to values by the names of the signature's inputs."""
    if _is_open_inference(document):
        return True
    return bool({"instances", "inputs"} & document.keys()) and not document.keys() <= signature.inputs.keys()


def _decoded(protocol: HttpProtocol, target: bytes, body: bytes, signatures: Mapping[str, Signature]) -> Request:
    """The request that a server would make of this body."""
    match = protocol.match(b"POST", target)
    assert isinstance(match, Match)  # noqa: S101 - the protocol's own path
    call = match.route.decode_call(HttpRequest(b"POST", target, [], body), **match.args)
    assert isinstance(call, Predict)  # noqa: S101 - the same
    return call.read(signatures)


def _is_open_inference(body: Any) -> bool:
    inputs = body.get("inputs") if isinstance(body, dict) else None
    return isinstance(inputs, list) and bool(inputs) and all(isinstance(i, dict) and "datatype" in i for i in inputs)
