"""Closing: nodes of a graph that came to nothing give back what they hold."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from salver.graph.node import Node


def close_all(nodes: Iterable[Node]) -> None:
    """Closes them, and blocks meanwhile. What goes wrong is passed over: why they came to nothing is what counts."""
    # On a thread of its own: a loop may be running here, on which nothing can be awaited.
    with ThreadPoolExecutor(1) as thread, suppress(Exception):
        thread.submit(asyncio.run, _close(nodes)).result()


async def _close(nodes: Iterable[Node]) -> None:
    for node in nodes:
        if node.close is not None:
            with suppress(Exception):
                await node.close()
