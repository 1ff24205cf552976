"""Warm-up: a version answers once before it is made available, so that the first caller does not pay for it.

One synthetic request for each signature, and each request body in `warmup.json` beside the model. A failure
fails the load, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from salver.core.errors import BadInput, Fault
from salver.core.example import example
from salver.core.servable import Request, Servable
from salver.core.signature import Signature, select
from salver.protocols.http import HttpRequest
from salver.protocols.openinference.rest import PROTOCOL as OPEN_INFERENCE
from salver.protocols.route import HttpProtocol
from salver.protocols.tfserving.rest import PROTOCOL as TF_SERVING

FILE: Final = "warmup.json"
MAX_BODIES: Final = 1000
MAX_SYNTHETIC_ELEMENTS: Final = 50_000_000


async def warm(servable: Servable, folder: Path) -> None:
    """Runs every warm-up request. Raises BadInput or the servable's own Fault, saying which request it was.

    A synthetic request may be refused by a model that wants more than its signature says: a BadInput there is
    no failure. A body in `warmup.json` must be answered.
    """
    for name, signature in servable.signatures.items():
        if _is_small(signature):
            try:
                await servable(example(signature, name))
            except BadInput:
                continue
            except Fault as fault:
                raise BadInput(f"the warm-up request for signature '{name}' failed: {fault.message}") from fault
    for index, request in _requests(servable.signatures, folder / FILE):
        try:
            await servable(request)
        except Fault as fault:
            raise BadInput(f"{FILE}: request {index} failed: {fault.message}") from fault


def _is_small(signature: Signature) -> bool:
    return all(tensor.array.size <= MAX_SYNTHETIC_ELEMENTS for tensor in example(signature).tensors.values())


def _requests(signatures: Mapping[str, Signature], path: Path) -> Iterator[tuple[int, Request]]:
    try:
        bodies = json.loads(path.read_bytes())
    except FileNotFoundError:
        return
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{FILE}: {error}") from None
    if not isinstance(bodies, list) or len(bodies) > MAX_BODIES:
        raise BadInput(f"{FILE}: wanted a list of at most {MAX_BODIES} request bodies")
    for index, body in enumerate(bodies):
        try:
            yield index, _request(signatures, body)
        except Fault as fault:
            raise BadInput(f"{FILE}: request {index}: {fault.message}") from fault


def _request(signatures: Mapping[str, Signature], body: Any) -> Request:
    """The request in a body of either protocol: Open Inference where `inputs` is a list of named tensors."""
    protocol = OPEN_INFERENCE if _is_open_inference(body) else TF_SERVING
    request = read_body(protocol, json.dumps(body).encode(), signatures)
    request.signature, signature = select(signatures, request.signature)
    signature.check(request.tensors)
    return request


def read_body(protocol: HttpProtocol, body: bytes, signatures: Mapping[str, Signature]) -> Request:
    """The request that a predict body of this protocol makes of a model with these signatures. Raises BadInput."""
    route = next(route for route in protocol.routes if route.name in ("predict", "infer"))
    call: Any = route.decode_call(HttpRequest(b"POST", b"", [], body), model="", version=None, label=None)
    request: Request = call.read(signatures)
    return request


def _is_open_inference(body: Any) -> bool:
    inputs = body.get("inputs") if isinstance(body, dict) else None
    return isinstance(inputs, list) and bool(inputs) and all(isinstance(i, dict) and "datatype" in i for i in inputs)
