"""What turns files into a servable. Cheap to make, costly to load. The formats are not known here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, TypeAlias

from salver.core.graphlike import Graphlike
from salver.core.servable import Servable


@dataclass(frozen=True, slots=True)
class Loaded:
    """A servable that is warm and ready, and the name of the format it came from."""

    servable: Servable
    format: str
    native: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    """As in `calls.ModelMetadata`."""
    graph: Graphlike | None = None
    """The inside of a graph, where it is one."""


class Loader(Protocol):
    """One try to load one version."""

    async def load(self) -> Loaded:
        """Does everything costly, warm-up included, without stalling the event loop.

        Raises a Fault, or any exception, with the reason. When cancelled it gives back what it holds and raises
        CancelledError; the version counts as holding memory until then.
        """


MakeLoader: TypeAlias = Callable[[str, int, str], Loader]
"""(model, version, path) -> Loader."""
