"""Which of some points lie nearest, by their distances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Final

import numpy as np
import numpy.typing as npt

from salver.formats.pfa.avro.types import NUMBERS, Array, Record, Type
from salver.formats.pfa.library.spelled_out import added, can_be_spelled_out, of_vector

Vector = npt.NDArray[np.float64]
WEIGHING: Final = ("euclidean", "squared", "taxicab")
"""The kinds that know missing values: they divide by the share of what is there, and round, even if all is."""
_ROOTS: Final = ("euclidean", "simple")


def lowest(distances: Sequence[float], count: int) -> list[int]:
    """The places of the smallest, the first of equals first. NaN stays where it was met, as in Hadrian and Titus: it is
    smaller than nothing and nothing is smaller."""
    if any(one != one for one in distances):
        return _inserted(distances, count)
    return [place for place, _ in sorted(enumerate(distances), key=itemgetter(1))[:count]]


def _inserted(distances: Sequence[float], count: int) -> list[int]:
    best: list[int] = []
    for place, one in enumerate(distances):
        at = next((at for at, other in enumerate(best) if one < distances[other]), len(best))
        best.insert(at, place)
        del best[count:]
    return best


class Points:
    """Points that never change, and a metric that is known: one of those of `Metric`, or `plain`, the square."""

    def __init__(self, points: Sequence[Sequence[float]], kind: str) -> None:
        self._kind = kind
        self.width = len(points[0])
        self._columns = np.array(points, np.float64).T.copy()
        """[dimensions, points]: so the dimensions are added in their order, as a loop would."""

    def distances(self, datum: Sequence[float]) -> Vector:
        """How far each point is from a datum, which has as many numbers as they."""
        with np.errstate(all="ignore"):
            apart = self._columns - np.array(datum)[:, None]
            if self._kind == "taxicab":
                np.abs(apart, out=apart)
            else:
                apart *= apart
            total: Vector = np.add.reduce(apart, axis=0)
            if self._kind in WEIGHING:
                total *= self.width
                total /= self.width
            return np.sqrt(total) if self._kind in _ROOTS else total

    def listed(self, datum: Sequence[float]) -> list[float]:
        """The same as Python's numbers."""
        found: list[float] = self.distances(datum).tolist()
        return found

    def nearest(self, datum: Sequence[float], count: int) -> list[int]:
        """The places of the nearest ones, in order."""
        distances = self.distances(datum)
        order = distances.argsort(kind="stable")
        if distances[order[-1]] != distances[order[-1]]:
            return _inserted(distances.tolist(), count)
        places: list[int] = order[:count].tolist()
        return places

    def within(self, datum: Sequence[float], radius: float) -> list[int]:
        """The places of those that are nearer."""
        places: list[int] = np.flatnonzero(self.distances(datum) < radius).tolist()
        return places


def is_vector(of: Type, way: Sequence[str] = ()) -> bool:
    """Whether what some fields lead to, one in the other, is an array of plain numbers."""
    for step in way:
        if not isinstance(of, Record):
            return False
        of = of.types[step]
    return isinstance(of, Array) and of.items in NUMBERS


def are_alike(points: Sequence[Sequence[float]]) -> bool:
    """Whether there are points, all of one number of dimensions."""
    return len({len(point) for point in points}) == 1 and len(points[0]) > 0


def few_distances(points: Sequence[Sequence[float]], kind: str) -> Callable[[Sequence[float]], list[float]] | None:
    """What gives the distances to a few points; None where there are too many for it to be quicker."""
    if kind == "taxicab" or not can_be_spelled_out(points):
        return None
    return of_vector(len(points[0]), lambda names: f"[{', '.join(_distance(names, one, kind) for one in points)}]")


def _distance(names: Sequence[str], point: Sequence[float], kind: str) -> str:
    width = len(point)
    square = added(f"(d := {name} - {number!r}) * d" for name, number in zip(names, point, strict=True))
    weighed = f"({square}) * {width}.0 / {width}.0" if kind in WEIGHING else f"({square})"
    return f"sqrt({weighed})" if kind in _ROOTS else weighed
