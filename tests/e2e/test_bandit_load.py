"""A bandit in two processes under load: every reward that was taken is kept, whichever worker took it, and dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import pytest
from serving import DEADLINE_S, Running, until

GRAPH = """
nodes:
  bandit:
    router: {thompson_sampling: {}}
    children: [good, poor]
  good: {component: "Who.py:Who", inline: true}
  poor: {component: "Who.py:Who", inline: true}
"""
WHO = """
import os


class Who:
    def predict(self, X, names):
        return X

    def tags(self):
        return {"pid": os.getpid()}
"""
CALLERS = 32
LOST_S = 1.0
"""How much of what it learnt last a worker that is killed may take with it."""
LOOKS = 8
"""Connections that are asked what was learnt, so that both workers have their turn."""
Start = Callable[..., Running]
T = TypeVar("T")


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    (tmp_path / "Who.py").write_text(WHO)
    document = tmp_path / "bandit.graph.yaml"
    document.write_text(GRAPH)
    return document


class Line:
    """A connection, and so one worker; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def post(self, path: str, document: Any) -> tuple[int, Any]:
        """Status and answer. Raises ConnectionError when the worker is gone."""
        body = json.dumps(document).encode()
        head = b"POST %b HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(body))
        self._writer.write(head + body)
        try:
            answered = await self._reader.readuntil(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in answered.split(b"\r\n")[1:] if line)
            content = await self._reader.readexactly(int(fields[b"content-length"]))
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the worker closed the connection") from error
        return int(answered.split(b" ", 2)[1]), json.loads(content)

    async def predict(self) -> Any:
        """The answer's meta."""
        status, answer = await self.post("/api/v1.0/predictions", {"data": {"ndarray": [[1.0]]}})
        assert status == 200, answer
        return answer["meta"]

    async def aclose(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):  # the worker may be gone
            await self._writer.wait_closed()


@dataclass(frozen=True, slots=True)
class Taken:
    """Feedback that was answered with 200."""

    at: float
    worker: int
    is_other: bool
    """Whether another worker had given the answer that it is about."""
    branch: int
    reward: float


