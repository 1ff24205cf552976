"""The Portable Format for Analytics: documents compiled to Python once, and run at its speed.

`Engine` and the errors are here for those who embed a document; they are imported when they are first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from salver.formats.pfa.engine import Engine
    from salver.formats.pfa.errors import (
        PFAError,
        PFAInitializationError,
        PFAInputError,
        PFARuntimeError,
        PFASemanticError,
        PFASyntaxError,
        PFATimeoutError,
        PFAUserError,
    )

__all__ = [
    "Engine",
    "PFAError",
    "PFAInitializationError",
    "PFAInputError",
    "PFARuntimeError",
    "PFASemanticError",
    "PFASyntaxError",
    "PFATimeoutError",
    "PFAUserError",
]

_PUBLIC: Final = frozenset(__all__)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{'engine' if name == 'Engine' else 'errors'}"), name)
