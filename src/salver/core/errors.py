"""Faults: everything that can go wrong with a call, sorted by kind.

A Fault knows no HTTP and no gRPC: each protocol keeps its own table from these classes to its numbers.
A message says what was wanted, what came, and where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Fault(Exception):
    """A call that gets no answer but a reason. Raise one of the kinds below, never this class."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.signature: Any = None
        """The `Signature` the caller missed, where one is known, so that a codec can show an example; else None.
        (Signatures raise faults, so faults cannot name their type.)"""
        self.signature_name = ""
        """Its key among the model's signatures, where known."""
        self.node = ""
        """The node of a graph that it comes from, where it comes from one."""

    def came_from(self, node: str) -> None:
        """Says in which node of a graph it arose, unless that is said already."""
        if not self.node:
            self.node = node
            self.message = f"node '{node}': {self.message}"
            self.args = (self.message,)


class BadInput(Fault):
    """The caller sent something that can never succeed."""


class Precondition(BadInput):
    """Well asked, but not for the state that things are in: the same call may succeed later."""


class NotFound(Fault):
    """No model, version or label of that name. Says which, so that a codec can use its protocol's own words."""

    def __init__(self, message: str, *, model: str = "", version: int | None = None, label: str | None = None) -> None:
        super().__init__(message)
        self.model = model
        self.version = version
        self.label = label


class Unsupported(Fault):
    """Understood, but this protocol or format cannot do it."""


class Unavailable(Fault):
    """It exists but does not answer now: loading, failed to load, or draining."""


@dataclass(frozen=True, slots=True)
class ModelFailure:
    """A model that was wanted and is not there; `version` is None when no version of it was found."""

    model: str
    version: int | None
    error: str


class NotServed(Unavailable):
    """Models that were wanted did not become available. Says which, so that a codec can use its own words."""

    def __init__(self, failures: tuple[ModelFailure, ...]) -> None:
        super().__init__("; ".join(f"model '{failure.model}': {failure.error}" for failure in failures))
        self.failures = failures


class NotLive(Unavailable):
    """The model is known, but nothing of it answers as asked: loading, failed, unloaded. Names it as NotFound does."""

    def __init__(self, message: str, *, model: str, version: int | None = None, label: str | None = None) -> None:
        super().__init__(message)
        self.model = model
        self.version = version
        self.label = label


class Full(Fault):
    """A bounded queue is full: try again after `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Late(Fault):
    """The deadline passed before the answer was there."""


class Internal(Fault):
    """The model or the server broke. The message names the exception; the log holds the traceback."""


class GraphFault(Internal):
    """A graph cannot go on. `code` is Seldon's number for it: 203 a node answered what cannot be used, 204 a combiner
    or A/B test cannot do its work, 207 a route that leads nowhere."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Told(Fault):
    """A model's own refusal, in its own numbers: an HTTP status, a code and a word for the reason."""

    def __init__(self, message: str, *, status: int, code: int = -1, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.reason = reason


class ToldBadInput(Told, BadInput):
    """It was the caller's fault (a status of 4xx)."""


class ToldInternal(Told, Internal):
    """It was the model's (any other status)."""


KINDS: tuple[type[Fault], ...] = (BadInput, NotFound, Unsupported, Unavailable, Full, Late, Internal)
"""Every kind of fault: a protocol's table must name each of them."""


def let_go(error: BaseException) -> None:
    """Lets go of the frames that an error was raised through, once it is told. Where one of them holds the error they
    are a cycle, which would keep all they hold, a whole request with its tensors, till the collector comes round."""
    told: BaseException | None = error
    while told is not None and told.__traceback__ is not None:
        told.__traceback__ = None
        told = told.__cause__ or told.__context__
