"""rand: random numbers, and random choices. They come from the generator of the engine, so that the same document with
the same seed gives the same. Random texts are in `random_texts.py`.
"""

from __future__ import annotations

import bisect
import math
import uuid
from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random
from typing import Any, Final

from salver.formats.pfa.library.registry import Call, Clock, Implementation, fail, function, typed
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN

_BLOCK: Final = 10_000
"""After so many draws the clock is asked."""
_ORDER: Final = "high must be greater than low"


def drawn(clock: Clock, size: int, draw: Callable[[], Any]) -> list[Any]:
    """So many draws; none if the size is negative."""
    found: list[Any] = []
    while len(found) < size:
        clock.check()
        found.extend(draw() for _ in range(min(_BLOCK, size - len(found))))
    return found


def _integers(name: str, signatures: tuple[str, str], low: int, high: int, code: int) -> None:
    """Registers whole numbers of a type, and those from one number up to, but not, another."""

    @typed(name, *signatures, errors={code: _ORDER}, needs=("random",))
    def make(call: Call) -> Implementation:
        if call.signature == 0:
            return lambda random: random.randint(low, high)
        return lambda random, low, high: random.randrange(low, high) if low < high else fail(code)


_integers("rand.int", ("() -> int", "(low: int, high: int) -> int"), INT_MIN, INT_MAX, 34000)
_integers("rand.long", ("() -> long", "(long: long, high: long) -> long"), LONG_MIN, LONG_MAX, 34010)


@function("rand.float", "(low: float, high: float) -> float", errors={34020: _ORDER}, needs=("random",))
def _float(random: Random, low: float, high: float) -> float:
    return fail(34020) if high <= low else random.uniform(low, high)


@function("rand.double", "(low: double, high: double) -> double", errors={34030: _ORDER}, needs=("random",))
def _double(random: Random, low: float, high: float) -> float:
    return fail(34030) if high <= low else random.uniform(low, high)


@function("rand.gaussian", "(mu: double, sigma: double) -> double", needs=("random",))
def _gaussian(random: Random, mu: float, sigma: float) -> float:
    return random.gauss(mu, sigma)


@function(
    "rand.choice",
    "(population: array(any A)) -> A",
    errors={34040: "population must not be empty"},
    needs=("random",),
)
def _choice(random: Random, population: Sequence[Any]) -> Any:
    return random.choice(population) if population else fail(34040)


@function(
    "rand.choices",
    "(size: int, population: array(any A)) -> array(A)",
    errors={34050: "population must not be empty"},
    needs=("random", "clock"),
)
def _choices(random: Random, clock: Clock, size: int, population: Sequence[Any]) -> list[Any]:
    """Some may come more than once."""
    return drawn(clock, size, lambda: random.choice(population)) if population else fail(34050)


@function(
    "rand.sample",
    "(size: int, population: array(any A)) -> array(A)",
    errors={34060: "population must not be empty", 34061: "population smaller than requested subsample"},
    needs=("random",),
)
def _sample(random: Random, size: int, population: Sequence[Any]) -> list[Any]:
    """None comes more than once."""
    if not population:
        fail(34060)
    return random.sample(population, max(0, size)) if size <= len(population) else fail(34061)


@typed(
    "rand.histogram",
    "(distribution: array(double)) -> int",
    "(distribution: array(record A {prob: double})) -> A",
    errors={
        34070: "distribution must be non-empty",
        34071: "distribution must be finite",
        34072: "distribution must be non-negative",
    },
    needs=("random",),
)
def _histogram(call: Call) -> Implementation:
    if call.signature == 0:
        return _place
    return lambda random, bins: bins[_place(random, [one["prob"] for one in bins])]


def _place(random: Random, weights: Sequence[float]) -> int:
    """The place of a bin, by how much the bins weigh."""
    for weight in weights:
        if not math.isfinite(weight):
            fail(34071)
        if weight < 0.0:
            fail(34072)
    ends = list(accumulate(weights))
    if not ends or ends[-1] == 0.0:
        fail(34070)
    if ends[-1] == math.inf:
        fail(34071)
    position = random.uniform(0.0, ends[-1])
    return min(bisect.bisect_right(ends, position), bisect.bisect_left(ends, ends[-1]))


def _uuid(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


function("rand.uuid", "() -> string", needs=("random",))(_uuid)
function("rand.uuid4", "() -> string", needs=("random",))(_uuid)
