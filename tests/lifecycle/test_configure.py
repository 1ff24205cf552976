"""The whole set of models replaced while it serves: on a real loop with real folders; loads do as they are told."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import threading
from dataclasses import replace

import pytest

from salver.core.errors import ModelFailure, NotFound, NotServed, Precondition, Unavailable
from salver.core.servable import Request
from salver.lifecycle.hosted import ModelSpec
from salver.lifecycle.manager import Manager
from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.sources.settle import SettleCheck
from salver.lifecycle.sources.sight import Found, Sight
from salver.lifecycle.versions import All, Latest, Specific
from salver.lifecycle.wishes import Wishes
from salver.lifecycle.works import REMEMBERED_MODELS

pytestmark = pytest.mark.anyio


def states(manager, model):
    return {status.version: status.state.value for status in manager.status(model)}


def version(manager, model, *wanted):
    live = manager.borrow(model, *wanted)
    live.release()
    return live.version


async def test_new_models_come_old_ones_go_and_the_rest_is_left_alone(house, until):
    for name in ("stays", "goes", "comes"):
        house.write(f"{name}/1/model.onnx")
    stays, goes, comes = map(house.spec, ("stays", "goes", "comes"))
    async with house.serve(stays, goes) as manager:
        held = manager.borrow("goes")
        await manager.configure({"stays": stays, "comes": comes})
        assert manager.available("comes") == manager.available("stays") == (1,)
        assert [model for model, _, _ in house.loaders.begun].count("stays") == 1
        with pytest.raises(Unavailable, match="is being removed"):
            manager.borrow("goes")
        assert not held.servable.closed
        held.release()
        await until(lambda: manager.models() == ("comes", "stays"))
        assert held.servable.closed
        with pytest.raises(NotFound):
            manager.borrow("goes")
        assert states(manager, "goes") == {1: "END"}
        assert manager.ready().ready


async def test_what_is_left_out_is_unloaded_to_the_last(house, until):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        await manager.configure({})
        await until(lambda: manager.models() == ())
        await manager.configure({"wine": house.spec("wine")})
        assert states(manager, "wine") == {1: "AVAILABLE"}


async def test_a_model_that_goes_and_comes_back_while_it_drains_is_served_anew(house, until):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        held = manager.borrow("wine")
        await manager.configure({})
        await until(lambda: states(manager, "wine") == {1: "UNLOADING"})
        await manager.configure({"wine": house.spec("wine")})
        assert version(manager, "wine") == 1
        held.release()
        await until(lambda: held.servable.closed)
        assert states(manager, "wine") == {1: "AVAILABLE"}


async def test_a_failed_load_answers_by_name_and_blocks_nothing(house):
    """TensorFlow Serving #1565 and #1786: a reload after a failed load hangs there."""
    house.write("bad/7/model.onnx")
    house.write("good/1/model.onnx")
    house.loaders.fail("bad", 7, ValueError("no such operator"))
    good, bad = house.spec("good"), house.spec("bad")
    async with house.serve() as manager:
        with pytest.raises(NotServed) as failed:
            await manager.configure({"bad": bad, "good": good})
        assert failed.value.failures == (ModelFailure("bad", 7, "ValueError: no such operator"),)
        assert version(manager, "good") == 1
        assert states(manager, "bad") == {7: "END"}
        await manager.configure({"bad": bad, "good": good})
        await manager.configure({"good": good})
        assert manager.ready().ready


async def test_what_failed_stays_configured_and_comes_when_it_is_mended(house):
    house.write("bad/7/model.onnx")
    house.loaders.fail("bad", 7, OSError("store is away"))
    async with house.serve() as manager:
        with pytest.raises(NotServed):
            await manager.configure({"bad": house.spec("bad")})
        house.loaders.mend("bad", 7)
        house.clock.advance(1)
        await house.look(manager, "bad")
        assert version(manager, "bad") == 7


@pytest.mark.parametrize(("folder", "reason"), [("", "there is nothing at"), ("empty", "has no version in")])
async def test_a_model_that_there_is_nothing_of_is_named(house, folder, reason):
    (house.root / "empty").mkdir()
    async with house.serve() as manager:
        with pytest.raises(NotServed, match=reason) as failed:
            await manager.configure({"m": house.spec(folder or "nowhere")})
        assert [(failure.model, failure.version) for failure in failed.value.failures] == [("m", None)]
        assert not manager.ready().ready


