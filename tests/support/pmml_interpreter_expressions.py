"""PMML's expressions, evaluated for one row by walking their elements. Specification: Transformations, Functions,
Built-in Functions."""

from __future__ import annotations

import datetime
import math
import re
import statistics
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

from pmml_interpreter_values import Invalid, Refused, Value, Variable, child, children, read, tag, threshold, write

Names = Callable[[str], Variable]
"""What a name means."""
Functions = Mapping[str, Element]
"""The document's own functions."""


def evaluate(element: Element, names: Names, functions: Functions) -> Value:
    """What an element of the group EXPRESSION says."""
    return _KINDS[tag(element)](element, names, functions)


def convert(value: Value, type_: str | None) -> Value:
    """A result as a value of the type that is declared for it."""
    if value is None or type_ is None:
        return value
    try:
        return read(value, type_)
    except (ValueError, TypeError):
        raise Refused from None


def _constant(element: Element, names: Names, functions: Functions) -> Value:
    if element.get("missing") == "true":
        return None
    text = element.text or ""
    type_ = element.get("dataType")
    return read(text, type_) if type_ else _guessed(text)


def _guessed(text: str) -> Value:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _field(element: Element, names: Names, functions: Functions) -> Value:
    variable = names(element.attrib["field"])
    if variable.is_junk:
        raise Refused
    return _mapped(element) if variable.value is None else variable.value


def _mapped(element: Element) -> Value:
    text = element.get("mapMissingTo")
    return None if text is None else _guessed(text)


def _norm_continuous(element: Element, names: Names, functions: Functions) -> Value:
    value = _field_value(element, names)
    if value is None:
        return _number(element.get("mapMissingTo"))
    points = [(float(each.attrib["orig"]), float(each.attrib["norm"])) for each in children(element, "LinearNorm")]
    if not points[0][0] <= value <= points[-1][0]:
        match element.get("outliers", "asIs"):
            case "asMissingValues":
                return _number(element.get("mapMissingTo"))
            case "asExtremeValues":
                return points[0][1] if value < points[0][0] else points[-1][1]
    pairs = [pair for pair in pairwise(points) if pair[0][0] < pair[1][0]]
    (low, low_norm), (high, high_norm) = next((pair for pair in pairs if value <= pair[1][0]), pairs[-1])
    return low_norm + (value - low) / (high - low) * (high_norm - low_norm)


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


def _field_value(element: Element, names: Names) -> Value:
    variable = names(element.attrib["field"])
    if variable.is_junk:
        raise Refused
    return variable.value


def _norm_discrete(element: Element, names: Names, functions: Functions) -> Value:
    variable = names(element.attrib["field"])
    if variable.value is None:
        return _number(element.get("mapMissingTo"))
    return float(not variable.is_junk and variable.value == threshold(element.attrib["value"], variable.type))


def _discretize(element: Element, names: Names, functions: Functions) -> Value:
    type_ = element.get("dataType", "string")
    value = _field_value(element, names)
    if value is None:
        return read(element.get("mapMissingTo"), type_)
    for bin_ in children(element, "DiscretizeBin"):
        interval = child(bin_, "Interval")
        assert interval is not None
        if within(value, interval):
            return read(bin_.attrib["binValue"], type_)
    return read(element.get("defaultValue"), type_)


def within(value: float, interval: Element) -> bool:
    """Whether a number lies in an Interval: its margins are doubles, also of a float."""
    closure = interval.attrib["closure"]
    low, high = float(interval.get("leftMargin", "-inf")), float(interval.get("rightMargin", "inf"))
    above = low < value or (low == value and closure.startswith("closed"))
    below = value < high or (value == high and closure.endswith("Closed"))
    return above and below


def _map_values(element: Element, names: Names, functions: Functions) -> Value:
    type_ = element.get("dataType", "string")
    wanted = {}
    for pair in children(element, "FieldColumnPair"):
        variable = names(pair.attrib["field"])
        if variable.value is None:
            return read(element.get("mapMissingTo"), type_)
        wanted[_column(pair.attrib["column"])] = variable
    table = child(element, "InlineTable")
    assert table is not None
    for row in children(table, "row"):
        cells = {tag(cell): cell.text or "" for cell in row}
        if all(name in cells and _is_cell(variable, cells[name]) for name, variable in wanted.items()):
            return read(cells.get(_column(element.attrib["outputColumn"])), type_)
    return read(element.get("defaultValue"), type_)


