"""What an operator says of recording."""

from __future__ import annotations

from dataclasses import dataclass

from salver.core.bounds import positive
from salver.core.errors import BadInput
from salver.records.files import Rotation


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """Requests and their answers, written to TFRecord files of TensorFlow Serving's `PredictionLog`: put one beside a
    model as `assets.extra/tf_serving_warmup_requests`, and it warms up with them."""

    prefix: str
    """Where the files begin: `/var/log/salver/wine` makes `/var/log/salver/wine-<time>-<process>-<number>.tfrecord`.
    Relative to the configuration's own folder."""
    sampling_rate: float = 1.0
    """The share of requests that is recorded, from 0 to 1."""
    max_queued: int = 1000
    """Records that may wait to be written; beyond, they are dropped: no request ever waits for the disk."""
    rotation: Rotation = Rotation()
    """When a file is finished."""

    def __post_init__(self) -> None:
        positive(self, "max_queued")
        if not 0 <= self.sampling_rate <= 1:
            raise BadInput(f"sampling_rate must lie between 0 and 1, got {self.sampling_rate}")
        if not self.prefix or "\0" in self.prefix:
            raise BadInput(f"prefix must be the beginning of a path, got {self.prefix!r}")