async def test_one_model_over_another_path_serves_the_old_until_the_new_is_there(house, until):
    house.write("one/1/model.onnx")
    house.write("two/2/model.onnx")
    async with house.serve(house.spec("one")) as manager:
        gate = house.loaders.hold("one", 2)
        await manager.configure({"one": house.spec("two")})
        await until(lambda: states(manager, "one") == {2: "LOADING", 1: "AVAILABLE"})
        assert version(manager, "one") == 1
        gate.set()
        await until(lambda: states(manager, "one") == {2: "AVAILABLE", 1: "END"})


async def test_a_choice_of_versions_changes_without_a_gap(house, until):
    """The new choice knows what the old one knew to be whole: nothing waits for files to come to rest once more."""
    house.write("wine/1/model.onnx")
    house.write("wine/2/model.onnx")
    before = house.spec("wine", Latest(1), check=SettleCheck(quiet_s=50))
    async with house.serve(before) as manager:
        house.clock.advance(-30)
        source = before.source.choosing(All())
        await manager.configure({"wine": replace(before, source=source)})
        await house.look(manager, "wine")
        assert states(manager, "wine") == {2: "AVAILABLE"}
        house.clock.advance(1)
        await house.look(manager, "wine")
        assert states(manager, "wine") == {2: "AVAILABLE", 1: "AVAILABLE"}
        assert len(house.loaders.begun) == 2
        await manager.configure({"wine": replace(before, source=source.choosing(Specific(frozenset({1}))))})
        await until(lambda: states(manager, "wine") == {2: "END", 1: "AVAILABLE"})


async def test_labels_move_between_available_versions_at_once(house):
    for number in (1, 2):
        house.write(f"wine/{number}/model.onnx")
    spec = house.spec("wine", All(), labels={"stable": 1})
    async with house.serve(spec) as manager:
        await manager.configure({"wine": replace(spec, labels={"stable": 2, "canary": 1})})
        assert (version(manager, "wine", None, "stable"), version(manager, "wine", None, "canary")) == (2, 1)
        await manager.configure({"wine": replace(spec, labels={})})
        with pytest.raises(NotFound):
            manager.borrow("wine", None, "stable")
        assert len(house.loaders.begun) == 2


async def test_a_label_on_a_version_that_is_not_available_changes_nothing_at_all(house):
    house.write("wine/1/model.onnx")
    house.write("other/1/model.onnx")
    spec = house.spec("wine", labels={"stable": 1})
    async with house.serve(spec) as manager:
        for labels in ({"stable": 2}, {"stable": 1, "canary": 7}):
            with pytest.raises(Precondition) as refused:
                await manager.configure({"other": house.spec("other"), "wine": replace(spec, labels=labels)})
            wrong = max(labels.values())
            assert refused.value.message == (
                f"Request to assign label to version {wrong} of model wine, which is not currently available for "
                "inference"
            )
        with pytest.raises(Precondition, match="version 1 of model other"):
            await manager.configure({"other": house.spec("other", labels={"new": 1})})
        assert manager.models() == ("wine",)
        assert version(manager, "wine", None, "stable") == 1


async def test_labels_that_may_be_given_before_their_version_is_there(house, until):
    """`allow_version_labels_for_unavailable_models`: new ones may, those that are there move to what is available."""
    house.write("wine/1/model.onnx")
    spec = house.spec("wine", All(), labels={"stable": 1})
    options = LifecycleOptions(allow_labels_for_unavailable=True)
    async with house.serve(spec, options=options) as manager:
        await manager.configure({"wine": replace(spec, labels={"stable": 1, "canary": 2})})
        with pytest.raises(Unavailable, match="label 'canary' of model 'wine' is version 2"):
            manager.borrow("wine", None, "canary")
        await manager.configure({"wine": replace(spec, labels={"stable": 1, "canary": 2, "next": 2})})
        with pytest.raises(Precondition, match="version 2"):
            await manager.configure({"wine": replace(spec, labels={"stable": 2})})
        assert version(manager, "wine", None, "stable") == 1
        house.write("wine/2/model.onnx")
        await house.look(manager, "wine")
        assert version(manager, "wine", None, "canary") == 2
        await manager.configure({"wine": replace(spec, labels={"stable": 2})})
        assert version(manager, "wine", None, "stable") == 2


async def test_who_stops_waiting_changes_nothing(house, until):
    house.write("slow/1/model.onnx")
    async with house.serve() as manager:
        gate = house.loaders.hold("slow", 1)
        asked = asyncio.create_task(manager.configure({"slow": house.spec("slow")}))
        await until(lambda: manager.models() == ("slow",) and states(manager, "slow") == {1: "LOADING"})
        asked.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asked
        gate.set()
        await manager.settled("slow")
        assert states(manager, "slow") == {1: "AVAILABLE"}


