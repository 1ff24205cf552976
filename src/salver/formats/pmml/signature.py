"""A document's signature: each active field a named column, with what its dictionary says of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from salver.core.domain import BASKET, Domain, Interval
from salver.core.signature import Signature
from salver.core.tensor import TensorSpec
from salver.formats.pmml import dictionary
from salver.formats.pmml.answers import Answer
from salver.formats.pmml.door import Input
from salver.formats.pmml.values import shown_as

_TIMES: Final = ("date", "time", "datetime")
_EXAMPLES: Final = {"date": "2026-01-31", "time": "12:30:00", "datetime": "2026-01-31T12:30:00"}
_DTYPES: Final = {"number": "INT64", "boolean": "BOOL"}
"""By kind, where the dataType does not say it."""


def signature_of(inputs: Sequence[Input], answers: Sequence[Answer]) -> Signature:
    """All inputs may be left out: a missing field is a missing value."""
    return Signature(
        inputs=MappingProxyType({entry.data.name: _spec(entry) for entry in inputs}),
        outputs=MappingProxyType({answer.name: TensorSpec(answer.dtype, (-1,)) for answer in answers}),
        defaults=MappingProxyType({entry.data.name: None for entry in inputs}),
        batched=True,
    )


def _dtype(entry: Input) -> str:
    if entry.data.type in ("double", "float"):
        return "FP64" if entry.data.type == "double" else "FP32"
    return _DTYPES.get(entry.data.kind, "BYTES")


def _spec(entry: Input) -> TensorSpec:
    return TensorSpec(_dtype(entry), (-1,), loose=True, domain=_domain(entry))


def _domain(entry: Input) -> Domain:
    data = entry.data
    kind = BASKET if entry.is_basket else data.kind if data.kind in _TIMES else entry.field.optype
    return Domain(
        categories=tuple(shown_as(value, data.type) for value in data.valid),
        intervals=tuple(_interval(interval) for interval in data.intervals),
        kind=kind,
        description=data.display,
        example=_EXAMPLES.get(data.kind) if not data.valid else None,
    )


def _interval(interval: dictionary.Interval) -> Interval:
    low, high = interval.low, interval.high
    return Interval(
        low if math.isfinite(low) else None,
        high if math.isfinite(high) else None,
        interval.closed_low,
        interval.closed_high,
    )
