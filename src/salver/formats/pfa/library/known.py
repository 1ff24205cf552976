"""What is known, when a document is loaded, of a function that it passes to another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the function, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class KnownFunction:
    """A description to recognise a function by."""

    library_name: str = ""
    """The library function that it is, where it is one by name; empty else."""
    params: tuple[str, ...] = ()
    """The names of its parameters."""
    fills: Mapping[str, Any] = field(default_factory=dict)
    """The values of arguments that are filled in, or UNKNOWN."""
    body: Any = None
    """What a defined function does, where it is one simple call: (name, argument, ...) with numbers, `Param`s, further
    calls, ("fcn", name) for a library function passed on, and ("attr", base, name, ...) for a field; else None."""
