"""The manager on a real loop with real folders; loads do as they are told."""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
import threading

import pytest

from salver.core.calls import State, VersionStatus
from salver.core.errors import BadInput, NotFound, Unavailable
from salver.core.servable import Request
from salver.lifecycle.hosted import REMEMBERED
from salver.lifecycle.loader import Loaded
from salver.lifecycle.manager import Manager
from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.policies import save_memory
from salver.lifecycle.sources.settle import SettleCheck
from salver.lifecycle.versions import All, Latest, Specific
from salver.lifecycle.wishes import Wishes
from salver.testing.loaders import FakeServable

pytestmark = pytest.mark.anyio


def states(manager, model="wine"):
    return {status.version: status.state.value for status in manager.status(model)}


async def test_a_version_is_loaded_and_lent(house):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        live = manager.borrow("wine")
        assert (live.model, live.version, live.format) == ("wine", 1, "fake")
        assert live.servable is house.loaders.made[0]
        live.release()
        assert manager.status("wine") == (VersionStatus(1, State.AVAILABLE),)
        assert manager.available("wine") == (1,)
        assert manager.ready().ready
        assert house.loaders.begun == [("wine", 1, str(house.root / "wine/1"))]
    assert house.loaders.made[0].closed


async def test_a_new_version_takes_over_and_the_old_one_drains_by_its_handles(house, until):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        held, twice = manager.borrow("wine"), manager.borrow("wine", 1)
        house.write("wine/2/model.onnx")
        await manager.look()
        await until(lambda: states(manager) == {2: "AVAILABLE", 1: "UNLOADING"})
        with Borrowed(manager, "wine") as live:
            assert live.version == 2
        with pytest.raises(Unavailable, match="version 1 of model 'wine' is not available"):
            manager.borrow("wine", 1)
        held.release()
        await held.servable(Request({}))
        await asyncio.sleep(0)
        assert states(manager)[1] == "UNLOADING"
        twice.release()
        await manager.settled("wine")
        assert states(manager) == {2: "AVAILABLE", 1: "END"}
        assert held.servable.closed
        with pytest.raises(NotFound) as missing:
            manager.borrow("wine", 1)
        assert (missing.value.model, missing.value.version) == ("wine", 1)


async def test_a_broken_version_ends_with_its_error_and_the_old_one_goes_on(house):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        house.loaders.fail("wine", 2, BadInput("no such operator"))
        house.write("wine/2/model.onnx", "broken")
        await house.look(manager, "wine")
        assert manager.status("wine") == (
            VersionStatus(2, State.END, "no such operator"),
            VersionStatus(1, State.AVAILABLE),
        )
        with Borrowed(manager, "wine") as live:
            assert live.version == 1
        with pytest.raises(Unavailable, match="version 2 failed to load: no such operator"):
            manager.borrow("wine", 2)


async def test_fixed_files_are_tried_at_once(house):
    house.write("wine/1/model.onnx")
    house.loaders.fail("wine", 1, ValueError("bad header"))
    async with house.serve(house.spec("wine"), options=LifecycleOptions(max_load_retries=0)) as manager:
        assert manager.status("wine") == (VersionStatus(1, State.END, "ValueError: bad header"),)
        assert manager.ready().reason == (
            "model 'wine' has no available version: version 1 failed to load: ValueError: bad header"
        )
        house.clock.advance(1000)
        await house.look(manager, "wine")
        assert len(house.loaders.begun) == 1
        house.loaders.mend("wine", 1)
        house.write("wine/1/model.onnx", "fixed and longer")
        await house.look(manager, "wine")
        house.clock.advance(1)
        await house.look(manager, "wine")
        assert states(manager) == {1: "AVAILABLE"}
        assert manager.ready().ready


async def test_retries_double_their_delay_and_end(house):
    house.write("wine/1/model.onnx")
    house.loaders.fail("wine", 1, OSError("store is away"))
    options = LifecycleOptions(max_load_retries=3, retry_interval_s=4, poll_interval_s=1e9)
    async with house.serve(house.spec("wine"), options=options) as manager:
        tries = []
        for _ in range(60):
            tries.append(len(house.loaders.begun))
            house.clock.advance(1)
            await house.look(manager, "wine")
        assert [tries.index(count) for count in (1, 2, 3, 4)] == [0, 4, 12, 28]
        assert max(tries) == 4


async def test_a_passing_error_is_outlived(house):
    house.write("wine/1/model.onnx")
    house.loaders.fail("wine", 1, OSError("store is away"))
    async with house.serve(house.spec("wine")) as manager:
        house.loaders.mend("wine", 1)
        house.clock.advance(1)
        await house.look(manager, "wine")
        assert manager.status("wine") == (VersionStatus(1, State.AVAILABLE),)
        assert manager.describe("wine").models[0].versions[0].error == ""