def _column(name: str) -> str:
    """A column's name without the prefix of a namespace."""
    return name.rpartition(":")[2]


def _is_cell(variable: Variable, cell: str) -> bool:
    try:
        return not variable.is_junk and bool(variable.value == threshold(cell, variable.type))
    except ValueError:
        return False


# Functions.


def _apply(element: Element, names: Names, functions: Functions) -> Value:
    name = element.attrib["function"]
    result = _applied(element, name, names, functions)
    if result is None and "defaultValue" in element.attrib:
        return _guessed(element.attrib["defaultValue"])
    return result


def _applied(element: Element, name: str, names: Names, functions: Functions) -> Value:
    arguments = children(element)
    if "mapMissingTo" in element.attrib or name != "if":
        values = [evaluate(argument, names, functions) for argument in arguments]
        if "mapMissingTo" in element.attrib and any(value is None for value in values):
            return _guessed(element.attrib["mapMissingTo"])
    if name == "if":
        return _if(arguments, names, functions)
    try:
        result = _call(name, values, functions)
    except Invalid:
        if element.get("invalidValueTreatment") == "asMissing":
            return None
        raise Refused from None
    return None if isinstance(result, float) and math.isnan(result) else result


def _if(arguments: list[Element], names: Names, functions: Functions) -> Value:
    condition = evaluate(arguments[0], names, functions)
    if condition is None:
        return None
    if condition:
        return evaluate(arguments[1], names, functions)
    return evaluate(arguments[2], names, functions) if len(arguments) > 2 else None


def _call(name: str, values: list[Value], functions: Functions) -> Value:
    if name in functions:
        return _defined(functions[name], values, functions)
    if name in _TOTAL:
        return _TOTAL[name](*values)
    if any(value is None for value in values):
        return None
    return _STRICT[name](*values)


def _defined(function: Element, values: list[Value], functions: Functions) -> Value:
    parameters: dict[str, Variable] = {}
    for parameter, value in zip(children(function, "ParameterField"), values, strict=True):
        type_ = parameter.get("dataType")
        parameters[parameter.attrib["name"]] = Variable(convert(value, type_), type_ or _type_of(value))
    body = next(each for each in children(function) if tag(each) != "ParameterField")
    return convert(evaluate(body, parameters.__getitem__, functions), function.get("dataType"))


def _type_of(value: Value) -> str:
    return {bool: "boolean", int: "integer", str: "string"}.get(type(value), "double")


def _and(*values: Value) -> Value:
    return False if False in values else None if None in values else True


def _or(*values: Value) -> Value:
    return True if True in values else None if None in values else False


def _of_some(function: Callable[[list[Value]], Value]) -> Callable[..., Value]:
    """A function that passes over missing arguments."""

    def apply(*values: Value) -> Value:
        some = [value for value in values if value is not None]
        return function(some) if some else None

    return apply


def _is_same(value: Value, other: Value) -> bool:
    """Whether two values are equal, or one is the text of the other."""
    if isinstance(value, str) != isinstance(other, str):
        return write(value) == write(other)
    return bool(value == other)


def _divide(a: Value, b: Value) -> Value:
    if isinstance(a, int) and isinstance(b, int):
        if b == 0:
            raise Invalid
        return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    if b == 0:
        return math.nan if a == 0 else math.copysign(math.inf, a) * math.copysign(1, b)
    return a / b


def _real(function: Callable[..., float]) -> Callable[..., Value]:
    """A function of real numbers, NaN (missing) beyond its domain."""

    def apply(*values: Value) -> Value:
        try:
            return function(*map(float, values))
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return apply


def _whole(function: Callable[[float], float]) -> Callable[[Value], Value]:
    """A function of numbers to whole ones; what is infinite stays so."""
    return lambda x: x if math.isinf(x) else function(x)


def _logarithm(function: Callable[[float], float], pole: float) -> Callable[..., Value]:
    return _real(lambda x: -math.inf if x == pole else function(x))


