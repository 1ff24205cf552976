"""Ordinal: a column of categories becomes one of their numbers (scikit-learn's OrdinalEncoder)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from salver.core.servable import Request, Response
from salver.graph.transformers.categories import UNKNOWN, Categories, categories_of, refuse_unknown
from salver.graph.transformers.frame import Frame, place_of
from salver.graph.transformers.transforming import Transforming


@dataclass(frozen=True, slots=True)
class Ordinal:
    """A category becomes its place in the list, from 0. Other columns stay as they are."""

    categories: Mapping[str, tuple[Any, ...]]
    """The categories of each column: texts or numbers, and null for a missing value."""
    unknown: int | None = None
    """What a value becomes that is none of them; without, it is refused."""

    def __post_init__(self) -> None:
        categories_of(self.categories)

    def __call__(self, name: str) -> OrdinalEncoded:
        return OrdinalEncoded(categories_of(self.categories), self.unknown, name)


class OrdinalEncoded(Transforming):
    """A transformer."""

    def __init__(self, categories: Mapping[str, Categories], unknown: int | None, name: str) -> None:
        super().__init__(name)
        self._categories = categories
        self._unknown = unknown

    def transform(self, request: Request) -> Response:
        frame = Frame(request)
        for column, categories in self._categories.items():
            index = place_of(column, frame.names)
            places = categories.places(frame.columns[index])
            if self._unknown is None:
                refuse_unknown(places, frame.columns[index], column, categories)
            else:
                places = np.where(places == UNKNOWN, self._unknown, places)
            frame.columns[index] = places
        return frame.response()
