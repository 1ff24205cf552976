"""What a transport serves: a function from a whole request to an answer. It knows nothing of sockets or models."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import orjson

from salver.protocols.http import Headers, HttpRequest, HttpResponse

App: TypeAlias = Callable[[HttpRequest], Coroutine[Any, Any, HttpResponse]]
"""Never raises; a transport that sees it raise logs that and answers `broken()`.
Its first step may run outside any task, so it must not ask for the current task before its first wait."""


def refusal(status: int, message: str, headers: Headers = ()) -> HttpResponse:
    """The answer of a transport that will not hand a request on."""
    return HttpResponse(status, orjson.dumps({"error": message}), headers=headers)


def broken() -> HttpResponse:
    """The answer when the app raised: the log holds the traceback."""
    return refusal(500, "the server broke while it answered; its log holds the reason")
