"""Functions as arguments: defined in place, named, and with some arguments filled in."""

from __future__ import annotations

from typing import Any

import pytest
from pfa_forms import INTS, answer, array, code_of, engine, function, refused

DOUBLES = {"type": "array", "items": "double"}
TWICE = function("int", {"*": ["x", 2]}, x="int")
LESS = function("int", {"-": ["x", "y"]}, x="int", y="int")


def test_a_function_is_defined_where_it_is_wanted() -> None:
    assert answer({"a.map": [array(1, 2), TWICE]}, gives=INTS) == [2, 4]
    steps = function("int", [{"let": {"y": {"*": ["x", 2]}}}, {"set": {"y": {"+": ["y", 1]}}}, "y"], x="int")
    assert answer({"a.map": [array(1, 2), steps]}, gives=INTS) == [3, 5]


def test_functions_of_the_document_are_called_and_named() -> None:
    fcns = {"twice": TWICE, "a.less": LESS}
    assert answer({"u.twice": ["input"]}, 4, fcns=fcns) == 8
    assert answer({"u.a.less": ["input", 1]}, 4, fcns=fcns) == 3
    assert answer({"a.map": [array(1, 2), {"fcn": "u.twice"}]}, gives=INTS, fcns=fcns) == [2, 4]
    assert answer({"a.reduce": [array(9, 1, 2), {"fcn": "u.a.less"}]}, fcns=fcns) == 6


def test_functions_call_each_other_and_themselves() -> None:
    factorial = function(
        "long", {"if": {"<": ["n", 2]}, "then": {"long": 1}, "else": {"*": ["n", {"u.f": [{"-": ["n", 1]}]}]}}, n="int"
    )
    assert answer({"u.f": ["input"]}, 15, gives="long", fcns={"f": factorial}) == 1307674368000
    even = function("boolean", {"if": {"==": ["n", 0]}, "then": True, "else": {"u.odd": [{"-": ["n", 1]}]}}, n="int")
    odd = function("boolean", {"if": {"==": ["n", 0]}, "then": False, "else": {"u.even": [{"-": ["n", 1]}]}}, n="int")
    assert answer({"u.even": ["input"]}, 7, gives="boolean", fcns={"even": even, "odd": odd}) is False


def test_functions_of_the_library_are_named() -> None:
    assert answer({"a.map": [array(4.0, 9.0, of="double"), {"fcn": "m.sqrt"}]}, gives=DOUBLES) == [2.0, 3.0]
    assert answer({"a.map": [array(4, 9), {"fcn": "m.sqrt"}]}, gives=DOUBLES) == [2.0, 3.0]


@pytest.mark.parametrize("name", ["+", "a.len", "m.nothing", "u.nothing", "emit", "u"])
def test_what_cannot_be_named_is_refused(name: str) -> None:
    refused({"a.map": [array(1, 2), {"fcn": name}]}, gives=INTS)


def test_emit_is_a_function_to_be_named() -> None:
    made = engine({"a.map": [array("input", 2), {"fcn": "emit"}]}, method="emit")
    assert made.action(1) == [1, 2]


def test_arguments_are_filled_in_by_their_names() -> None:
    fcns = {"less": LESS}
    assert answer({"a.map": [array(1, 2), {"fcn": "u.less", "fill": {"x": "input"}}]}, 10, gives=INTS, fcns=fcns) == [
        9,
        8,
    ]
    assert answer({"a.map": [array(1, 2), {"fcn": "u.less", "fill": {"y": "input"}}]}, 10, gives=INTS, fcns=fcns) == [
        -9,
        -8,
    ]


def test_a_function_may_be_filled_in() -> None:
    fcns = {"less": LESS}
    assert answer(
        {"a.sortLT": [array(3, 1, 2), {"fcn": "u.before", "fill": {"turn": True}}]},
        gives=INTS,
        fcns={
            "before": function(
                "boolean",
                {"if": "turn", "then": {">": ["x", "y"]}, "else": {"<": ["x", "y"]}},
                turn="boolean",
                x="int",
                y="int",
            ),
            **fcns,
        },
    ) == [3, 2, 1]


