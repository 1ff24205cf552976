"""ModelStreamInfer: requests and answers over one stream. What is wrong with one request is said in its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Final

from salver.core.calls import Predicted
from salver.core.ending import end
from salver.core.errors import BadInput, Fault
from salver.protocols.messages import message
from salver.protocols.openinference.faults import sentence
from salver.protocols.openinference.grpc_infer import decode_infer, encode_parameters, encode_predicted
from salver.protocols.openinference.grpc_values import field, parse
from salver.protocols.rpc import Ask

MAX_IN_FLIGHT: Final = 64
"""How many requests of one stream may be under way; beyond that the stream is not read."""

_FINAL: Final = encode_parameters({"triton_final_response": True})
_ERROR_MESSAGE: Final = 1
_INFER_RESPONSE: Final = 2
_RESPONSE_ID: Final = 3

_Request: Final = message("salver.wire.InferRequest")


async def answer(messages: AsyncIterator[bytes], ask: Ask) -> AsyncGenerator[bytes, None]:
    """A ModelStreamInferResponse for each request, in their order; several requests are under way at once.

    A fault becomes its answer's `error_message`, and the stream lives on.
    """
    started: asyncio.Queue[asyncio.Task[bytes] | None] = asyncio.Queue()
    room = asyncio.Semaphore(MAX_IN_FLIGHT)
    under_way: set[asyncio.Task[bytes]] = set()

    async def read() -> None:
        try:
            async for data in messages:
                await room.acquire()
                task = asyncio.create_task(answer_one(data, ask))
                under_way.add(task)
                started.put_nowait(task)
        finally:
            started.put_nowait(None)

    reader = asyncio.create_task(read())
    try:
        while (task := await started.get()) is not None:
            answered = await task
            under_way.discard(task)
            room.release()
            yield answered
        await reader
    finally:
        await end({reader, *under_way})


async def answer_one(data: bytes, ask: Ask) -> bytes:
    """The answer to one request of a stream."""
    try:
        call = decode_infer(data)
        reply = await ask(call)
        if not isinstance(reply, Predicted):
            raise TypeError(f"a prediction was answered by {type(reply).__name__}")
        return field(_INFER_RESPONSE, encode_predicted(call, reply) + _FINAL)
    except Fault as fault:
        return _refusal(data, sentence(fault) or type(fault).__name__)


def _refusal(data: bytes, text: str) -> bytes:
    """An answer that says why there is none, and to which request, where that could be read."""
    with_id = b""
    with suppress(BadInput):
        identity = parse(_Request, data).id
        with_id = field(_RESPONSE_ID, identity.encode()) if identity else b""
    return field(_ERROR_MESSAGE, text.encode(errors="replace")) + field(_INFER_RESPONSE, with_id + _FINAL)
