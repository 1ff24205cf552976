"""impute: what stands for data that are missing, or that are no numbers."""

from __future__ import annotations

import math
from typing import Any, Final

from salver.formats.pfa.avro.types import NULL, Union
from salver.formats.pfa.library.registry import Call, Implementation, fail, function, typed
from salver.formats.pfa.values.convert import converter

_TRUTH: Final = ("(x: float) -> boolean", "(x: double) -> boolean")

function("impute.isnan", *_TRUTH)(math.isnan)
function("impute.isinf", *_TRUTH)(math.isinf)
function("impute.isnum", *_TRUTH)(math.isfinite)


def _present(call: Call) -> Implementation:
    """What gives a value that is not null as one of the type of the result. It may come in a union with null."""
    given = call.params[0]
    if isinstance(given, Union):
        types = [branch for branch in given.types if branch is not NULL]
        step = converter(types[0], call.ret) if types else None
        return (lambda x: x[1]) if step is None else (lambda x: step(x[1]))
    return converter(given, call.ret) or (lambda x: x)


@typed("impute.errorOnNull", "(x: union(any A, null)) -> A", errors={21000: "encountered null"})
def _error_on_null(call: Call) -> Implementation:
    present = _present(call)
    return lambda x: fail(21000) if x is None else present(x)


@typed("impute.defaultOnNull", "(x: union(any A, null), default: A) -> A")
def _default_on_null(call: Call) -> Implementation:
    present = _present(call)
    return lambda x, default: default if x is None else present(x)


@function(
    "impute.errorOnNonNum",
    "(x: float) -> float",
    "(x: double) -> double",
    errors={21050: "encountered nan", 21051: "encountered +inf", 21052: "encountered -inf"},
)
def error_on_non_num(x: float) -> float:
    """The number itself, if it is a finite one."""
    if math.isfinite(x):
        return x
    return fail(21050 if x != x else 21051 if x > 0 else 21052)


@function(
    "impute.defaultOnNonNum",
    "(x: float, default: float) -> float",
    "(x: double, default: double) -> double",
)
def default_on_non_num(x: float, default: Any) -> Any:
    """The number itself, if it is a finite one, else the other."""
    return x if math.isfinite(x) else default
