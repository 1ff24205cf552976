from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from salver.client.deadline import Deadline
from salver.client.places import Places
from salver.core.eager import start
from salver.core.errors import Late

NEVER = Deadline(None, "it")


def run(story: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(10):
            await story

    asyncio.run(bounded())


def soon(seconds: float = 0.01) -> Deadline:
    return Deadline(time.monotonic() + seconds, "it")


async def turn() -> None:
    await asyncio.sleep(0)


def test_first_come_first_served() -> None:
    async def story() -> None:
        places, order = Places(1), []

        async def visit(number: int) -> None:
            await places.take(NEVER)
            order.append(number)
            await turn()
            places.give()

        await asyncio.gather(*(visit(number) for number in range(5)))
        assert order == [0, 1, 2, 3, 4]
        assert not places.full

    run(story())


def test_no_more_than_there_are_places() -> None:
    async def story() -> None:
        places, inside, most = Places(3), 0, 0

        async def visit() -> None:
            nonlocal inside, most
            await places.take(NEVER)
            inside += 1
            most = max(most, inside)
            await turn()
            inside -= 1
            places.give()

        await asyncio.gather(*(visit() for _ in range(20)))
        assert most == 3

    run(story())


def test_who_waits_too_long_leaves_the_line() -> None:
    async def story() -> None:
        places = Places(1)
        await places.take(NEVER)
        with pytest.raises(Late, match="no answer from it within"):
            await places.take(soon())
        assert places.waiting == 0
        places.give()
        assert not places.full

    run(story())


def test_a_deadline_that_has_passed_does_not_wait() -> None:
    async def story() -> None:
        places = Places(1)
        await places.take(NEVER)
        with pytest.raises(Late, match="had passed before it was asked"):
            await places.take(soon(-1))

    run(story())


@pytest.mark.parametrize("called", [False, True])
def test_the_place_of_one_who_leaves_is_not_lost(called: bool) -> None:
    async def story() -> None:
        places = Places(1)
        await places.take(NEVER)
        leaver, next_one = (asyncio.ensure_future(places.take(NEVER)) for _ in range(2))
        await turn()
        if called:
            places.give()  # the leaver's, who is cancelled before it can know
        leaver.cancel()
        if not called:
            places.give()
        await next_one
        assert leaver.cancelled()
        places.give()
        assert not places.full

    run(story())


def test_called_and_too_late_in_the_same_turn() -> None:
    async def story() -> None:
        places = Places(1)
        await places.take(NEVER)
        waits = asyncio.ensure_future(places.take(soon(0.005)))
        await turn()
        time.sleep(0.01)  # noqa: ASYNC251 - the timer is due, and has not run
        places.give()
        await asyncio.wait([waits])
        if waits.exception() is None:
            places.give()
        assert not places.full

    run(story())


def test_it_needs_no_task() -> None:
    async def story() -> None:
        places = Places(1)
        asyncio.get_running_loop().call_soon(start, places.take(NEVER))
        await turn()
        await turn()
        assert places.full

    run(story())
