"""Patience: a call of another library that may wait for a network, and not for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from salver.core.errors import BadInput, NotFound, Unavailable
from salver.opening.uris.budget import Budget
from salver.opening.uris.uri import without_secrets

T = TypeVar("T")
_REFUSALS: Final = (PermissionError, IsADirectoryError, NotADirectoryError)


def in_time(budget: Budget, call: Callable[[], T]) -> T:
    """What the call answers. Raises Unavailable when it takes longer than the budget has patience: it is then left to
    end by itself, on a thread that keeps no process alive. Errors become faults, without what is secret in them."""
    answers: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            answers.append(call())
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    thread = threading.Thread(target=run, name="salver-fetch", daemon=True)
    thread.start()
    thread.join(budget.patience_s())
    if errors:
        raise _fault(errors[0], budget) from None
    if not answers:
        budget.left_s()
        raise Unavailable(f"{budget.source}: nothing came for {budget.options.idle_timeout_s:g} s")
    return answers[0]


def _fault(error: Exception, budget: Budget) -> Exception:
    told = without_secrets(str(error)) or type(error).__name__
    if isinstance(error, FileNotFoundError):
        return NotFound(f"{budget.source}: is not there")
    if isinstance(error, _REFUSALS):
        return BadInput(f"{budget.source}: may not be read: {told}")
    return Unavailable(f"{budget.source}: {type(error).__name__}: {told}")
