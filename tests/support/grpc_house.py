"""A corridor with models behind every gRPC method, in a thread of its own: for clients that others have written.

grpcio carries the messages, so that the codecs are tested without our own HTTP/2.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from salver.core.errors import BadInput, Fault
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.dispatch import Dispatch
from salver.lifecycle.hosted import ModelSpec
from salver.lifecycle.loader import Loaded
from salver.lifecycle.manager import Manager
from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.policies import keep_serving
from salver.lifecycle.sources.folder import ModelPath
from salver.lifecycle.sources.settle import SettleCheck
from salver.lifecycle.versions import All
from salver.observe.metrics import Metrics
from salver.protocols.grpc_table import METHODS
from salver.protocols.rpc import GrpcProtocol, Method, Streaming
from salver.testing.clock import HandClock

SIGNATURE = Signature({"x": TensorSpec("FP32", (-1,))}, {"y": TensorSpec("FP32", (-1,))}, batched=True)


@dataclass
class Adder:
    """Adds its version. A first value below zero waits for the gate."""

    version: int
    gate: asyncio.Event
    waiting: list[float]
    signatures: Mapping[str, Signature] = field(default_factory=lambda: {DEFAULT: SIGNATURE})

    async def __call__(self, request: Request) -> Response:
        values = request.tensors["x"].array
        if values.size and values[0] < 0:
            self.waiting.append(float(values[0]))
            try:
                await self.gate.wait()
            finally:
                self.waiting.remove(float(values[0]))
        return Response({"y": Tensor("FP32", values + self.version)})

    async def aclose(self) -> None:
        pass


@dataclass(frozen=True)
class House:
    """Model `m` in versions 1 and 2, and `broken`, which cannot be loaded."""

    port: int
    dispatch: Dispatch
    manager: Manager
    loop: asyncio.AbstractEventLoop
    gate: asyncio.Event
    waiting: list[float]
    """The first values of the requests that wait for the gate."""

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    def call(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Runs something on the loop of the server."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def do(self, act: Callable[[], Any]) -> Any:
        """Calls something on the loop of the server."""

        async def acting() -> Any:
            return act()

        return self.call(acting())


@contextmanager
def grpc_house(folder: Path) -> Iterator[House]:
    """Until the block ends."""
    for file in ("m/1/model.onnx", "m/2/model.onnx", "broken/1/model.onnx"):
        (folder / file).parent.mkdir(parents=True)
        (folder / file).touch()
    told: list[House] = []
    ready = threading.Event()
    stop: list[Callable[[], Any]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        gate = asyncio.Event()
        waiting: list[float] = []
        clock = HandClock()
        clock.advance(60)

        @dataclass
        class Loader:
            model: str
            version: int
            path: str

            async def load(self) -> Loaded:
                if self.model == "broken":
                    raise BadInput("this is no model")
                return Loaded(Adder(self.version, gate, waiting), "fake")

        def spec(name: str) -> ModelSpec:
            return ModelSpec(
                ModelPath(str(folder / name), lambda path: "onnx", All(), SettleCheck(), clock), {}, keep_serving
            )

        manager = Manager(
            {name: spec(name) for name in ("m", "broken")},
            Loader,
            options=LifecycleOptions(max_load_retries=0),
            clock=clock,
        )
        dispatch = Dispatch(manager, Metrics())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(manager.run())
            await manager.wait_ready(10)
            server = grpc.aio.server()
            server.add_generic_rpc_handlers((_Handlers(dispatch),))
            port = server.add_insecure_port("127.0.0.1:0")
            await server.start()
            ended = asyncio.Event()
            stop.append(lambda: loop.call_soon_threadsafe(ended.set))
            told.append(House(port, dispatch, manager, loop, gate, waiting))
            ready.set()
            await ended.wait()
            await server.stop(None)
            await manager.aclose()

    thread = threading.Thread(target=lambda: _run(main, ready))
    thread.start()
    try:
        assert ready.wait(10)
        yield told[0]
    finally:
        for each in stop:
            each()
        thread.join(15)
        assert not thread.is_alive()


def _run(main: Callable[[], Coroutine[Any, Any, None]], ready: threading.Event) -> None:
    try:
        asyncio.run(main())
    finally:
        ready.set()


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc] # grpcio has no types
    """Our methods as grpcio's: messages stay bytes."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch

    def service(self, details: Any) -> Any:
        found = METHODS.get(details.method.encode())
        if found is None:
            return None
        protocol, method = found
        if isinstance(method, Streaming):
            return grpc.stream_stream_rpc_method_handler(self._streamed(protocol, method))
        return grpc.unary_unary_rpc_method_handler(self._answered(protocol, method))

    def _answered(self, protocol: GrpcProtocol, method: Any) -> Any:
        async def answer(message: bytes, context: Any) -> bytes:
            try:
                call = method.decode_call(message)
                answered = call if isinstance(call, bytes) else method.encode_reply(call, await self._dispatch(call))
            except Fault as fault:
                await _abort(context, protocol, method, fault)
            return bytes(answered)

        return answer

    def _streamed(self, protocol: GrpcProtocol, method: Streaming) -> Any:
        async def answer(messages: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
            try:
                async for answered in method.answer(messages, self._dispatch):
                    yield answered
            except Fault as fault:
                await _abort(context, protocol, method, fault)

        return answer


async def _abort(context: Any, protocol: GrpcProtocol, method: Method, fault: Fault) -> None:
    status = protocol.encode_fault(fault, method)
    codes = {code.value[0]: code for code in grpc.StatusCode}
    await context.abort(codes[int(status.code)], status.message)
