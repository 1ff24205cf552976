"""The operators: arithmetic, comparison, logic, bits (PFA 0.8.1, "Core library"). Where the compiler writes one in
place (compiler/operators.py), what is here is what it means."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final

from salver.formats.pfa.avro.types import FLOATING, INT, NULL, Type, Union
from salver.formats.pfa.library.registry import Call, Implementation, fail, function, typed
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN
from salver.formats.pfa.values.order import comparison, equality

_NUMBER: Final = "any A of int long float double"
_TWO: Final = f"(x: {_NUMBER}, y: A) -> A"
_TRUE: Final = ("boolean", True)
_FALSE: Final = ("boolean", False)


def bounded(of: Type, code: int) -> Callable[[int], int]:
    """What keeps a whole number within the bits of its type: `code` is the error for int, the next that for long."""
    low, high, code = (INT_MIN, INT_MAX, code) if of is INT else (LONG_MIN, LONG_MAX, code + 1)

    def check(value: int) -> int:
        return value if low <= value <= high else fail(code)

    return check


def _arithmetic(call: Call, compute: Callable[[Any, Any], Any], code: int) -> Implementation:
    if call.ret in FLOATING:
        return compute
    check = bounded(call.ret, code)
    return lambda x, y: check(compute(x, y))


@typed("+", _TWO, errors={18000: "int overflow", 18001: "long overflow"})
def _plus(call: Call) -> Implementation:
    return _arithmetic(call, operator.add, 18000)


@typed("-", _TWO, errors={18010: "int overflow", 18011: "long overflow"})
def _minus(call: Call) -> Implementation:
    return _arithmetic(call, operator.sub, 18010)


@typed("*", _TWO, errors={18020: "int overflow", 18021: "long overflow"})
def _times(call: Call) -> Implementation:
    return _arithmetic(call, operator.mul, 18020)


@function("/", "(x: double, y: double) -> double")
def divide(x: float, y: float) -> float:
    """The quotient; by zero, what IEEE 754 says: infinity, or NaN."""
    if y == 0.0:
        if x == 0.0 or x != x:
            return math.nan
        return math.copysign(math.inf, x) * math.copysign(1.0, y)
    return x / y


@typed("//", "(x: any A of int long, y: A) -> A", errors={18040: "integer division by zero"})
def _divide_whole(call: Call) -> Implementation:
    low, high = (INT_MIN, INT_MAX) if call.ret is INT else (LONG_MIN, LONG_MAX)

    def compute(x: int, y: int) -> int:
        """Truncated toward zero. The lowest number by -1 has one bit too many: it wraps around, as in Hadrian."""
        if y == 0:
            fail(18040)
        quotient = abs(x) // abs(y)
        if (x < 0) != (y < 0):
            quotient = -quotient
        return quotient if quotient <= high else low

    return compute


@typed("u-", f"(x: {_NUMBER}) -> A", errors={18050: "int overflow", 18051: "long overflow"})
def _negative(call: Call) -> Implementation:
    if call.ret in FLOATING:
        return operator.neg
    check = bounded(call.ret, 18050)
    return lambda x: check(-x)


@typed("%", f"(k: {_NUMBER}, n: A) -> A", errors={18060: "integer division by zero"})
def _modulo(call: Call) -> Implementation:
    if call.ret in FLOATING:
        return lambda k, n: math.nan if n == 0.0 else k % n
    return lambda k, n: k % n if n else fail(18060)


@typed("%%", f"(k: {_NUMBER}, n: A) -> A", errors={18070: "integer division by zero"})
def _remainder(call: Call) -> Implementation:
    if call.ret in FLOATING:
        return lambda k, n: math.nan if n == 0.0 or math.isinf(k) else math.fmod(k, n)
    return lambda k, n: (abs(k) % abs(n)) * (-1 if k < 0 else 1) if n else fail(18070)


def power(x: float, y: float) -> float:
    """x to the power of y as Java's Math.pow has it, which never fails (Java SE API, java.lang.Math)."""
    if y != y or (x != x and y != 0.0):
        return math.nan
    if y == 0.0:
        return 1.0
    if math.isinf(y) and abs(x) == 1.0:
        return math.nan
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0.0 and y % 2.0 == 1.0 else math.inf
    except ValueError:
        if x != 0.0:
            return math.nan
        return math.copysign(math.inf, x) if y % 2.0 == 1.0 else math.inf


