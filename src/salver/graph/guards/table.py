"""The guards: the only list of them. A graph's document names one, with its options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TypeAlias

from salver.core.errors import BadInput
from salver.graph.guards.adwin import Adwin
from salver.graph.guards.chi_square import ChiSquare
from salver.graph.guards.cusum import Cusum
from salver.graph.guards.drift_guard import DriftGuard
from salver.graph.guards.isolation_forest import IsolationForest
from salver.graph.guards.kolmogorov_smirnov import KolmogorovSmirnov
from salver.graph.guards.mahalanobis import Mahalanobis
from salver.graph.guards.mmd import Mmd
from salver.graph.guards.outlier_guard import OutlierGuard
from salver.graph.guards.sequence_zscore import SequenceZscore
from salver.graph.guards.stream_guard import StreamGuard

Guard: TypeAlias = OutlierGuard | DriftGuard | StreamGuard
"""A transformer that changes nothing. `may_be_slow` says whether a call belongs on a thread."""


@dataclass(frozen=True, slots=True)
class GuardSpec:
    """One guard: exactly one of these."""

    mahalanobis: Mahalanobis | None = None
    """Rows far from the mean, where far depends on how columns vary together."""
    isolation_forest: IsolationForest | None = None
    """Rows that are few and different, whatever the shape of the rest."""
    sequence_zscore: SequenceZscore | None = None
    """Rows unlike those that came just before them."""
    kolmogorov_smirnov: KolmogorovSmirnov | None = None
    """Columns of numbers whose values are distributed otherwise than they were."""
    chi_square: ChiSquare | None = None
    """Columns of categories that are not as frequent as they were."""
    mmd: Mmd | None = None
    """Rows that are distributed otherwise than they were, columns taken together."""
    cusum: Cusum | None = None
    """A column whose mean has shifted."""
    adwin: Adwin | None = None
    """A column whose mean has changed, however slowly."""

    def __post_init__(self) -> None:
        named = [field.name for field in fields(self) if getattr(self, field.name) is not None]
        if len(named) != 1:
            kinds = ", ".join(field.name for field in fields(self))
            raise BadInput(f"guard must be one of {kinds}; got {', '.join(named) or 'none (write `adwin: {}`)'}")

    @property
    def chosen(self) -> tuple[str, Callable[[str], Guard]]:
        """Its kind, and its options: called with a node's name they make the guard."""
        return next(
            (field.name, options) for field in fields(self) if (options := getattr(self, field.name)) is not None
        )
