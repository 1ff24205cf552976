from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from salver.graph.guards.window import Window


@given(st.integers(1, 6), st.lists(st.integers(0, 9), max_size=8))
def test_a_window_holds_the_last_rows(size: int, parts: list[int]) -> None:
    window, seen = Window(size, np.empty((0, 1))), 0
    for count in parts:
        window.add(np.arange(seen, seen + count, dtype=float)[:, None])
        seen += count
        assert sorted(window.rows[:, 0].tolist()) == list(range(max(0, seen - size), seen))
        assert window.is_full == (seen >= size)
