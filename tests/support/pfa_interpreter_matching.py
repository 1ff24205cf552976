"""Which signature of a library function fits, for the interpreter of PFA documents in the tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pfa_interpreter_types import NUMBERS, Refused, Type, Types, accepts, broadest, float32

Implementation = Callable[..., Any]
Letters = dict[str, Type]
LIMITS = {"int": 2**31, "long": 2**63}


class Failed(Exception):
    """A runtime error: its code, or that of the document with its message."""

    def __init__(self, code: int | None, message: str | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class TooMuch(Exception):
    """A document works longer, or makes larger values, than the interpreter has patience for."""


@dataclass(frozen=True)
class Overload:
    """One signature of a function: patterns are types whose capitals stand for any type; N for a number, I for an
    integer."""

    params: tuple[Type, ...]
    result: Type
    make: Callable[[Types, Letters], Implementation]


LIBRARY: dict[str, list[Overload]] = {}


def resolved(types: Types, name: str, given: Sequence[Type]) -> tuple[list[Type], Type, Implementation]:
    """What the arguments of a call must become, what it gives and what it does. Raises Refused where none fits."""
    for overload in LIBRARY.get(name, ()):
        letters = _letters(overload, given)
        if letters is not None:
            params = [_filled(pattern, letters) for pattern in overload.params]
            return params, _filled(overload.result, letters), overload.make(types, letters)
    raise Refused(f"no {name} for {given}")


def _letters(overload: Overload, given: Sequence[Type]) -> Letters | None:
    """What the letters of a signature stand for; None where it does not fit."""
    found: dict[str, list[Type]] = {}
    if len(given) != len(overload.params) or not all(
        _fits(pattern, one, found, False) for pattern, one in zip(overload.params, given, strict=True)
    ):
        return None
    try:
        letters = {letter: broadest(met) for letter, met in found.items()}
    except Refused:
        return None
    # A function must take whatever its letters have come to stand for.
    wanted = [_filled(pattern, letters) for pattern in overload.params]
    return letters if all(map(accepts, wanted, given)) else None


def _fits(pattern: Type, given: Type, found: dict[str, list[Type]], contrary: bool) -> bool:
    if isinstance(pattern, str) and len(pattern) == 1:
        found.setdefault(pattern, []).append(given)
        return given in {"N": NUMBERS, "I": NUMBERS[:2]}.get(pattern, (given,)) and given != "nothing"
    if isinstance(pattern, str):
        return accepts(given, pattern) if contrary else accepts(pattern, given)
    if not isinstance(given, tuple) or given[0] != pattern[0]:
        return False
    if pattern[0] == "function":
        return (
            len(pattern[1]) == len(given[1])
            and all(_fits(*pair, found, True) for pair in zip(pattern[1], given[1], strict=True))
            and _fits(pattern[2], given[2], found, False)
        )
    return _fits(pattern[1], given[1], found, contrary)


def _filled(pattern: Type, letters: Letters) -> Type:
    if isinstance(pattern, str):
        return letters.get(pattern, pattern)
    if pattern[0] == "function":
        return ("function", tuple(_filled(one, letters) for one in pattern[1]), _filled(pattern[2], letters))
    return (pattern[0], _filled(pattern[1], letters))


def _pattern(tokens: list[str]) -> Type:
    word = tokens.pop(0)
    if word in ("array", "map"):
        tokens.pop(0)
        inner = _pattern(tokens)
        tokens.pop(0)
        return (word, inner)
    if word == "fcn":
        params = _listed(tokens)
        tokens.pop(0)
        return ("function", params, _pattern(tokens))
    return word


def _listed(tokens: list[str]) -> tuple[Type, ...]:
    found = []
    while tokens.pop(0) != ")":
        if tokens[0] != ")":
            found.append(_pattern(tokens))
        else:
            tokens.pop(0)
            break
    return tuple(found)


def typed(name: str, signature: str) -> Callable[[Any], Any]:
    """Registers what makes a function for known types."""
    tokens = re.findall(r"\w+|->|[(),]", signature)
    params = _listed(tokens)
    tokens.pop(0)
    result = _pattern(tokens)

    def register(make: Any) -> Any:
        LIBRARY.setdefault(name, []).append(Overload(params, result, make))
        return make

    return register


def plain(name: str, signature: str, implementation: Implementation) -> None:
    """Registers a function that does the same for all types."""
    typed(name, signature)(lambda types, letters: implementation)


def within(type_: Type, value: Any, code: int) -> Any:
    """A number as its type has it. Fails with `code` for an int that overflows, with the next for a long."""
    if type_ in LIMITS:
        if not -LIMITS[type_] <= value < LIMITS[type_]:
            raise Failed(code + (type_ == "long"))
        return value
    return float32(value) if type_ == "float" else value
