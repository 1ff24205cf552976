from __future__ import annotations

import asyncio
import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from serving import until

from salver.assembly.tidy import SWITCH_INTERVAL_S, Tidy, giving_way


class Part:
    """One half of a cycle."""

    other: Part


def cycle() -> Part:
    one, other = Part(), Part()
    one.other, other.other = other, one
    return one


@pytest.fixture(autouse=True)
def by_hand() -> Iterator[None]:
    """No collection but those that are asked for."""
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()
    gc.collect()


def run_till(condition: Callable[[], bool], begin: Callable[[], None], limit_s: float = 20) -> None:
    async def wait() -> None:
        begin()
        async with asyncio.timeout(limit_s):
            for _ in iter(condition, True):
                await asyncio.sleep(0.001)

    asyncio.run(wait())


def test_threads_give_way_while_anything_loads():
    usual = sys.getswitchinterval()
    with giving_way():
        with giving_way():
            assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S, rel=0.05)
        assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S, rel=0.05)
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_one_that_gives_way_more_is_left_so():
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S / 2)
    try:
        with giving_way():
            assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S / 2, rel=0.05)
    finally:
        sys.setswitchinterval(usual)


def test_what_a_version_leaves_behind_is_freed_soon():
    tidy = Tidy(lambda: 0)
    model = cycle()
    seen = weakref.ref(model)
    tidy.loaded("v1")
    del model
    assert seen() is not None
    run_till(lambda: seen() is None, lambda: tidy.ended("v1"))


def test_a_runtime_is_looked_at_no_more():
    tidy = Tidy(lambda: 0)
    before = gc.get_freeze_count()
    gc.enable()
    with tidy.importing():
        assert not gc.isenabled()
        runtime = cycle()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before
    seen = weakref.ref(runtime)
    del runtime
    gc.collect()
    assert seen() is not None


@pytest.mark.slow
def test_a_version_older_than_a_runtime_is_freed_in_a_quiet_moment():
    requests = iter(range(10**9))
    busy = threading.Event()
    busy.set()
    tidy = Tidy(lambda: next(requests) if busy.is_set() else 0)
    model = cycle()
    seen = weakref.ref(model)
    tidy.loaded("v1")
    with tidy.importing():
        pass
    del model
    waited: list[bool] = []

    def look() -> None:
        waited.append(seen() is not None)
        busy.clear()

    def begin() -> None:
        tidy.ended("v1")
        asyncio.get_running_loop().call_later(0.7, look)

    run_till(lambda: seen() is None, begin)
    assert waited == [True]
    assert gc.get_freeze_count()


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="there is no /proc")
def test_memory_goes_back_to_the_system():
    """Blocks of 100 kB lie in the C library's heap, and one that stays above them keeps it from shrinking."""
    blocks = [bytearray(100_000) for _ in range(2000)]
    for block in blocks:
        block[::4096] = b"x" * len(block[::4096])
    above = bytearray(100_000)
    full = resident_bytes()
    del blocks, block
    kept = resident_bytes()
    if kept < full - 100_000_000:
        pytest.skip("this C library gave the memory back by itself")
    asyncio.run(_end(Tidy(lambda: 0)))
    assert until(lambda: resident_bytes() < full - 150_000_000)
    assert above


async def _end(tidy: Tidy) -> None:
    tidy.ended("v1")
    await asyncio.sleep(0.1)
