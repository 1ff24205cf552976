"""Sums survive restarts, add up over processes, and are lost neither by failures nor by kills."""

from __future__ import annotations

import asyncio
import logging
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salver.core.errors import BadInput
from salver.graph import ledger as ledgers
from salver.graph import store as stores
from salver.graph import store_file
from salver.graph.memory import Memory
from salver.graph.store import Store

FLUSH_S = 0.01


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "graph.sqlite"


def opened(file: Path | None, arms: tuple[str, ...] = ("a", "b"), kind: str = "k", width: int = 2) -> Any:
    store = Store(file, flush_s=FLUSH_S)
    return store, store.memory("n", kind, arms, width)


def rows(memory: Memory, context: str = "") -> list[list[float]]:
    return [list(row) for row in memory.numbers(context)]


def until(holds: Callable[[], bool], limit_s: float = 10) -> None:
    """Looks again and again: what a thread or another process does has no signal to wait for."""
    pause, end = threading.Event(), time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, "it never came"
        pause.wait(0.005)


def test_what_was_learnt_is_there_after_a_restart(file: Path):
    store, memory = opened(file)
    memory.add("", 0, (1.5, 2))
    memory.add("Zoë\0", 1, (3, 4))
    store.close()
    store, memory = opened(file)
    assert rows(memory) == [[1.5, 2], [0, 0]]
    assert rows(memory, "Zoë\0") == [[0, 0], [3, 4]]
    store.close()


def test_without_a_file_all_is_in_memory():
    store, memory = opened(None)
    memory.add("", 0, (1, 2))
    assert rows(memory)[0] == [1, 2]
    store.close()


def test_two_stores_of_one_file_see_the_sum_of_both(file: Path):
    (one, here), (other, there) = opened(file), opened(file)
    for _ in range(10):
        here.add("", 0, (1, 1))
        there.add("", 0, (1, 10))
    until(lambda: rows(here)[0] == rows(there)[0] == [20, 110])
    one.close()
    other.close()


def test_a_clear_reaches_the_other_and_nothing_from_before_comes_back(file: Path):
    (one, here), (other, there) = opened(file), opened(file)
    here.add("", 0, (1, 1))
    there.add("", 1, (1, 1))
    until(lambda: rows(here) == rows(there) == [[1, 1], [1, 1]])
    here.clear()
    assert rows(here) == [[0, 0], [0, 0]]
    here.add("", 0, (5, 5))
    until(lambda: rows(there) == [[5, 5], [0, 0]])
    there.add("", 0, (1, 1))
    until(lambda: rows(here) == [[6, 6], [0, 0]])
    one.close()
    other.close()
    again, memory = opened(file)
    assert rows(memory) == [[6, 6], [0, 0]]
    again.close()


def test_arms_are_known_by_name(file: Path):
    store, memory = opened(file, ("a", "b"))
    memory.add("", 0, (1, 1))
    memory.add("", 1, (2, 2))
    store.close()
    store, memory = opened(file, ("b", "c", "d"))
    assert rows(memory) == [[2, 2], [0, 0], [0, 0]]
    memory.add("", 2, (4, 4))
    store.close()
    store, memory = opened(file, ("d", "a"))
    assert rows(memory) == [[4, 4], [1, 1]]
    store.close()


@pytest.mark.parametrize("other", [{"kind": "another"}, {"width": 3}])
def test_numbers_of_another_kind_or_width_are_not_its_own(file: Path, other: dict[str, Any]):
    store, memory = opened(file)
    memory.add("", 0, (1, 1))
    store.close()
    store, memory = opened(file, **other)
    assert not any(any(row) for row in rows(memory))
    store.close()


def test_the_file_says_whose_its_rows_are(file: Path):
    store, memory = opened(file)
    memory.add("gold", 1, (1, 2))
    store.close()
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT node, kind, width, arms FROM nodes").fetchall() == [("n", "k", 2, '["a","b"]')]
    found = connection.execute("SELECT context, arm, place, value FROM sums ORDER BY place").fetchall()
    assert found == [("gold", "b", 0, 1.0), ("gold", "b", 1, 2.0)]
    connection.close()


def test_a_router_that_learns_nothing_leaves_no_trace(file: Path):
    store, memory = opened(file, width=0)
    assert rows(memory) == [[], []]
    store.close()
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT count(*) FROM nodes").fetchone() == (0,)
    connection.close()


def test_the_contexts_in_the_file_are_bounded(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stores, "MAX_CONTEXTS", 3)
    monkeypatch.setattr(stores, "_TIDY_S", 0.0)
    store, memory = opened(file)
    for number in range(6):
        memory.add(str(number), 0, (1, 1))
        store.flush()
    store.close()
    store, memory = opened(file)
    assert set(memory.contexts()) == {"3", "4", "5"}
    store.close()


def test_a_damaged_file_is_refused_with_what_to_do(file: Path):
    file.parent.mkdir()
    file.write_bytes(b"this is no database, " * 500)
    before = threading.active_count()
    with pytest.raises(BadInput, match=r"graph.sqlite' does not hold what a graph has learnt .*move it away"):
        Store(file)
    assert threading.active_count() == before


def test_pages_that_are_damaged_are_found(file: Path):
    store, memory = opened(file)
    for number in range(500):
        memory.add(f"context-{number}", 0, (1, 1))
    store.close()
    whole = bytearray(file.read_bytes())
    for place in range(4096 * 3, len(whole), 4096):
        whole[place : place + 200] = b"\xff" * 200
    file.write_bytes(whole)
    with pytest.raises(BadInput, match="does not hold what a graph has learnt"):
        Store(file)


