"""Servers that take turns under the same load: in each round every one has its short turn, the others stopped."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bench import load
from bench.effort import Effort
from bench.figures import ratio
from bench.questions import Question
from bench.running import Running

IN_FLIGHT: Final = 32
COLUMNS: Final = (
    "server",
    "protocol",
    "requests/s",
    "p50 µs",
    "p99 µs",
    "CPU µs a request",
    "one in flight, p50 µs",
    "of bare",
)


@dataclass
class Contender:
    """A server that answers a question, and what was measured of it."""

    name: str
    running: Running
    question: Question
    many: list[load.Load] = field(default_factory=list)
    one: list[load.Load] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    """Of the server, for each request, with many in flight."""

    def measure_many(self, seconds: int) -> None:
        with self.running.awake():
            before_s = self.running.cpu_s()
            self.many.append(load.measure(self.running.port, self.question, IN_FLIGHT, seconds))
            self.cpu_us.append((self.running.cpu_s() - before_s) / self.many[-1].requests * 1e6)

    def measure_one(self, seconds: int) -> None:
        with self.running.awake():
            self.one.append(load.measure(self.running.port, self.question, 1, seconds))

    def rates(self) -> list[float]:
        return [found.requests_per_s for found in self.many]

    def medians_us(self) -> list[float]:
        return [found.p50_us for found in self.one]


def take_turns(contenders: Sequence[Contender], effort: Effort) -> None:
    """Measures them all, with many in flight and with one."""
    for contender in contenders:
        contender.running.sleep()
    for _ in range(effort.rounds):
        for contender in contenders:
            contender.measure_many(effort.seconds)
        for contender in contenders:
            contender.measure_one(effort.seconds)


def row(contender: Contender, bare: Contender) -> list[str]:
    def median(figures: list[float]) -> str:
        return f"{statistics.median(figures):,.0f}"

    return [
        contender.name,
        contender.question.protocol,
        median(contender.rates()),
        median([found.p50_us for found in contender.many]),
        median([found.p99_us for found in contender.many]),
        f"{statistics.median(contender.cpu_us):.1f}",
        median(contender.medians_us()),
        f"{ratio(contender.rates(), bare.rates()):.2f}",
    ]
