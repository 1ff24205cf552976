"""What one process knows of a node: sums, what of them is new, and how many contexts."""

from __future__ import annotations

import logging
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.graph.memory_table import MemoryTable


def table(shared: bool = True, **more: Any) -> MemoryTable:
    return MemoryTable("n", 2, 2, shared=shared, **more)


def rows(memory: MemoryTable, context: str = "") -> list[list[float]]:
    return [list(row) for row in memory.numbers(context)]


ADDITIONS = st.lists(
    st.tuples(st.sampled_from(["", "gold", "tin"]), st.integers(0, 1), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
)


@given(ADDITIONS)
def test_numbers_are_the_sums_of_what_was_added(additions: list[tuple[str, int, float, float]]):
    memory = table()
    for context, arm, one, other in additions:
        memory.add(context, arm, (one, other))
    for context in ("", "gold", "tin"):
        for arm in (0, 1):
            added = [(one, other) for name, of, one, other in additions if (name, of) == (context, arm)]
            expected = [math.fsum(one for one, _ in added), math.fsum(other for _, other in added)]
            assert rows(memory, context)[arm] == pytest.approx(expected, abs=1e-6)


def test_a_context_that_was_never_learnt_in_is_nothing_and_takes_no_room():
    memory = table()
    assert rows(memory, "gold") == [[0, 0], [0, 0]]
    assert memory.contexts() == {}


def test_what_is_new_is_taken_once():
    memory = table()
    memory.add("", 1, (1, 2))
    memory.add("", 1, (1, 2))
    assert memory.take().cells == {("", 1): [2, 4]}
    assert memory.take().cells == {}
    assert rows(memory) == [[0, 0], [2, 4]]


def test_what_others_have_added_is_put_beside_what_is_new_here():
    memory = table()
    memory.add("", 0, (1, 1))
    taken = memory.take()
    memory.add("", 0, (5, 5))
    memory.put(taken.life, {("", 0): [11, 11], ("gold", 1): [3, 3]}, anew=False)
    assert rows(memory)[0] == [16, 16]
    assert rows(memory, "gold")[1] == [3, 3]
    assert memory.take().cells == {("", 0): [5, 5]}


def test_what_could_not_be_written_is_new_still():
    memory = table()
    memory.add("", 0, (1, 1))
    taken = memory.take()
    memory.add("", 0, (2, 2))
    memory.give_back(taken)
    assert memory.take().cells == {("", 0): [3, 3]}


def test_a_clear_makes_what_was_taken_before_it_nothing():
    memory = table()
    memory.add("", 0, (1, 1))
    taken = memory.take()
    memory.clear()
    memory.give_back(taken)
    memory.put(taken.life, {("", 0): [9, 9]}, anew=False)
    assert memory.take().cells == {}
    assert rows(memory) == [[0, 0], [0, 0]]


def test_a_clear_of_another_process_takes_what_is_new_here_with_it():
    memory = table()
    memory.add("", 0, (1, 1))
    memory.put(0, {("gold", 0): [2, 2]}, anew=True)
    assert dict(memory.contexts()) == {"gold": [[2, 2], [0, 0]]}
    assert memory.take().cells == {}


def test_the_context_learnt_in_least_recently_is_forgotten_and_it_is_told_once(caplog: pytest.LogCaptureFixture):
    memory = table(max_contexts=2)
    with caplog.at_level(logging.WARNING):
        for context in ("a", "b", "a", "c", "d"):
            memory.add(context, 0, (1, 1))
    assert list(memory.contexts()) == ["c", "d"]
    assert [record.message for record in caplog.records] == [
        "node 'n' has more than 2 contexts: those learnt in least recently are forgotten"
    ]


def test_what_cannot_be_written_for_long_stays_bounded():
    memory = table(max_contexts=2)
    for number in range(100):
        memory.add(f"context-{number}", 0, (1, 1))
        memory.give_back(memory.take())
    assert set(memory.take().cells) == {("context-98", 0), ("context-99", 0)}


def test_without_a_store_nothing_is_kept_to_be_taken():
    memory = table(shared=False)
    memory.add("", 0, (1, 1))
    assert memory.take().cells == {}
    assert rows(memory)[0] == [1, 1]