async def test_the_later_of_two_configurations_holds_and_the_earlier_is_told(house, until):
    house.write("slow/1/model.onnx")
    house.write("quick/1/model.onnx")
    async with house.serve() as manager:
        house.loaders.hold("slow", 1)
        first = asyncio.create_task(manager.configure({"slow": house.spec("slow")}))
        await until(lambda: "slow" in manager.models() and states(manager, "slow") == {1: "LOADING"})
        await manager.configure({"quick": house.spec("quick")})
        with pytest.raises(Unavailable, match="later configuration took model 'slow' away"):
            await first
        await until(lambda: manager.models() == ("quick",))


async def test_many_at_once_end_in_the_last_one(house, until):
    for name in "abc":
        house.write(f"{name}/1/model.onnx")
    specs = {name: house.spec(name) for name in "abc"}
    async with house.serve() as manager:
        sets = [{name: specs[name] for name in names} for names in ("a", "ab", "", "bc", "c", "abc", "", "b")]
        async with asyncio.timeout(10):
            answers = await asyncio.gather(*(manager.configure(one) for one in sets), return_exceptions=True)
        assert all(answer is None or isinstance(answer, Unavailable) for answer in answers)
        assert answers[-1] is None
        await until(lambda: manager.models() == ("b",))
        assert states(manager, "b") == {1: "AVAILABLE"}


async def test_a_hanging_mount_is_left_behind_by_another_path(house, until):
    gate = threading.Event()

    class Hanging:
        path = "away"

        def look(self):
            gate.wait(10)
            return Sight({9: Found("9", "9")})

    house.write("wine/1/model.onnx")
    manager = Manager({"wine": ModelSpec(Hanging())}, house.loaders, clock=house.clock)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(manager.run())
        await asyncio.sleep(0)
        await manager.configure({"wine": house.spec("wine")})
        await until(lambda: manager.available("wine") == (1,))
        gate.set()
        await manager.look()
        assert states(manager, "wine") == {1: "AVAILABLE"}
        await manager.aclose()


async def test_discovered_models_are_none_of_its_business(house, until):
    house.write("found/1/model.onnx")
    house.write("named/1/model.onnx")
    async with house.serve(discover=True) as manager:
        await manager.configure({"named": house.spec("named")})
        assert manager.models() == ("found", "named")
        await manager.configure({})
        await manager.look()
        await until(lambda: states(manager, "named") == {1: "AVAILABLE"})
        assert manager.models() == ("found", "named")
        assert [name for name, _, _ in house.loaders.begun].count("found") == 1


async def test_operators_wishes_hold_beside_it_and_end_with_their_model(house, until):
    house.write("wine/1/model.onnx")
    kept: list[Wishes] = []

    async def keep(change):
        kept.append(change(kept[-1] if kept else manager.wishes))
        return kept[-1]

    spec = house.spec("wine")
    manager = Manager({"wine": spec}, house.loaders, clock=house.clock, keep=keep)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(manager.run())
        await manager.wait_ready(10)
        await manager.unload("wine")
        await manager.configure({"wine": replace(spec, labels={})})
        assert states(manager, "wine") == {1: "END"}
        await manager.load("wine")
        await manager.unload("wine")
        await manager.configure({})
        await until(lambda: manager.models() == ())
        assert not kept[-1].unloaded
        assert not manager.wishes.unloaded
        await manager.configure({"wine": spec})
        assert states(manager, "wine") == {1: "AVAILABLE"}
        await manager.aclose()


async def test_the_end_is_told_to_who_waits(house, until):
    house.write("slow/1/model.onnx")
    async with house.serve() as manager:
        house.loaders.hold("slow", 1)
        asked = asyncio.create_task(manager.configure({"slow": house.spec("slow")}))
        await until(lambda: "slow" in manager.models() and states(manager, "slow") == {1: "LOADING"})
        await manager.aclose()
        with pytest.raises(Unavailable):
            await asked
        with pytest.raises(Unavailable, match="shutting down"):
            manager.configure({})


async def test_states_of_models_long_gone_are_forgotten(house, until):
    house.write("wine/1/model.onnx")
    spec = house.spec("wine")
    async with house.serve() as manager:
        for number in range(REMEMBERED_MODELS + 2):
            await manager.configure({f"m{number}": spec})
        await until(lambda: len(manager.models()) == 1)
        assert states(manager, "m1") == {1: "END"}
        with pytest.raises(NotFound):
            manager.status("m0")


