"""One turn of a function that answers rows in this process. Imports nothing: peers in other environments use it too."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

SECONDS = 0.2
"""Of a turn, as near as whole calls come."""
MOST_CALLS = 20_000
SHORT_NS, ROUND = 100_000, 50
"""What is quicker is called so many times, at least, between two looks at the clock."""


def one_us(answer: Callable[[Any], Any], rows: Sequence[Any]) -> float:
    """Microseconds of a call with one row: the median of many, over all rows in turn."""
    clock = time.perf_counter_ns
    times: list[int] = []
    end = clock() + int(SECONDS * 1e9)
    for row in itertools.cycle(rows):
        began = clock()
        answer(row)
        done = clock()
        times.append(done - began)
        if done > end or len(times) == MOST_CALLS:
            return statistics.median(times) / 1000
    raise ValueError("there are no rows")


def call_us(answer: Callable[[Any], Any], rows: Sequence[Any]) -> float:
    """Likewise; calls so short that the clock would be seen in them are timed in rounds of many."""
    clock = time.perf_counter_ns
    began = clock()
    answer(rows[0])
    if clock() - began > SHORT_NS:
        return one_us(answer, rows)
    rows = [*rows] * (-(-ROUND // len(rows)))
    times: list[int] = []
    end = began + int(SECONDS * 1e9)
    done = began
    while done < end:
        began = clock()
        for row in rows:
            answer(row)
        done = clock()
        times.append(done - began)
    return statistics.median(times) / len(rows) / 1000


def batch_s(answer: Callable[[Any], Any], batch: Any) -> float:
    """Seconds of a call with many rows: the best of the turn's."""
    best = float("inf")
    end = time.perf_counter() + SECONDS
    while True:
        began = time.perf_counter()
        answer(batch)
        done = time.perf_counter()
        best = min(best, done - began)
        if done > end:
            return best