def _power(a: float, b: float) -> float:
    if a == 0 and b < 0:
        return math.inf
    result = a**b
    return math.nan if isinstance(result, complex) else result


def _replace(text: str, pattern: str, by: str) -> str:
    return re.sub(pattern, re.sub(r"\$(\d)", r"\\\1", by), text)


def _substring(text: str, start: int, count: int) -> str:
    return text[int(start) - 1 : int(start) - 1 + int(count)]


def _modulo(a: Value, b: Value) -> Value:
    return math.nan if b == 0 else a % b


def _days_since(date: datetime.date, year: Value) -> int:
    day = date.date() if isinstance(date, datetime.datetime) else date
    return (day - datetime.date(int(year), 1, 1)).days


def _seconds_since(moment: datetime.datetime, year: Value) -> int:
    return int((moment - datetime.datetime(int(year), 1, 1)).total_seconds())


_TOTAL: dict[str, Callable[..., Value]] = {
    "isMissing": lambda x: x is None,
    "isNotMissing": lambda x: x is not None,
    "and": _and,
    "or": _or,
    "isIn": lambda x, *set_: x is not None and any(_is_same(x, each) for each in set_),
    "isNotIn": lambda x, *set_: x is None or not any(_is_same(x, each) for each in set_),
    "min": _of_some(min),
    "max": _of_some(max),
    "sum": _of_some(sum),
    "product": _of_some(math.prod),
    "avg": _of_some(lambda some: sum(some) / len(some)),
}
"""Functions that have something to say of missing values."""
_STRICT: dict[str, Callable[..., Value]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "median": lambda *some: statistics.median(some),
    "abs": abs,
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
    "round": _whole(lambda x: math.floor(x + 0.5)),
    "rint": _whole(lambda x: float(round(x))),
    "threshold": lambda a, b: int(a > b),
    "modulo": _modulo,
    "pow": _real(_power),
    "exp": _real(math.exp),
    "expm1": _real(math.expm1),
    "ln": _logarithm(math.log, 0),
    "log10": _logarithm(math.log10, 0),
    "ln1p": _logarithm(math.log1p, -1),
    "sqrt": _real(math.sqrt),
    "hypot": _real(math.hypot),
    "sin": _real(math.sin),
    "cos": _real(math.cos),
    "tan": _real(math.tan),
    "asin": _real(math.asin),
    "acos": _real(math.acos),
    "atan": _real(math.atan),
    "atan2": _real(math.atan2),
    "sinh": _real(math.sinh),
    "cosh": _real(math.cosh),
    "tanh": _real(math.tanh),
    "erf": _real(math.erf),
    "stdNormalCDF": _real(statistics.NormalDist().cdf),
    "stdNormalPDF": _real(statistics.NormalDist().pdf),
    "normalCDF": _real(lambda x, mean, deviation: statistics.NormalDist(mean, deviation).cdf(x)),
    "equal": lambda a, b: a == b,
    "notEqual": lambda a, b: a != b,
    "lessThan": lambda a, b: a < b,
    "lessOrEqual": lambda a, b: a <= b,
    "greaterThan": lambda a, b: a > b,
    "greaterOrEqual": lambda a, b: a >= b,
    "not": lambda x: not x,
    "uppercase": str.upper,
    "lowercase": str.lower,
    "stringLength": len,
    "substring": _substring,
    "trimBlanks": str.strip,
    "concat": lambda *parts: "".join(map(write, parts)),
    "replace": _replace,
    "matches": lambda text, pattern: re.search(pattern, text) is not None,
    "dateDaysSinceYear": _days_since,
    "dateSecondsSinceYear": _seconds_since,
    "dateSecondsSinceMidnight": lambda moment: moment.hour * 3600 + moment.minute * 60 + moment.second,
}
"""Functions of which a missing argument makes a missing result."""
_KINDS: dict[str, Callable[[Element, Names, Functions], Any]] = {
    "Constant": _constant,
    "FieldRef": _field,
    "NormContinuous": _norm_continuous,
    "NormDiscrete": _norm_discrete,
    "Discretize": _discretize,
    "MapValues": _map_values,
    "Apply": _apply,
}
