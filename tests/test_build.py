from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import pytest

from salver.build import build
from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.wishes_file import WishesFile
from salver.observe.metrics import Metrics
from salver.options import ModelOptions, ServerOptions

APP = """
class Ballast:
    pass

WEIGHTS = [Ballast()]

def predict(x: float) -> float:
    return x + len(WEIGHTS)
"""


def ballast() -> int:
    """How many versions of the module are in memory."""
    gc.unfreeze()
    return sum(type(thing).__name__ == "Ballast" for thing in gc.get_objects())


@pytest.mark.slow
def test_versions_that_were_replaced_are_gone_from_memory(tmp_path: Path):
    path = tmp_path / "app.py"
    path.write_text(APP)
    options = ServerOptions(
        {"app": ModelOptions(str(path))}, onnx_threads=-1, lifecycle=LifecycleOptions(poll_interval_s=0.01)
    )

    async def reload_often() -> None:
        server = build(options, WishesFile(tmp_path / "wishes.json"), Metrics())
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(server.manager.run())
            assert (await server.manager.wait_ready(10)).ready
            for _ in range(5):
                await server.manager.reload("app")
            await server.manager.aclose()

    asyncio.run(reload_often())
    assert ballast() <= 2


@pytest.mark.slow
def test_a_failed_warm_up_fails_the_load_with_the_reason(tmp_path: Path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "model.py").write_text(APP)
    (tmp_path / "1" / "warmup.json").write_text('[{"instances": ["text"]}]')
    options = ServerOptions(
        {"app": ModelOptions(str(tmp_path))}, onnx_threads=-1, lifecycle=LifecycleOptions(max_load_retries=0)
    )

    async def reason() -> str:
        server = build(options, WishesFile(tmp_path / "wishes.json"), Metrics())
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(server.manager.run())
            readiness = await server.manager.wait_ready(10)
            await server.manager.aclose()
        return readiness.reason

    assert "warmup.json: request 0: " in asyncio.run(reason())