@typed("**", _TWO, errors={18080: "int overflow", 18081: "long overflow"})
def _power(call: Call) -> Implementation:
    if call.ret in FLOATING:
        return power
    check = bounded(call.ret, 18080)

    def compute(x: int, y: int) -> int:
        """Through a double, which is then cut off: 2 to the power of -1 is 0."""
        result = power(float(x), float(y))
        return check(int(result) if math.isfinite(result) else LONG_MAX + 1)

    return compute


def _comparing(name: str, holds: Callable[[int], Any], ret: str = "boolean") -> None:
    @typed(name, f"(x: any A, y: A) -> {ret}")
    def _compare(call: Call) -> Implementation:
        compare = comparison(call.params[0])
        return lambda x, y: holds(compare(x, y))


_comparing("cmp", lambda order: order, "int")
_comparing("<", lambda order: order < 0)
_comparing("<=", lambda order: order <= 0)
_comparing(">", lambda order: order > 0)
_comparing(">=", lambda order: order >= 0)


@typed("==", "(x: any A, y: A) -> boolean")
def _equal(call: Call) -> Implementation:
    return equality(call.params[0])


@typed("!=", "(x: any A, y: A) -> boolean")
def _unequal(call: Call) -> Implementation:
    equal = equality(call.params[0])
    return lambda x, y: not equal(x, y)


@typed("max", "(x: any A, y: A) -> A")
def _max(call: Call) -> Implementation:
    compare = comparison(call.ret)
    return lambda x, y: x if compare(x, y) >= 0 else y


@typed("min", "(x: any A, y: A) -> A")
def _min(call: Call) -> Implementation:
    compare = comparison(call.ret)
    return lambda x, y: x if compare(x, y) < 0 else y


@function("&&", "(x: boolean, y: boolean) -> boolean")
def _and(x: bool, y: bool) -> bool:
    return x and y


@function("||", "(x: boolean, y: boolean) -> boolean")
def _or(x: bool, y: bool) -> bool:
    return x or y


@function("^^", "(x: boolean, y: boolean) -> boolean")
def _xor(x: bool, y: bool) -> bool:
    return x is not y


@function("!", "(x: boolean) -> boolean")
def _not(x: bool) -> bool:
    return not x


def _maybe(of: Type) -> Callable[[Any], bool | None]:
    """The truth in an argument that may be a boolean, null, or either: True, False or None for unknown."""
    if isinstance(of, Union):
        return lambda x: None if x is None else x[1]
    return (lambda _x: None) if of is NULL else bool


@typed("&&&", "(x: union(boolean, null), y: union(boolean, null)) -> union(boolean, null)")
def _kleene_and(call: Call) -> Implementation:
    first, second = map(_maybe, call.params)

    def compute(x: Any, y: Any) -> Any:
        one, other = first(x), second(y)
        if one is False or other is False:
            return _FALSE
        return _TRUE if one and other else None

    return compute


@typed("|||", "(x: union(boolean, null), y: union(boolean, null)) -> union(boolean, null)")
def _kleene_or(call: Call) -> Implementation:
    first, second = map(_maybe, call.params)

    def compute(x: Any, y: Any) -> Any:
        one, other = first(x), second(y)
        if one or other:
            return _TRUE
        return _FALSE if one is False and other is False else None

    return compute


@typed("!!!", "(x: union(boolean, null)) -> union(boolean, null)")
def _kleene_not(call: Call) -> Implementation:
    truth = _maybe(call.params[0])

    def compute(x: Any) -> Any:
        known = truth(x)
        return None if known is None else ("boolean", not known)

    return compute


def _bits(name: str, compute: Callable[[Any, Any], Any]) -> None:
    function(name, "(x: int, y: int) -> int", "(x: long, y: long) -> long")(compute)


_bits("&", operator.and_)
_bits("|", operator.or_)
_bits("^", operator.xor)
function("~", "(x: int) -> int", "(x: long) -> long")(operator.invert)
