"""Categories: one way to write a value, whether it came as number, text or bytes, or stood in a file."""

from __future__ import annotations

import math
from typing import Any


def category(value: Any) -> str | None:
    """A value as text; None where it is missing (None, NaN, the empty text).

    Whole numbers are written without a point, others to six digits, so that what is equal as float32 is the same
    category as what is written in a file.
    """
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(value)
    return _number(value) if isinstance(value, float) else None if value is None else str(value)


def _text(value: str) -> str | None:
    if not value:
        return None
    try:
        return _number(float(value))
    except ValueError:
        return value


def _number(value: float) -> str | None:
    if math.isnan(value):
        return None
    return str(int(value)) if value.is_integer() else f"{value:.6g}"
