from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from salver.core.errors import Unavailable
from salver.lifecycle.hosted import Change, ModelSpec
from salver.lifecycle.manager import Manager
from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.policies import Policy, keep_serving
from salver.lifecycle.sources.folder import ModelPath, ModelsFolder
from salver.lifecycle.sources.settle import SettleCheck
from salver.lifecycle.versions import VersionPolicy
from salver.lifecycle.watch import Discovery
from salver.testing.clock import HandClock
from salver.testing.loaders import FakeLoaders


def recognises(path: str) -> str | None:
    return "onnx" if path.endswith(".onnx") else None


@dataclass
class House:
    """Real folders, a clock moved by hand, loaders that obey. Files count as whole at first sight."""

    root: Path
    clock: HandClock = field(default_factory=HandClock)
    loaders: FakeLoaders = field(default_factory=FakeLoaders)
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock.advance(60)

    def write(self, name: str, content: str = "weights") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def spec(
        self,
        name: str,
        versions: VersionPolicy | None = None,
        labels: Mapping[str, int] | None = None,
        transition: Policy = keep_serving,
        check: SettleCheck | None = None,
    ) -> ModelSpec:
        source = ModelPath(str(self.root / name), recognises, versions, check, self.clock)
        return ModelSpec(source, labels or {}, transition)

    @contextlib.asynccontextmanager
    async def serve(
        self, *specs: ModelSpec, discover: bool = False, options: LifecycleOptions | None = None
    ) -> AsyncIterator[Manager]:
        manager = Manager(
            {Path(spec.source.path).stem: spec for spec in specs},
            self.loaders,
            discovery=Discovery(ModelsFolder(str(self.root), recognises), lambda name, path: self.spec(Path(path).name))
            if discover
            else None,
            options=options,
            clock=self.clock,
            on_change=self.changes.append,
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(manager.run())
            try:
                await manager.wait_ready(10)
                yield manager
            finally:
                await manager.aclose()

    async def look(self, manager: Manager, model: str) -> None:
        """One poll, and all that follows from it, whether it went well or not."""
        await manager.look()
        if model in manager.models():
            with contextlib.suppress(Unavailable):
                await manager.settled(model)


async def until(condition: Callable[[], bool]) -> None:
    """Lets the loop turn until the condition holds, at most ten seconds."""
    deadline = time.monotonic() + 10
    for _ in iter(condition, True):
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., object]:
    return until
