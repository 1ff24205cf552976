"""a: the values of an array put together in smaller arrays. There may be very many: the clock is asked on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, islice, permutations
from typing import Any, Final

from salver.formats.pfa.library.registry import Clock, fail, function

Values = list[Any]
_VALUES_BETWEEN_CHECKS: Final = 20_000


def _listed(clock: Clock, groups: Iterable[Sequence[Any]], size: int) -> list[Values]:
    """The groups, each of so many values."""
    left: Iterator[Sequence[Any]] = iter(groups)
    at_once = max(1, _VALUES_BETWEEN_CHECKS // max(1, size))
    found: list[Values] = []
    while some := list(map(list, islice(left, at_once))):
        found += some
        clock.check()
    return found


@function(
    "a.slidingWindow",
    "(a: array(any A), size: int, step: int) -> array(array(A))",
    errors={15770: "size < 1", 15771: "step < 1"},
    needs=("clock",),
)
def sliding_window(clock: Clock, a: Values, size: int, step: int) -> list[Values]:
    """So many values in a row, from the first on and then each time some steps further, while there are so many."""
    if size < 1:
        fail(15770)
    if step < 1:
        fail(15771)
    return _listed(clock, (a[start : start + size] for start in range(0, len(a) - size + 1, step)), size)


@function(
    "a.combinations", "(a: array(any A), size: int) -> array(array(A))", errors={15780: "size < 1"}, needs=("clock",)
)
def all_combinations(clock: Clock, a: Values, size: int) -> list[Values]:
    """All ways to pick so many values, each in the order of the array. Equal values are different ones."""
    if size < 1:
        fail(15780)
    return _listed(clock, combinations(a, size), size) if size <= len(a) else []


@function("a.permutations", "(a: array(any A)) -> array(array(A))", needs=("clock",))
def all_permutations(clock: Clock, a: Values) -> list[Values]:
    """All orders of the values. Equal values are different ones."""
    return _listed(clock, permutations(a), len(a))


@function("a.groupby", "(a: array(any A), fcn: fcn(A) -> string) -> map(array(A))")
def group_by(a: Values, name: Callable[[Any], str]) -> dict[str, Values]:
    """The values by the name that the function gives each."""
    groups: dict[str, Values] = {}
    for value in a:
        groups.setdefault(name(value), []).append(value)
    return groups
