"""The table of built-in functions. Specification: Built-in functions."""

from __future__ import annotations

from typing import Final

from salver.formats.pmml.functions.arithmetic import ARITHMETIC
from salver.formats.pmml.functions.call import Function
from salver.formats.pmml.functions.comparisons import COMPARISONS
from salver.formats.pmml.functions.dates import DATES
from salver.formats.pmml.functions.logic import LOGIC
from salver.formats.pmml.functions.statistics import STATISTICS
from salver.formats.pmml.functions.texts import TEXTS

FUNCTIONS: Final[dict[str, Function]] = {**ARITHMETIC, **STATISTICS, **COMPARISONS, **LOGIC, **TEXTS, **DATES}


def built_in(name: str) -> Function | None:
    """A function by its name. What PMML 4.4 made standard was written with `x-` in front before."""
    return FUNCTIONS.get(name) or FUNCTIONS.get(name.removeprefix("x-"))
