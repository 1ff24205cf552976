"""A model on a far server (Salver, TensorFlow Serving, Triton) as a Servable: with deadline, bounds, and a breaker.

A prediction is asked again only where the server had not begun with it: the connection was refused, or the server said
that it left the stream unprocessed. Everything else could compute twice.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

from salver.client.breaker import Breaker, BreakerOptions
from salver.client.connect import wire_to
from salver.client.deadline import Deadline
from salver.client.places import Places
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
    """The most that a request may take, in seconds, retries included; its own deadline may be sooner."""
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
    """Made by `connect_remote`. Raises the far model's own faults; Late when the deadline passes, Full when too many
    wait, Unavailable when the server cannot be reached or the breaker is open."""

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
        self._whom = f"the far model '{model}'"
        self._version = version
        self._signatures = signatures
        self._options = options
        self._places = Places(options.max_in_flight)
        self._breaker = Breaker(options.breaker, time.monotonic)

    @property
    def signatures(self) -> Mapping[str, Signature]:
        return self._signatures

    async def __call__(self, request: Request) -> Response:
        limit_s = time.monotonic() + self._options.timeout_s
        at = limit_s if request.deadline is None else min(limit_s, request.deadline)
        deadline = Deadline(at, self._whom)
        deadline.left_s()
        if self._places.full and self._places.waiting >= self._options.max_waiting:
            raise Full(f"{self._places.waiting} requests wait for {self._whom} already; try again later")
        await self._places.take(deadline)
        try:
            reply = await self._judged(request, at)
        finally:
            self._places.give()
        return self._fitted(reply.response, request)

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _judged(self, request: Request, at: float) -> calls.Predicted:
        """Asks, where the breaker lets it, and tells it how that went."""
        number = self._breaker.enter()
        if number is None:
            raise Unavailable(f"the server of {self._whom} failed too often; it is left alone for a while")
        began_s = time.monotonic()
        try:
            reply = await self._asked(request, at)
        except Unavailable:
            self._breaker.failed(number)
            raise
        except Late:
            patient = time.monotonic() - began_s >= self._options.breaker.patience_s
            (self._breaker.failed if patient else self._breaker.unknown)(number)
            raise
        except Fault:  # an answer, if not the one wanted: the server is there
            self._breaker.succeeded(number)
            raise
        except BaseException:
            self._breaker.unknown(number)
            raise
        self._breaker.succeeded(number)
        return reply

    async def _asked(self, request: Request, at: float) -> calls.Predicted:
        """Asks, again where that is safe."""
        call = calls.Predict("remote", self._model, self._version, None, lambda signatures: request, deadline=at)
        pause_s = self._options.retry_interval_s
        for _ in range(self._options.retries):
            try:
                return _predicted(await self._wire(call, at))
            except Unsent:
                if time.monotonic() + pause_s >= at:
                    raise
            await asyncio.sleep(pause_s)
            pause_s *= 2
        return _predicted(await self._wire(call, at))

    def _fitted(self, response: Response, request: Request) -> Response:
        """The answer by the signature's names and dtypes: JSON has fewer of these, and may not name a sole output.

        That of a loose or open signature stays as it came: what is missing changes dtypes, what is refused adds an
        output.
        """
        signature = self._signatures[request.signature]
        if signature.loose or signature.open:
            return response
        outputs = signature.outputs
        wanted = request.outputs or tuple(outputs)
        tensors = response.tensors
        if len(tensors) == len(wanted) == 1:
            tensors = dict(zip(wanted, tensors.values(), strict=True))
        missing = [name for name in wanted if name not in tensors]
        if missing:
            raise Internal(f"{self._whom} answered without its output '{missing[0]}'")
        return Response(
            {name: self._typed(name, tensors[name], outputs[name].dtype) for name in wanted},
            response.params,
            response.trail,
        )

    def _typed(self, name: str, tensor: Tensor, dtype: str) -> Tensor:
        if tensor.dtype == dtype:
            return tensor
        try:
            return Tensor(dtype, convert(tensor.array, tensor.dtype, dtype))
        except BadInput as fault:
            raise Internal(
                f"{self._whom} answered with an output '{name}' that its signature does not have: {fault.message}"
            ) from None


async def connect_remote(
    url: str,
    model: str,
    *,
    protocol: str = "openinference",
    version: int | None = None,
    tls: ssl.SSLContext | None = None,
    options: RemoteOptions = RemoteOptions(),
) -> Remote:
    """The model of that name on the server at `url`; `protocol` and `tls` are as `wire_to` takes them.

    Its signatures are asked for first, and kept. Raises the server's fault when it has no such model, Unavailable when
    it is not there.
    """
    wire = wire_to(url, protocol, tls=tls)
    try:
        return await remote_over(wire, model, version, options)
    except BaseException:
        await wire.aclose()
        raise


async def remote_over(wire: Wire, model: str, version: int | None, options: RemoteOptions) -> Remote:
    """As `connect_remote`, over a wire that is there; it becomes the remote's own."""
    metadata = await wire(calls.Metadata(model, version), time.monotonic() + options.timeout_s)
    assert isinstance(metadata, calls.ModelMetadata)  # noqa: S101 - what the codec answers to Metadata
    return Remote(wire, model, version, metadata.signatures, options)


def _predicted(reply: calls.Reply) -> calls.Predicted:
    assert isinstance(reply, calls.Predicted)  # noqa: S101 - what the codec answers to Predict
    return reply
