"""How a model came to one answer, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

TRUE, FALSE, UNKNOWN = "TRUE", "FALSE", "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Test:
    """One predicate, asked of the row."""

    node: str
    predicate: str
    values: Mapping[str, Any]
    """Of the fields that it looks at; None where missing."""
    outcome: str
    """TRUE, FALSE or UNKNOWN."""


@dataclass(frozen=True, slots=True)
class TreePath:
    """The way through one tree."""

    tests: tuple[Test, ...]
    remarks: tuple[str, ...]
    """What the tree's strategies did."""
    leaf: str | None
    """The id of the node that it came to, else its place in document order from 1; None for none."""
    path: str
    """Where that node stands in the document."""
    score: Any
    records: float | None
    shares: Mapping[str, float]
    """The node's probability of each class."""
    kind: str = "path"


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one tree of several says."""

    tree: str
    """The id of its segment."""
    leaf: str | None
    score: Any
    weight: float
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Leaves:
    """What several trees say together."""

    method: str
    trees: tuple[Leaf, ...]
    """As many as were asked for."""
    in_all: int
    total: float | None
    """The sum of all trees' scores, weighed where the method weighs; None where nothing is added up."""
    divisor: float
    """What the total is divided by."""
    kind: str = "trees"


@dataclass(frozen=True, slots=True)
class TracedTerm:
    """One term of a sum."""

    name: str
    coefficient: float
    value: float | None
    """What the coefficient is multiplied with; None where it is missing."""
    product: float | None


@dataclass(frozen=True, slots=True)
class TracedSum:
    """One equation."""

    label: str
    """The class that it is of; empty for a number."""
    intercept: float
    terms: tuple[TracedTerm, ...]
    total: float | None


@dataclass(frozen=True, slots=True)
class Sums:
    """The equations of a regression, and the function that makes an answer of their totals."""

    link: str
    equations: tuple[TracedSum, ...]
    kind: str = "sums"


@dataclass(frozen=True, slots=True)
class TracedCharacteristic:
    """What one characteristic of a scorecard adds."""

    name: str
    attribute: str
    """The predicate of the attribute that held; empty for none."""
    values: Mapping[str, Any]
    score: float | None
    reason: str
    """Its reason code."""
    points: float | None
    """What it takes from the score, or adds, beside its baseline: reasons are ranked by it."""


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a scorecard."""

    initial: float
    characteristics: tuple[TracedCharacteristic, ...]
    total: float | None
    kind: str = "points"


@dataclass(frozen=True, slots=True)
class TracedSegment:
    """One segment."""

    id: str
    weight: float
    predicate: str
    """Empty where it always takes part."""
    left_out: str
    """Why it says nothing: it takes no part, or is not asked; empty where it is explained."""
    explained: Explained | None


@dataclass(frozen=True, slots=True)
class Segments:
    """What the segments of a model say."""

    method: str
    segments: tuple[TracedSegment, ...]
    kind: str = "segments"


Detail: TypeAlias = TreePath | Leaves | Sums | Points | Segments


@dataclass(frozen=True, slots=True)
class Explained:
    """One model's answer. What it has not is empty."""

    element: str
    name: str
    function: str
    detail: Detail | None
    """None for kinds of models that have no explainer of their own."""
    raw: float | None
    """A number before the model's targets change it; None where they do not."""
    prediction: Any
    probabilities: Mapping[str, float | None]
    confidences: Mapping[str, float | None]
    affinities: Mapping[str, float | None]
    entity: str | None
    ranking: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TracedInput:
    """A field that came in."""

    name: str
    given: Any
    value: Any
    """What the model sees; None where it is missing."""
    remark: str
    """What the schema did to it; empty for nothing."""


@dataclass(frozen=True, slots=True)
class TracedField:
    """A derived field that the model uses."""

    name: str
    type: str
    value: Any


@dataclass(frozen=True, slots=True)
class Trace:
    """One prediction, from the request to the answer."""

    inputs: tuple[TracedInput, ...]
    passed_over: tuple[str, ...]
    """Names of the row that the document does not know."""
    derived: tuple[TracedField, ...]
    model: Explained | None
    """None where the row is refused."""
    outputs: Mapping[str, Any]
    refused: str
    """Why the row is refused; empty where it is answered."""
