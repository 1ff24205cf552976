"""Cast: numbers in another dtype, and numbers that came as text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import FLOATS, INTEGERS, NUMPY, Tensor, narrow
from salver.graph.transformers.transforming import Transforming, listed

_NUMBERS: Final = FLOATS | INTEGERS | {"BOOL"}
_MAX_DIGITS: Final = 400


@dataclass(frozen=True, slots=True)
class Cast:
    """Converts tensors. To an integer dtype fractions are cut off; NaN, and what does not fit, is refused. Text is read
    as a number. To BOOL everything but 0 is true."""

    to: str
    """The dtype: FP32, INT64, BOOL, ..."""
    tensors: tuple[str, ...] = ()
    """Those that are converted; all by default."""

    def __post_init__(self) -> None:
        if self.to not in _NUMBERS:
            raise BadInput(f"to must be one of {', '.join(name for name in NUMPY if name in _NUMBERS)}, got {self.to}")

    def __call__(self, name: str) -> Converted:
        return Converted(self, name)


class Converted(Transforming):
    """A transformer."""

    def __init__(self, options: Cast, name: str) -> None:
        super().__init__(name)
        self._to = options.to
        self._tensors = options.tensors

    def transform(self, request: Request) -> Response:
        found = dict(request.tensors)
        for name in self._tensors or request.tensors:
            if name not in found:
                raise BadInput(f"there is no tensor '{name}'; there are {listed(found)}")
            tensor = found[name]
            if tensor.dtype != self._to:
                found[name] = Tensor(self._to, _converted(tensor, self._to, name), tensor.names)
        return Response(found)


def _converted(tensor: Tensor, to: str, name: str) -> Any:
    array = tensor.values
    if array.dtype == object:
        array = np.fromiter(_read(array.flat, name), np.float64, array.size).reshape(array.shape)
    if to == "BF16":
        return narrow(array)
    if to in INTEGERS and array.dtype.kind in "fiu":
        _check_range(array, to, name)
    with np.errstate(over="ignore"):
        return array.astype(NUMPY[to])


def _read(values: Iterable[Any], name: str) -> Iterable[float]:
    """Missing values as NaN."""
    for row, value in enumerate(values):
        if value is None:
            yield float("nan")
            continue
        try:
            if isinstance(value, (str, bytes)) and len(value) > _MAX_DIGITS:
                raise ValueError
            yield float(value)
        except (TypeError, ValueError, OverflowError):
            raise BadInput(f"'{name}', value {row}: {value!r:.40} is no number") from None


def _check_range(array: np.ndarray[Any, Any], to: str, name: str) -> None:
    limits = np.iinfo(NUMPY[to])
    if array.dtype.kind == "f":
        # In doubles 2**63 - 1 is 2**63; so it is asked what is below the number after it. NaN is below nothing.
        whole = np.trunc(array.astype(np.float64))
        wrong = ~((whole >= float(limits.min)) & (whole < float(limits.max) + (1.0 if limits.bits < 64 else 0.0)))
    else:
        wrong = (array < limits.min) | (array > limits.max)
    if wrong.any():
        place = int(np.argmax(wrong.ravel()))
        raise BadInput(f"'{name}', value {place}: {array.flat[place]} does not fit {to} ({limits.min} to {limits.max})")
