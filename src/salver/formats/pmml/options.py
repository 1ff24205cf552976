"""The options of PMML documents."""

from __future__ import annotations

from dataclasses import dataclass

from salver.core.bounds import at_least


@dataclass(frozen=True, slots=True)
class PmmlOptions:
    """How a document is read and answered."""

    model: str = ""
    """`modelName` of the model to serve, where a document has several; the first that is scorable by default."""
    own_view: bool = True
    """Whether answers also have what the document does not declare as outputs but the model knows: `probability(C)`
    and `confidence(C)` of each class, `affinity(E)` of each entity, `entityId`."""
    max_bytes: int = 1_000_000_000
    """Size of the largest document."""
    max_depth: int = 1000
    """How deep elements may be nested; the nodes of a tree count."""

    def __post_init__(self) -> None:
        at_least(self, 1, "max_bytes", "max_depth")
