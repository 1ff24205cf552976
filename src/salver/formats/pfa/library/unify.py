"""Finds the signature of a function that fits the types of its arguments, and what its letters stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Final

from salver.formats.pfa.avro.accepts import NoSupertype, accepts, supertype
from salver.formats.pfa.avro.types import (
    BOTTOM,
    NUMBERS,
    Array,
    Enum,
    Fixed,
    Function,
    Map,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.library.patterns import (
    ArrayOf,
    Exact,
    FieldNames,
    FunctionOf,
    Letter,
    MapOf,
    NamedLetter,
    Pattern,
    SignaturePattern,
    UnionOf,
)

_KINDS: Final = {"enum": Enum, "fixed": Fixed, "record": Record}
_MAX_BRANCHES: Final = 6
"""Unions wider than this are not tried in every order: no signature has more than three branches."""


@dataclass(frozen=True, slots=True)
class Match:
    """How a signature fits."""

    letters: dict[str, Type]
    params: tuple[Type, ...]
    """What the arguments must become."""
    ret: Type


@dataclass(slots=True)
class _Found:
    """What has been met for each letter so far."""

    members: dict[str, list[Type]] = field(default_factory=dict)
    field_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    choices: dict[str, tuple[Type, ...]] = field(default_factory=dict)

    def add(self, letter: str, met: Type) -> bool:
        self.members.setdefault(letter, []).append(met)
        return True

    def copy(self) -> _Found:
        return _Found(
            {name: list(met) for name, met in self.members.items()}, dict(self.field_names), dict(self.choices)
        )

    def become(self, other: _Found) -> None:
        self.members, self.field_names, self.choices = other.members, other.field_names, other.choices


def match(signature: SignaturePattern, arguments: Sequence[Type]) -> Match | None:
    """How a signature fits arguments of these types; None where it does not."""
    if len(arguments) != len(signature.params):
        return None
    found = _Found()
    for (_, pattern), argument in zip(signature.params, arguments, strict=True):
        if not _fits(pattern, argument, found, strict=False, contrary=False):
            return None
    try:
        letters = {letter: supertype(met) for letter, met in found.members.items()}
    except NoSupertype:
        return None
    for letter, names in found.field_names.items():
        record = letters.get(letter)
        if not isinstance(record, Record) or tuple(record.types) != names:
            return None
    for letter, choice in found.choices.items():
        if letters[letter] not in choice:
            return None
    params = tuple(
        _assigned(pattern, argument, letters)
        for (_, pattern), argument in zip(signature.params, arguments, strict=True)
    )
    if not all(map(accepts, params, arguments)):
        return None
    return Match(letters, params, _returned(signature.ret, letters))


def _fits(pattern: Pattern, argument: Type, found: _Found, *, strict: bool, contrary: bool) -> bool:
    """Whether an argument fits; notes what its letters met. `strict`: no promotion. `contrary`: inside a function's
    parameters, which must take at least what they will be given."""
    if argument is BOTTOM:
        return False
    match pattern:
        case Exact(wanted):
            return argument is wanted or (not strict and _promotes(wanted, argument, contrary))
        case ArrayOf(items):
            return isinstance(argument, Array) and _fits(items, argument.items, found, strict=strict, contrary=contrary)
        case MapOf(values):
            return isinstance(argument, Map) and _fits(values, argument.values, found, strict=strict, contrary=contrary)
        case UnionOf(types) if isinstance(argument, Union):
            return _fits_union(types, argument, found, contrary)
        case UnionOf(types):
            return any(_fits(kind, argument, found, strict=strict, contrary=contrary) for kind in types)
        case FunctionOf(params, ret):
            return (
                isinstance(argument, Function)
                and len(params) == len(argument.params)
                and all(
                    _fits(param, given, found, strict=strict, contrary=True)
                    for param, given in zip(params, argument.params, strict=True)
                )
                and _fits(ret, argument.ret, found, strict=strict, contrary=False)
            )
        case Letter(name, of):
            if of:
                found.choices[name] = of
            return (not of or argument in of) and found.add(name, argument)
        case NamedLetter(kind, name, fields):
            return (
                isinstance(argument, _KINDS[kind])
                and found.add(name, argument)
                and all(
                    (given := argument.types.get(key)) is not None  # type: ignore[attr-defined]
                    and _fits(wanted, given, found, strict=True, contrary=contrary)
                    for key, wanted in fields.items()
                )
            )
        case FieldNames(name, of):
            if not isinstance(argument, Enum):
                return False
            found.field_names[of] = argument.symbols
            return found.add(name, argument)


def _promotes(wanted: Type, argument: Type, contrary: bool) -> bool:
    if wanted not in NUMBERS or argument not in NUMBERS:
        return False
    if contrary:
        wanted, argument = argument, wanted
    return NUMBERS.index(argument) <= NUMBERS.index(wanted)


def _fits_union(patterns: Sequence[Pattern], argument: Union, found: _Found, contrary: bool) -> bool:
    """Whether each branch of a union fits a pattern of its own, in any order."""
    if len(argument.types) > min(len(patterns), _MAX_BRANCHES):
        return False
    for order in permutations(argument.types):
        attempt = found.copy()
        left = list(patterns)
        for branch in order:
            fitting = next((p for p in left if _fits(p, branch, attempt, strict=True, contrary=contrary)), None)
            if fitting is None:
                break
            left.remove(fitting)
        else:
            found.become(attempt)
            return True
    return False


def _assigned(pattern: Pattern, argument: Type, letters: dict[str, Type]) -> Type:
    """What an argument that fits must become."""
    match pattern:
        case Exact(wanted):
            return wanted
        case ArrayOf(items) if isinstance(argument, Array):
            return Array(_assigned(items, argument.items, letters))
        case MapOf(values) if isinstance(argument, Map):
            return Map(_assigned(values, argument.values, letters))
        case FunctionOf(params, ret) if isinstance(argument, Function):
            given = [_assigned(p, a, letters) for p, a in zip(params, argument.params, strict=True)]
            return Function(given, _assigned(ret, argument.ret, letters))
        case Letter(name) | NamedLetter(_, name) | FieldNames(name):
            return letters[name]
    return argument


def _returned(pattern: Pattern, letters: dict[str, Type]) -> Type:
    match pattern:
        case Exact(kind):
            return kind
        case ArrayOf(items):
            return Array(_returned(items, letters))
        case MapOf(values):
            return Map(_returned(values, letters))
        case UnionOf(types):
            return Union([_returned(kind, letters) for kind in types])
        case FunctionOf(params, ret):
            return Function([_returned(param, letters) for param in params], _returned(ret, letters))
        case Letter(name) | NamedLetter(_, name) | FieldNames(name):
            return letters[name]
