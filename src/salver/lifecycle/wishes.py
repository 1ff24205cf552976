"""What operators want beyond what lies on disk: one value that can be written to a file and followed by many."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Wishes:
    """The whole of it: setting the same wishes twice changes nothing. May name models that are not there."""

    unloaded: frozenset[str] = frozenset()
    """Models that shall not be in memory."""
    generations: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """How often each model was asked to load anew; absent means 0. A change loads every version once more."""

    def load(self, model: str) -> Wishes:
        return Wishes(self.unloaded - {model}, self.generations)

    def unload(self, model: str) -> Wishes:
        return Wishes(self.unloaded | {model}, self.generations)

    def reload(self, model: str) -> Wishes:
        anew = {**self.generations, model: self.generations.get(model, 0) + 1}
        return Wishes(self.unloaded - {model}, MappingProxyType(anew))

    def forget(self, models: Collection[str]) -> Wishes:
        """Whatever is wished of these models is wished no more."""
        kept = {model: count for model, count in self.generations.items() if model not in models}
        return Wishes(self.unloaded.difference(models), MappingProxyType(kept))
