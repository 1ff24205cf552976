"""Arithmetic, by hand."""

from __future__ import annotations

import math

import pytest
from pmml_expressions import answers, apply, constant, type_of, value, values

from salver.formats.pmml.functions.arithmetic import ARITHMETIC

NAN = None


@pytest.mark.parametrize(
    ("xml", "wanted"),
    [
        (apply("+", 1, 2), 3),
        (apply("-", 2.5, 4), -1.5),
        (apply("*", 2, 1.5), 3.0),
        (apply("/", 1.0, 4), 0.25),
        (apply("/", 7, 2), 3),
        (apply("/", -3, 2), -1),
        (apply("/", 3, -2), -1),
        (apply("/", 1.0, 0), math.inf),
        (apply("/", 0.0, 0), NAN),
        (apply("modulo", 11, 4), 3),
        (apply("modulo", -11, 4), 1),
        (apply("modulo", 11, -4), -1),
        (apply("modulo", 5.5, 2), 1.5),
        (apply("modulo", 1.0, 0), NAN),
        (apply("pow", 2, 10), 1024),
        (apply("pow", 0, 0), 1),
        (apply("pow", 0.0, 0.0), 1.0),
        (apply("pow", 2.0, -1), 0.5),
        (apply("pow", -8.0, 0.5), NAN),
        (apply("threshold", 3, 2), 1),
        (apply("threshold", 2.0, 2.0), 0.0),
        (apply("hypot", 3, 4), 5.0),
        (apply("atan2", 1, -1), math.atan2(1, -1)),
        (apply("abs", -3), 3),
        (apply("abs", -3.5), 3.5),
        (apply("floor", -1.5), -2),
        (apply("ceil", -1.5), -1),
        (apply("round", 2.5), 3),
        (apply("round", -0.5), 0),
        (apply("round", -2.5), -2),
        (apply("round", 0.49999999999999994), 0),
        (apply("rint", 2.5), 2.0),
        (apply("rint", 3.5), 4.0),
        (apply("sqrt", 16), 4.0),
        (apply("sqrt", -1), NAN),
        (apply("exp", 1), math.e),
        (apply("expm1", 1e-12), 1e-12 + 5e-25),
        (apply("ln", math.e), 1.0),
        (apply("ln", 0), -math.inf),
        (apply("ln", -1), NAN),
        (apply("ln1p", 1e-12), 1e-12 - 5e-25),
        (apply("log10", 1000), 3.0),
        (apply("erf", 0.5), 0.5204998778130465),
        (apply("sin", 1), math.sin(1)),
        (apply("cos", 1), math.cos(1)),
        (apply("tan", 1), math.tan(1)),
        (apply("asin", 0.5), math.asin(0.5)),
        (apply("acos", 0.5), math.acos(0.5)),
        (apply("atan", 0.5), math.atan(0.5)),
        (apply("sinh", 1), math.sinh(1)),
        (apply("cosh", 1), math.cosh(1)),
        (apply("tanh", 1), math.tanh(1)),
    ],
)
def test_by_hand(xml, wanted):
    got = value(xml)
    assert got is None if wanted is None else got == pytest.approx(wanted, rel=1e-15, abs=1e-300)


@pytest.mark.parametrize("name", ARITHMETIC)
def test_what_is_missing_stays_so(name):
    count = ARITHMETIC[name].least
    for place in range(count):
        arguments = ["x" if each == place else 1.0 for each in range(count)]
        assert values(apply(name, *arguments), {"x": [None]}) == [None]
        arguments = ["x" if each == place else 0.0 for each in range(count)]
        assert values(apply(name, *arguments, invalidValueTreatment="asMissing"), {"x": [None]}) == [None]
        arguments = ["x" if each == place else "y" for each in range(count)]
        assert values(apply(name, *arguments), {"x": [None], "y": [0.5]}) == [None]


@pytest.mark.parametrize("name", ARITHMETIC)
def test_columns_and_constants_agree(name):
    """Each function of columns, of constants, and of both."""
    numbers = [(0.5, 2.0), (0.25, -3.0), (-0.75, 0.5)][: 3 if name not in ("ln", "sqrt", "pow", "log10") else 2]
    count = ARITHMETIC[name].least
    for pair in numbers:
        given = pair[:count]
        wanted = value(apply(name, *given))
        columns = {letter: [number] for letter, number in zip("xy", given, strict=False)}
        assert values(apply(name, *columns), columns) == [wanted]
        assert values(apply(name, "x", *given[1:]), {"x": [given[0]]}) == [wanted]


@pytest.mark.parametrize(
    ("xml", "type_"),
    [
        (apply("+", "n", 1), "integer"),
        (apply("+", "n", 1.0), "double"),
        (apply("+", "f", 1), "double"),
        (apply("/", "n", "n"), "integer"),
        (apply("abs", "n"), "integer"),
        (apply("sqrt", "n"), "double"),
        (apply("floor", "x"), "integer"),
        (apply("rint", "x"), "double"),
        (apply("threshold", "n", 1), "integer"),
        (apply("+", "b", "b"), "integer"),
        (apply("+", "s", 1), "double"),
    ],
)
def test_types(xml, type_):
    columns = {"x": [1], "n:integer": [1], "f:float": [1], "b:boolean": [True], "s:string": ["1"]}
    assert type_of(xml, columns) == type_


@pytest.mark.parametrize("xml", [apply("/", "n", 0), apply("modulo", "n", 0), apply("asin", "n"), apply("acos", "n")])
def test_what_is_not_defined_refuses_its_row(xml):
    found, refused = answers(xml, {"n:integer": [None, 2]})
    assert found == [None, None]
    assert list(refused) == [1]
    assert "is not defined" in refused[1]


def test_single_precision_is_not_computed_in():
    """What comes is rounded; sums are not."""
    assert values(apply("+", "f", 1), {"f:float": [0.1]}) == [0.10000000149011612 + 1]
    assert value(apply("*", constant("0.1", "float"), 3)) == 0.10000000149011612 * 3
