"""Bounds of options: a number that makes no sense is refused where it is given, in the words of its field."""

from __future__ import annotations

from salver.core.errors import BadInput


def at_least(options: object, least: int, *names: str) -> None:
    """Raises BadInput unless each of these fields is `least` or more."""
    for name in names:
        value = getattr(options, name)
        if not value >= least:
            raise BadInput(f"{name} must be at least {least}, got {value}")


def positive(options: object, *names: str) -> None:
    """Raises BadInput unless each of these fields is more than nothing."""
    for name in names:
        value = getattr(options, name)
        if not value > 0:
            raise BadInput(f"{name} must be more than 0, got {value}")
