"""Scaling: each column shifted and divided by numbers of its own: standardise, min_max, robust.

`y = (x - shift) / divisor + offset`, in the dtype of x where that is one of floats, else in double precision. The
parameters are those that scikit-learn's scalers learn, and the results are theirs. Columns without parameters go on
as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor, dtype_of
from salver.graph.transformers.frame import Frame, matrix_of, names_of, settled
from salver.graph.transformers.parameters import PerColumn, check_numbers, every, in_order
from salver.graph.transformers.transforming import Transforming, floats, listed

Line: TypeAlias = tuple[float, ...]
"""Of one column: shift and divisor; then offset; then the least and the greatest value. 2, 3 or 5 numbers."""
_NEUTRAL: Final[Line] = (0.0, 1.0, 0.0, -math.inf, math.inf)
"""What leaves a column as it is."""


@dataclass(frozen=True, slots=True)
class Standardise:
    """Subtracts the mean and divides by the standard deviation (scikit-learn's StandardScaler: `mean_`, `scale_`)."""

    mean: tuple[float, ...] | Mapping[str, float] | None = None
    """For each column, as a list or by name; 0 by default."""
    std: tuple[float, ...] | Mapping[str, float] | None = None
    """For each column, as a list or by name; 1 by default, and where it is 0."""

    def __post_init__(self) -> None:
        _lines(self, "mean", "std")

    def __call__(self, name: str) -> Scaled:
        return Scaled(_lines(self, "mean", "std"), name)


@dataclass(frozen=True, slots=True)
class Robust:
    """Subtracts the median and divides by the interquartile range (RobustScaler: `center_`, `scale_`)."""

    median: tuple[float, ...] | Mapping[str, float] | None = None
    """For each column, as a list or by name; 0 by default."""
    iqr: tuple[float, ...] | Mapping[str, float] | None = None
    """The third quartile less the first, for each column, as a list or by name; 1 by default, and where it is 0."""

    def __post_init__(self) -> None:
        _lines(self, "median", "iqr")

    def __call__(self, name: str) -> Scaled:
        return Scaled(_lines(self, "median", "iqr"), name)


@dataclass(frozen=True, slots=True)
class MinMax:
    """Brings what lies from `min` to `max` to what lies from `low` to `high` (MinMaxScaler: `data_min_`,
    `data_max_`)."""

    min: tuple[float, ...] | Mapping[str, float]
    """The least value of each column, as a list or by name."""
    max: tuple[float, ...] | Mapping[str, float]
    """The greatest value of each column, in the same way."""
    low: float = 0.0
    """What `min` becomes."""
    high: float = 1.0
    """What `max` becomes."""
    clip: bool = False
    """Whether what lies beyond becomes `low` or `high`."""

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise BadInput(f"high must be more than low, {self.low}; got {self.high}")
        if isinstance(self.min, Mapping) and set(self.min) != set(self.max):
            raise BadInput(f"max must be given for the columns of min, {listed(self.min)}; got {listed(self.max)}")
        for least, most, *_ in every(_pairs(self, "min", "max")):
            if most < least:
                raise BadInput(f"max must be no less than min, {least}; got {most}")

    def __call__(self, name: str) -> Scaled:
        width = self.high - self.low
        limits = (self.low, self.high) if self.clip else ()

        def line(pair: Line) -> Line:
            least, most = pair
            return (least, (most - least or 1.0) / width, self.low, *limits)

        pairs = _pairs(self, "min", "max")
        if isinstance(pairs, Mapping):
            return Scaled({column: line(pair) for column, pair in pairs.items()}, name)
        return Scaled([line(pair) for pair in pairs], name)


class Scaled(Transforming):
    """A transformer."""

    keeps_form = True

    def __init__(self, lines: Sequence[Line] | Mapping[str, Line], name: str) -> None:
        super().__init__(name)
        self._lines = lines
        self._named = isinstance(lines, Mapping)
        self._neutral = _NEUTRAL[: len(every(lines)[0])]
        self._last: tuple[Any, list[Any]] | None = None
        """The vectors for columns of these names and this type, which hardly ever change."""

    def transform(self, request: Request) -> Response:
        with np.errstate(all="ignore"):
            tensor = matrix_of(request.tensors)
            return self._columns(request) if tensor is None else self._matrix(next(iter(request.tensors)), tensor)

    def _matrix(self, name: str, tensor: Tensor) -> Response:
        array = floats(tensor, name)
        key = (tensor.names if self._named else (), array.shape[1], array.dtype)
        last = self._last
        if last is None or last[0] != key:
            lines = in_order(self._lines, names_of(tensor), self._neutral)
            last = self._last = (key, [np.array(vector, array.dtype) for vector in zip(*lines, strict=True)])
        scaled = _scale(array, *last[1])
        return Response({name: Tensor(dtype_of(scaled), scaled, tensor.names)})

    def _columns(self, request: Request) -> Response:
        frame = Frame(request)
        for index, line in enumerate(in_order(self._lines, frame.names, self._neutral)):
            if line is not self._neutral:
                array = floats(settled(frame.columns[index]), frame.names[index])
                frame.columns[index] = _scale(array, *map(array.dtype.type, line))
        return frame.response()


def _scale(array: Any, shift: Any, divisor: Any, offset: Any = None, least: Any = None, most: Any = None) -> Any:
    scaled = array - shift
    scaled /= divisor
    if offset is not None:
        scaled += offset
    return scaled if least is None else np.clip(scaled, least, most)


def _lines(options: object, shift: str, divisor: str) -> Sequence[Line] | Mapping[str, Line]:
    """Raises BadInput that begins with the name of a field."""
    if getattr(options, shift) is None and getattr(options, divisor) is None:
        raise BadInput(f"{shift} must be given, or {divisor}, or both")
    pairs = _pairs(options, shift, divisor)
    if any(line[1] < 0 for line in every(pairs)):
        raise BadInput(f"{divisor} must be 0 or more, got {every(getattr(options, divisor))}")
    if isinstance(pairs, Mapping):
        return {column: (line[0], line[1] or 1.0) for column, line in pairs.items()}
    return [(line[0], line[1] or 1.0) for line in pairs]


def _pairs(options: object, one: str, other: str) -> Sequence[Line] | Mapping[str, Line]:
    """The values of two fields by column; 0 and 1 where one is not given."""
    check_numbers(options, one, other)
    first: PerColumn | None = getattr(options, one)
    second: PerColumn | None = getattr(options, other)
    if isinstance(first, Mapping) or isinstance(second, Mapping):
        shifts, divisors = first or {}, second or {}
        if not (isinstance(shifts, Mapping) and isinstance(divisors, Mapping)):
            raise BadInput(f"{other} must be given as {one} is: both as lists, or both by name")
        return {name: (shifts.get(name, 0.0), divisors.get(name, 1.0)) for name in {**shifts, **divisors}}
    size = len(first if first is not None else second or ())
    if first is not None and second is not None and len(first) != len(second):
        raise BadInput(f"{other} must be as many as {one}, {len(first)}; got {len(second)}")
    return list(zip(first or (0.0,) * size, second or (1.0,) * size, strict=True))
