"""Why a server does not start, in TensorFlow Serving's words: the name of a status, and a sentence."""

from __future__ import annotations

from typing import Final

from salver.core.errors import (
    BadInput,
    Fault,
    Full,
    Internal,
    Late,
    NotFound,
    NotServed,
    Precondition,
    Unsupported,
)
from salver.protocols.tfserving.faults import unserved

_CODES: Final[tuple[tuple[type[Fault], str], ...]] = (
    (Precondition, "FAILED_PRECONDITION"),
    (BadInput, "INVALID_ARGUMENT"),
    (NotFound, "NOT_FOUND"),
    (Unsupported, "UNIMPLEMENTED"),
    (NotServed, "UNKNOWN"),
    (Full, "RESOURCE_EXHAUSTED"),
    (Late, "DEADLINE_EXCEEDED"),
    (Internal, "INTERNAL"),
)


def told(fault: Fault) -> str:
    """`INVALID_ARGUMENT: the sentence`."""
    code = next((code for kind, code in _CODES if isinstance(fault, kind)), "UNAVAILABLE")
    return f"{code}: {unserved(fault) if isinstance(fault, NotServed) else fault.message}"
