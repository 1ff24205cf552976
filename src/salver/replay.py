"""Replay: a version answers the requests that were logged for it before it is made available.

TensorFlow Serving's warm-up: `assets.extra/tf_serving_warmup_requests` in the version's folder, a TFRecord file of
`PredictionLog`. Any failure fails the load, with TensorFlow Serving's words.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from salver.core.bounds import at_least
from salver.core.calls import Predict, PredictTogether
from salver.core.errors import BadInput
from salver.core.servable import Servable
from salver.core.signature import select
from salver.protocols.tfserving.logs import decode_log
from salver.records.tfrecord import DataLoss, read_records

FILE: Final = "assets.extra/tf_serving_warmup_requests"
MAX_RECORDS: Final = 1000
MAX_RECORD_BYTES: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Warm-up with logged requests."""

    enabled: bool = True
    """Whether the file is heeded."""
    iterations: int = 1
    """How often each request is run."""

    def __post_init__(self) -> None:
        at_least(self, 1, "iterations")


async def replay(servable: Servable, folder: Path, options: ReplayOptions) -> int:
    """Runs every logged request; how many there were. Raises a Fault that says which record failed and why."""
    path = folder / FILE
    if not options.enabled or not path.is_file():
        return 0
    count = 0
    try:
        with path.open("rb") as file:
            for count, record in enumerate(read_records(file, MAX_RECORD_BYTES), start=1):
                if count > MAX_RECORDS:
                    raise BadInput(f"Number of warmup records exceeds the maximum ({MAX_RECORDS}) at {path}")
                call = decode_log(record)
                if call is not None:
                    await _run(servable, call, options.iterations)
    except DataLoss as fault:
        raise DataLoss(f"{fault.message}. Please verify your warmup data is in TFRecord format.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from None
    return count


async def _run(servable: Servable, call: Predict | PredictTogether, times: int) -> None:
    for read in (call.read,) if isinstance(call, Predict) else call.reads:
        request = read(servable.signatures)
        request.signature, signature = select(servable.signatures, request.signature)
        signature.check(request.tensors)
        signature.check_outputs(request.outputs)
        for _ in range(times):
            await servable(request)
            await asyncio.sleep(0)  # What is quick runs without waiting; others want their turn.
