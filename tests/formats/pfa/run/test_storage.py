"""Cells and pools at run time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from pfa_calls import fails

from salver.formats.pfa.run.storage import Cell, Pool


def together(work: Callable[[], Any], times: int = 200, threads: int = 4) -> None:
    def run() -> None:
        for _ in range(times):
            work()

    started = [threading.Thread(target=run) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def test_a_cell_gives_what_was_put_and_what_has_changed() -> None:
    cell = Cell([1, 2])
    assert cell.put([3]) == [3]
    assert cell.change((0,), lambda old: old + 1) == [4]
    assert cell.value == [4]


def test_a_cell_whose_change_fails_stays_as_it_was() -> None:
    cell = Cell([1])
    fails(2006, lambda: cell.change((5,), lambda old: old))
    assert cell.value == [1]


def test_a_shared_cell_that_failed_is_not_locked() -> None:
    cell = Cell([1], shared=True)
    fails(2006, lambda: cell.change((5,), lambda old: old))
    assert cell.change((0,), lambda old: old + 1) == [2]


def test_what_is_saved_is_restored() -> None:
    cell, pool = Cell([1], rollback=True), Pool({"a": [1]}, rollback=True)
    cell.save()
    pool.save()
    cell.change((0,), lambda old: old + 1)
    pool.change(("a", 0), lambda old: old + 1, lambda: [0])
    pool.change(("b", 0), lambda old: old + 1, lambda: [0])
    pool.delete("a")
    cell.restore()
    pool.restore()
    assert (cell.value, pool.value) == ([1], {"a": [1]})


def test_what_was_restored_can_be_saved_again() -> None:
    pool = Pool({"a": 1}, rollback=True)
    for _ in range(2):
        pool.save()
        pool.change(("b",), lambda old: old, lambda: 0)
        pool.restore()
    pool.save()
    pool.change(("c",), lambda old: old, lambda: 0)
    assert pool.value == {"a": 1, "c": 0}


def test_an_item_is_made_only_where_there_is_none() -> None:
    pool, made = Pool({"a": 1}), []

    def init() -> int:
        made.append(1)
        return 10

    assert [pool.change((name,), lambda old: old + 1, init) for name in ("a", "b", "b")] == [2, 11, 12]
    assert made == [1]


def test_an_item_whose_change_fails_is_not_made() -> None:
    pool = Pool({})
    fails(2010, lambda: pool.change(("a", 3), lambda old: old, lambda: [0]))
    assert pool.value == {}


def test_a_deleted_item_is_gone_and_may_be_deleted_again() -> None:
    pool = Pool({"a": 1})
    pool.delete("a")
    pool.delete("a")
    assert pool.value == {}


def test_no_change_of_what_is_shared_gets_lost() -> None:
    cell, pool = Cell(0, shared=True), Pool({}, shared=True)
    together(lambda: cell.change((), lambda old: old + 1))
    together(lambda: pool.change(("a",), lambda old: old + 1, lambda: 0))
    assert (cell.value, pool.value) == (800, {"a": 800})
