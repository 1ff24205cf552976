"""rand: random strings and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from salver.formats.pfa.library.random_numbers import drawn
from salver.formats.pfa.library.registry import Call, Clock, Implementation, fail, typed

_SURROGATES: Final = 0xD800
"""Where the code points begin that are no characters."""


@typed(
    "rand.string",
    "(size: int) -> string",
    "(size: int, population: string) -> string",
    "(size: int, low: int, high: int) -> string",
    errors={
        34080: "size must be positive",
        34081: "high must be greater than low",
        34082: "invalid char",
        34083: "population must be non-empty",
    },
    needs=("random", "clock"),
)
def _string(call: Call) -> Implementation:
    choose = _chooser(34080, 1, _SURROGATES, call.signature)

    def compute(random: Random, clock: Clock, size: int, *among: Any) -> str:
        found = choose(random, clock, size, *among)
        return "".join(found if call.signature == 1 else map(chr, found))

    return compute


@typed(
    "rand.bytes",
    "(size: int) -> bytes",
    "(size: int, population: bytes) -> bytes",
    "(size: int, low: int, high: int) -> bytes",
    errors={
        34090: "size must be positive",
        34091: "high must be greater than low",
        34092: "invalid byte",
        34093: "population must be non-empty",
    },
    needs=("random", "clock"),
)
def _bytes(call: Call) -> Implementation:
    choose = _chooser(34090, 0, 256, call.signature)
    return lambda random, clock, size, *among: bytes(choose(random, clock, size, *among))


def _chooser(code: int, lowest: int, end: int, signature: int) -> Implementation:
    """What draws so many numbers from `lowest` up to `end`, or members of a population. `code` is the first of four."""

    def from_all(random: Random, clock: Clock, size: int) -> list[int]:
        return from_range(random, clock, size, lowest, end)

    def from_population(random: Random, clock: Clock, size: int, population: Sequence[Any]) -> list[Any]:
        if size <= 0:
            fail(code)
        return drawn(clock, size, lambda: random.choice(population)) if population else fail(code + 3)

    def from_range(random: Random, clock: Clock, size: int, low: int, high: int) -> list[int]:
        if size <= 0:
            fail(code)
        if high <= low:
            fail(code + 1)
        if low < lowest or high > end:
            fail(code + 2)
        return drawn(clock, size, lambda: random.randrange(low, high))

    return (from_all, from_population, from_range)[signature]
