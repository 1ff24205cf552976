"""Which types fit where others are wanted, and the narrowest type that several fit.

The rules are those of PFA 0.8.1, "Type resolution, promotion, and covariance"; what the text leaves open is as Hadrian
and Titus have it: a value of a union is accepted where every branch is, a record where at least the wanted fields are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from salver.formats.pfa.avro.types import (
    BOTTOM,
    NO_DEFAULT,
    NULL,
    NUMBERS,
    Array,
    Enum,
    Fixed,
    Function,
    Map,
    Named,
    Record,
    Type,
    Union,
)

_Known = dict[str, bool]
"""Whether records of a name fit, as far as that has been looked at."""


class NoSupertype(Exception):
    """No type has all of these."""


def accepts(wanted: Type, given: Type) -> bool:
    """Whether a value of type `given` may stand where one of type `wanted` is expected."""
    return _accepts(wanted, given, {})


def _accepts(wanted: Type, given: Type, known: _Known) -> bool:
    if given is BOTTOM:
        return wanted is BOTTOM
    if wanted is given:
        return True
    if isinstance(wanted, Function):
        return isinstance(given, Function) and _accepts_function(wanted, given, known)
    if isinstance(given, Union) and isinstance(wanted, Union):
        return all(any(_accepts(branch, one, known) for branch in wanted.types) for one in given.types)
    if isinstance(wanted, Union):
        return any(_accepts(branch, given, known) for branch in wanted.types)
    if isinstance(given, Union):
        return all(_accepts(wanted, one, known) for one in given.types)
    if wanted in NUMBERS:
        return given in NUMBERS and NUMBERS.index(given) <= NUMBERS.index(wanted)
    if type(wanted) is not type(given):
        return False
    if isinstance(wanted, Array) and isinstance(given, Array):
        return _accepts(wanted.items, given.items, known)
    if isinstance(wanted, Map) and isinstance(given, Map):
        return _accepts(wanted.values, given.values, known)
    return isinstance(wanted, Named) and isinstance(given, Named) and _accepts_named(wanted, given, known)


def _accepts_function(wanted: Function, given: Function, known: _Known) -> bool:
    """A function fits that takes at least, and gives at most."""
    return (
        len(wanted.params) == len(given.params)
        and all(_accepts(takes, gets, known) for takes, gets in zip(given.params, wanted.params, strict=True))
        and _accepts(wanted.ret, given.ret, known)
    )


def _accepts_named(wanted: Named, given: Named, known: _Known) -> bool:
    if wanted.tag != given.tag:
        return False
    if isinstance(wanted, Fixed) and isinstance(given, Fixed):
        return wanted.size == given.size
    if isinstance(wanted, Enum) and isinstance(given, Enum):
        return set(given.symbols) <= set(wanted.symbols)
    if isinstance(wanted, Record) and isinstance(given, Record):
        if wanted.tag not in known:
            # While its fields are looked at it is taken to fit: it may hold itself.
            known[wanted.tag] = True
            known[wanted.tag] = all(
                (field.default is not NO_DEFAULT)
                if (kind := given.types.get(field.name)) is None
                else _accepts(field.type, kind, known)
                for field in wanted.fields
            )
        return known[wanted.tag]
    return False


def supertype(types: Sequence[Type]) -> Type:
    """The narrowest type that accepts all of these; what never gives a value is passed over.

    Raises NoSupertype: two enums or two fixed types of different names, functions beside values, nothing at all."""
    real = [one for one in types if one is not BOTTOM]
    if not real:
        raise NoSupertype("nothing here gives a value")
    first = real[0]
    if all(one is first for one in real):
        return first
    if all(one in NUMBERS for one in real):
        return NUMBERS[max(map(NUMBERS.index, real))]
    if all(isinstance(one, Array) for one in real):
        return Array(supertype([one.items for one in real if isinstance(one, Array)]))
    if all(isinstance(one, Map) for one in real):
        return Map(supertype([one.values for one in real if isinstance(one, Map)]))
    if all(isinstance(one, Function) for one in real):
        if all(one == first for one in real):
            return first
        raise NoSupertype(f"these functions are of different types: {_listed(real)}")
    for kind in (Fixed, Enum, Record):
        if all(isinstance(one, kind) for one in real):
            if all(one == first for one in real):
                return first
            raise NoSupertype(f"these are different types: {_listed(real)}")
    if any(isinstance(one, Function) for one in real):
        raise NoSupertype("a function cannot stand beside values")
    return _union(real)


def _union(types: Iterable[Type]) -> Type:
    distinct: list[Type] = []
    for one in types:
        for branch in one.types if isinstance(one, Union) else (one,):
            _add(distinct, branch)
    for kind in (Fixed, Enum):
        if sum(isinstance(one, kind) for one in distinct) > 1:
            raise NoSupertype(f"a union holds one {kind.__name__.lower()} type at most, not {_listed(distinct)}")
    if len({one.tag for one in distinct}) < len(distinct):
        raise NoSupertype(f"a union holds one type of a kind or name, not {_listed(distinct)}")
    return Union(distinct) if len(distinct) > 1 else distinct[0]


def _add(distinct: list[Type], branch: Type) -> None:
    """Adds a branch, unless one there has its values; in place of one whose values it has."""
    if any(accepts(there, branch) for there in distinct):
        return
    for at, there in enumerate(distinct):
        if accepts(branch, there):
            distinct[at] = branch
            return
    distinct.append(branch)


def optional(of: Type) -> Type:
    """The type with null beside it."""
    return supertype([of, NULL])


def _listed(types: Iterable[Type]) -> str:
    return ", ".join(map(repr, types))
