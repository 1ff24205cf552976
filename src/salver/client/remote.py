"""A model on a far server (Salver, TensorFlow Serving, Triton) as a Servable: with deadline, bounds, and a breaker.

A prediction is asked again only where the server had not begun with it: the connection was refused, or the server said
that it left the stream unprocessed. Everything else could compute twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from salver.client.breaker import Breaker, BreakerOptions
from salver.client.wire import Unsent, Wire
from salver.core import calls
from salver.core.bounds import at_least, positive
from salver.core.errors import BadInput, Fault, Full, Internal, Late, Unavailable
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import Tensor, convert


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """How a far model is asked."""

    timeout_s: float = 30.0
    """For a request without a deadline, in seconds; retries included."""
    max_in_flight: int = 64
    """Requests under way at the same time."""
    max_waiting: int = 1024
    """Requests that may wait for a place; one more is refused at once (Full)."""
    retries: int = 2
    """How often a request that the server has not begun with is sent again."""
    retry_interval_s: float = 0.05
    """Seconds before the first retry; doubled for each that follows."""
    breaker: BreakerOptions = BreakerOptions()
    """When the server is left alone."""

    def __post_init__(self) -> None:
        positive(self, "timeout_s", "max_in_flight")
        at_least(self, 0, "max_waiting", "retries", "retry_interval_s")


class Remote:
    """Made by `connect_remote`. Answers with the far model's own faults; Unavailable while the breaker is open."""

    def __init__(
        self,
        wire: Wire,
        model: str,
        version: int | None,
        signatures: Mapping[str, Signature],
        options: RemoteOptions,
    ) -> None:
        self._wire = wire
        self._model = model
        self._version = version
        self._signatures = signatures
        self._options = options
        self._places = asyncio.Semaphore(options.max_in_flight)
        self._waiting = 0
        self._breaker = Breaker(options.breaker, time.monotonic)

    @property
    def signatures(self) -> Mapping[str, Signature]:
        return self._signatures

    async def __call__(self, request: Request) -> Response:
        options = self._options
        limit = time.monotonic() + options.timeout_s
        deadline = limit if request.deadline is None else min(limit, request.deadline)
        call = calls.Predict("remote", self._model, self._version, None, lambda signatures: request, deadline=deadline)
        if self._waiting >= options.max_waiting + options.max_in_flight:
            raise Full(f"{self._waiting} requests wait for the far model '{self._model}' already; try again later")
        self._waiting += 1
        try:
            async with asyncio.timeout(deadline - time.monotonic()), self._places:
                return await self._asked(request, call, deadline)
        except TimeoutError:
            raise Late(f"the far model '{self._model}' did not answer before the deadline") from None
        finally:
            self._waiting -= 1

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _asked(self, request: Request, call: calls.Predict, deadline: float) -> Response:
        attempt = 0
        while True:
            try:
                return await self._once(request, call, deadline)
            except Unsent:
                if attempt == self._options.retries:
                    raise
            await asyncio.sleep(self._options.retry_interval_s * 2**attempt)
            attempt += 1

    async def _once(self, request: Request, call: calls.Predict, deadline: float) -> Response:
        if not self._breaker.admits():
            raise Unavailable(f"the server of the far model '{self._model}' failed too often; it is left alone a while")
        try:
            reply = await self._wire(call, deadline)
        except (Unavailable, Late, Internal):
            self._breaker.failed()
            raise
        except Fault:
            self._breaker.succeeded()
            raise
        except BaseException:
            self._breaker.unknown()
            raise
        self._breaker.succeeded()
        assert isinstance(reply, calls.Predicted)  # noqa: S101 - what the codec answers to Predict
        return _fitted(reply.response, self._signatures[request.signature])


async def connect_remote(
    wire: Wire, model: str, version: int | None = None, options: RemoteOptions = RemoteOptions()
) -> Remote:
    """A far model, its signatures asked for first. Raises the server's fault when it has no such model."""
    metadata = await wire(calls.Metadata(model, version), time.monotonic() + options.timeout_s)
    assert isinstance(metadata, calls.ModelMetadata)  # noqa: S101 - what the codec answers to Metadata
    return Remote(wire, model, version, metadata.signatures, options)


def _fitted(response: Response, signature: Signature) -> Response:
    """The answer by the signature's names and dtypes: JSON has fewer of these, and may not name a sole output."""
    tensors = response.tensors
    if len(tensors) == len(signature.outputs) == 1:
        tensors = dict(zip(signature.outputs, tensors.values(), strict=True))
    return Response({name: _typed(name, tensor, signature) for name, tensor in tensors.items()}, response.params)


def _typed(name: str, tensor: Tensor, signature: Signature) -> Tensor:
    spec = signature.outputs.get(name)
    if spec is None or spec.dtype == tensor.dtype:
        return tensor
    try:
        return Tensor(spec.dtype, convert(tensor.array, tensor.dtype, spec.dtype))
    except BadInput as fault:
        raise Internal(f"the far model's output '{name}' is not what its signature says: {fault.message}") from None
