"""la: matrices and vectors, number by number. They are arrays, or maps, where what is missing is nought.

What needs the whole matrix (products, inverses, determinants) is in `linear_algebra.py`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence

from salver.formats.pfa.library.registry import Call, Implementation, fail, typed
from salver.formats.pfa.library.sums import added

Vector = Sequence[float]
Matrix = Sequence[Vector]
MapVector = Mapping[str, float]
MapMatrix = Mapping[str, MapVector]
Two = Callable[[float, float], float]


def keys_of(*maps: Iterable[str]) -> list[str]:
    """The keys of all of them, each once, in the order in which they are met."""
    return list(dict.fromkeys(key for one in maps for key in one))


def check_shape(x: Matrix, few: int, ragged: int) -> None:
    """Fails with the one code without rows or columns, with the other where rows differ in length."""
    if not x or not x[0]:
        fail(few)
    check_rows(x, ragged)


def check_rows(x: Matrix, ragged: int) -> None:
    """Fails where rows differ in length."""
    columns = len(x[0]) if x else 0
    if any(len(row) != columns for row in x):
        fail(ragged)


def is_empty(x: MapMatrix) -> bool:
    """Whether there is no number at all."""
    return not any(x.values())


@typed(
    "la.map",
    "(x: array(array(double)), fcn: fcn(double) -> double) -> array(array(double))",
    "(x: map(map(double)), fcn: fcn(double) -> double) -> map(map(double))",
)
def _map(call: Call) -> Implementation:
    if call.signature == 0:
        return lambda x, fcn: [[fcn(one) for one in row] for row in x]
    return lambda x, fcn: {name: {key: fcn(one) for key, one in row.items()} for name, row in x.items()}


@typed(
    "la.scale",
    "(x: array(double), alpha: double) -> array(double)",
    "(x: array(array(double)), alpha: double) -> array(array(double))",
    "(x: map(double), alpha: double) -> map(double)",
    "(x: map(map(double)), alpha: double) -> map(map(double))",
)
def _scale(call: Call) -> Implementation:
    return (
        lambda x, alpha: [one * alpha for one in x],
        lambda x, alpha: [[one * alpha for one in row] for row in x],
        lambda x, alpha: {key: one * alpha for key, one in x.items()},
        lambda x, alpha: {name: {key: one * alpha for key, one in row.items()} for name, row in x.items()},
    )[call.signature]


@typed(
    "la.zipmap",
    "(x: array(array(double)), y: array(array(double)), fcn: fcn(double, double) -> double) -> array(array(double))",
    "(x: map(map(double)), y: map(map(double)), fcn: fcn(double, double) -> double) -> map(map(double))",
    errors={24020: "misaligned matrices"},
)
def _zipmap(call: Call) -> Implementation:
    if call.signature == 0:
        return lambda x, y, fcn: _zipped(x, y, fcn, 24020)
    return _map_zipped


def _zipped(x: Matrix, y: Matrix, compute: Two, code: int) -> list[list[float]]:
    if len(x) != len(y) or any(len(one) != len(other) for one, other in zip(x, y, strict=True)):
        fail(code)
    return [list(map(compute, one, other)) for one, other in zip(x, y, strict=True)]


def _zipped_vectors(x: Vector, y: Vector, compute: Two, code: int) -> list[float]:
    return list(map(compute, x, y)) if len(x) == len(y) else fail(code)


def _map_zipped(x: MapMatrix, y: MapMatrix, compute: Two) -> dict[str, dict[str, float]]:
    columns = keys_of(*x.values(), *y.values())
    nothing: MapVector = {}
    return {name: _by_keys(x.get(name, nothing), y.get(name, nothing), columns, compute) for name in keys_of(x, y)}


def _by_keys(x: MapVector, y: MapVector, keys: Iterable[str], compute: Two) -> dict[str, float]:
    return {key: compute(x.get(key, 0.0), y.get(key, 0.0)) for key in keys}


def _sum(name: str, compute: Two, code: int) -> None:
    """Registers the sum or the difference of two vectors or matrices."""

    @typed(
        name,
        "(x: array(double), y: array(double)) -> array(double)",
        "(x: array(array(double)), y: array(array(double))) -> array(array(double))",
        "(x: map(double), y: map(double)) -> map(double)",
        "(x: map(map(double)), y: map(map(double))) -> map(map(double))",
        errors={code: "misaligned matrices"},
    )
    def make(call: Call) -> Implementation:
        return (
            lambda x, y: _zipped_vectors(x, y, compute, code),
            lambda x, y: _zipped(x, y, compute, code),
            lambda x, y: _by_keys(x, y, keys_of(x, y), compute),
            lambda x, y: _map_zipped(x, y, compute),
        )[call.signature]


_sum("la.add", operator.add, 24030)
_sum("la.sub", operator.sub, 24040)


@typed(
    "la.transpose",
    "(x: array(array(double))) -> array(array(double))",
    "(x: map(map(double))) -> map(map(double))",
    errors={24060: "too few rows/cols", 24061: "ragged columns"},
)
def _transpose(call: Call) -> Implementation:
    return (_transposed, _map_transposed)[call.signature]


def _transposed(x: Matrix) -> list[list[float]]:
    check_shape(x, 24060, 24061)
    return list(map(list, zip(*x, strict=True)))


def _map_transposed(x: MapMatrix) -> dict[str, dict[str, float]]:
    if is_empty(x):
        fail(24060)
    columns = next(iter(x.values()))
    if any(row.keys() != columns.keys() for row in x.values()):
        fail(24061)
    return {key: {name: row[key] for name, row in x.items()} for key in columns}


@typed(
    "la.trace",
    "(x: array(array(double))) -> double",
    "(x: map(map(double))) -> double",
    errors={24080: "ragged columns"},
)
def _trace(call: Call) -> Implementation:
    return (_traced, _map_traced)[call.signature]


def _traced(x: Matrix) -> float:
    check_rows(x, 24080)
    return added(row[at] for at, row in enumerate(x) if at < len(row))


def _map_traced(x: MapMatrix) -> float:
    return added(row[name] for name, row in x.items() if name in row)


@typed(
    "la.symmetric",
    "(x: array(array(double)), tol: double) -> boolean",
    "(x: map(map(double)), tol: double) -> boolean",
    errors={24100: "too few rows/cols", 24101: "ragged columns", 24102: "non-square matrix"},
)
def _symmetric(call: Call) -> Implementation:
    return (_is_symmetric, _is_map_symmetric)[call.signature]


def _is_symmetric(x: Matrix, tolerance: float) -> bool:
    check_shape(x, 24100, 24101)
    if len(x) != len(x[0]):
        fail(24102)
    return all(
        _alike(one, x[at][place], tolerance) for place, row in enumerate(x) for at, one in enumerate(row[: place + 1])
    )


def _is_map_symmetric(x: MapMatrix, tolerance: float) -> bool:
    if is_empty(x):
        fail(24100)
    keys = keys_of(x, *x.values())
    nothing: MapVector = {}
    rows = [x.get(name, nothing) for name in keys]
    return _is_symmetric([[row.get(key, 0.0) for key in keys] for row in rows], tolerance)


def _alike(x: float, y: float, tolerance: float) -> bool:
    """Whether two numbers differ by less than that, or neither is finite and both are the same."""
    if math.isfinite(x) and math.isfinite(y):
        return abs(x - y) < tolerance
    return x == y or (x != x and y != y)


@typed(
    "la.truncate",
    "(x: array(array(double)), keep: int) -> array(array(double))",
    "(x: map(map(double)), keep: array(string)) -> map(map(double))",
    errors={24120: "too few rows/cols", 24121: "ragged columns"},
)
def _truncate(call: Call) -> Implementation:
    return (_truncated, _map_truncated)[call.signature]


def _truncated(x: Matrix, keep: int) -> Matrix:
    check_shape(x, 24120, 24121)
    return x[: max(0, keep)]


def _map_truncated(x: MapMatrix, keep: Sequence[str]) -> MapMatrix:
    if is_empty(x):
        fail(24120)
    wanted = set(keep)
    return {name: row for name, row in x.items() if name in wanted}
