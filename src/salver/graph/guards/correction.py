"""Correction: p-values of several tests at once, made larger so that each may be held to one level."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

import numpy as np

Correction: TypeAlias = Literal["bonferroni", "fdr"]
_Values: TypeAlias = np.ndarray[Any, Any]


def bonferroni(p_values: _Values) -> _Values:
    """Holds the chance of any false alarm."""
    return np.asarray(np.minimum(p_values * len(p_values), 1.0))


def fdr(p_values: _Values) -> _Values:
    """Holds the share of false alarms among all alarms (Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57)."""
    descending = np.argsort(-p_values, kind="stable")
    count = len(p_values)
    scaled = p_values[descending] * count / np.arange(count, 0, -1)
    corrected = np.empty(count)
    corrected[descending] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return corrected


CORRECTIONS: Final[Mapping[Correction, Callable[[_Values], _Values]]] = {"bonferroni": bonferroni, "fdr": fdr}