def test_what_is_filled_in_is_computed_once() -> None:
    counts = {"cell": "c", "to": function("int", {"+": ["old", 1]}, old="int")}
    document = [{"a.map": [array(1, 2, 3), {"fcn": "u.less", "fill": {"y": counts}}]}, {"cell": "c"}]
    assert answer(document, fcns={"less": LESS}, cells={"c": {"type": "int", "init": 0}}) == 1


@pytest.mark.parametrize("fill", [{"z": 1}, {"x": 1, "y": 2}, {"x": ["text"]}])
def test_what_cannot_be_filled_in_is_refused(fill: Any) -> None:
    refused({"a.map": [array(1, 2), {"fcn": "u.less", "fill": fill}]}, gives=INTS, fcns={"less": LESS})


def test_what_is_filled_in_becomes_what_the_function_takes() -> None:
    halves = function("double", {"/": ["x", "by"]}, x="double", by="double")
    found = answer(
        {"a.map": [array(1.0, of="double"), {"fcn": "u.f", "fill": {"by": "input"}}]},
        4,
        gives=DOUBLES,
        fcns={"f": halves},
    )
    assert found == [0.25]


def test_a_function_gives_what_it_says() -> None:
    found = answer({"a.map": [array(1), function("double", "x", x="int")]}, gives=DOUBLES)
    assert (found, type(found[0])) == ([1.0], float)
    refused({"a.map": [array(1), function("int", 1.5, x="int")]}, gives=INTS)
    refused({"u.f": []}, fcns={"f": function("int", ["text"])})


def test_a_function_may_give_nothing_but_an_error() -> None:
    assert code_of({"u.f": []}, fcns={"f": function("int", {"error": "no", "code": -3})}) == -3
    assert code_of({"a.map": [array(1), function("int", {"error": "no", "code": -3}, x="int")]}, gives=INTS) == -3


def test_a_function_that_takes_more_and_gives_less_will_do() -> None:
    found = answer({"a.map": [array(1, 2), function("double", {"/": ["x", 2]}, x="double")]}, gives=DOUBLES)
    assert found == [0.5, 1.0]


def test_a_function_that_does_not_take_what_it_would_be_given_is_refused() -> None:
    refused({"a.map": [array(1.5, of="double"), TWICE]}, gives=INTS)
    refused({"a.map": [array(1), LESS]}, gives=INTS)


def test_a_function_has_22_parameters_at_most() -> None:
    many = {f"x{at}": "int" for at in range(22)}
    assert answer({"u.f": list(range(22))}, fcns={"f": function("int", "x21", **many)}) == 21
    refused({"u.f": list(range(23))}, fcns={"f": function("int", 1, **many, one_more="int")})


def test_functions_within_functions_see_all_that_is_around_them() -> None:
    inner = function("int", {"+": [{"*": ["x", 100]}, {"+": [{"*": ["y", 10]}, "input"]}]}, y="int")
    outer = function("int", {"a.sum": {"a.map": [array(1, 2), inner]}}, x="int")
    assert answer({"a.map": [array(1, 2), outer]}, 5, gives=INTS) == [115 + 125, 215 + 225]


def test_a_function_without_parameters() -> None:
    assert answer({"+": [{"u.three": []}, 1]}, fcns={"three": function("int", 3)}) == 4


def test_random_functions_can_be_named_and_filled_in() -> None:
    draws = {"a.map": [array(0.5, 1.5, of="double"), {"fcn": "rand.gaussian", "fill": {"mu": 5.0}}]}
    one, other = engine(draws, gives=DOUBLES, randseed=3), engine(draws, gives=DOUBLES, randseed=3)
    assert not one.pure
    found = one.action(0)
    assert found == other.action(0)
    assert len(set(found)) == 2
    named = engine(
        {"a.mapWithIndex": [array(1, 2), function("double", {"rand.gaussian": [0.0, 1.0]}, i="int", x="int")]},
        gives=DOUBLES,
        randseed=3,
    )
    assert len(set(named.action(0))) == 2
