"""Ways: the methods by which a hook may be answered, each with what goes in and what comes out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from salver.core.errors import BadInput
from salver.core.servable import Response
from salver.core.tensor import Tensor
from salver.opening.component.refusals import refusal
from salver.opening.component.remarks import Remarks
from salver.opening.component.user import User


class Outcome(Response):
    """What a hook gave: tensors, a router's branch, or (feedback) neither; and what it says beside them."""

    __slots__ = ("branch", "remarks")

    def __init__(self, tensors: Mapping[str, Tensor], remarks: Remarks, branch: int = -1) -> None:
        super().__init__(tensors)
        self.remarks = remarks
        self.branch = branch


@dataclass(frozen=True, slots=True)
class Way:
    """One method of a user's."""

    user: User
    name: str
    arguments: Callable[[Any], tuple[Any, ...]]
    """Of the subject, which is what the hook is about: a request, the answers of children, a lesson."""
    read: Callable[[Any], Outcome]
    named: Callable[[Any], Mapping[str, Any]] | None = None
    """The arguments given by name."""
    method: Callable[..., Any] = field(init=False)
    waits: bool = field(init=False)

    def __post_init__(self) -> None:
        method = self.user.method(self.name)
        assert method is not None  # noqa: S101 - asked before a way is made
        object.__setattr__(self, "method", method)
        object.__setattr__(self, "waits", inspect.iscoroutinefunction(method))

    def run(self, subject: Any) -> Outcome | None:
        """None where the method says that it is not implemented. Raises Faults only."""
        try:
            return self.read(self._call(subject))
        except Exception as error:  # noqa: BLE001 - whatever a user's code raises is told
            self._refuse(error)
            return None

    async def wait(self, subject: Any) -> Outcome | None:
        """`run` of a method that may be `async def`."""
        try:
            returned = self._call(subject)
            return self.read(await returned if self.waits else returned)
        except Exception as error:  # noqa: BLE001 - whatever a user's code raises is told
            self._refuse(error)
            return None

    def _call(self, subject: Any) -> Any:
        if self.named is None:
            return self.method(*self.arguments(subject))
        return self.method(*self.arguments(subject), **self.named(subject))

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, self.user.words.not_implemented):
            raise refusal(error, self.user, self.name) from error


@dataclass(frozen=True, slots=True)
class Hook:
    """What a component can be asked, and the ways to answer it, the first first."""

    rest: tuple[Way, ...]
    grpc: tuple[Way, ...]
    """For requests that came by gRPC: a raw method is given a message of their kind."""
    default: Callable[[Any], Outcome]
    """The answer where no method is implemented."""
    waits: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "waits", any(way.waits for way in self.rest + self.grpc))

    def __bool__(self) -> bool:
        """Whether the user wrote any."""
        return bool(self.rest or self.grpc)

    def run(self, subject: Any, transport: str) -> Outcome:
        for way in self.grpc if transport == "grpc" else self.rest:
            outcome = way.run(subject)
            if outcome is not None:
                return outcome
        return self.default(subject)

    async def wait(self, subject: Any, transport: str) -> Outcome:
        for way in self.grpc if transport == "grpc" else self.rest:
            outcome = await way.wait(subject)
            if outcome is not None:
                return outcome
        return self.default(subject)


_ANY: Final = object()


def takes(method: Callable[..., Any], count: int, *names: str) -> bool:
    """Whether it can be called with so many arguments, and these by name."""
    try:
        inspect.signature(method).bind(*[_ANY] * count, **dict.fromkeys(names, _ANY))
    except TypeError:
        return False
    except ValueError:
        # Written in C, and says nothing of itself.
        return not names
    return True


def must_take(user: User, name: str, *wanted: str) -> None:
    """Raises BadInput unless the method takes these arguments."""
    method = user.method(name)
    if method is not None and not takes(method, len(wanted)):
        raise BadInput(
            f"{user.file.name}: {user.name}.{name}{inspect.signature(method)} must take ({', '.join(wanted)})"
        )