@dataclass
class Heard:
    """What callers know of their feedback."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unknown: int = 0
    """Feedback that was not answered: it may have been taken, or not."""

    @property
    def lasted_s(self) -> float:
        return monotonic() - self.taken[0].at if self.taken else 0.0

    @property
    def sums(self) -> list[list[float]]:
        """Successes and tries of each branch."""
        rewards = [[one.reward for one in self.taken if one.branch == branch] for branch in (0, 1)]
        return [[sum(of_branch), float(len(of_branch))] for of_branch in rewards]


class Load:
    """Callers that ask the workers in turn, and send feedback on each answer by its puid; every fifth time to the
    other worker than the one that gave it."""

    def __init__(self, server: Running) -> None:
        self.heard = Heard()
        self.lines: dict[int, list[Line]] = {}
        """By worker, those that nobody uses at the moment: enough for all callers at once."""
        self._all: list[Line] = []
        self._server = server
        self._numbers = count()

    async def run(self, enough: Callable[[Load], bool]) -> Heard:
        """Until enough was heard, and all that was asked is answered."""
        await self._connect()
        try:
            callers = (self._call(enough) for _ in range(CALLERS))
            await asyncio.wait_for(asyncio.gather(*callers), 3 * DEADLINE_S)
        finally:
            for line in self._all:
                await line.aclose()
        return self.heard

    async def _connect(self) -> None:
        """The kernel deals connections out as it likes."""
        deadline = monotonic() + DEADLINE_S
        while len(self.lines) < 2 or any(len(lines) < CALLERS for lines in self.lines.values()):
            assert monotonic() < deadline, "one of two workers gets no connections"
            line = Line(*await asyncio.open_connection(*self._server.address))
            self._all.append(line)
            self.lines.setdefault((await line.predict())["tags"]["pid"], []).append(line)

    async def _call(self, enough: Callable[[Load], bool]) -> None:
        while not enough(self):
            number = next(self._numbers)
            try:
                meta = await self._on_a_line(number, lambda line, _: line.predict())
            except ConnectionError:
                continue
            try:
                await self._on_a_line(number + (number % 5 == 0), self._feedback(number, meta))
            except ConnectionError:
                self.heard.unknown += 1

    def _feedback(self, number: int, meta: Any) -> Callable[[Line, int], Awaitable[None]]:
        branch = meta["routing"]["bandit"]
        reward = float((number % 4 != 0) == (branch == 0))
        document = {"response": {"meta": {"puid": meta["puid"]}}, "reward": reward}

        async def send(line: Line, worker: int) -> None:
            status, answer = await line.post("/api/v1.0/feedback", document)
            if status == 200:
                self.heard.taken.append(Taken(monotonic(), worker, worker != meta["tags"]["pid"], branch, reward))
            else:
                self.heard.refused.append(answer["status"]["info"])

        return send

    async def _on_a_line(self, number: int, do: Callable[[Line, int], Awaitable[T]]) -> T:
        """To the worker whose turn it is. One that is gone has no turn any more."""
        workers = sorted(self.lines)
        worker = workers[number % len(workers)]
        line = self.lines[worker].pop()
        try:
            done = await do(line, worker)
        except ConnectionError:
            self.lines.pop(worker, None)
            raise
        if worker in self.lines:
            self.lines[worker].append(line)
        return done


def learnt(server: Running) -> list[list[float]]:
    """Successes and tries of each branch, as whichever worker answers has them."""
    answer = server.get("/admin/models/bandit/learnt")
    assert answer.status == 200, answer.body
    node = answer.document["nodes"]["bandit"]
    assert (node["arms"], node["columns"]) == (["good", "poor"], ["successes", "tries"])
    sums: list[list[float]] = node["contexts"][""]
    return sums


def test_no_reward_is_lost(serve: Start, graph: Path, tmp_path: Path) -> None:
    started = (graph, "--workers", "2", "--state-dir", tmp_path / "kept")
    server = serve(*started)
    heard = asyncio.run(Load(server).run(lambda load: load.heard.lasted_s > 3 and len(load.heard.taken) > 1000))
    assert len(heard.refused) <= len(heard.taken) / 100, heard.refused[0]
    assert not heard.unknown
    assert sum(one.is_other for one in heard.taken) > len(heard.taken) / 10
    (_, good), (_, poor) = heard.sums
    assert good > poor, "it has learnt meanwhile which is better"

    until(lambda: all(learnt(server) == heard.sums for _ in range(LOOKS)))
    assert server.stop() == 0
    again = serve(*started)
    assert [learnt(again) for _ in range(LOOKS)] == [heard.sums] * LOOKS


def test_a_worker_that_is_killed_loses_a_second_at_most(serve: Start, graph: Path, tmp_path: Path) -> None:
    started = (graph, "--workers", "2", "--state-dir", tmp_path / "kept")
    server = serve(*started)
    killed: list[tuple[int, float, int]] = []
    """Which, when, and how much feedback had been taken."""

    def enough(load: Load) -> bool:
        if not killed and load.heard.lasted_s > 2 * LOST_S:
            victim = min(load.lines)
            os.kill(victim, signal.SIGKILL)
            killed.append((victim, monotonic(), len(load.heard.taken)))
        return bool(killed) and len(load.heard.taken) > killed[0][2] + 500

    heard = asyncio.run(Load(server).run(enough))
    ((victim, at, _),) = killed
    its_own = [one for one in heard.taken if one.worker == victim]
    late = [one for one in its_own if one.at > at - LOST_S]
    assert len(late) < len(its_own), "it had learnt for longer"
    assert all("is remembered" in reason for reason in heard.refused), heard.refused

    assert server.stop() == 0
    again = serve(*started)
    tries = sum(row[1] for row in learnt(again))
    assert len(heard.taken) - len(late) <= tries <= len(heard.taken) + heard.unknown
    assert [learnt(again) for _ in range(LOOKS)] == [learnt(again)] * LOOKS
