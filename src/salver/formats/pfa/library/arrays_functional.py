"""a: what a function makes of the values of an array, one by one or all in one."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import chain, compress, dropwhile, takewhile
from typing import Any, Final

from salver.formats.pfa.avro.types import DOUBLE, Array, Function, Union
from salver.formats.pfa.library.known import KnownFunction, Param
from salver.formats.pfa.library.registry import Call, Implementation, fail, function, typed
from salver.formats.pfa.library.sums import added

Values = list[Any]
Compute = Callable[..., Any]
_ARRAYS: Final = (
    "a: array(any A), b: array(any B)",
    "a: array(any A), b: array(any B), c: array(any C)",
    "a: array(any A), b: array(any B), c: array(any C), d: array(any D)",
)
_ITEMS: Final = ("A, B", "A, B, C", "A, B, C, D")
_MISALIGNED: Final = "misaligned arrays"


@function("a.map", "(a: array(any A), fcn: fcn(A) -> any B) -> array(B)")
def mapped(a: Values, compute: Compute) -> Values:
    """What the function makes of each value."""
    return list(map(compute, a))


@function("a.mapWithIndex", "(a: array(any A), fcn: fcn(int, A) -> any B) -> array(B)")
def mapped_with_index(a: Values, compute: Compute) -> Values:
    """What the function makes of each place and the value there."""
    return list(map(compute, range(len(a)), a))


@function("a.filter", "(a: array(any A), fcn: fcn(A) -> boolean) -> array(A)")
def filtered(a: Values, holds: Compute) -> Values:
    """The values of which the function says yes."""
    return list(filter(holds, a))


@function("a.filterWithIndex", "(a: array(any A), fcn: fcn(int, A) -> boolean) -> array(A)")
def filtered_with_index(a: Values, holds: Compute) -> Values:
    """The values of which, and of whose place, the function says yes."""
    return list(compress(a, map(holds, range(len(a)), a)))


def _without_null(call: Call, gather: Callable[[Values, Compute], Values]) -> Implementation:
    """Leaves out what is null, and takes the rest out of the union that it comes in, if it comes in one."""
    compute = call.params[1]
    if isinstance(compute, Function) and isinstance(compute.ret, Union):
        return lambda a, f: [found[1] for found in gather(a, f) if found is not None]
    return lambda a, f: [found for found in gather(a, f) if found is not None]


@typed("a.filterMap", "(a: array(any A), fcn: fcn(A) -> union(any B, null)) -> array(B)")
def _filter_map(call: Call) -> Implementation:
    return _without_null(call, mapped)


@typed("a.filterMapWithIndex", "(a: array(any A), fcn: fcn(int, A) -> union(any B, null)) -> array(B)")
def _filter_map_with_index(call: Call) -> Implementation:
    return _without_null(call, mapped_with_index)


@function("a.flatMap", "(a: array(any A), fcn: fcn(A) -> array(any B)) -> array(B)")
def flat_mapped(a: Values, compute: Compute) -> Values:
    """The values of all arrays that the function makes of the values."""
    return list(chain.from_iterable(map(compute, a)))


@function("a.flatMapWithIndex", "(a: array(any A), fcn: fcn(int, A) -> array(any B)) -> array(B)")
def flat_mapped_with_index(a: Values, compute: Compute) -> Values:
    """The same, of each place and the value there."""
    return list(chain.from_iterable(map(compute, range(len(a)), a)))


@function(
    "a.zipmap",
    *(f"({arrays}, fcn: fcn({items}) -> any Z) -> array(Z)" for arrays, items in zip(_ARRAYS, _ITEMS, strict=True)),
    errors={15650: _MISALIGNED},
)
def zip_mapped(a: Values, *others: Any) -> Values:
    """What the function, which comes last, makes of the values at the same place of some arrays."""
    *arrays, compute = others
    size = len(a)
    for array in arrays:
        if len(array) != size:
            fail(15650)
    return list(map(compute, a, *arrays))


@function(
    "a.zipmapWithIndex",
    *(
        f"({arrays}, fcn: fcn(int, {items}) -> any Z) -> array(Z)"
        for arrays, items in zip(_ARRAYS, _ITEMS, strict=True)
    ),
    errors={15660: _MISALIGNED},
)
def zip_mapped_with_index(a: Values, *others: Any) -> Values:
    """The same, of each place and the values there."""
    *arrays, compute = others
    size = len(a)
    for array in arrays:
        if len(array) != size:
            fail(15660)
    return list(map(compute, range(size), a, *arrays))


@typed("a.reduce", "(a: array(any A), fcn: fcn(A, A) -> A) -> A", errors={15670: "empty array"})
def _reduce(call: Call) -> Implementation:
    return added_vectors if call.ret == Array(DOUBLE) and _adds_vectors(call.constant(1)) else reduced


def reduced(a: Values, join: Compute) -> Any:
    """All values joined to one, from the first on."""
    return reduce(join, a) if a else fail(15670)


def _adds_vectors(known: Any) -> bool:
    """Whether a function is known to add its two arguments as vectors: so models add up what their trees say."""
    if not isinstance(known, KnownFunction) or len(known.params) != 2:
        return False
    return bool(known.body == ("la.add", *map(Param, known.params)))


def added_vectors(a: list[list[float]], join: Compute) -> Any:
    """The same, where they are vectors and are added: column by column, which is sooner done."""
    if len(a) < 2 or len(set(map(len, a))) > 1:
        return reduced(a, join)
    return list(map(added, zip(*a, strict=True)))


@function("a.reduceRight", "(a: array(any A), fcn: fcn(A, A) -> A) -> A", errors={15680: "empty array"})
def reduced_from_the_end(a: Values, join: Compute) -> Any:
    """All values joined to one, from the last on."""
    return reduce(lambda tally, value: join(value, tally), reversed(a)) if a else fail(15680)


@function("a.fold", "(a: array(any A), zero: any B, fcn: fcn(B, A) -> B) -> B")
def folded(a: Values, zero: Any, join: Compute) -> Any:
    """All values joined to a tally, from the first on."""
    return reduce(join, a, zero)


@function("a.foldRight", "(a: array(any A), zero: any B, fcn: fcn(A, B) -> B) -> B")
def folded_from_the_end(a: Values, zero: Any, join: Compute) -> Any:
    """All values joined to a tally, from the last on."""
    return reduce(lambda tally, value: join(value, tally), reversed(a), zero)


@function("a.takeWhile", "(a: array(any A), fcn: fcn(A) -> boolean) -> array(A)")
def taken(a: Values, holds: Compute) -> Values:
    """The values before the first of which the function says no."""
    return list(takewhile(holds, a))


@function("a.dropWhile", "(a: array(any A), fcn: fcn(A) -> boolean) -> array(A)")
def dropped(a: Values, holds: Compute) -> Values:
    """The values from the first on of which the function says no."""
    return list(dropwhile(holds, a))


@function("a.any", "(a: array(any A), fcn: fcn(A) -> boolean) -> boolean")
def holds_for_any(a: Values, holds: Compute) -> bool:
    """Whether the function says yes of one value at least. The rest is not asked."""
    return any(map(holds, a))


@function("a.all", "(a: array(any A), fcn: fcn(A) -> boolean) -> boolean")
def holds_for_all(a: Values, holds: Compute) -> bool:
    """Whether the function says no of no value. After the first one the rest is not asked."""
    return all(map(holds, a))


@function("a.corresponds", "(a: array(any A), b: array(any B), fcn: fcn(A, B) -> boolean) -> boolean")
def corresponds(a: Values, b: Values, holds: Compute) -> bool:
    """Whether the function says yes of all values at the same places, of which there must be as many in both."""
    return len(a) == len(b) and all(map(holds, a, b))


@function("a.correspondsWithIndex", "(a: array(any A), b: array(any B), fcn: fcn(int, A, B) -> boolean) -> boolean")
def corresponds_with_index(a: Values, b: Values, holds: Compute) -> bool:
    """The same, of each place and the values there."""
    return len(a) == len(b) and all(map(holds, range(len(a)), a, b))
