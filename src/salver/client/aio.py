"""The asyncio client: predictions, metadata and states of a far server, over any protocol it speaks."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, cast

import numpy as np

from salver.client.connect import wire_to
from salver.client.wire import MAX_ANSWER_BYTES
from salver.core import calls
from salver.core.calls import Call, Reply
from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.protocols.route import HttpProtocol


class AsyncClient:
    """Asks one server. Belongs to the event loop that first uses it; any number of calls may be in flight.

    `url` and `protocol` are as `wire_to` takes them. `timeout_s` is for each call that names none; None: no end.
    Faults are those of `salver`: BadInput, NotFound, Unavailable, Late, ...
    """

    def __init__(
        self,
        url: str,
        protocol: str | HttpProtocol = "tfserving",
        *,
        tls: ssl.SSLContext | None = None,
        timeout_s: float | None = 60.0,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._wire = wire_to(url, protocol, tls=tls, max_answer_bytes=max_answer_bytes)
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
        tensors = {name: _tensor(name, value) for name, value in inputs.items()}
        request = Request(tensors, signature, outputs=outputs)
        call = calls.Predict(self._name, model, version, label, lambda signatures: request)
        reply = await self.ask(call, timeout_s)
        assert isinstance(reply, calls.Predicted)  # noqa: S101 - what the codec answers to Predict
        return {name: tensor.values for name, tensor in reply.response.tensors.items()}

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
        """Closes its connections. Calls under way, and later ones, end as Unavailable."""
        await self._wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


def _tensor(name: str, value: Any) -> Tensor:
    """Raises BadInput that names the input that is no tensor."""
    try:
        return value if isinstance(value, Tensor) else Tensor.of(value)
    except BadInput as fault:
        raise BadInput(f"input '{name}': {fault.message}") from None
