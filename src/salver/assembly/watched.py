"""The corridor as a monitor sees it: each call of one entrypoint is passed on, timed and counted. Changes no answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from time import perf_counter_ns
from typing import Any, Final

from salver.core.calls import Metadata, Predict, Predicted, PredictedTogether, PredictTogether, Read, Status
from salver.core.errors import Fault, NotFound
from salver.core.servable import Request
from salver.core.signature import Signature
from salver.dispatch import Dispatch
from salver.observe.monitor import OK, Monitor
from salver.protocols.rpc import Code
from salver.protocols.tfserving.grpc_faults import CODES

REST: Final = "REST"
GRPC: Final = "GRPC"
_MULTI: Final = "multiInference"
_CANCELLED: Final = Code.CANCELLED.name
_COUNTED_ALSO: Final[Mapping[str, tuple[type[Any], ...]]] = {REST: (Status, Metadata), GRPC: ()}
"""What TensorFlow Serving counts beside predictions, by entrypoint."""


class Watched:
    """A dispatch whose predictions are counted, under one entrypoint."""

    def __init__(self, dispatch: Dispatch, monitor: Monitor, entrypoint: str) -> None:
        self._dispatch = dispatch
        self._monitor = monitor
        self._entrypoint = entrypoint
        self._verbs: dict[type[Any], Callable[[Any], Coroutine[Any, Any, Any]]] = {
            Predict: self._predict,
            PredictTogether: self._predict_together,
            **dict.fromkeys(_COUNTED_ALSO[entrypoint], self._count),
        }

    def __call__(self, call: Any) -> Coroutine[Any, Any, Any]:
        verb = self._verbs.get(type(call))
        return self._dispatch(call) if verb is None else verb(call)

    async def _predict(self, call: Predict) -> Predicted:
        began_ns = perf_counter_ns()
        read, call.read = call.read, _Noted(call.read)
        noted = call.read
        try:
            reply = await self._dispatch.predict(call)
        except BaseException as error:
            self._monitor.counted(call.model, status_name(error))
            raise
        finally:
            call.read = read
        self._answered(call.model, call.api, began_ns, noted.at_ns)
        if call.api != "predict":
            self._monitor.asked(call.model, _rows(reply))
        return reply

    async def _predict_together(self, call: PredictTogether) -> PredictedTogether:
        began_ns = perf_counter_ns()
        reply: PredictedTogether = await self._count(call, succeeded=False)
        self._answered(call.model, _MULTI, began_ns, began_ns)
        self._monitor.asked(call.model, _rows(reply.parts[0]) if reply.parts else 0)
        return reply

    async def _count(self, call: Any, *, succeeded: bool = True) -> Any:
        try:
            reply = await self._dispatch(call)
        except BaseException as error:
            self._monitor.counted(call.model, status_name(error))
            raise
        if succeeded:
            self._monitor.counted(call.model, OK)
        return reply

    def _answered(self, model: str, api: str, began_ns: int, read_ns: int) -> None:
        """gRPC's names are those of its methods, REST's those of its paths."""
        name = f"{api[:1].upper()}{api[1:]}" if self._entrypoint == GRPC else api
        now_ns = perf_counter_ns()
        self._monitor.answered(model, name, self._entrypoint, now_ns - began_ns, now_ns - read_ns)


class _Noted:
    """Reads a request, and notes when it had."""

    __slots__ = ("_read", "at_ns")

    def __init__(self, read: Read) -> None:
        self._read = read
        self.at_ns = 0

    def __call__(self, signatures: Mapping[str, Signature]) -> Request:
        request = self._read(signatures)
        self.at_ns = perf_counter_ns()
        return request


def status_name(error: BaseException) -> str:
    """The name of the status code that TensorFlow Serving gives to what went wrong."""
    if not isinstance(error, Exception):
        return _CANCELLED
    if isinstance(error, NotFound) and error.label is not None:
        return Code.INVALID_ARGUMENT.name
    kinds = type(error).__mro__ if isinstance(error, Fault) else ()
    return next((CODES[kind] for kind in kinds if kind in CODES), Code.INTERNAL).name


def _rows(reply: Predicted) -> int:
    """How many examples were answered."""
    shapes = [tensor.array.shape for tensor in reply.response.tensors.values()]
    return shapes[0][0] if shapes and shapes[0] else 0
