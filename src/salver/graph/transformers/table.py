"""Table: every kind of transformer, by the name that people give it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

from salver.core.errors import BadInput
from salver.graph.transformers.argmax import Argmax
from salver.graph.transformers.cast import Cast
from salver.graph.transformers.computing import Expressions
from salver.graph.transformers.decode_image import DecodeImage
from salver.graph.transformers.decode_text import DecodeText
from salver.graph.transformers.impute import Impute
from salver.graph.transformers.labels import Labels
from salver.graph.transformers.normalise import Normalise
from salver.graph.transformers.one_hot import OneHot
from salver.graph.transformers.ordinal import Ordinal
from salver.graph.transformers.rename import Rename
from salver.graph.transformers.reshape import Reshape
from salver.graph.transformers.scaling import MinMax, Robust, Standardise
from salver.graph.transformers.select import Select
from salver.graph.transformers.transforming import Transforming


class TransformerOptions(Protocol):
    """The options of a transformer: called, they are one."""

    def __call__(self, name: str) -> Transforming: ...


@dataclass(frozen=True, slots=True)
class TransformerSpec:
    """What is made of the tensors that come: exactly one of these."""

    standardise: Standardise | None = None
    """Less the mean, by the standard deviation."""
    min_max: MinMax | None = None
    """From one range to another."""
    robust: Robust | None = None
    """Less the median, by the interquartile range."""
    normalise: Normalise | None = None
    """Each row to length 1."""
    one_hot: OneHot | None = None
    """A column of 0 and 1 for each category."""
    ordinal: Ordinal | None = None
    """The number of each category."""
    impute: Impute | None = None
    """Values for what is missing."""
    expressions: Expressions | None = None
    """New columns, computed."""
    select: Select | None = None
    """Some of the columns, in an order."""
    rename: Rename | None = None
    """Other names for tensors and columns."""
    cast: Cast | None = None
    """Another dtype."""
    reshape: Reshape | None = None
    """Another shape of the rows."""
    argmax: Argmax | None = None
    """The place of the greatest."""
    labels: Labels | None = None
    """Words for numbers."""
    decode_text: DecodeText | None = None
    """Text of bytes or base64."""
    decode_image: DecodeImage | None = None
    """Pixels of image files."""

    def __post_init__(self) -> None:
        given = [field.name for field in fields(self) if getattr(self, field.name) is not None]
        if len(given) != 1:
            known = ", ".join(field.name for field in fields(self))
            got = ", ".join(given) or "none (write `normalise: {}`)"
            raise BadInput(f"transformer must be one of {known}; got {got}")

    @property
    def chosen(self) -> tuple[str, TransformerOptions]:
        """Its kind and its options."""
        return next((field.name, made) for field in fields(self) if (made := getattr(self, field.name)) is not None)
