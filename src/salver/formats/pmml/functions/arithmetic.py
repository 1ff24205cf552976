"""Arithmetic: operators, roots and logarithms, rounding, trigonometry. Specification: Built-in functions.

Integers stay integers, as the engines have it where the specification is silent: an integer divided by one is
truncated towards zero. A missing argument gives a missing result, which is what NaN does by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.functions.call import Call, Compile, Function
from salver.formats.pmml.functions.operand import Compute, Expression, of, wider_number
from salver.formats.pmml.values import MISSING


def _binary(operate: Callable[[Any, Any], Any]) -> Compile:
    """Of two numbers; the result has the wider type of them."""

    def compile_(call: Call) -> Expression:
        arguments = call.numbers()
        type_ = wider_number(*arguments)
        return of(type_, _joined(call, operate), *arguments, warns=not _is_tame(call.name, arguments))

    return compile_


def _joined(call: Call, operate: Callable[[Any, Any], Any]) -> Compute:
    first, second = call.sources(call.numbers())
    return lambda frame: operate(first(frame), second(frame))


def _is_tame(name: str, arguments: tuple[Expression, ...]) -> bool:
    """Whether only numbers beyond 1e300 could make NumPy warn, which no data has: then it need not be silenced."""
    constants = [abs(argument.value) for argument in arguments if argument.is_constant and not argument.is_missing]
    if len(constants) != 1:
        return False
    return constants[0] < 1e6 if name in "+-*" else name == "/" and arguments[1].is_constant and constants[0] > 1e-6


def _divide(call: Call) -> Expression:
    arguments = call.numbers()
    if wider_number(*arguments) != "integer":
        return _binary(np.divide)(call)
    first, second = call.sources(arguments)

    def compute(frame: Frame) -> Array:
        quotient: Array = np.trunc(np.divide(first(frame), second(frame)))
        return np.where(np.isinf(quotient), MISSING, quotient)

    return of("integer", call.defined(compute, arguments), *arguments, warns=True, refuses=call.refuses_undefined)


def _modulo(call: Call) -> Expression:
    arguments = call.numbers()
    if wider_number(*arguments) != "integer":
        return _binary(_remainder)(call)
    compute = call.defined(_joined(call, _remainder), arguments)
    return of("integer", compute, *arguments, warns=True, refuses=call.refuses_undefined)


def _remainder(value: Any, divisor: Any) -> Any:
    """With the sign of the divisor."""
    return value - np.floor(value / divisor) * divisor


def _pow(call: Call) -> Expression:
    exponent = call.numbers()[1]
    is_plain = exponent.is_constant and not exponent.is_missing and exponent.value != 0
    return _binary(np.power if is_plain else _power)(call)


def _power(value: Any, exponent: Any) -> Any:
    """NumPy has NaN to the power of 0, and 1 to the power of NaN, as 1; here what is missing stays so."""
    return np.where((value != value) | (exponent != exponent), MISSING, np.power(value, exponent))


def _hypotenuse(first: Any, second: Any) -> Any:
    return np.where((first != first) | (second != second), MISSING, np.hypot(first, second))


def _threshold(first: Any, second: Any) -> Any:
    return np.where((first != first) | (second != second), MISSING, np.greater(first, second))


# Of one number.


def _unary(operate: Callable[[Any], Any], type_: str | None = "double", *, defined: bool = True) -> Compile:
    """Of one number. Without a type the result has that of the number. What is not `defined` everywhere is treated
    where it is not; logarithms and roots are NaN there."""

    def compile_(call: Call) -> Expression:
        arguments = call.numbers()
        source = arguments[0].compute

        def compute(frame: Frame) -> Array:
            column: Array = operate(source(frame))
            return column

        checked = compute if defined else call.defined(compute, arguments)
        refuses = not defined and call.refuses_undefined
        return of(type_ or wider_number(*arguments), checked, *arguments, warns=True, refuses=refuses)

    return compile_


def _round(values: Array) -> Array:
    """Halves go up."""
    whole: Array = np.floor(values)
    return whole + (values - whole >= 0.5)


def _each(function: Callable[[float], float]) -> Callable[[Array], Array]:
    return lambda values: np.array([function(value) for value in values.tolist()], np.float64)


def _hypot(call: Call) -> Expression:
    arguments = call.numbers()
    return of("double", _joined(call, _hypotenuse), *arguments, warns=True)


def _atan2(call: Call) -> Expression:
    arguments = call.numbers()
    return of("double", _joined(call, np.arctan2), *arguments, warns=True)


def _of_two(compile_: Compile, *, rereads: bool = False) -> Function:
    return Function(compile_, 2, 2, rereads)


def _of_one(operate: Callable[[Any], Any], type_: str | None = "double", *, defined: bool = True) -> Function:
    return Function(_unary(operate, type_, defined=defined), 1, 1, rereads=not defined)


ARITHMETIC: Final[dict[str, Function]] = {
    "+": _of_two(_binary(np.add)),
    "-": _of_two(_binary(np.subtract)),
    "*": _of_two(_binary(np.multiply)),
    "/": _of_two(_divide, rereads=True),
    "modulo": _of_two(_modulo, rereads=True),
    "pow": _of_two(_pow),
    "threshold": _of_two(_binary(_threshold)),
    "hypot": _of_two(_hypot),
    "atan2": _of_two(_atan2),
    "abs": _of_one(np.abs, None),
    "rint": _of_one(np.rint, None),
    "floor": _of_one(np.floor, "integer"),
    "ceil": _of_one(np.ceil, "integer"),
    "round": _of_one(_round, "integer"),
    "sqrt": _of_one(np.sqrt),
    "exp": _of_one(np.exp),
    "expm1": _of_one(np.expm1),
    "ln": _of_one(np.log),
    "ln1p": _of_one(np.log1p),
    "log10": _of_one(np.log10),
    "erf": _of_one(_each(math.erf)),
    "sin": _of_one(np.sin, defined=False),
    "cos": _of_one(np.cos, defined=False),
    "tan": _of_one(np.tan, defined=False),
    "asin": _of_one(np.arcsin, defined=False),
    "acos": _of_one(np.arccos, defined=False),
    "atan": _of_one(np.arctan),
    "sinh": _of_one(np.sinh),
    "cosh": _of_one(np.cosh),
    "tanh": _of_one(np.tanh),
}
