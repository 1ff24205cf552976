"""Loaders that do as a test tells them, and the servables they give. No files, no formats."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from salver.core.errors import Internal
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.lifecycle.loader import Loaded


class FakeServable:
    """Answers with the tensors it is asked with. Knows whether it was closed, and refuses to answer after."""

    def __init__(self, name: str = "fake", signatures: Mapping[str, Signature] | None = None) -> None:
        self.name = name
        self.signatures: Mapping[str, Signature] = signatures or {}
        self.closed = False

    async def __call__(self, request: Request) -> Response:
        if self.closed:
            raise Internal(f"{self.name} was asked after it was closed")
        return Response(request.tensors)

    async def aclose(self) -> None:
        if self.closed:
            raise RuntimeError(f"{self.name} was closed twice")
        self.closed = True


@dataclass(eq=False)
class FakeLoaders:
    """A loader factory. `fail` and `hold` apply to the loads that begin after them.

    The keys are (model, version).
    """

    made: list[FakeServable] = field(default_factory=list)
    """Every servable given out, in the order of their loads' ends."""
    begun: list[tuple[str, int, str]] = field(default_factory=list)
    """(model, version, path) of every load, in the order of their beginnings."""
    given_up: list[tuple[str, int]] = field(default_factory=list)
    """Loads that were cancelled."""
    _faults: dict[tuple[str, int], BaseException] = field(default_factory=dict)
    _gates: dict[tuple[str, int], asyncio.Event] = field(default_factory=dict)

    def fail(self, model: str, version: int, error: BaseException) -> None:
        self._faults[model, version] = error

    def mend(self, model: str, version: int) -> None:
        del self._faults[model, version]

    def hold(self, model: str, version: int) -> asyncio.Event:
        """Loads of this version wait until the event is set."""
        return self._gates.setdefault((model, version), asyncio.Event())

    def __call__(self, model: str, version: int, path: str) -> FakeLoader:
        return FakeLoader(self, model, version, path)

    async def load(self, model: str, version: int, path: str) -> Loaded:
        self.begun.append((model, version, path))
        error = self._faults.get((model, version))
        gate = self._gates.get((model, version))
        try:
            if gate is not None:
                await gate.wait()
        except asyncio.CancelledError:
            self.given_up.append((model, version))
            raise
        if error is not None:
            raise error
        servable = FakeServable(f"{model}/{version}")
        self.made.append(servable)
        return Loaded(servable, "fake")


@dataclass(frozen=True)
class FakeLoader:
    """One load of one version."""

    loaders: FakeLoaders
    model: str
    version: int
    path: str

    async def load(self) -> Loaded:
        return await self.loaders.load(self.model, self.version, self.path)
