"""Computing: new columns from expressions over those that came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.graph.expressions import Expression, compile_expression
from salver.graph.transformers.frame import Array, Frame
from salver.graph.transformers.transforming import Transforming


@dataclass(frozen=True, slots=True)
class Expressions:
    """New columns; one of a name that is there already replaces it. Later ones may read earlier ones."""

    columns: Mapping[str, str]
    """An expression for each new column, computed in this order: `{rate: premium / column("sum insured")}`."""
    keep: bool = True
    """Whether the columns that came go on too; else only the new ones."""

    def __post_init__(self) -> None:
        if not self.columns:
            raise BadInput("columns must be one at least, got none")
        for column, text in self.columns.items():
            try:
                compile_expression(text)
            except BadInput as fault:
                raise BadInput(f"columns must be computed by expressions; '{column}': {fault.message}") from None

    def __call__(self, name: str) -> Computed:
        expressions = {column: compile_expression(text) for column, text in self.columns.items()}
        return Computed(expressions, self.keep, name)


class Computed(Transforming):
    """A transformer. Of a matrix without names its columns are called 0, 1, ...: `column("0")`, or `data[0]` where the
    matrix is called `data`."""

    def __init__(self, expressions: Mapping[str, Expression], keep: bool, name: str) -> None:
        super().__init__(name)
        self._expressions = expressions
        self._keep = keep

    def transform(self, request: Request) -> Response:
        frame = Frame(request)
        values = dict(frame.values())
        for column, expression in self._expressions.items():
            values[column] = _column(expression(values), frame.rows, column)
        if not self._keep:
            frame.names, frame.columns = [], []
        for column in self._expressions:
            if column in frame.names:
                frame.columns[frame.names.index(column)] = values[column]
            else:
                frame.names.append(column)
                frame.columns.append(values[column])
        return frame.response()


def _column(value: Any, rows: int, name: str) -> Array:
    """One value for each row: a lone value is repeated."""
    if not isinstance(value, np.ndarray):
        return np.full(rows, value, object if isinstance(value, (str, bytes)) else None)
    if value.shape != (rows,):
        raise BadInput(f"column '{name}' must have one value for each of {rows} rows, got shape {list(value.shape)}")
    return value
