"""The asyncio client: predictions, metadata and states of a far server, over any protocol it speaks."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self, cast

import numpy as np

from salver.client.address import read_address
from salver.client.http1 import HttpWire
from salver.client.http2 import GrpcWire
from salver.client.wire import Wire
from salver.core import calls
from salver.core.calls import Call, Reply
from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor, widen
from salver.protocols import grpc_table, table
from salver.protocols.route import HttpProtocol

PROTOCOLS: Final = ("tfserving", "openinference")
_HTTP: Final = {protocol.name: protocol for protocol in table.PROTOCOLS}
_GRPC: Final = {protocol.name: protocol for protocol in grpc_table.GRPC_PROTOCOLS}


def wire(
    url: str,
    protocol: str | HttpProtocol = "tfserving",
    *,
    tls: ssl.SSLContext | None = None,
    max_connections: int = 64,
) -> Wire:
    """The way to the server at a URL: `http://`, `https://`, `grpc://` or `grpcs://`, or a Unix socket.

    `protocol` is `tfserving` or `openinference`. Raises BadInput for what is no address or no protocol.
    """
    address = read_address(url)
    if isinstance(protocol, HttpProtocol):
        return HttpWire(address, protocol, tls=tls, max_connections=max_connections)
    known: Mapping[str, Any] = _GRPC if address.grpc else _HTTP
    if protocol not in PROTOCOLS:
        raise BadInput(f"there is no protocol '{protocol}'; wanted one of {', '.join(PROTOCOLS)}")
    make: Any = GrpcWire if address.grpc else HttpWire
    return cast(Wire, make(address, known[protocol], tls=tls, max_connections=max_connections))


class AsyncClient:
    """Asks one server. Belongs to the event loop that first uses it; any number of calls may be in flight.

    Faults are those of `salver.core.errors`: BadInput, NotFound, Unavailable, Late, ...
    """

    def __init__(
        self,
        url: str,
        protocol: str | HttpProtocol = "tfserving",
        *,
        tls: ssl.SSLContext | None = None,
        timeout_s: float | None = 60.0,
    ) -> None:
        self._wire = wire(url, protocol, tls=tls)
        self._timeout_s = timeout_s
        self._name = protocol if isinstance(protocol, str) else protocol.name

    async def predict(
        self,
        model: str,
        inputs: Mapping[str, Any],
        *,
        version: int | None = None,
        label: str | None = None,
        signature: str = "",
        outputs: tuple[str, ...] = (),
        timeout_s: float | None = None,
    ) -> dict[str, np.ndarray[Any, Any]]:
        """Output arrays by name for input arrays (or nested lists, or Tensors) by name.

        The dtype sent is that of the array: a list of Python floats goes as FP64. BF16 comes back as float32.
        TensorFlow Serving's REST answers do not name a model's only output: it is called `outputs` there.
        """
        call = predict_call(self._name, model, inputs, version, label, signature, outputs)
        reply = await self.ask(call, timeout_s)
        assert isinstance(reply, calls.Predicted)  # noqa: S101 - what the codec answers to Predict
        return arrays(reply)

    async def metadata(self, model: str, version: int | None = None) -> calls.ModelMetadata:
        """What a model takes and gives."""
        return cast(calls.ModelMetadata, await self.ask(calls.Metadata(model, version)))

    async def status(self, model: str, version: int | None = None) -> calls.ModelStatus:
        """The states of its versions: TensorFlow Serving's protocol alone tells them."""
        return cast(calls.ModelStatus, await self.ask(calls.Status(model, version)))

    async def ready(self, model: str | None = None, version: int | None = None) -> bool:
        """Whether the server, or a model, is ready to predict: the Open Inference protocol alone tells."""
        return cast(calls.Readiness, await self.ask(calls.Ready(model, version))).ready

    async def ask(self, call: Call, timeout_s: float | None = None) -> Reply:
        """The reply to any call that the protocol has words for; Unsupported for others."""
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        return await self._wire(call, None if limit_s is None else time.monotonic() + limit_s)

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


def predict_call(
    protocol: str,
    model: str,
    inputs: Mapping[str, Any],
    version: int | None,
    label: str | None,
    signature: str,
    outputs: tuple[str, ...],
) -> calls.Predict:
    """The call for named inputs. Raises BadInput that names the input that is no tensor."""
    tensors = {name: _tensor(name, value) for name, value in inputs.items()}
    request = Request(tensors, signature, outputs=outputs)
    return calls.Predict(protocol, model, version, label, lambda signatures: request)


def arrays(reply: calls.Predicted) -> dict[str, np.ndarray[Any, Any]]:
    """What was answered, as NumPy arrays by output name."""
    return {
        name: widen(tensor.array) if tensor.dtype == "BF16" else tensor.array
        for name, tensor in reply.response.tensors.items()
    }


def _tensor(name: str, value: Any) -> Tensor:
    try:
        return value if isinstance(value, Tensor) else Tensor.of(value)
    except BadInput as fault:
        raise BadInput(f"input '{name}': {fault.message}") from None
