"""Answers are found again by id: here, or where another process has put them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from salver.graph import ledger as ledgers
from salver.graph.ledger import MAX_ENTRY_BYTES, Ledger
from salver.graph.store import Store

ENTRY = {"routing": {"n": 1}, "notes": {"n": {"chance": 0.5}}, "rows": 2, "answer": {"y": ["INT64", [1], [3]]}}


def run(conversation: Coroutine[Any, Any, Any]) -> Any:
    async def bounded() -> Any:
        async with asyncio.timeout(20):
            return await conversation

    return asyncio.run(bounded())


def test_an_answer_is_recalled_by_its_id():
    ledger = Ledger()
    ledger.remember("one", ENTRY)
    assert run(ledger.recall("one")) == ENTRY
    assert run(ledger.recall("two")) is None


def test_the_newest_answer_of_an_id_counts():
    ledger = Ledger()
    ledger.remember("one", {"rows": 1})
    ledger.remember("one", {"rows": 2})
    assert run(ledger.recall("one")) == {"rows": 2}


def test_an_answer_without_an_id_is_not_kept():
    ledger = Ledger()
    ledger.remember("", ENTRY)
    assert run(ledger.recall("")) is None


def test_an_id_of_any_length_is_taken():
    ledger = Ledger()
    ledger.remember("x" * 100_000, ENTRY)
    assert run(ledger.recall("x" * 100_000)) == ENTRY
    assert run(ledger.recall("x" * 99_999)) is None


def test_the_oldest_answers_give_way():
    ledger = Ledger(max_entries=3)
    for number in range(5):
        ledger.remember(str(number), {"rows": number})
    assert [run(ledger.recall(str(number))) for number in range(5)] == [None, None, *({"rows": n} for n in (2, 3, 4))]


def test_all_answers_together_stay_within_their_bytes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ledgers, "MAX_BYTES", 100)
    ledger = Ledger()
    for number in range(50):
        ledger.remember(str(number % 7), {"text": "x" * 30})
    kept = [number for number in range(7) if run(ledger.recall(str(number)))]
    assert len(kept) == 100 // len(orjson.dumps({"text": "x" * 30}))


def test_an_answer_of_a_day_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch):
    ledger = Ledger()
    ledger.remember("one", ENTRY)
    monkeypatch.setattr(ledgers, "MAX_AGE_S", -1.0)
    assert run(ledger.recall("one")) is None


def test_a_long_entry_is_kept_without_the_answer_and_one_of_long_notes_not_at_all(caplog: pytest.LogCaptureFixture):
    ledger = Ledger()
    long = "x" * MAX_ENTRY_BYTES
    ledger.remember("one", {"rows": 1, "answer": long})
    ledger.remember("two", {"rows": 1, "answer": b"no JSON"})
    ledger.remember("three", {"rows": 1, "notes": long})
    ledger.remember("four", {"rows": 1, "notes": {1, 2}})
    found = [run(ledger.recall(name)) for name in ("one", "two", "three", "four")]
    assert found == [{"rows": 1}, {"rows": 1}, None, None]
    assert len(caplog.records) == 1


def test_numbers_of_numpy_are_numbers():
    ledger = Ledger()
    ledger.remember("one", {"routing": {"n": np.int64(1)}})
    assert run(ledger.recall("one")) == {"routing": {"n": 1}}


def test_an_answer_is_recalled_after_a_restart(tmp_path: Path):
    store = Store(tmp_path / "g.sqlite")
    store.ledger.remember("one", ENTRY)
    store.close()
    again = Store(tmp_path / "g.sqlite")
    assert run(again.ledger.recall("one")) == ENTRY
    again.close()


def test_an_answer_that_another_has_not_written_yet_is_waited_for(tmp_path: Path):
    async def converse() -> None:
        here, there = (Store(tmp_path / "g.sqlite", flush_s=0.02) for _ in range(2))
        asked = asyncio.ensure_future(here.ledger.recall("one"))
        await asyncio.sleep(0)
        there.ledger.remember("one", ENTRY)
        assert await asked == ENTRY
        here.close()
        there.close()

    run(converse())


def test_what_nobody_remembers_is_waited_for_in_vain_and_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ledgers, "MAX_WAIT_S", 0.02)
    store = Store(tmp_path / "g.sqlite", flush_s=0.01)
    assert run(store.ledger.recall("nobody")) is None
    store.close()


def test_who_waits_when_the_store_closes_is_told_that_there_is_nothing(tmp_path: Path):
    async def converse() -> None:
        store = Store(tmp_path / "g.sqlite")
        asked = asyncio.ensure_future(store.ledger.recall("nobody"))
        await asyncio.sleep(0)
        store.close()
        assert await asked is None
        assert await store.ledger.recall("nobody") is None

    run(converse())


def test_who_asks_while_it_closes_does_not_wait():
    ledger = Ledger(wake=lambda: ledger.close())
    assert run(ledger.recall("nobody")) is None
    late = Ledger(wake=lambda: setattr(late, "_wake", None))
    assert run(late.recall("nobody")) is None


def test_at_most_a_thousand_wait_at_once():
    async def converse() -> None:
        ledger = Ledger(wake=lambda: None)
        asked = [asyncio.ensure_future(ledger.recall(str(number))) for number in range(1001)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        assert [one.done() for one in asked] == [False] * 1000 + [True]
        ledger.close()
        await asyncio.gather(*asked)

    run(converse())


def test_one_who_gives_up_waiting_harms_nobody():
    async def converse() -> None:
        ledger = Ledger(wake=lambda: None)
        asked = asyncio.ensure_future(ledger.recall("one"))
        await asyncio.sleep(0)
        asked.cancel()
        ledger.look(lambda name: b"{}", again=False)
        await asyncio.wait((asked,))
        assert asked.cancelled()

    run(converse())


def test_an_asker_whose_loop_is_closed_harms_nobody():
    ledger = Ledger(wake=lambda: None)

    async def ask() -> None:
        asked = asyncio.ensure_future(ledger.recall("one"))
        await asyncio.sleep(0)
        asked.cancel()

    asyncio.run(ask())
    ledger.look(lambda name: b"{}", again=False)
