"""Two steps on servers that know one step each: the driver asks the first, and then the second with its answer.

It starts those servers as its own processes, on the core that it was given, and moves to another one itself: what it
does is a present to them. Of HTTP it does the least there is. Run as `chain.py PLAN`, a `Plan` as JSON, and as the
first process of a group of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import httptools
import orjson
import uvloop


@dataclass(frozen=True)
class Plan:
    """What the driver does."""

    port: int
    """Where it listens."""
    core: int
    """Where it runs."""
    servers: Sequence[tuple[Sequence[str], dict[str, str]]]
    """Command lines, and what is added to the environment."""
    steps: Sequence[tuple[int, str]]
    """Ports and paths, in order."""
    hand_on: Literal["as it is", "outputs as inputs"]
    """How an answer becomes the next request."""

    def command(self) -> list[str]:
        return [sys.executable, "-P", __file__, json.dumps(asdict(self))]


class Line(asyncio.Protocol):
    """A connection to a server; one request at a time."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.is_open = True

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.parts: list[bytes] = []
        self.parser = httptools.HttpResponseParser(self)
        self.transport.write(request)
        return self.answer

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, part: bytes) -> None:
        self.parts.append(part)

    def on_message_complete(self) -> None:
        if not self.parser.should_keep_alive():
            self.is_open = False
            self.transport.close()
        if self.parser.get_status_code() == 200:
            self.answer.set_result(b"".join(self.parts))
        else:
            self.answer.set_exception(ConnectionError(f"status {self.parser.get_status_code()}"))

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if hasattr(self, "answer") and not self.answer.done():
            self.answer.set_exception(ConnectionError("the connection was closed"))


class Step:
    """A server's path, with the connections that it keeps."""

    def __init__(self, port: int, path: str) -> None:
        self.port = port
        self.head = f"POST {path} HTTP/1.1\r\nHost: step\r\nContent-Type: application/json\r\nContent-Length: ".encode()
        self.idle: list[Line] = []

    async def ask(self, body: bytes) -> bytes:
        request = b"%b%d\r\n\r\n%b" % (self.head, len(body), body)
        while self.idle:
            line = self.idle.pop()
            if line.is_open:
                with suppress(ConnectionError):  # it may just be closing
                    return await self._asked(line, request)
        _, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", self.port)
        return await self._asked(line, request)

    async def _asked(self, line: Line, request: bytes) -> bytes:
        answer = await line.ask(request)
        if line.is_open:
            self.idle.append(line)
        return answer


class Front(asyncio.Protocol):
    """A connection of whoever asks for both steps."""

    def __init__(self, steps: Sequence[Step], hand_on: Callable[[bytes], bytes]) -> None:
        self.steps = steps
        self.hand_on = hand_on
        self.parser = httptools.HttpRequestParser(self)
        self.parts: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, part: bytes) -> None:
        self.parts.append(part)

    def on_message_complete(self) -> None:
        self.task = asyncio.create_task(self.answer(b"".join(self.parts)))
        self.parts.clear()

    async def answer(self, body: bytes) -> None:
        status = b"200 OK"
        try:
            first, *others = self.steps
            body = await first.ask(body)
            for step in others:
                body = await step.ask(self.hand_on(body))
        except OSError as error:
            status, body = b"502 Bad Gateway", str(error).encode()
        head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        self.transport.write(head + body)


def outputs_as_inputs(body: bytes) -> bytes:
    """An Open Inference answer as a request."""
    return orjson.dumps({"inputs": orjson.loads(body)["outputs"]})


HAND_ON: Final[dict[str, Callable[[bytes], bytes]]] = {
    "as it is": lambda body: body,
    "outputs as inputs": outputs_as_inputs,
}


async def drive(plan: Plan) -> None:
    """For ever."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, end)
    steps = [Step(port, path) for port, path in plan.steps]
    server = await loop.create_server(lambda: Front(steps, HAND_ON[plan.hand_on]), "127.0.0.1", plan.port)
    await server.serve_forever()


def end() -> None:
    """With all that it started: Seldon's wrapper does not end the processes that it has."""
    os.killpg(os.getpid(), signal.SIGKILL)


def main(plan: Plan) -> None:
    for command, more in plan.servers:
        subprocess.Popen(command, env={**os.environ, **more})
    os.sched_setaffinity(0, {plan.core})
    uvloop.run(drive(plan))


if __name__ == "__main__":
    main(Plan(**json.loads(sys.argv[1])))
