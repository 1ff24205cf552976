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
