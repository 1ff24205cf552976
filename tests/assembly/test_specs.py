"""Configurations from the wire, on a real manager with real folders; loads do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from salver.assembly.specs import ANY_PLATFORM, Configurator, Platforms, spec_of
from salver.core.calls import Configure, ModelWish
from salver.core.errors import BadInput, NotServed
from salver.lifecycle.manager import Manager
from salver.options import LatestVersions, ModelOptions
from salver.testing.loaders import FakeLoaders


class House:
    """A server's models without the server."""

    def __init__(
        self, root: Path, models: Mapping[str, ModelOptions] | None = None, platforms: Platforms = ANY_PLATFORM
    ) -> None:
        self.root = root
        self.loaders = FakeLoaders()
        specs = {name: spec_of(options) for name, options in (models or {}).items()}
        self.manager = Manager(specs, self.loaders)
        self.configure = Configurator(self.manager, models or {}, specs, platforms=platforms)

    def write(self, *names: str) -> None:
        for name in names:
            path = self.root / name / "model.onnx"
            path.parent.mkdir(parents=True)
            path.write_text("weights")
            (path.parent / "_SUCCESS").touch()

    def wish(self, name: str, **kept: object) -> ModelWish:
        return ModelWish(name, f"{self.root}/{name}", **kept)  # type: ignore[arg-type]

    async def ask(self, *wishes: ModelWish) -> None:
        async with asyncio.timeout(20):
            await self.configure(Configure(wishes))


def run(house: House, conversation) -> None:
    async def converse() -> None:
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(house.manager.run())
            try:
                await house.manager.wait_ready(10)
                await conversation()
            finally:
                await house.manager.aclose()

    asyncio.run(converse())


async def until(condition: Callable[[], bool]) -> None:
    """Lets the loop turn until the condition holds."""
    for _ in iter(condition, True):
        await asyncio.sleep(0)


def marked(path: Path) -> ModelOptions:
    """Files just written count as whole at once."""
    return ModelOptions(str(path), complete_marker="_SUCCESS")


@pytest.mark.parametrize(
    ("wishes", "refusal"),
    [
        (
            [ModelWish("m", "/a"), ModelWish("m", "/b")],
            "Illegal to list model m multiple times in config list",
        ),
        ([ModelWish("m", "a/b")], "Expected model m to have an absolute path or URI; got base_path()=a/b"),
        ([ModelWish("m", "")], "Expected model m to have an absolute path or URI; got base_path()="),
        ([ModelWish("m", "/a\0b")], "Expected model m to have an absolute path or URI; got base_path()=/a\0b"),
        ([ModelWish("", "/a")], "a configuration must name its models, got an empty name"),
        ([ModelWish("m", "/a", versions=(2**63,))], f"model m: a version must lie between 0 and {2**63 - 1}, "),
        ([ModelWish("m", "/a", labels={"x": -1})], f"model m: a version must lie between 0 and {2**63 - 1}, got -1"),
        ([ModelWish(f"m{n}", "/a") for n in range(10_001)], "a configuration may name 10000 models, got 10001"),
    ],
    ids=["twice", "relative", "empty", "nul", "nameless", "version", "label", "many"],
)
def test_what_can_be_no_configuration_changes_nothing(tmp_path, wishes, refusal):
    house = House(tmp_path, {"wine": marked(tmp_path / "wine")})
    house.write("wine/1")

    async def conversation() -> None:
        with pytest.raises(BadInput) as refused:
            await house.ask(*wishes)
        assert refused.value.message.startswith(refusal)
        assert house.manager.models() == ("wine",)

    run(house, conversation)


@pytest.mark.parametrize("platform", ["mine", ""])
def test_a_platform_that_is_supported(tmp_path, platform):
    house = House(tmp_path, platforms=Platforms(frozenset(("mine",))))
    house.write("wine/1")
    run(house, lambda: house.ask(house.wish("wine", platform=platform)))


