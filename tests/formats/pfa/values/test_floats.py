from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from salver.formats.pfa.values.floats import float32


def test_numbers_are_rounded_to_32_bits() -> None:
    assert float32(0.1) == 0.10000000149011612
    assert float32(16777217.0) == 16777216.0
    assert float32(1e39) == math.inf
    assert float32(1e-46) == 0.0
    assert math.isnan(float32(math.nan))


@given(st.floats(allow_nan=False))
def test_rounding_is_that_of_numpy(x: float) -> None:
    with np.errstate(over="ignore"):
        assert float32(x) == float(np.float32(x))
