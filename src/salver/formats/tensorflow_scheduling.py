"""Which of two ways to run the same graph is the quicker one, found out while it is used. Knows no TensorFlow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final, TypeAlias

Run: TypeAlias = Callable[[list[Any]], list[Any]]

_WORTH_S: Final = 0.001
"""What is quicker than this gains nothing from a pool of threads."""
_TURNS: Final = 12
_GAIN: Final = 0.8
"""The pool must take less than this part of the time: it takes processors from others."""


class Trial:
    """Runs inline; from the second call that takes long, inline and in the pool by turns. `chosen` is the winner, once
    there is one.

    Only calls with inputs of the same size are compared. The first call is no measure: much is set up in it.
    """

    def __init__(self, inline: Run, make_pooled: Callable[[], Run]) -> None:
        self.chosen: Run | None = None
        self._ways = [inline]
        self._make_pooled = make_pooled
        self._lock = threading.Lock()
        self._turn = -1
        self._best_s: dict[int, list[float]] = {}

    def __call__(self, arrays: list[Any]) -> list[Any]:
        turn, way = self._next()
        began = perf_counter()
        values = self._ways[way](arrays)
        self._learn(turn, way, sum(array.nbytes for array in arrays), perf_counter() - began)
        return values

    def _next(self) -> tuple[int, int]:
        with self._lock:
            self._turn += 1
            return self._turn, self._turn % len(self._ways)

    def _learn(self, turn: int, way: int, size: int, cost_s: float) -> None:
        with self._lock:
            if len(self._ways) == 1:
                self._begin(turn, cost_s)
                return
            best_s = self._best_s.setdefault(size, [float("inf"), float("inf")])
            best_s[way] = min(best_s[way], cost_s)
            if turn >= _TURNS:
                both = [best_s for best_s in self._best_s.values() if max(best_s) < float("inf")]
                inline_s, pooled_s = (sum(best_s[way] for best_s in both) for way in (0, 1))
                self.chosen = self._ways[pooled_s < _GAIN * inline_s]

    def _begin(self, turn: int, cost_s: float) -> None:
        if cost_s < _WORTH_S:
            self.chosen = self._ways[0]
        elif turn > 0:
            self._ways.append(self._make_pooled())
            self._turn = 0
