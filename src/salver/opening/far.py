"""Far: a model on another server as a node. It is connected when it is first asked: servers start in any order."""

from __future__ import annotations

import asyncio

from salver.client.remote import Remote, RemoteOptions, connect_remote
from salver.core.fit import fit
from salver.core.servable import Request, Response
from salver.core.signature import select
from salver.graph.spec import RemoteNode


class Far:
    """Asks; its signatures are known once it is connected. Raises Unavailable while the server is not there."""

    def __init__(self, options: RemoteNode, name: str) -> None:
        self._options = options
        self._model = options.model or name
        self._remote: Remote | None = None
        self._connecting = asyncio.Lock()

    async def __call__(self, request: Request) -> Response:
        remote = self._remote or await self._connected()
        name, signature = select(remote.signatures, "")
        tensors = fit(request.tensors, signature)
        signature.check(tensors)
        response = await remote(request.carrying(tensors, name))
        if response.trail is not None and request.trail is not None:
            request.trail.add(response.trail)
        return response

    async def aclose(self) -> None:
        if self._remote is not None:
            await self._remote.aclose()

    async def _connected(self) -> Remote:
        async with self._connecting:
            if self._remote is None:
                options = self._options
                self._remote = await connect_remote(
                    options.url,
                    self._model,
                    protocol=options.protocol,
                    version=options.version,
                    options=RemoteOptions(timeout_s=options.timeout_s),
                )
            return self._remote