def test_a_platform_that_is_not(tmp_path):
    house = House(tmp_path, {"wine": marked(tmp_path / "wine")}, Platforms(frozenset(("mine",)), {"wine": "mine"}))
    house.write("wine/1")

    async def conversation() -> None:
        with pytest.raises(BadInput, match=r"^Model wine requests unsupported platform tensorflow$"):
            await house.ask(house.wish("wine", platform="tensorflow"))
        assert house.manager.available("wine") == (1,)

    run(house, conversation)


def test_a_platform_of_the_start_stays(tmp_path):
    known = Platforms(of_models={"wine": "tensorflow"})
    house = House(tmp_path, {"wine": marked(tmp_path / "wine")}, known)
    house.write("wine/1")

    async def conversation() -> None:
        with pytest.raises(
            BadInput, match=r"^Illegal to change a model's platform\. For model wine platform was tenso"
        ):
            await house.ask(house.wish("wine", platform="onnx"))

    run(house, conversation)


def test_a_platform_stays(tmp_path):
    house = House(tmp_path, {"wine": marked(tmp_path / "wine")})
    house.write("wine/1")

    async def conversation() -> None:
        await house.ask(house.wish("wine", platform="tensorflow"))
        with pytest.raises(BadInput) as refused:
            await house.ask(house.wish("wine", platform="onnx"))
        assert refused.value.message == (
            "Illegal to change a model's platform. For model wine platform was tensorflow and new platform requested "
            "is onnx"
        )
        await house.ask()
        await house.ask(house.wish("wine", platform="onnx"))

    run(house, conversation)


@pytest.mark.parametrize(
    ("versions", "served"),
    [(1, (3,)), (2, (2, 3)), (0, (3,)), (None, (1, 2, 3)), ((1, 3, 9), (1, 3))],
    ids=["latest", "latest two", "latest none", "all", "specific"],
)
def test_the_choice_of_versions(tmp_path, versions, served):
    house = House(tmp_path, {"wine": marked(tmp_path / "wine")})
    house.write("wine/1", "wine/2", "wine/3")

    async def conversation() -> None:
        await house.ask()
        await until(lambda: not house.manager.models())
        await house.ask(house.wish("wine", versions=versions))
        assert house.manager.available("wine") == served

    run(house, conversation)


def test_an_empty_list_of_versions_wants_none(tmp_path):
    house = House(tmp_path, {"wine": marked(tmp_path / "wine")})
    house.write("wine/1")

    async def conversation() -> None:
        await house.ask(house.wish("wine", versions=()))
        await until(lambda: not house.manager.available("wine"))

    run(house, conversation)


def test_what_is_said_once_more_is_no_change(tmp_path, monkeypatch):
    """Also for a model that was configured at the start by a relative path."""
    monkeypatch.chdir(tmp_path)
    house = House(tmp_path, {"wine": ModelOptions("wine", LatestVersions(2), complete_marker="_SUCCESS")})
    house.write("wine/1", "wine/2")

    async def conversation() -> None:
        before = house.manager.describe("wine")
        for _ in range(3):
            await house.ask(house.wish("wine", versions=2))
        assert house.manager.describe("wine") == before
        assert len(house.loaders.begun) == 2

    run(house, conversation)


def test_a_model_known_at_the_start_keeps_its_own_options(tmp_path):
    """Here its marker: without it the version is not picked up."""
    house = House(tmp_path, {"wine": marked(tmp_path / "wine")})
    house.write("wine/1", "moved/1")
    (tmp_path / "moved/1/_SUCCESS").unlink()

    async def conversation() -> None:
        await house.ask()
        await until(lambda: not house.manager.models())
        with pytest.raises(NotServed, match=r"waiting for .*_SUCCESS"):
            await house.ask(ModelWish("wine", str(tmp_path / "moved")))

    run(house, conversation)


def test_labels_come_and_go(tmp_path):
    house = House(tmp_path, {"wine": ModelOptions(str(tmp_path / "wine"), "all", complete_marker="_SUCCESS")})
    house.write("wine/1", "wine/2")

    async def conversation() -> None:
        await house.ask(house.wish("wine", versions=None, labels={"stable": 1}))
        live = house.manager.borrow("wine", None, "stable")
        live.release()
        assert live.version == 1
        assert len(house.loaders.begun) == 2

    run(house, conversation)
