"""One-hot: a column of categories becomes a column of 0 and 1 for each (scikit-learn's OneHotEncoder)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from salver.core.servable import Request, Response
from salver.graph.transformers.categories import Categories, categories_of, refuse_unknown
from salver.graph.transformers.frame import Frame, place_of
from salver.graph.transformers.transforming import Transforming


@dataclass(frozen=True, slots=True)
class OneHot:
    """Each column is replaced, in its place, by columns `<column>_<category>`; other columns stay as they are."""

    categories: Mapping[str, tuple[Any, ...]]
    """The categories of each column: texts or numbers, and null for a missing value."""
    unknown: Literal["error", "ignore"] = "error"
    """What becomes of a value that is none of them: it is refused, or all its columns are 0."""

    def __post_init__(self) -> None:
        categories_of(self.categories)

    def __call__(self, name: str) -> OneHotEncoded:
        return OneHotEncoded(categories_of(self.categories), self.unknown == "error", name)


class OneHotEncoded(Transforming):
    """A transformer."""

    def __init__(self, categories: Mapping[str, Categories], strict: bool, name: str) -> None:
        super().__init__(name)
        self._categories = categories
        self._strict = strict

    def transform(self, request: Request) -> Response:
        frame = Frame(request)
        coded = {place_of(column, frame.names): categories for column, categories in self._categories.items()}
        names, columns = [], []
        for index, (name, column) in enumerate(zip(frame.names, frame.columns, strict=True)):
            categories = coded.get(index)
            if categories is None:
                names.append(name)
                columns.append(column)
                continue
            places = categories.places(column)
            if self._strict:
                refuse_unknown(places, column, name, categories)
            names += [f"{name}_{_told(value)}" for value in categories.values]
            columns += [(places == place).astype(np.float64) for place in range(len(categories.values))]
        frame.names, frame.columns = names, columns
        return frame.response()


def _told(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
