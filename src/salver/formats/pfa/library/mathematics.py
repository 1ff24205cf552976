"""m: elementary mathematics, as Java's `Math` has it: what has no answer is NaN, what is too large is infinite."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from salver.formats.pfa.avro.types import FLOATING, INT
from salver.formats.pfa.library.core import bounded
from salver.formats.pfa.library.registry import Call, Implementation, fail, function, typed
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN

_REAL: Final = "(x: double) -> double"


@function("m.pi", "() -> double")
def _pi() -> float:
    return math.pi


@function("m.e", "() -> double")
def _e() -> float:
    return math.e


def _defined(compute: Callable[[float], float]) -> Callable[[float], float]:
    """The same, but NaN where it is not defined."""

    def computed(x: float) -> float:
        try:
            return compute(x)
        except ValueError:
            return math.nan

    return computed


for _name, _compute in (
    ("m.acos", math.acos),
    ("m.asin", math.asin),
    ("m.sqrt", math.sqrt),
    ("m.sin", math.sin),
    ("m.cos", math.cos),
    ("m.tan", math.tan),
):
    function(_name, _REAL)(_defined(_compute))

function("m.atan", _REAL)(math.atan)
function("m.tanh", _REAL)(math.tanh)
function("m.atan2", "(y: double, x: double) -> double")(math.atan2)
function("m.hypot", "(x: double, y: double) -> double")(math.hypot)


@function("m.exp", _REAL)
def exp(x: float) -> float:
    """e to the power of x."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


@function("m.expm1", _REAL)
def expm1(x: float) -> float:
    """e to the power of x, less one: exact for a small x too."""
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


@function("m.cosh", _REAL)
def _cosh(x: float) -> float:
    try:
        return math.cosh(x)
    except OverflowError:
        return math.inf


@function("m.sinh", _REAL)
def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def _logarithm(compute: Callable[[float], float], pole: float) -> Callable[[float], float]:
    """The same, but minus infinity at the pole, and NaN below it."""

    def computed(x: float) -> float:
        if x > pole:
            return compute(x)
        return -math.inf if x == pole else math.nan

    return computed


ln: Final = _logarithm(math.log, 0.0)
"""The natural logarithm."""
function("m.ln", _REAL)(ln)
function("m.log10", _REAL)(_logarithm(math.log10, 0.0))
function("m.ln1p", _REAL)(_logarithm(math.log1p, -1.0))


@function("m.log", "(x: double, base: int) -> double", errors={27170: "base must be positive"})
def _log(x: float, base: int) -> float:
    if base <= 0:
        fail(27170)
    if base > 1:
        return ln(x) / math.log(base)
    above = ln(x)
    if above != above or above == 0.0:
        return math.nan
    return math.copysign(math.inf, above)


@function("m.ceil", _REAL)
def _ceil(x: float) -> float:
    """The sign stays, of nought too."""
    return math.copysign(float(math.ceil(x)), x) if math.isfinite(x) else x


@function("m.floor", _REAL)
def _floor(x: float) -> float:
    return math.copysign(float(math.floor(x)), x) if math.isfinite(x) else x


@function("m.rint", _REAL)
def _rint(x: float) -> float:
    """The nearest whole number, of two the even one."""
    return math.copysign(float(round(x)), x) if math.isfinite(x) else x


@typed(
    "m.round",
    "(x: float) -> int",
    "(x: double) -> long",
    errors={27190: "int overflow", 27191: "long overflow"},
)
def _round(call: Call) -> Implementation:
    low, high, code = ((INT_MIN, INT_MAX, 27190), (LONG_MIN, LONG_MAX, 27191))[call.signature]

    def compute(x: float) -> int:
        """Halves go up, those of negative numbers too."""
        if not math.isfinite(x):
            fail(code)
        rounded = math.floor(x + 0.5)
        return rounded if low <= rounded <= high else fail(code)

    return compute


@typed(
    "m.abs",
    "(x: any A of int long float double) -> A",
    errors={27020: "int overflow", 27021: "long overflow"},
)
def _abs(call: Call) -> Implementation:
    if call.ret in FLOATING:
        return abs
    check = bounded(call.ret, 27020)
    return lambda x: check(abs(x))


@typed("m.copysign", "(mag: any A of int long float double, sign: A) -> A")
def _copysign(call: Call) -> Implementation:
    if call.ret in FLOATING:
        return lambda mag, sign: math.copysign(mag, sign) if sign == sign else abs(mag)
    low, high = (INT_MIN, INT_MAX) if call.ret is INT else (LONG_MIN, LONG_MAX)

    def compute(mag: int, sign: int) -> int:
        """The lowest number has no positive one: it stays, as in Java. There is no error for it."""
        size = abs(mag)
        return -size if sign < 0 else size if size <= high else low

    return compute


@function("m.signum", "(x: double) -> int")
def _signum(x: float) -> int:
    """-1, 0 or 1; of NaN 0."""
    return (x > 0.0) - (x < 0.0)
