"""Against SciPy and the definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from salver.graph.guards.correction import bonferroni, fdr

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(P_VALUES)
def test_fdr_is_that_of_benjamini_and_hochberg(values: list[float]) -> None:
    np.testing.assert_allclose(fdr(np.array(values)), stats.false_discovery_control(values, method="bh"))


@given(P_VALUES)
def test_bonferroni_counts_the_tests(values: list[float]) -> None:
    assert bonferroni(np.array(values)).tolist() == [min(1.0, value * len(values)) for value in values]