async def test_a_version_being_copied_is_not_picked_up(house):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine", check=SettleCheck(quiet_s=50))) as manager:
        house.clock.advance(-30)
        for content in ("h", "ha", "hal", "half"):
            house.write("wine/2/model.onnx", content)
            house.clock.advance(1)
            await house.look(manager, "wine")
            assert states(manager) == {1: "AVAILABLE"}
        house.clock.advance(1)
        await house.look(manager, "wine")
        assert states(manager) == {2: "AVAILABLE", 1: "END"}


async def test_young_files_at_start_are_waited_for(house):
    house.clock.advance(-60)
    house.write("wine/1/model.onnx")
    spec = house.spec("wine")
    manager = Manager({"wine": spec}, house.loaders, clock=house.clock)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(manager.run())
        waiting = tasks.create_task(manager.wait_ready(10))
        await manager.look()
        assert not waiting.done()
        with pytest.raises(Unavailable, match="version 1 is still being copied"):
            manager.borrow("wine")
        house.clock.advance(1)
        await manager.look()
        assert (await waiting).ready
        await manager.aclose()


async def test_a_model_whose_path_is_missing_tells_why_and_leaves_others_alone(house):
    house.write("wine/1/model.onnx")
    house.write("file", "not a folder")
    async with house.serve(house.spec("gone"), house.spec("file/below"), house.spec("wine")) as manager:
        assert manager.available("wine") == (1,)
        assert "there is nothing at" in manager.describe("gone").models[0].error
        assert "Not a directory" in manager.describe("below").models[0].error
        assert not manager.ready().ready
        assert "model 'gone' has no available version: there is nothing at" in manager.ready().reason
        with pytest.raises(Unavailable, match="there is nothing at"):
            manager.borrow("gone")
        house.write("gone/7/model.onnx")
        await house.look(manager, "gone")
        assert manager.available("gone") == (7,)
        assert manager.describe("gone").models[0].error == ""


async def test_a_path_that_goes_missing_changes_nothing_but_an_empty_one_unloads(house):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        shutil.move(house.root / "wine", house.root / "away")
        await house.look(manager, "wine")
        assert states(manager) == {1: "AVAILABLE"}
        assert "there is nothing at" in manager.describe("wine").models[0].error
        (house.root / "wine").mkdir()
        await house.look(manager, "wine")
        assert states(manager) == {1: "END"}
        with pytest.raises(Unavailable, match="model 'wine' has no version in"):
            manager.borrow("wine")


async def test_one_source_that_breaks_leaves_others_alone(house):
    house.write("wine/1/model.onnx")
    bad = house.spec("bad")
    bad.source.look = lambda: 1 / 0
    async with house.serve(bad, house.spec("wine")) as manager:
        assert manager.available("wine") == (1,)
        assert manager.describe("bad").models[0].error == "ZeroDivisionError: division by zero"


async def test_a_mount_that_hangs_leaves_others_alone(house):
    house.write("wine/1/model.onnx")
    bad = house.spec("bad")
    back = threading.Event()
    bad.source.look = back.wait
    manager = Manager({"bad": bad, "wine": house.spec("wine")}, house.loaders, clock=house.clock)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(manager.run())
        try:
            await manager.load("wine")
            assert manager.available("wine") == (1,)
            with pytest.raises(Unavailable, match="is being looked for"):
                manager.borrow("bad")
            await manager.aclose()
        finally:
            back.set()


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError(), MemoryError(), RecursionError("deep")])
async def test_whatever_a_load_raises_is_its_own_failure(house, error):
    house.write("bad/1/model.onnx")
    house.write("wine/1/model.onnx")
    house.loaders.fail("bad", 1, error)
    async with house.serve(house.spec("bad"), house.spec("wine")) as manager:
        assert manager.available("wine") == (1,)
        assert manager.status("bad")[0].error.startswith(type(error).__name__)


async def test_a_load_that_hangs_leaves_others_alone_and_ends_with_the_server(house, until):
    house.write("slow/1/model.onnx")
    house.write("wine/1/model.onnx")
    house.loaders.hold("slow", 1)
    manager = Manager({name: house.spec(name) for name in ("slow", "wine")}, house.loaders, clock=house.clock)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(manager.run())
        await until(lambda: states(manager) == {1: "AVAILABLE"} and states(manager, "slow") == {1: "LOADING"})
        assert not (await manager.wait_ready(0.01)).ready
        await manager.aclose()
    assert house.loaders.given_up == [("slow", 1)]


