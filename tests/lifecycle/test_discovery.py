"""Models that come and go in a folder of models."""

from __future__ import annotations

import asyncio
import shutil
import threading

import pytest

from salver.core.errors import NotFound
from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.watch import Watch
from salver.lifecycle.works import Works

pytestmark = pytest.mark.anyio


async def test_models_are_found_by_their_layout(house):
    house.write("wine/1/model.onnx")
    house.write("iris/model.onnx")
    house.write("foo.onnx")
    house.write("README.md")
    async with house.serve(discover=True) as manager:
        assert manager.models() == ("foo", "iris", "wine")
        assert manager.ready().ready
        assert {name: manager.available(name) for name in manager.models()} == {"foo": (1,), "iris": (1,), "wine": (1,)}


async def test_models_come_and_go(house):
    house.write("wine/1/model.onnx")
    async with house.serve(discover=True) as manager:
        house.write("iris/model.onnx")
        await house.look(manager, "iris")
        assert manager.available("iris") == (1,)
        shutil.rmtree(house.root / "wine")
        await house.look(manager, "wine")
        assert manager.models() == ("iris",)
        with pytest.raises(NotFound):
            manager.borrow("wine")
        house.write("wine/2/model.onnx")
        await house.look(manager, "wine")
        assert manager.available("wine") == (2,)


async def test_load_finds_what_has_just_been_put_there(house):
    async with house.serve(discover=True) as manager:
        assert manager.models() == ()
        assert manager.ready().ready
        house.write("wine/1/model.onnx")
        await manager.load("wine")
        assert manager.available("wine") == (1,)


async def test_a_model_that_moves_from_file_to_folder_goes_on_serving(house):
    house.write("wine.onnx")
    async with house.serve(discover=True) as manager:
        (house.root / "wine.onnx").unlink()
        house.write("wine/1/model.onnx")
        gate = house.loaders.hold("wine", 1)
        await manager.look()
        manager.borrow("wine").release()
        gate.set()
        await manager.settled("wine")
        assert [servable.closed for servable in house.loaders.made] == [True, False]
        assert manager.describe("wine").models[0].path == str(house.root / "wine")


async def test_a_configured_model_is_not_discovered(house):
    house.write("wine/1/model.onnx")
    house.write("wine/2/model.onnx")
    spec = house.spec("wine", labels={"stable": 2})
    async with house.serve(spec, discover=True) as manager:
        assert manager.models() == ("wine",)
        manager.borrow("wine", None, "stable").release()


async def test_a_folder_of_models_that_goes_missing_changes_nothing(house):
    house.write("wine/1/model.onnx")
    async with house.serve(discover=True) as manager:
        away = house.root.with_name("away")
        shutil.move(house.root, away)
        await house.look(manager, "wine")
        assert manager.available("wine") == (1,)
        assert "there is nothing at" in manager.ready().reason
        shutil.move(away, house.root)
        await house.look(manager, "wine")
        assert manager.ready().ready


async def test_a_folder_of_models_that_was_never_there(house):
    house.root = house.root / "gone"
    async with house.serve(discover=True) as manager:
        assert "there is nothing at" in manager.ready().reason


async def test_a_look_at_the_old_place_says_nothing_about_the_new_one(house, until):
    house.write("wine/1/model.onnx")
    house.write("other/2/model.onnx")
    works = Works(house.loaders, LifecycleOptions(), house.clock, house.changes.append)
    old = house.spec("wine")
    hosted = works.host("wine", old)
    watch = Watch(works, None, 1, house.clock)
    look, begun, back = old.source.look, threading.Event(), threading.Event()

    def slow_look():
        begun.set()
        back.wait()
        return look()

    old.source.look = slow_look
    looking = asyncio.ensure_future(watch.look())
    await until(begun.is_set)
    works.host("wine", house.spec("other"))
    back.set()
    await looking
    assert hosted.sight is None
    await watch.look()
    assert set(hosted.wanted()) == {2}
