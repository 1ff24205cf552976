"""Timely: a servable that may wait as long as it likes gets its requests' deadlines kept for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic

from salver.core.errors import Late
from salver.core.servable import Request, Response, Servable
from salver.core.signature import Signature


class Timely:
    """A servable, of somebody else's making, whose call is cancelled when its deadline passes."""

    def __init__(self, servable: Servable) -> None:
        self._servable = servable

    @property
    def signatures(self) -> Mapping[str, Signature]:
        return self._servable.signatures

    async def __call__(self, request: Request) -> Response:
        if request.deadline is None:
            return await self._servable(request)
        left_s = request.deadline - monotonic()
        if left_s <= 0:
            raise Late("the deadline had passed when the model was asked")
        asked = asyncio.get_running_loop().create_task(_answer(self._servable, request))
        try:
            await asyncio.wait((asked,), timeout=left_s)
            if asked.done():
                return asked.result()
            raise Late("the deadline passed before the model had answered")
        finally:
            asked.cancel()

    async def aclose(self) -> None:
        await self._servable.aclose()


async def _answer(servable: Servable, request: Request) -> Response:
    return await servable(request)
