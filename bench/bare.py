"""The bare protocol: the least a Python process can do to answer a prediction over HTTP, and so the mark to aim at.

An asyncio.Protocol on httptools and uvloop that parses with orjson, runs the model and writes. No checks, no metrics,
no errors, no routes: not a server. Run as `bare.py CODEC MODEL PORT`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import httptools
import numpy as np
import onnxruntime
import orjson
import uvloop

Answer = Callable[[bytes], bytes]


class Bare(asyncio.Protocol):
    """One connection."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.parser = httptools.HttpRequestParser(self)
        self.parts: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        self.write = transport.write

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, part: bytes) -> None:
        self.parts.append(part)

    def on_message_complete(self) -> None:
        answer = self.answer(b"".join(self.parts))
        self.parts.clear()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
        self.write(head + answer)


def rows(session: onnxruntime.InferenceSession) -> Answer:
    """TensorFlow Serving's row format, in and out."""
    name, run = session.get_inputs()[0].name, session.run

    def answer(body: bytes) -> bytes:
        (outputs,) = run(None, {name: np.array(orjson.loads(body)["instances"], np.float32)})
        return orjson.dumps({"predictions": outputs}, option=orjson.OPT_SERIALIZE_NUMPY)

    return answer


def binary(session: onnxruntime.InferenceSession) -> Answer:
    """One row as Open Inference's binary tensor, whatever the JSON before it says; the answer as JSON."""
    given, run = session.get_inputs()[0], session.run
    shape = (1, *given.shape[1:])
    values = int(np.prod(shape))

    def answer(body: bytes) -> bytes:
        (outputs,) = run(None, {given.name: np.frombuffer(body, "<f4", values, len(body) - 4 * values).reshape(shape)})
        return orjson.dumps({"outputs": [{"data": outputs.ravel()}]}, option=orjson.OPT_SERIALIZE_NUMPY)

    return answer


def constant(_: onnxruntime.InferenceSession) -> Answer:
    """The same answer to all, unread: what the load generator can drive."""
    return lambda body: b'{"predictions":[[0.25,0.25,0.5]]}'


async def main(codec: str, model: str, port: int) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    answer = {"rows": rows, "binary": binary, "constant": constant}[codec](onnxruntime.InferenceSession(model, options))
    server = await asyncio.get_running_loop().create_server(lambda: Bare(answer), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
