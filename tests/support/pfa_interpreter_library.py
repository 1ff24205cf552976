"""A few dozen library functions for the interpreter of PFA documents in the tests, as the specification has them."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any

from pfa_interpreter_matching import LIMITS, Failed, Implementation, Letters, plain, typed, within
from pfa_interpreter_types import NUMBERS, Refused, Type, Types, float32

# Arithmetic.


def _arithmetic(name: str, operation: Callable[[Any, Any], Any], code: int) -> None:
    def make(_: Types, letters: Letters) -> Implementation:
        (type_,) = letters.values()
        return lambda x, y: within(type_, operation(x, y), code)

    typed(name, "(N, N) -> N")(make)


def divided(x: float, y: float) -> float:
    """As IEEE has it."""
    if y != 0:
        return x / y
    return math.nan if x == 0 or x != x else math.copysign(math.inf, x) * math.copysign(1.0, y)


def _floor_divided(x: int, y: int) -> int:
    if y == 0:
        raise Failed(18040)
    return abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


def wrapped(type_: Type, x: int) -> int:
    """An integer with only the bits that its type has."""
    limit = LIMITS[type_]
    return (x + limit) % (2 * limit) - limit


def _modulo(x: Any, y: Any) -> Any:
    if y == 0 or (isinstance(x, float) and math.isinf(x)):
        if isinstance(y, int):
            raise Failed(18060)
        return math.nan
    return x % y


def _remainder(x: Any, y: Any) -> Any:
    if y == 0 or (isinstance(x, float) and math.isinf(x)):
        if isinstance(y, int):
            raise Failed(18070)
        return math.nan
    return math.fmod(x, y) if isinstance(x, float) else abs(x) % abs(y) * (-1 if x < 0 else 1)


def power(x: float, y: float) -> float:
    """As Java has it."""
    if y != y or (abs(x) == 1 and math.isinf(y)):
        return math.nan
    odd = y % 2 == 1
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and odd else math.inf
    except ValueError:
        if x == 0:
            return math.copysign(math.inf, x) if odd else math.inf
        return math.nan


@typed("**", "(N, N) -> N")
def _power(_: Types, letters: Letters) -> Implementation:
    type_ = letters["N"]

    def raised(x: Any, y: Any) -> Any:
        found = power(float(x), float(y))
        if type_ in LIMITS:
            if not -LIMITS[type_] <= found < LIMITS[type_]:
                raise Failed(18080 + (type_ == "long"))
            return int(found)
        return within(type_, found, 0)

    return raised


_arithmetic("+", operator.add, 18000)
_arithmetic("-", operator.sub, 18010)
_arithmetic("*", operator.mul, 18020)
typed("//", "(I, I) -> I")(lambda _, letters: lambda x, y: wrapped(letters["I"], _floor_divided(x, y)))
_arithmetic("%", _modulo, 18060)
_arithmetic("%%", _remainder, 18070)
plain("/", "(double, double) -> double", divided)
typed("u-", "(N) -> N")(lambda _, letters: lambda x: within(letters["N"], -x, 18050))
typed("m.abs", "(N) -> N")(lambda _, letters: lambda x: within(letters["N"], abs(x), 27020))
for _type in ("int", "long"):
    plain("&", f"({_type}, {_type}) -> {_type}", operator.and_)
    plain("|", f"({_type}, {_type}) -> {_type}", operator.or_)
    plain("^", f"({_type}, {_type}) -> {_type}", operator.xor)
    plain("~", f"({_type}) -> {_type}", operator.invert)
plain("&&", "(boolean, boolean) -> boolean", lambda x, y: x and y)
plain("||", "(boolean, boolean) -> boolean", lambda x, y: x or y)
plain("^^", "(boolean, boolean) -> boolean", operator.ne)
plain("!", "(boolean) -> boolean", operator.not_)


def rounded(type_: Type, code: int) -> Implementation:
    """To the nearest integer, halves upwards. Fails with `code` where that does not fit."""

    def nearest(x: Any) -> int:
        if isinstance(x, float):
            if not math.isfinite(x):
                raise Failed(code)
            x = math.floor(x + 0.5)
        if not -LIMITS[type_] <= x < LIMITS[type_]:
            raise Failed(code)
        return int(x)

    return nearest


def _or(other: float, function: Callable[[float], Any]) -> Implementation:
    def call(x: float) -> float:
        try:
            return float(function(x))
        except ValueError:
            return other
        except OverflowError:
            return x if math.isinf(x) else math.inf

    return call


plain("m.round", "(float) -> int", rounded("int", 27190))
plain("m.round", "(double) -> long", rounded("long", 27191))
plain("m.floor", "(double) -> double", _or(math.nan, math.floor))
plain("m.ceil", "(double) -> double", _or(math.nan, math.ceil))
plain("m.sqrt", "(double) -> double", _or(math.nan, math.sqrt))
plain("m.exp", "(double) -> double", _or(math.nan, math.exp))
plain("m.ln", "(double) -> double", lambda x: -math.inf if x == 0 else _or(math.nan, math.log)(x))
plain("m.sin", "(double) -> double", _or(math.nan, math.sin))
plain("m.signum", "(double) -> int", lambda x: (x > 0) - (x < 0))
plain("m.pi", "() -> double", lambda: math.pi)
for _from in NUMBERS:
    plain("cast.int", f"({_from}) -> int", rounded("int", 17020))
    plain("cast.long", f"({_from}) -> long", rounded("long", 17030))
    plain("cast.float", f"({_from}) -> float", lambda x: float32(float(x)))
    plain("cast.double", f"({_from}) -> double", float)


# Order.


def _ordered(name: str, signature: str, make: Callable[[Callable[[Any, Any], int]], Implementation]) -> None:
    def ordering(types: Types, letters: Letters) -> Implementation:
        if not types.has_order(letters["A"]):
            raise Refused("maps have no order")
        return make(functools.partial(types.compare, letters["A"]))

    typed(name, signature)(ordering)


def _comparison(name: str, is_it: Callable[[int, int], bool]) -> None:
    _ordered(name, "(A, A) -> boolean", lambda compare: lambda x, y: is_it(compare(x, y), 0))


for _name, _is_it in (
    ("==", operator.eq),
    ("!=", operator.ne),
    ("<", operator.lt),
    ("<=", operator.le),
    (">", operator.gt),
    (">=", operator.ge),
):
    _comparison(_name, _is_it)
_ordered("cmp", "(A, A) -> int", lambda compare: compare)
_ordered("max", "(A, A) -> A", lambda compare: lambda x, y: x if compare(x, y) >= 0 else y)
_ordered("min", "(A, A) -> A", lambda compare: lambda x, y: x if compare(x, y) < 0 else y)
_ordered("a.sort", "(array(A)) -> array(A)", lambda compare: lambda a: sorted(a, key=functools.cmp_to_key(compare)))


def _furthest(compare: Callable[[Any, Any], int], sign: int, code: int, place: bool) -> Implementation:
    def find(a: list[Any]) -> Any:
        if not a:
            raise Failed(code)
        best = 0
        for at in range(1, len(a)):
            if sign * compare(a[at], a[best]) > 0:
                best = at
        return best if place else a[best]

    return find


_ordered("a.max", "(array(A)) -> A", lambda compare: _furthest(compare, 1, 15240, False))
_ordered("a.min", "(array(A)) -> A", lambda compare: _furthest(compare, -1, 15250, False))
_ordered("a.argmax", "(array(A)) -> int", lambda compare: _furthest(compare, 1, 15320, True))
_ordered("a.argmin", "(array(A)) -> int", lambda compare: _furthest(compare, -1, 15330, True))
_ordered(
    "a.contains",
    "(array(A), A) -> boolean",
    lambda compare: lambda a, needle: any(compare(x, needle) == 0 for x in a),
)
_ordered("a.count", "(array(A), A) -> int", lambda compare: lambda a, x: sum(compare(y, x) == 0 for y in a))
_ordered(
    "a.index",
    "(array(A), A) -> int",
    lambda compare: lambda a, x: next((at for at, y in enumerate(a) if compare(y, x) == 0), -1),
)
_ordered(
    "a.distinct",
    "(array(A)) -> array(A)",
    lambda compare: lambda a: [x for at, x in enumerate(a) if all(compare(x, y) for y in a[:at])],
)
_ordered(
    "map.containsValue",
    "(map(A), A) -> boolean",
    lambda compare: lambda m, x: any(compare(y, x) == 0 for y in m.values()),
)


# Arrays.


def filled(code: int, function: Implementation) -> Implementation:
    """A function of an array that must not be empty."""

    def call(a: list[Any], *rest: Any) -> Any:
        if not a:
            raise Failed(code)
        return function(a, *rest)

    return call


def _inserted(a: list[Any], at: int, item: Any) -> list[Any]:
    place = at + len(a) if at < 0 else at
    if not 0 <= place < len(a):
        raise Failed(15160)
    return [*a[:place], item, *a[place:]]


def _replaced(a: list[Any], at: int, item: Any) -> list[Any]:
    place = at + len(a) if at < 0 else at
    if not 0 <= place < len(a):
        raise Failed(15170)
    return [*a[:place], item, *a[place + 1 :]]


def _removed(a: list[Any], at: int) -> list[Any]:
    place = at + len(a) if at < 0 else at
    if not 0 <= place < len(a):
        raise Failed(15180)
    return [*a[:place], *a[place + 1 :]]


def _while(a: list[Any], test: Callable[[Any], bool]) -> int:
    return next((at for at, x in enumerate(a) if not test(x)), len(a))


def _zipped(a: list[Any], b: list[Any], function: Callable[[Any, Any], Any]) -> list[Any]:
    if len(a) != len(b):
        raise Failed(15650)
    return [function(x, y) for x, y in zip(a, b, strict=True)]


typed("a.sum", "(array(N)) -> N")(
    lambda _, letters: (
        lambda a: within(letters["N"], functools.reduce(operator.add, a, 0 if letters["N"] in LIMITS else 0.0), 15400)
    )
)
plain("a.mean", "(array(double)) -> double", lambda a: divided(functools.reduce(operator.add, a, 0.0), float(len(a))))
plain("a.len", "(array(A)) -> int", len)
plain("a.head", "(array(A)) -> A", filled(15020, lambda a: a[0]))
plain("a.tail", "(array(A)) -> array(A)", filled(15030, lambda a: a[1:]))
plain("a.last", "(array(A)) -> A", filled(15040, lambda a: a[-1]))
plain("a.init", "(array(A)) -> array(A)", filled(15050, lambda a: a[:-1]))
plain("a.subseq", "(array(A), int, int) -> array(A)", lambda a, start, end: a[start:end])
plain("a.concat", "(array(A), array(A)) -> array(A)", operator.add)
plain("a.append", "(array(A), A) -> array(A)", lambda a, item: [*a, item])
plain("a.insert", "(array(A), int, A) -> array(A)", _inserted)
plain("a.replace", "(array(A), int, A) -> array(A)", _replaced)
plain("a.remove", "(array(A), int) -> array(A)", _removed)
plain("a.reverse", "(array(A)) -> array(A)", lambda a: a[::-1])
plain("a.flatten", "(array(array(A))) -> array(A)", lambda a: [x for inner in a for x in inner])
plain("a.map", "(array(A), fcn(A) -> B) -> array(B)", lambda a, f: [f(x) for x in a])
plain("a.mapWithIndex", "(array(A), fcn(int, A) -> B) -> array(B)", lambda a, f: [f(at, x) for at, x in enumerate(a)])
plain("a.filter", "(array(A), fcn(A) -> boolean) -> array(A)", lambda a, f: [x for x in a if f(x)])
plain("a.flatMap", "(array(A), fcn(A) -> array(B)) -> array(B)", lambda a, f: [y for x in a for y in f(x)])
plain("a.zipmap", "(array(A), array(B), fcn(A, B) -> Z) -> array(Z)", _zipped)
plain("a.reduce", "(array(A), fcn(A, A) -> A) -> A", filled(15670, lambda a, f: functools.reduce(f, a)))
plain("a.fold", "(array(A), B, fcn(B, A) -> B) -> B", lambda a, zero, f: functools.reduce(f, a, zero))
plain(
    "a.foldRight",
    "(array(A), B, fcn(A, B) -> B) -> B",
    lambda a, zero, f: functools.reduce(lambda x, y: f(y, x), a[::-1], zero),
)
plain("a.takeWhile", "(array(A), fcn(A) -> boolean) -> array(A)", lambda a, f: a[: _while(a, f)])
plain("a.dropWhile", "(array(A), fcn(A) -> boolean) -> array(A)", lambda a, f: a[_while(a, f) :])
plain("a.any", "(array(A), fcn(A) -> boolean) -> boolean", lambda a, f: any(map(f, a)))
plain("a.all", "(array(A), fcn(A) -> boolean) -> boolean", lambda a, f: all(map(f, a)))


# Maps.


plain("map.len", "(map(A)) -> int", len)
plain("map.keys", "(map(A)) -> array(string)", list)
plain("map.values", "(map(A)) -> array(A)", lambda m: list(m.values()))
plain("map.containsKey", "(map(A), string) -> boolean", operator.contains)
plain("map.add", "(map(A), string, A) -> map(A)", lambda m, key, x: {**m, key: x})
plain("map.remove", "(map(A), string) -> map(A)", lambda m, key: {k: x for k, x in m.items() if k != key})
plain("map.update", "(map(A), map(A)) -> map(A)", operator.or_)
plain("map.map", "(map(A), fcn(A) -> B) -> map(B)", lambda m, f: {k: f(x) for k, x in m.items()})
plain("map.mapWithKey", "(map(A), fcn(string, A) -> B) -> map(B)", lambda m, f: {k: f(k, x) for k, x in m.items()})
plain("map.filter", "(map(A), fcn(A) -> boolean) -> map(A)", lambda m, f: {k: x for k, x in m.items() if f(x)})


# Strings.


plain("s.len", "(string) -> int", len)
plain("s.concat", "(string, string) -> string", operator.add)
plain("s.substr", "(string, int, int) -> string", lambda s, start, end: s[start:end])
plain("s.contains", "(string, string) -> boolean", operator.contains)
plain("s.index", "(string, string) -> int", lambda s, part: s.find(part))
plain("s.startswith", "(string, string) -> boolean", lambda s, part: s.startswith(part))
plain("s.endswith", "(string, string) -> boolean", lambda s, part: s.endswith(part))
plain("s.join", "(array(string), string) -> string", lambda a, sep: sep.join(a))
plain("s.lower", "(string) -> string", str.lower)
plain("s.upper", "(string) -> string", str.upper)
plain("s.repeat", "(string, int) -> string", operator.mul)
plain("s.replaceall", "(string, string, string) -> string", str.replace)
plain("s.int", "(long) -> string", str)