async def test_while_a_load_runs_requests_are_answered(house, until):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        gate = house.loaders.hold("wine", 2)
        house.write("wine/2/model.onnx")
        await manager.look()
        await until(lambda: states(manager) == {2: "LOADING", 1: "AVAILABLE"})
        with Borrowed(manager, "wine") as live:
            assert live.version == 1
        with pytest.raises(Unavailable, match="version 2 is in state LOADING"):
            manager.borrow("wine", 2)
        gate.set()
        await manager.settled("wine")
        with Borrowed(manager, "wine") as live:
            assert live.version == 2


async def test_a_load_that_is_no_longer_wanted_is_given_up(house, until):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        house.loaders.hold("wine", 2)
        house.write("wine/2/model.onnx")
        await manager.look()
        await until(lambda: states(manager)[2] == "LOADING")
        shutil.rmtree(house.root / "wine/2")
        await house.look(manager, "wine")
        assert states(manager) == {2: "END", 1: "AVAILABLE"}
        assert house.loaders.given_up == [("wine", 2)]


async def test_a_load_that_ends_well_although_given_up_is_closed(house, until):
    """A loader may be too far gone to stop: what it gives is not leaked."""
    house.write("wine/1/model.onnx")
    servable = FakeServable()

    class Stubborn:
        async def load(self):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return Loaded(servable, "fake")

    manager = Manager({"wine": house.spec("wine")}, lambda *_: Stubborn(), clock=house.clock)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(manager.run())
        await until(lambda: states(manager) == {1: "LOADING"})
        await asyncio.sleep(0)
        await manager.unload("wine")
        assert servable.closed
        assert states(manager) == {1: "END"}
        await manager.aclose()


