"""From what operators and protocols say of models to what the lifecycle serves. Decides nothing, starts nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from salver.core.calls import Configure, ModelWish
from salver.core.errors import BadInput
from salver.formats.table import FORMATS
from salver.lifecycle.hosted import ModelSpec
from salver.lifecycle.manager import Manager
from salver.lifecycle.policies import keep_serving, save_memory
from salver.lifecycle.sources.folder import ModelPath
from salver.lifecycle.sources.layout import MAX_VERSION
from salver.lifecycle.sources.settle import SettleCheck
from salver.lifecycle.versions import All, Latest, Specific, VersionPolicy
from salver.opening.place import FORMAT as GRAPH
from salver.opening.place import recognises
from salver.options import LatestVersions, ModelOptions
from salver.protocols.tfserving.model_config import PLATFORM

_TRANSITIONS: Final = {"keep_serving": keep_serving, "save_memory": save_memory}
MAX_MODELS: Final = 10_000
"""How many models one configuration may name."""


def spec_of(model: ModelOptions) -> ModelSpec:
    """How a model is served that an operator has configured."""
    source = _source(model, model.path, _policy(model.versions))
    return ModelSpec(source, model.labels, _TRANSITIONS[model.transition])


@dataclass(frozen=True, slots=True)
class Platforms:
    """What a configuration over the wire may call a model's platform."""

    supported: frozenset[str] = frozenset((PLATFORM, GRAPH, *(known.name for known in FORMATS)))
    of_models: Mapping[str, str] = field(default_factory=dict)
    """By name, the platforms of the models that the server was started with: no configuration may change one."""


ANY_PLATFORM: Final = Platforms()
"""All that this server knows, and nothing that was there before."""


class Configurator:
    """Carries out configurations that come over the wire, one after another.

    A model that the server was started with keeps its own options whenever it is named: what a configuration says is
    where it lies, which versions are served, and what they are called. Of others, `adopt` says how they are served.
    """

    def __init__(
        self,
        manager: Manager,
        options: Mapping[str, ModelOptions],
        specs: Mapping[str, ModelSpec],
        adopt: Callable[[str, str], ModelOptions] = lambda name, path: ModelOptions(path),
        platforms: Platforms = ANY_PLATFORM,
    ) -> None:
        self._manager = manager
        self._adopt = adopt
        self._options = options
        self._specs = specs
        self._supported = platforms.supported
        self._platforms: Mapping[str, str] = platforms.of_models

    async def __call__(self, call: Configure) -> None:
        """As `Manager.configure`; BadInput for what can be no configuration: then nothing changes."""
        wishes = {wish.name: wish for wish in self._checked(call.models)}
        specs = {name: self._spec(wish) for name, wish in wishes.items()}
        done = self._manager.configure(specs)
        self._specs = specs
        self._platforms = {name: wish.platform for name, wish in wishes.items()}
        await done

    def _checked(self, wishes: tuple[ModelWish, ...]) -> Iterator[ModelWish]:
        if len(wishes) > MAX_MODELS:
            raise BadInput(f"a configuration may name {MAX_MODELS} models, got {len(wishes)}")
        seen: set[str] = set()
        for wish in wishes:
            if wish.name in seen:
                raise BadInput(f"Illegal to list model {wish.name} multiple times in config list")
            seen.add(wish.name)
            _check(wish)
            if wish.platform and wish.platform not in self._supported:
                raise BadInput(f"Model {wish.name} requests unsupported platform {wish.platform}")
            before = self._platforms.get(wish.name) or wish.platform
            if before != wish.platform:
                raise BadInput(
                    f"Illegal to change a model's platform. For model {wish.name} platform was {before} and new "
                    f"platform requested is {wish.platform}"
                )
            yield wish

    def _spec(self, wish: ModelWish) -> ModelSpec:
        """The spec that is there already as far as it says the same: what is known of its files stays known."""
        options = self._options.get(wish.name) or self._adopt(wish.name, wish.path)
        policy = _wished(wish.versions)
        before = self._specs.get(wish.name)
        source = before.source if before is not None else None
        if not isinstance(source, ModelPath) or Path(source.path).absolute() != Path(wish.path):
            source = _source(options, wish.path, policy)
        elif source.policy != policy:
            source = source.choosing(policy)
        return ModelSpec(source, wish.labels, _TRANSITIONS[options.transition])


def _check(wish: ModelWish) -> None:
    if not wish.name:
        raise BadInput("a configuration must name its models, got an empty name")
    if "\0" in wish.path or not (wish.path.startswith("/") or urlsplit(wish.path).scheme):
        raise BadInput(f"Expected model {wish.name} to have an absolute path or URI; got base_path()={wish.path[:200]}")
    numbers = wish.versions if isinstance(wish.versions, tuple) else ()
    for version in (*numbers, *wish.labels.values()):
        if not 0 <= version <= MAX_VERSION:
            raise BadInput(f"model {wish.name}: a version must lie between 0 and {MAX_VERSION}, got {version}")


def _source(model: ModelOptions, path: str, policy: VersionPolicy) -> ModelPath:
    return ModelPath(path, recognises, policy, SettleCheck(complete_marker=model.complete_marker))


def _wished(versions: int | tuple[int, ...] | None) -> VersionPolicy:
    """No number, and no list, is as TensorFlow Serving takes it: one version, and none."""
    if versions is None:
        return All()
    return Latest(max(versions, 1)) if isinstance(versions, int) else Specific(frozenset(versions))


def _policy(versions: LatestVersions | tuple[int, ...] | str) -> VersionPolicy:
    if isinstance(versions, LatestVersions):
        return Latest(versions.latest)
    return All() if isinstance(versions, str) else Specific(frozenset(versions))
