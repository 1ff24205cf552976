"""Calls: of the library, of the document's own functions, and of one chosen at run time."""

from __future__ import annotations

from typing import Any

import pytest
from pfa_forms import INTS, answer, array, code_of, engine, function, refused

CHOICE = {"type": "enum", "name": "Choice", "symbols": ["half", "next"]}
FCNS = {"half": function("double", {"/": ["x", 2]}, x="double"), "next": function("int", {"+": ["x", 1]}, x="int")}


def test_a_call_chosen_at_run_time_has_the_type_of_all() -> None:
    found = [
        answer({"call": "input", "args": [3]}, name, takes=CHOICE, gives="double", fcns=FCNS)
        for name in ("half", "next")
    ]
    assert found == [1.5, 4.0]
    assert all(type(one) is float for one in found)


def test_all_that_may_be_called_must_take_the_arguments() -> None:
    refused({"call": "input", "args": [3.5]}, takes=CHOICE, gives="double", fcns=FCNS)
    refused({"call": "input", "args": []}, takes=CHOICE, gives="double", fcns=FCNS)
    refused({"call": "input", "args": [3]}, takes=CHOICE, gives="double", fcns={"half": FCNS["half"]})
    refused({"call": ["half"], "args": [3]}, gives="double", fcns=FCNS)


def test_a_call_chosen_at_run_time_in_a_function_that_is_written_before_those_chosen() -> None:
    calls = function("double", {"call": "which", "args": [5]}, which=CHOICE)
    assert answer({"u.a": ["input"]}, "next", takes="Choice", gives="double", fcns={"a": calls, **FCNS}) == 6.0


def test_arguments_become_what_the_function_takes() -> None:
    assert answer({"u.half": ["input"]}, 3, gives="double", fcns=FCNS) == 1.5
    assert answer({"m.sqrt": ["input"]}, 9, gives="double") == 3.0
    assert answer({"a.append": [array(1.5, of="double"), "input"]}, 3, gives={"type": "array", "items": "double"}) == [
        1.5,
        3.0,
    ]


@pytest.mark.parametrize(
    "call",
    [
        {"u.half": []},
        {"u.half": [1, 2]},
        {"u.half": [["x"]]},
        {"half": [1]},
        {"m.sqrt": [["x"]]},
        {"m.sqrt": [1, 2]},
        {"nothing": []},
        {"m.nothing": [1]},
        {"u.nothing": [1]},
        {"a.map": [array(1), 1]},
        {"+": [{"error": "no"}, 1]},
    ],
)
def test_a_call_that_does_not_fit_is_refused(call: Any) -> None:
    refused(call, gives="double", fcns=FCNS)


def test_the_first_signature_that_fits_is_taken() -> None:
    assert answer({"a.contains": [array(1, 2, 3), "input"]}, 2, gives="boolean") is True
    assert answer({"a.contains": [array(1, 2, 3), array(2, "input")]}, 3, gives="boolean") is True
    assert (
        answer(
            {"a.contains": [array(1, 2, 3), function("boolean", {">": ["x", "input"]}, x="int")]}, 3, gives="boolean"
        )
        is False
    )


def test_a_call_whose_arguments_are_known_is_computed_when_the_document_is_loaded() -> None:
    made = engine({"+": ["input", {"*": [6, 7]}]})
    assert made.action(1) == 43
    assert "42" in made.source


def test_a_call_that_would_fail_is_left_to_fail_when_it_is_reached() -> None:
    fails = {"//": [1, 0]}
    assert answer({"if": {"==": ["input", 0]}, "then": 1, "else": fails}) == 1
    assert code_of(fails) == 18040


def test_calls_with_effects_are_done_though_nobody_wants_their_value() -> None:
    puts = function("int", {"cell": "c", "to": "x"}, x="int")
    document = [
        {"u.put": ["input"]},
        {"a.map": [array(1), function("int", {"u.put": [{"+": [{"cell": "c"}, "x"]}]}, x="int")]},
        {"cell": "c"},
    ]
    assert answer(document, 5, fcns={"put": puts}, cells={"c": {"type": "int", "init": 0}}) == 6


def test_emit_takes_what_the_document_gives() -> None:
    made = engine([{"emit": "input"}, {"emit": {"+": ["input", 1]}}], method="emit", gives="double")
    assert made.action(3) == [3.0, 4.0]
    refused({"emit": [["x"]]}, method="emit", gives="double")
    refused({"emit": []}, method="emit", gives="double")
    refused({"emit": 1}, gives="null")


def test_emit_works_in_the_documents_functions_and_in_branches() -> None:
    fcns = {"twice": function("null", [{"emit": "x"}, {"emit": "x"}], x="int")}
    made = engine(
        {"if": {">": ["input", 0]}, "then": {"u.twice": ["input"]}, "else": {"emit": 0}}, method="emit", fcns=fcns
    )
    assert [made.action(x) for x in (1, -1)] == [[1, 1], [0]]


def test_random_numbers_are_never_computed_when_the_document_is_loaded() -> None:
    made = engine({"rand.int": [0, 1_000_000]}, randseed=1)
    assert made.action(0) != made.action(0)


def test_a_constant_argument_is_not_what_comes_out_later() -> None:
    made = engine({"a.append": [{"type": INTS, "value": [1]}, "input"]}, gives=INTS)
    assert [made.action(x) for x in (2, 3)] == [[1, 2], [1, 3]]
