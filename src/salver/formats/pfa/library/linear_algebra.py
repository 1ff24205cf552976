"""la: products, inverses, determinants and eigenvectors of whole matrices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from salver.formats.pfa.library.matrices import (
    MapMatrix,
    MapVector,
    Matrix,
    Vector,
    check_rows,
    check_shape,
    is_empty,
    keys_of,
)
from salver.formats.pfa.library.registry import UNKNOWN, Call, Implementation, fail, typed
from salver.formats.pfa.library.sums import dot

Grid = npt.NDArray[np.float64]
_MANY: Final = 4096
"""From so many multiplications on NumPy is quicker than Python, though the numbers must become arrays first."""
_MANY_FIXED: Final = 128
"""The same where a matrix is one already."""


@typed(
    "la.dot",
    "(x: array(array(double)), y: array(double)) -> array(double)",
    "(x: map(map(double)), y: map(double)) -> map(double)",
    "(x: array(array(double)), y: array(array(double))) -> array(array(double))",
    "(x: map(map(double)), y: map(map(double))) -> map(map(double))",
    errors={24050: "misaligned matrices", 24051: "too few rows/cols", 24052: "contains non-finite value"},
)
def _dot(call: Call) -> Implementation:
    matrix = call.constant(0)
    if call.signature == 0 and matrix is not UNKNOWN and _is_plain(matrix):
        return _fixed_product(matrix)
    return (_vector_product, _map_vector_product, _product, _map_product)[call.signature]


def _is_plain(x: Matrix) -> bool:
    """Whether a matrix is large enough for NumPy, and nothing in it is wrong."""
    return len({len(row) for row in x}) == 1 and len(x) * len(x[0]) >= _MANY_FIXED and _all_finite(*x)


def _fixed_product(matrix: Matrix) -> Implementation:
    """The product with a matrix that never changes."""
    grid = np.array(matrix)
    columns = grid.shape[1]

    def compute(_x: Matrix, y: Vector) -> list[float]:
        if not y:
            fail(24051)
        if not _all_finite(y):
            fail(24052)
        if len(y) != columns:
            fail(24050)
        with np.errstate(all="ignore"):
            product: list[float] = (grid @ np.array(y)).tolist()
        return product

    return compute


def _all_finite(*rows: Iterable[float]) -> bool:
    return all(all(map(math.isfinite, row)) for row in rows)


def _vector_product(x: Matrix, y: Vector) -> list[float]:
    if not x or not x[0] or not y:
        fail(24051)
    if not _all_finite(y, *x):
        fail(24052)
    if any(len(row) != len(y) for row in x):
        fail(24050)
    return [dot(row, y) for row in x]


def _product(x: Matrix, y: Matrix) -> list[list[float]]:
    if not x or not x[0] or not y or not y[0]:
        fail(24051)
    if not _all_finite(*x, *y):
        fail(24052)
    if any(len(row) != len(y) for row in x):
        fail(24050)
    check_rows(y, 24050)
    return _multiplied(x, y)


def _multiplied(x: Matrix, y: Matrix) -> list[list[float]]:
    if len(x) * len(y) * len(y[0]) >= _MANY:
        with np.errstate(all="ignore"):
            product: list[list[float]] = (np.array(x) @ np.array(y)).tolist()
        return product
    columns = list(zip(*y, strict=True))
    return [[dot(row, column) for column in columns] for row in x]


def _map_vector_product(x: MapMatrix, y: MapVector) -> dict[str, float]:
    keys = keys_of(*x.values(), y)
    if not x or not keys:
        fail(24051)
    if not _all_finite(y.values(), *(row.values() for row in x.values())):
        fail(24052)
    vector = [y.get(key, 0.0) for key in keys]
    return {name: dot(row, vector) for name, row in zip(x, _grid(x, x, keys), strict=True)}


def _map_product(x: MapMatrix, y: MapMatrix) -> dict[str, dict[str, float]]:
    inner, columns = keys_of(*x.values(), y), keys_of(*y.values())
    if not x or not inner or not columns:
        fail(24051)
    if not _all_finite(*(row.values() for row in (*x.values(), *y.values()))):
        fail(24052)
    return _as_maps(_multiplied(_grid(x, x, inner), _grid(y, inner, columns)), x, columns)


def _grid(x: MapMatrix, rows: Iterable[str], columns: Sequence[str]) -> list[list[float]]:
    """A matrix by keys as one by places."""
    nothing: MapVector = {}
    found = [x.get(name, nothing) for name in rows]
    return [[row.get(key, 0.0) for key in columns] for row in found]


def _as_maps(x: Iterable[Iterable[float]], rows: Iterable[str], columns: Sequence[str]) -> dict[str, dict[str, float]]:
    return {name: dict(zip(columns, row, strict=True)) for name, row in zip(rows, x, strict=True)}


@typed(
    "la.inverse",
    "(x: array(array(double))) -> array(array(double))",
    "(x: map(map(double))) -> map(map(double))",
    errors={24070: "too few rows/cols", 24071: "ragged columns"},
)
def _inverse(call: Call) -> Implementation:
    return (_inverted, _map_inverted)[call.signature]


def _inverted(x: Matrix) -> list[list[float]]:
    check_shape(x, 24070, 24071)
    return _inverse_of(x)


def _map_inverted(x: MapMatrix) -> dict[str, dict[str, float]]:
    if is_empty(x):
        fail(24070)
    columns = keys_of(*x.values())
    return _as_maps(_inverse_of(_grid(x, x, columns)), columns, list(x))


def _inverse_of(x: Matrix) -> list[list[float]]:
    """The inverse, or the pseudo-inverse where there is none."""
    grid = np.array(x)
    with np.errstate(all="ignore"):
        try:
            found = np.linalg.inv(grid) if len(x) == len(x[0]) else _pseudo_inverse(grid)
        except np.linalg.LinAlgError:
            found = _pseudo_inverse(grid)
    inverse: list[list[float]] = found.tolist()
    return inverse


def _pseudo_inverse(grid: Grid) -> Grid:
    """NaN where a number is not finite. Very large and very small numbers are scaled: LAPACK may not come to an end."""
    scale = float(np.max(np.abs(grid)))
    if scale == 0.0 or not math.isfinite(scale):
        return np.full(grid.T.shape, 0.0 if scale == 0.0 else math.nan)
    try:
        found = np.asarray(np.linalg.pinv(grid / scale) / scale, np.float64)
    except np.linalg.LinAlgError:
        return np.full(grid.T.shape, math.nan)
    return found


@typed(
    "la.det",
    "(x: array(array(double))) -> double",
    "(x: map(map(double))) -> double",
    errors={24090: "too few rows/cols", 24091: "ragged columns", 24092: "non-square matrix"},
)
def _det(call: Call) -> Implementation:
    return (_determinant, _map_determinant)[call.signature]


def _determinant(x: Matrix) -> float:
    check_shape(x, 24090, 24091)
    if len(x) != len(x[0]):
        fail(24092)
    if not _all_finite(*x):
        return math.nan
    with np.errstate(all="ignore"):
        return float(np.linalg.det(np.array(x)))


def _map_determinant(x: MapMatrix) -> float:
    if is_empty(x):
        fail(24090)
    keys = keys_of(x, *x.values())
    return _determinant(_grid(x, keys, keys))


@typed(
    "la.eigenBasis",
    "(x: array(array(double))) -> array(array(double))",
    "(x: map(map(double))) -> map(map(double))",
    errors={
        24110: "too few rows/cols",
        24111: "ragged columns",
        24112: "non-square matrix",
        24113: "non-finite matrix",
    },
)
def _eigen_basis(call: Call) -> Implementation:
    return (_basis, _map_basis)[call.signature]


def _basis(x: Matrix) -> list[list[float]]:
    """The eigenvectors, each divided by the root of its eigenvalue; the greatest eigenvalue first."""
    check_shape(x, 24110, 24111)
    if len(x) != len(x[0]):
        fail(24112)
    if not _all_finite(*x):
        fail(24113)
    grid = np.array(x)
    scale = float(np.max(np.abs(grid))) or 1.0
    with np.errstate(all="ignore"):
        try:
            values, vectors = np.linalg.eigh(grid / scale * 0.5 + grid.T / scale * 0.5)
        except np.linalg.LinAlgError:
            fail(24113)
        return _scaled(values * scale, vectors.T)


def _scaled(values: Grid, vectors: Grid) -> list[list[float]]:
    """Their first numbers are made positive: an eigenvector has no sign of its own."""
    order = np.argsort(-np.abs(values), kind="stable")
    signs = np.where(vectors[:, :1] < 0.0, -1.0, 1.0)
    basis: list[list[float]] = (vectors * signs / np.sqrt(np.abs(values))[:, None])[order].tolist()
    return basis


def _map_basis(x: MapMatrix) -> dict[str, dict[str, float]]:
    """The rows are counted, from "0"; the columns keep their keys."""
    if is_empty(x):
        fail(24110)
    keys = sorted(keys_of(x, *x.values()))
    return _as_maps(_basis(_grid(x, keys, keys)), map(str, range(len(keys))), keys)
