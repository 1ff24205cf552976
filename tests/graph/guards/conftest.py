"""Real rows: the red wines of Vinho Verde (P. Cortez and others, 2009), eleven measurements and a mark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

WINES = Path(__file__).parents[4] / "shared" / "testdata" / "wine" / "data" / "winequality_red.csv"


@pytest.fixture(scope="session")
def wine_path() -> Path:
    if not WINES.exists():
        pytest.skip("../shared/testdata is not there")
    return WINES


@pytest.fixture(scope="session")
def wines(wine_path: Path) -> np.ndarray:
    """Shape [1599, 11], in random order."""
    rows = np.loadtxt(wine_path, delimiter=";")[:, :11]
    return np.random.default_rng(0).permutation(rows)
