"""Load at a fixed pace, open loop: each request has its moment, and waits that a server causes are counted from there.

Run as `paced.py HOST PORT PATH BODY_FILE RATE SECONDS`; prints one line of JSON: the latency of each request in
microseconds, in the order of their moments, and the number of those that failed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import suppress
from pathlib import Path

import httptools
import uvloop

CONNECTIONS = 32


class Connection(asyncio.Protocol):
    """One request at a time, over a connection that stays open."""

    def __init__(self, free: asyncio.Queue[Connection], latencies_us: list[float]) -> None:
        self.free = free
        self.latencies_us = latencies_us
        self.failed = 0
        self.busy = False

    def connection_made(self, transport) -> None:
        self.transport = transport

    def ask(self, request: bytes, moment_s: float) -> None:
        self.moment_s, self.busy = moment_s, True
        self.parser = httptools.HttpResponseParser(self)
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.latencies_us.append((time.perf_counter() - self.moment_s) * 1e6)
        self.failed += self.parser.get_status_code() != 200
        self.busy = False
        self.free.put_nowait(self)

    def connection_lost(self, _: Exception | None) -> None:
        self.failed += self.busy


async def main(host: str, port: int, path: str, body: bytes, rate: float, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    free: asyncio.Queue[Connection] = asyncio.Queue()
    latencies_us: list[float] = []
    connections = []
    for _ in range(CONNECTIONS):
        _, connection = await loop.create_connection(lambda: Connection(free, latencies_us), host, port)
        connections.append(connection)
        free.put_nowait(connection)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    request = head.encode() + body
    count, begin_s = int(rate * seconds), time.perf_counter() + 0.05
    for number in range(count):
        moment_s = begin_s + number / rate
        if (wait_s := moment_s - time.perf_counter()) > 0:
            await asyncio.sleep(wait_s)
        (await free.get()).ask(request, moment_s)
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            for _ in connections:
                await free.get()
    failed = sum(connection.failed for connection in connections) + count - len(latencies_us)
    print(json.dumps({"latencies_us": latencies_us, "failed": failed}))


if __name__ == "__main__":
    host, port, path, file, rate, seconds = sys.argv[1:]
    uvloop.run(main(host, int(port), path, Path(file).read_bytes(), float(rate), float(seconds)))
