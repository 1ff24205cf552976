"""How a library function is written down: its name, its signatures, its error codes, and what computes it.

    @function("a.head", "(a: array(any A)) -> A", errors={15030: "empty array"})
    def head(a): ...                       # is called with the values

    @typed("a.sort", "(a: array(any A)) -> array(A)")
    def sort(call): return lambda a: ...   # is called once for each call in a document, while that is loaded, with what
                                           # is known of it, and gives what is then called with the values

Arguments have the static types that the call has resolved, exactly: where a double is wanted a float comes, never an
int. Functions among them are plain callables. What is given must be of the type that the signature says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, NoReturn, TypeVar

from salver.formats.pfa.avro.types import Type
from salver.formats.pfa.errors import MESSAGES, PFARuntimeError
from salver.formats.pfa.library.patterns import SignaturePattern, parse_signature

Implementation = Callable[..., Any]
_F = TypeVar("_F", bound=Callable[..., Any])

UNKNOWN: Final = object()
"""What stands for an argument whose value is not known before the document runs."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of one call in a document when that is loaded."""

    letters: Mapping[str, Type]
    """What the letters of the signature stand for."""
    params: tuple[Type, ...]
    """The types of the arguments. Where the signature says `union(...)` this may be one of its branches, not in a
    pair."""
    ret: Type
    """The type of the result."""
    constants: tuple[Any, ...] = ()
    """The values of the arguments that will never change, such as a cell that nobody writes; else UNKNOWN."""
    signature: int = 0
    """Which of the function's signatures it is."""

    def constant(self, index: int) -> Any:
        """The value of an argument, or UNKNOWN."""
        return self.constants[index] if index < len(self.constants) else UNKNOWN


@dataclass(frozen=True)
class LibraryFunction:
    """One function of the library."""

    name: str
    texts: tuple[str, ...]
    make: Callable[[Call], Implementation]
    needs: tuple[str, ...] = ()
    """What the engine puts before the arguments: "random" (a random.Random of its own) or "clock" (see `Clock`)."""
    errors: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def signatures(self) -> tuple[SignaturePattern, ...]:
        """What it takes and gives, in the order in which they are tried."""
        return tuple(map(parse_signature, self.texts))


LIBRARY: Final[dict[str, LibraryFunction]] = {}
"""The functions by name, as far as their files have been imported."""


def typed(
    name: str,
    *signatures: str,
    errors: Mapping[int, str] = MappingProxyType({}),
    needs: Sequence[str] = (),
) -> Callable[[_F], _F]:
    """Registers what makes the function for one call of known types."""

    def register(make: _F) -> _F:
        LIBRARY[name] = LibraryFunction(name, signatures, make, tuple(needs), errors)
        MESSAGES.update(errors)
        return make

    return register


def function(
    name: str,
    *signatures: str,
    errors: Mapping[int, str] = MappingProxyType({}),
    needs: Sequence[str] = (),
) -> Callable[[_F], _F]:
    """Registers a function that computes alike for all types."""

    def register(implementation: _F) -> _F:
        typed(name, *signatures, errors=errors, needs=needs)(lambda _call: implementation)
        return implementation

    return register


def fail(code: int) -> NoReturn:
    """Raises the runtime error of that code, with its message."""
    raise PFARuntimeError(code)


class Clock:
    """The time that a method may still take. Long loops of the library ask it now and then."""

    def check(self) -> None:
        """Raises PFATimeoutError when the time is over."""