@pytest.mark.parametrize("poll_interval_s", [0.0, -1.0])
async def test_without_polling_files_are_looked_at_until_they_are_whole(house, poll_interval_s):
    house.write("wine/1/model.onnx")
    spec = house.spec("wine", check=SettleCheck(quiet_s=50))
    house.clock.advance(-30)
    manager = Manager(
        {"wine": spec}, house.loaders, options=LifecycleOptions(poll_interval_s=poll_interval_s), clock=house.clock
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(manager.run())
        while not manager.available("wine"):
            house.clock.advance(1)
            await asyncio.sleep(0.001)
        house.write("wine/2/model.onnx")
        for _ in range(5):
            house.clock.advance(60)
            await asyncio.sleep(0.001)
        assert manager.available("wine") == (1,)
        house.write("other/1/model.onnx")
        house.clock.advance(60)
        await manager.configure({"wine": spec, "other": house.spec("other")})
        assert manager.available("other") == (1,)
        await manager.aclose()


async def test_without_polling_what_failed_is_tried_again(house, until):
    house.write("wine/1/model.onnx")
    house.loaders.fail("wine", 1, OSError("store is away"))
    options = LifecycleOptions(poll_interval_s=0, retry_interval_s=60, max_retry_interval_s=60, max_load_retries=3)
    async with house.serve(house.spec("wine"), options=options) as manager:
        tries = []
        for second in range(300):
            before = len(house.loaders.begun)
            house.clock.advance(1)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            with contextlib.suppress(Unavailable):
                await manager.settled("wine")
            if len(house.loaders.begun) > before:
                tries.append(second)
        assert [later - earlier for earlier, later in itertools.pairwise(tries)] == [60, 60]
        assert len(house.loaders.begun) == 4


async def test_who_waits_for_all_waits_for_the_last_try(house, until):
    house.write("good/1/model.onnx")
    house.write("bad/3/model.onnx")
    house.loaders.fail("bad", 3, ValueError("no such operator"))
    options = LifecycleOptions(max_load_retries=1, retry_interval_s=60, max_retry_interval_s=60)
    async with house.serve(house.spec("good"), house.spec("bad"), options=options) as manager:
        waiting = asyncio.create_task(manager.wait_available())
        await house.look(manager, "bad")
        assert not waiting.done()
        house.clock.advance(60)
        await house.look(manager, "bad")
        assert await waiting == (ModelFailure("bad", 3, "ValueError: no such operator"),)


async def test_who_waits_for_all_waits_for_a_model_without_versions(house):
    (house.root / "late").mkdir()
    async with house.serve(house.spec("late")) as manager:
        waiting = asyncio.create_task(manager.wait_available())
        await house.look(manager, "late")
        assert not waiting.done()
        house.write("late/1/model.onnx")
        house.clock.advance(60)
        await house.look(manager, "late")
        assert await waiting == ()


async def test_a_path_that_goes_missing_after_a_change_keeps_what_there_is(house):
    house.write("wine/1/model.onnx")
    async with house.serve(house.spec("wine")) as manager:
        await manager.configure({"wine": house.spec("nowhere")})
        await manager.look()
        assert version(manager, "wine") == 1
        assert "there is nothing at" in manager.describe("wine").models[0].error
        shutil.rmtree(house.root / "wine")
        await manager.look()
        assert version(manager, "wine") == 1


async def test_no_request_fails_while_labels_move_and_others_come_and_go(house):
    for name in ("stays/1", "stays/2", "other/1"):
        house.write(f"{name}/model.onnx")
    spec, other = house.spec("stays", All(), labels={"live": 1}), house.spec("other")
    answered = {1: 0, 2: 0}
    asking = True

    async def ask(manager):
        while asking:
            live = manager.borrow("stays", None, "live")
            await asyncio.sleep(0)
            await live.servable(Request({}))
            live.release()
            answered[live.version] += 1

    async with house.serve(spec) as manager, asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(ask(manager))
        for turn in range(20):
            labelled = replace(spec, labels={"live": 1 + turn % 2})
            await manager.configure({"stays": labelled, **({"other": other} if turn % 3 else {})})
            await asyncio.sleep(0)
        asking = False
    assert min(answered.values()) > 0
    assert [name for name, _, _ in house.loaders.begun].count("stays") == 2
