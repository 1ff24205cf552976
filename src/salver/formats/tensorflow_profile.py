"""A profile of what TensorFlow does in this process, for TensorBoard. Imports TensorFlow, but never first."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from salver.core.errors import Unavailable, Unsupported


async def profile(duration_s: float) -> bytes:
    """What TensorFlow did from now on for so many seconds: a serialized `tensorflow.profiler.XSpace`.

    Raises Unsupported where no model has needed TensorFlow yet, Unavailable when another profile is being taken.
    """
    if "tensorflow" not in sys.modules:
        raise Unsupported("there is nothing to profile: no model of this server has needed TensorFlow yet")
    with TemporaryDirectory(prefix="salver-profile-") as folder:
        session = await asyncio.to_thread(_begin, folder)
        try:
            await asyncio.sleep(duration_s)
        finally:
            taken = await asyncio.shield(asyncio.to_thread(_end, session, folder))
    return taken


def _begin(folder: str) -> Any:
    from tensorflow.python.profiler.internal import _pywrap_profiler

    session = _pywrap_profiler.ProfilerSession()
    try:
        session.start(folder, {"host_tracer_level": 2, "python_tracer_level": 0, "device_tracer_level": 1})
    except Exception as error:  # noqa: BLE001 - TensorFlow has kinds of its own, for one that another profile is taken
        raise Unavailable(f"no profile can be taken now: {error}") from None
    return session


def _end(session: Any, folder: str) -> bytes:
    session.export_to_tb()
    return b"".join(path.read_bytes() for path in sorted(Path(folder).rglob("*.xplane.pb"))[:1])
