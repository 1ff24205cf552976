"""Sample: shows some of the requests and their answers to somebody. Answers nothing itself, and never waits."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import TypeAlias

from salver.core.servable import Request, Response, Servable
from salver.core.signature import Signature

Show: TypeAlias = Callable[[Request, Response], None]


class Sampled:
    """A servable of whose answers a share is shown: each with the same chance, independently."""

    def __init__(self, servable: Servable, rate: float, show: Show) -> None:
        self._servable = servable
        self._rate = rate
        self._show = show

    @property
    def signatures(self) -> Mapping[str, Signature]:
        return self._servable.signatures

    async def __call__(self, request: Request) -> Response:
        response = await self._servable(request)
        if random.random() < self._rate:  # noqa: S311 - a sample, not a secret
            self._show(request, response)
        return response

    async def aclose(self) -> None:
        await self._servable.aclose()
