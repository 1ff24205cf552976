"""Rows that are refused, each for a reason of its own, in the answer of a model that judges them one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from salver.core.servable import Request
from salver.core.signature import ERROR, ROW_ERRORS
from salver.core.tensor import objects

_MAX_TOLD: Final = 20
"""Refused rows that a message tells the reasons of."""
_MAX_NAMED: Final = 1000
"""Refused rows that it names beyond those."""


def wants_reasons(request: Request) -> bool:
    """Whether a request has its refused rows answered as missing; else one of them refuses it all."""
    return bool(request.params.get(ROW_ERRORS)) or ERROR in request.outputs


def reasons(refused: Mapping[int, str], rows: int) -> np.ndarray[Any, Any]:
    """The output `_error`: [rows] texts, None for a row that is answered."""
    return objects([refused.get(row) for row in range(rows)])


def told(refused: Mapping[int, object]) -> str:
    """What is wrong with a request in which these rows are refused: each is named, the first with their reasons."""
    rows = sorted(refused)
    message = "; ".join(f"row {row}: {refused[row]}" for row in rows[:_MAX_TOLD])
    others = rows[_MAX_TOLD:]
    if not others:
        return message
    more = f" and {len(others) - _MAX_NAMED} more" if len(others) > _MAX_NAMED else ""
    return f"{message}; and rows {', '.join(map(str, others[:_MAX_NAMED]))}{more}"
