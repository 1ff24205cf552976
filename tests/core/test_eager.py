"""A coroutine begun by hand must end as one that a task ran from the start."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import pytest

from salver.core.eager import start

VARIABLE: ContextVar[str] = ContextVar("variable", default="outside")


def test_what_never_waits_makes_no_task(run):
    async def answer():
        return 42

    async def main():
        before = asyncio.all_tasks()
        assert start(answer()) == 42
        assert asyncio.all_tasks() == before

    run(main())


def test_what_raises_at_once_raises_here(run):
    async def fail():
        raise LookupError("here")

    async def main():
        with pytest.raises(LookupError, match="here"):
            start(fail())

    run(main())


def test_goes_on_from_where_it_waited(run):
    async def answer(future, steps):
        steps.append("begun")
        first = await future
        await asyncio.sleep(0)
        second = await asyncio.sleep(0.001, "slept")
        steps.append("done")
        return first, second

    async def main():
        future = asyncio.get_running_loop().create_future()
        steps: list[str] = []
        task = start(answer(future, steps))
        assert steps == ["begun"]
        future.set_result("given")
        assert await task == ("given", "slept")
        assert steps == ["begun", "done"]

    run(main())


@pytest.mark.parametrize("first", ["sleep(0)", "task", "gather", "shield", "lock", "done future"])
def test_any_first_wait(run, first):
    async def inner():
        await asyncio.sleep(0)
        return "inner"

    async def wait_first():
        if first == "sleep(0)":
            return await asyncio.sleep(0, "inner")
        if first == "task":
            return await asyncio.create_task(inner())
        if first == "gather":
            return (await asyncio.gather(inner(), inner()))[0]
        if first == "shield":
            return await asyncio.shield(inner())
        if first == "lock":
            async with asyncio.Lock():
                return await inner()
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, "inner")
        return await future

    async def main():
        assert await start(wait_first()) == "inner"

    run(main())


def test_a_future_that_others_await_too(run):
    async def wait(future):
        return await future

    async def main():
        future = asyncio.get_running_loop().create_future()
        started = [start(wait(future)) for _ in range(3)]
        ordinary = asyncio.create_task(wait(future))
        await asyncio.sleep(0)
        future.set_result("all")
        assert await asyncio.gather(*started, ordinary) == ["all"] * 4

    run(main())


def test_an_exception_reaches_the_wait(run):
    async def wait(future):
        try:
            await future
        except LookupError as error:
            return f"caught {error}"

    async def main():
        future = asyncio.get_running_loop().create_future()
        task = start(wait(future))
        future.set_exception(LookupError("there"))
        assert await task == "caught there"

    run(main())


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_cancelled_before_or_after_its_first_step(run, turns):
    async def wait(future, seen):
        try:
            await future
        except asyncio.CancelledError:
            seen.append("cancelled")
            await asyncio.sleep(0)
            seen.append("cleaned")
            raise

    async def main():
        future = asyncio.get_running_loop().create_future()
        seen: list[str] = []
        task = start(wait(future, seen))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == ["cancelled", "cleaned"]
        assert future.cancelled()

    run(main())


@pytest.mark.parametrize("turns", [0, 1])
def test_cancelled_while_it_sleeps_no_time(run, turns):
    async def spin(seen):
        try:
            while True:  # noqa: ASYNC110 the wait that yields no future is the point
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def main():
        seen: list[str] = []
        task = start(spin(seen))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == ["cancelled"]

    run(main())


def test_cancellation_can_be_refused(run):
    async def stubborn(future):
        try:
            await future
        except asyncio.CancelledError:
            return "stayed"

    async def main():
        task = start(stubborn(asyncio.get_running_loop().create_future()))
        task.cancel()
        assert await task == "stayed"

    run(main())


def test_the_first_step_runs_in_the_callers_context_and_the_task_has_a_copy(run):
    async def carry(future):
        VARIABLE.set("inside")
        await future
        return VARIABLE.get()

    async def main():
        future = asyncio.get_running_loop().create_future()
        task = start(carry(future))
        assert VARIABLE.get() == "inside"
        VARIABLE.set("outside")
        future.set_result(None)
        assert await task == "inside"

    run(main())


def test_tools_that_need_a_task_work_after_the_first_wait(run):
    async def late():
        await asyncio.sleep(0)
        async with asyncio.timeout(0.001):
            await asyncio.get_running_loop().create_future()

    async def main():
        with pytest.raises(TimeoutError):
            await start(late())

    run(main())
