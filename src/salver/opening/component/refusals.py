"""Refusals: what a user's code raised, as the fault that its caller is told."""

from __future__ import annotations

from typing import Any, Final

from salver.core.errors import Fault, ToldBadInput, ToldInternal
from salver.formats.python_module import said
from salver.opening.component.user import User

_MAX_MESSAGE: Final = 2000


def refusal(error: Exception, user: User, doing: str) -> Fault:
    """A Fault is itself. Seldon's own exception says its status and reason. So does any other with a `status_code`,
    where the class has a `model_error_handler`. The rest is a failure, told with the user's line."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, user.words.refusal):
        return told(_message(error), _status(error) or 400, reason=str(getattr(error, "reason", "")))
    status = _status(error)
    if status is not None and hasattr(user.target, "model_error_handler"):
        return told(_message(error), status, code=_code(error))
    return told(f"{doing} failed: {said(error, user.file)}", 500, reason="MICROSERVICE_INTERNAL_ERROR")


def told(message: str, status: int, *, code: int = -1, reason: str = "") -> ToldBadInput | ToldInternal:
    """In a model's own numbers: the caller's fault where the status is 4xx."""
    kind = ToldBadInput if 400 <= status < 500 else ToldInternal
    return kind(message, status=status, code=code, reason=reason)


def _message(error: Exception) -> str:
    return str(getattr(error, "message", "") or error)[:_MAX_MESSAGE]


def _status(error: Exception) -> int | None:
    """Its HTTP status, where it has one that says that something went wrong."""
    status = getattr(error, "status_code", None)
    return int(status) if isinstance(status, int) and 400 <= status < 600 else None


def _code(error: Exception) -> int:
    """The application's own number: `application_error_code`, as Seldon's documentation has it."""
    code: Any = getattr(error, "application_error_code", None)
    return code if isinstance(code, int) else -1
