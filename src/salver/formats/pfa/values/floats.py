"""The one number type that Python lacks: a float of 32 bits."""

from __future__ import annotations

import ctypes
from typing import Final

INT_MIN: Final = -(2**31)
INT_MAX: Final = 2**31 - 1
LONG_MIN: Final = -(2**63)
LONG_MAX: Final = 2**63 - 1


def float32(x: float) -> float:
    """The nearest float of 32 bits; infinity beyond them."""
    return ctypes.c_float(x).value