async def test_no_more_loads_at_a_time_than_allowed(house, until):
    gates = {}
    for name in "abcde":
        house.write(f"{name}/1/model.onnx")
        gates[name] = house.loaders.hold(name, 1)
    manager = Manager(
        {name: house.spec(name) for name in gates},
        house.loaders,
        clock=house.clock,
        options=LifecycleOptions(load_parallelism=2),
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(manager.run())
        for done in range(5):
            await until(lambda done=done: len(house.loaders.begun) == min(5, done + 2))
            loading = [name for name in gates if "LOADING" in states(manager, name).values()]
            assert len(loading) == min(2, 5 - done)
            gates[loading[0]].set()
            await manager.settled(loading[0])
        assert manager.ready().ready
        await manager.aclose()


async def test_the_latest_two(house):
    for version in (1, 2, 3):
        house.write(f"wine/{version}/model.onnx")
    async with house.serve(house.spec("wine", Latest(2))) as manager:
        assert manager.available("wine") == (2, 3)
        house.write("wine/4/model.onnx")
        await house.look(manager, "wine")
        assert manager.available("wine") == (3, 4)


async def test_highest_version_first(house):
    for version in (1, 3, 2):
        house.write(f"wine/{version}/model.onnx")
    async with house.serve(house.spec("wine", All()), options=LifecycleOptions(load_parallelism=1)) as manager:
        await manager.settled("wine")
        assert [version for _, version, _ in house.loaders.begun] == [3, 2, 1]


async def test_specific_versions_and_labels(house):
    for version in (1, 2):
        house.write(f"wine/{version}/model.onnx")
    spec = house.spec("wine", Specific(frozenset({1, 2, 3})), {"stable": 1, "canary": 2, "next": 3})
    async with house.serve(spec) as manager:
        for label, version in (("stable", 1), ("canary", 2)):
            with Borrowed(manager, "wine", None, label) as live:
                assert live.version == version
        with pytest.raises(Unavailable, match="label 'next' of model 'wine' is version 3, which is not available"):
            manager.borrow("wine", None, "next")
        with pytest.raises(
            NotFound, match="has no label 'beta'; its labels are: 'stable', 'canary', 'next'"
        ) as missing:
            manager.borrow("wine", None, "beta")
        assert (missing.value.model, missing.value.label) == ("wine", "beta")
        house.write("wine/3/model.onnx")
        await house.look(manager, "wine")
        with Borrowed(manager, "wine", None, "next") as live:
            assert live.version == 3


async def test_unknown_things(house):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        for ask in (manager.borrow, manager.status, manager.available, manager.describe):
            with pytest.raises(NotFound, match="there is no model 'beer'") as missing:
                ask("beer")
            assert missing.value.model == "beer"
        for verb in (manager.load, manager.unload, manager.reload, manager.settled):
            with pytest.raises(NotFound):
                await verb("beer")
        with pytest.raises(NotFound, match="does not serve version 9; available: 1"):
            manager.borrow("wine", 9)


async def test_unload_load_and_reload(house):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        await manager.unload("wine")
        assert states(manager) == {1: "END"}
        assert house.loaders.made[0].closed
        assert manager.ready().ready
        assert not manager.describe("wine").models[0].wanted
        for version in (None, 1, 9):
            with pytest.raises(Unavailable, match="is unloaded, as an operator wished"):
                manager.borrow("wine", version)
        await manager.load("wine")
        assert states(manager) == {1: "AVAILABLE"}
        await manager.load("wine")
        assert len(house.loaders.made) == 2
        await manager.reload("wine")
        assert [servable.closed for servable in house.loaders.made] == [True, True, False]
        assert manager.status("wine") == (VersionStatus(1, State.AVAILABLE),)


async def test_a_reload_that_fails_says_so_and_the_old_one_goes_on(house):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        house.loaders.fail("wine", 1, BadInput("worse than before"))
        with pytest.raises(Unavailable, match="model 'wine': version 1 failed to load: worse than before"):
            await manager.reload("wine")
        assert manager.status("wine") == (VersionStatus(1, State.AVAILABLE),)
        assert manager.describe("wine").models[0].versions[0].error == "worse than before"
        with Borrowed(manager, "wine") as live:
            assert not live.servable.closed
        house.loaders.mend("wine", 1)
        await manager.load("wine")
        assert manager.describe("wine").models[0].versions[0].error == ""


async def test_load_tries_what_failed_anew_and_says_why_it_fails_again(house):
    house.write("wine/1/model.onnx")
    house.loaders.fail("wine", 1, BadInput("broken"))
    async with house.serve(house.spec("wine"), options=LifecycleOptions(max_load_retries=0)) as manager:
        with pytest.raises(Unavailable, match="broken"):
            await manager.load("wine")
        assert len(house.loaders.begun) == 2
        house.loaders.mend("wine", 1)
        await manager.load("wine")
        assert manager.available("wine") == (1,)


async def test_load_of_a_model_without_versions_says_so(house):
    (house.root / "wine").mkdir()
    async with house.serve(house.spec("wine")) as manager:
        with pytest.raises(Unavailable, match="model 'wine': has no version in"):
            await manager.load("wine")


async def test_wishes_are_idempotent_and_may_name_what_is_not_there(house):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        wishes = manager.wishes.reload("wine").unload("beer")
        for _ in range(3):
            manager.wish(wishes)
            await manager.settled("wine")
        assert len(house.loaders.begun) == 2


async def test_wishes_set_before_the_start_hold(house):
    house.write("wine/1/model.onnx")
    manager = Manager({"wine": house.spec("wine")}, house.loaders, clock=house.clock)
    manager.wish(manager.wishes.unload("wine"))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(manager.run())
        await manager.look()
        assert (await manager.wait_ready(10)).ready
        await manager.aclose()
    assert house.loaders.begun == []


async def test_operators_changes_are_kept_where_asked(house):
    house.write("wine/1/model.onnx")
    kept: list[Wishes] = []

    async def keep(change):
        kept.append(change(kept[-1] if kept else manager.wishes))
        return kept[-1]

    manager = Manager({"wine": house.spec("wine")}, house.loaders, clock=house.clock, keep=keep)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(manager.run())
        await manager.wait_ready(10)
        await manager.unload("wine")
        await manager.reload("wine")
        await manager.aclose()
    assert [(wishes.unloaded, dict(wishes.generations)) for wishes in kept] == [
        (frozenset({"wine"}), {}),
        (frozenset(), {"wine": 1}),
    ]


async def test_changed_files_of_a_serving_version_are_loaded_anew(house):
    house.write("wine.onnx")
    async with house.serve(house.spec("wine.onnx")) as manager:
        house.write("wine.onnx", "retrained")
        await house.look(manager, "wine")
        assert len(house.loaders.begun) == 1
        house.clock.advance(1)
        await house.look(manager, "wine")
        assert [servable.closed for servable in house.loaders.made] == [True, False]
        assert states(manager) == {1: "AVAILABLE"}


async def test_save_memory_unloads_before_it_loads(house, until):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine", transition=save_memory)) as manager:
        held = manager.borrow("wine")
        house.write("wine/2/model.onnx")
        await manager.look()
        await until(lambda: states(manager) == {2: "START", 1: "UNLOADING"})
        with pytest.raises(Unavailable, match="version 2 is in state START"):
            manager.borrow("wine")
        held.release()
        await manager.settled("wine")
        assert states(manager) == {2: "AVAILABLE", 1: "END"}


async def test_a_lease_that_never_comes_back_does_not_hold_for_ever(house, caplog):
    house.write("wine/1/model.onnx")
    with caplog.at_level(logging.WARNING):
        async with house.serve(house.spec("wine"), options=LifecycleOptions(drain_timeout_s=0.01)) as manager:
            manager.borrow("wine")
            await manager.unload("wine")
            assert states(manager) == {1: "END"}
    assert "version 1 of model 'wine' is closed although 1 calls still use it" in caplog.text


async def test_a_servable_that_does_not_close_well_is_gone_all_the_same(house, caplog):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        house.loaders.made[0].closed = True  # closing it again raises
        await manager.unload("wine")
        assert states(manager) == {1: "END"}
    assert "did not close as it should" in caplog.text


async def test_ended_versions_are_forgotten_in_the_end(house):
    async with house.serve(house.spec("wine")) as manager:
        for version in range(1, REMEMBERED + 10):
            house.write(f"wine/{version}/model.onnx")
            house.clock.advance(1)
            await house.look(manager, "wine")
        newest = REMEMBERED + 9
        assert list(states(manager)) == list(range(newest, newest - REMEMBERED - 1, -1))


async def test_observers_hear_every_move(house):
    house.write("wine/1/model.onnx")
    house.loaders.fail("wine", 2, BadInput("broken"))
    async with house.serve(house.spec("wine")) as manager:
        house.write("wine/2/model.onnx")
        await house.look(manager, "wine")
    moves = [(change.instance.version, change.state.value, change.error) for change in house.changes]
    assert moves == [
        (1, "START", ""),
        (1, "LOADING", ""),
        (1, "AVAILABLE", ""),
        (2, "START", ""),
        (2, "LOADING", ""),
        (2, "END", "broken"),
        (1, "UNLOADING", ""),
        (1, "END", ""),
    ]
    assert [change.load_s for change in house.changes[:3]] == [None, None, 0.0]


async def test_a_description_says_it_all(house):
    house.write("wine/2/model.onnx")
    async with house.serve(house.spec("wine", labels={"stable": 2})) as manager:
        (model,) = manager.describe().models
        (version,) = model.versions
        assert (model.model, model.path, model.wanted, model.labels) == (
            "wine",
            str(house.root / "wine"),
            True,
            {"stable": 2},
        )
        assert (version.version, version.state, version.format, version.error) == (2, State.AVAILABLE, "fake", "")
        assert version.path == str(house.root / "wine/2")
        assert version.since == house.clock.wall()
        assert version.load_s == 0.0


@pytest.mark.slow
async def test_nothing_fails_while_versions_change_under_fire(house):
    """Two thousand calls and more, some of them long, while versions come, go, break and are loaded anew."""
    chance = random.Random(7)
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        done = False
        answered = [0] * 8

        async def client(number):
            while not done or answered[number] < 250:
                live = manager.borrow("wine")
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
                await live.servable(Request({}))
                live.release()
                answered[number] += 1
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as clients:
            for number in range(8):
                clients.create_task(client(number))
            for version in range(2, 10):
                house.write(f"wine/{version}/model.onnx")
                if version % 3 == 0:
                    house.loaders.fail("wine", version, BadInput("broken"))
                await house.look(manager, "wine")
                await manager.look()
                if version % 2:
                    shutil.rmtree(house.root / f"wine/{version}")
                elif version % 3:
                    await manager.reload("wine")
            done = True
        assert min(answered) >= 250
    assert all(servable.closed for servable in house.loaders.made)


async def test_a_manager_that_never_ran_closes(house):
    await Manager({"wine": house.spec("wine")}, house.loaders).aclose()


async def test_after_the_end_there_is_nothing(house):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        pass
    assert manager.models() == ()
    with pytest.raises(NotFound):
        manager.borrow("wine")


async def test_who_waits_when_the_end_comes_is_told(house, until):
    house.write("wine/1/model.onnx")
    manager = Manager({"wine": house.spec("wine")}, house.loaders, clock=house.clock)
    house.loaders.hold("wine", 1)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(manager.run())
        await until(lambda: states(manager) == {1: "LOADING"})
        waiting = tasks.create_task(outcome(manager.settled("wine")))
        await asyncio.sleep(0)
        running.cancel()
        assert str(await waiting) == "the server is shutting down"


async def outcome(waiting):
    try:
        return await waiting
    except Unavailable as fault:
        return fault


class Borrowed:
    """A lease for the length of a block."""

    def __init__(self, manager, *wanted):
        self.live = manager.borrow(*wanted)

    def __enter__(self):
        return self.live

    def __exit__(self, *_):
        self.live.release()
