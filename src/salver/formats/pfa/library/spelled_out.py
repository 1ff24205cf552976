"""Small models as Python in which their numbers stand: quicker than a loop, and than NumPy for few numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

FEW: Final = 100
"""Up to so many numbers in all it is worth it."""


def can_be_spelled_out(rows: Sequence[Sequence[float]]) -> bool:
    """Whether some numbers are few, and all such that Python can write them."""
    return sum(map(len, rows)) <= FEW and all(math.isfinite(number) for row in rows for number in row)


def of_vector(width: int, result: Callable[[Sequence[str]], str]) -> Callable[[Sequence[float]], Any]:
    """A function of a vector of so many numbers, which raises ValueError where there are more or fewer. `result` gives
    the expression of what it returns, of the names of the numbers; it may use sqrt."""
    names = [f"x{place}" for place in range(width)]
    scope: dict[str, Any] = {"sqrt": math.sqrt}
    head = f"def made(x):\n    [{', '.join(names)}] = x\n"
    exec(f"{head}    return {result(names)}", scope)  # noqa: S102 - names and numbers made here, nothing else
    made: Callable[[Sequence[float]], Any] = scope["made"]
    return made


def added(terms: Iterable[str]) -> str:
    """The expression of a sum, from left to right."""
    return " + ".join(("0.0", *terms))
