"""Impute: a value for what is missing, NaN or None. The values (mean, median, a constant) were learnt elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.graph.transformers.frame import Array, Frame, matrix_of, names_of
from salver.graph.transformers.parameters import every, in_order
from salver.graph.transformers.transforming import Transforming


@dataclass(frozen=True, slots=True)
class Impute:
    """Fills gaps (scikit-learn's SimpleImputer with its `statistics_`)."""

    values: tuple[Any, ...] | Mapping[str, Any]
    """For each column, as a list (null: leave it alone) or by name: a number or a text."""

    def __post_init__(self) -> None:
        if not self.values:
            raise BadInput("values must be given for one column at least, got none")
        for value in every(self.values):
            if not (value is None or isinstance(value, (str, int, float))):
                raise BadInput(f"values must be numbers or texts, got {value!r:.60}")

    def __call__(self, name: str) -> Imputed:
        return Imputed(self.values, name)


class Imputed(Transforming):
    """A transformer."""

    def __init__(self, values: tuple[Any, ...] | Mapping[str, Any], name: str) -> None:
        super().__init__(name)
        self._values = values

    def transform(self, request: Request) -> Response:
        tensor = matrix_of(request.tensors)
        if tensor is not None and tensor.array.dtype.kind == "f" and not np.isnan(tensor.array).any():
            in_order(self._values, names_of(tensor), None)
            return Response(request.tensors)
        frame = Frame(request)
        for index, value in enumerate(in_order(self._values, frame.names, None)):
            if value is not None:
                frame.columns[index] = _filled(frame.columns[index], value, frame.names[index])
        return frame.response()


def _filled(column: Array, value: Any, name: str) -> Array:
    if column.dtype == object:
        gaps = np.fromiter((one is None or one != one for one in column), np.bool_, column.size)
    elif column.dtype.kind == "f":
        gaps = np.isnan(column)
    else:
        return column
    if not gaps.any():
        return column
    if column.dtype != object and isinstance(value, str):
        raise BadInput(f"column '{name}' holds numbers, and {value!r:.40} is none")
    filled = column.copy()
    filled[gaps] = value
    return filled