def test_the_file_of_another_program_or_layout_is_refused(file: Path):
    store, _ = opened(file)
    store.close()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(BadInput, match="its layout is 9, wanted 1"):
        Store(file)
    foreign = file.with_name("foreign.sqlite")
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(BadInput, match="it is another program's"):
        Store(foreign)


def test_a_folder_that_cannot_be_written_is_told_once_and_tried_again(
    file: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stores, "_RETRY_S", FLUSH_S)
    file.parent.write_text("a file where the folder must be")
    with caplog.at_level(logging.INFO):
        store, memory = opened(file)
        memory.add("", 0, (1, 1))
        store.ledger.remember("one", {"rows": 1})
        for _ in range(3):
            store.flush()
        assert rows(memory)[0] == [1, 1]
        file.parent.unlink()
        until(lambda: len(caplog.records) == 2)
    told = [record.message for record in caplog.records]
    assert "cannot be written" in told[0]
    assert "is written again, nothing was lost" in told[1]
    store.close()
    store, memory = opened(file)
    assert rows(memory)[0] == [1, 1]
    store.close()


def test_a_file_that_is_moved_away_is_made_anew(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store_file, "_WAIT_S", 0.05)
    store, memory = opened(file)
    memory.clear()  # a generation that the new file does not have
    memory.add("", 0, (1, 1))
    store.flush()
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    memory.add("", 0, (2, 2))
    until(lambda: store._fails)
    with store._io:  # so that it is not tried again before all is gone
        connection.close()
        for one in file.parent.iterdir():
            one.unlink()
    until(lambda: not store._fails)
    assert rows(memory)[0] == [2, 2]
    memory.add("", 1, (4, 4))
    store.close()
    store, memory = opened(file)
    assert rows(memory) == [[2, 2], [4, 4]]
    store.close()


def test_a_clear_while_the_file_cannot_be_opened_is_heard_of(file: Path):
    (one, here), (other, there) = opened(file), opened(file)
    here.add("", 0, (1, 1))
    until(lambda: rows(here) == rows(there) == [[1, 1], [0, 0]])
    with one._io:
        one._fail(OSError())
        there.clear()
        there.add("", 1, (5, 5))
        other.flush()
        here.add("", 0, (1, 1))
    until(lambda: rows(here) == [[0, 0], [5, 5]])
    one.close()
    other.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_a_thread_that_has_died(file: Path, monkeypatch: pytest.MonkeyPatch):
    async def converse() -> None:
        asked = asyncio.ensure_future(store.ledger.recall("nobody"))
        await asyncio.sleep(0)
        monkeypatch.setattr(store, "_read", None)
        async with asyncio.timeout(10):
            assert await asked is None
            assert await store.ledger.recall("nobody") is None

    monkeypatch.setattr(ledgers, "MAX_WAIT_S", 1000.0)
    store = Store(file, flush_s=FLUSH_S)
    asyncio.run(converse())
    assert store._thread is not None
    store._thread.join(10)
    store._shut()


# With real processes

WORKER = """
import sys, time
from pathlib import Path
from salver.graph.store import Store
store = Store(Path(sys.argv[1]))
memory = store.memory("n", "k", ("a", "b"), 2)
"""


def worker(file: Path, code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER + code, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_two_processes_that_add_to_one_file_lose_nothing(file: Path):
    code = "for n in range(20000): memory.add(str(n % 7), n % 2, (1.0, 0.5))\nstore.close()"
    for process in [worker(file, code) for _ in range(2)]:
        process.communicate(timeout=60)
        assert process.returncode == 0
    store, memory = opened(file)
    sums = [sum(row[place] for numbers in memory.contexts().values() for row in numbers) for place in (0, 1)]
    assert sums == [40000, 20000]
    store.close()


@pytest.mark.slow
def test_a_killed_process_loses_less_than_a_second(file: Path):
    code = """
while True:
    memory.add("", 0, (1.0, time.monotonic()))
    print(time.monotonic(), flush=True)
    time.sleep(0.001)
"""
    process = worker(file, code)
    assert process.stdout is not None
    for _ in range(1500):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    moments = [float(line) for line in process.communicate(timeout=60)[0].splitlines() if line.count(".") == 1]
    total = 1500 + len(moments)
    store, memory = opened(file)
    kept = rows(memory)[0][0]
    assert kept > 0
    assert total - kept < 1000, "a thousand a second are learnt"
    store.close()


@pytest.mark.slow
def test_a_process_hears_of_a_clear_and_of_answers_elsewhere(file: Path):
    code = """
memory.add("", 0, (1.0, 1.0))
store.ledger.remember("there", {"rows": 3})
print("ready", flush=True)
while memory.numbers("")[0][0]: time.sleep(0.01)
print("cleared", flush=True)
"""
    process = worker(file, code)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    store, memory = opened(file)
    until(lambda: rows(memory)[0] == [1, 1])
    assert asyncio.run(store.ledger.recall("there")) == {"rows": 3}
    memory.clear()
    assert process.communicate(timeout=60)[0] == "cleared\n"
    store.close()


@pytest.mark.slow
def test_a_full_disk_fails_nothing_and_loses_nothing(file: Path):
    code = """
import resource, signal
memory.add("", 0, (1.0, 1.0))
store.flush()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
for n in range(300): memory.add(str(n), 0, (1.0, 1.0))
store.flush()
assert memory.numbers("7")[0] == [1.0, 1.0]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.close()
"""
    process = worker(file, code)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert told.count("cannot be written") == 1
    store, memory = opened(file)
    assert len(memory.contexts()) == 301
    assert all(numbers[0] == [1, 1] for numbers in memory.contexts().values())
    store.close()
