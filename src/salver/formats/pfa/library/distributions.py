"""How the functions of a probability distribution are registered: all check their parameters, then their input."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from salver.formats.pfa.library.registry import Implementation, fail, function

PARAMETERS: Final = "invalid parameterization"
INPUT: Final = "invalid input"


def is_share(p: float) -> bool:
    """Whether a number is a probability."""
    return 0.0 <= p <= 1.0


def distribution(
    name: str,
    params: str,
    code: int,
    valid: Callable[..., bool],
    fits: Callable[[Any], bool] = math.isfinite,
) -> Callable[[Implementation], Implementation]:
    """Registers a function of a distribution. `valid` says whether its parameters are possible, `fits` whether its
    input is: else it fails with the code, or with the next."""

    def register(compute: Implementation) -> Implementation:
        @function(f"prob.dist.{name}", f"({params}) -> double", errors={code: PARAMETERS, code + 1: INPUT})
        def checked(x: Any, *given: Any) -> float:
            if not valid(*given):
                fail(code)
            if not fits(x):
                fail(code + 1)
            answer: float = compute(x, *given)
            return answer

        return compute

    return register


def all_finite(*values: float) -> bool:
    """Whether none is infinite or NaN."""
    return all(map(math.isfinite, values))


def are_positive(*values: float) -> bool:
    """Whether all are finite and greater than nought."""
    return all_finite(*values) and min(values) > 0.0
