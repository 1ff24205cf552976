"""let, set, do, and who sees which symbol (PFA 0.8.1, "Symbols and scope")."""

from __future__ import annotations

from typing import Any

import pytest
from pfa_forms import INTS, STRINGS, answer, array, function, refused


def test_a_symbol_is_there_from_let_to_the_end_of_its_block() -> None:
    assert answer([{"let": {"x": {"+": ["input", 1]}}}, {"*": ["x", "x"]}], 2) == 9
    assert answer([{"do": [{"let": {"x": 1}}, "x"]}, {"let": {"x": 2}}, "x"]) == 2


@pytest.mark.parametrize(
    "block",
    [
        {"do": [{"let": {"x": 1}}]},
        {"if": True, "then": {"let": {"x": 1}}},
        {"cond": [{"if": True, "then": {"let": {"x": 1}}}]},
        {"while": False, "do": {"let": {"x": 1}}},
        {"foreach": "x", "in": array(1), "do": 1},
        {"for": {"x": 1}, "while": False, "step": {"x": 2}, "do": 1},
    ],
)
def test_a_symbol_of_a_block_is_not_seen_after_it(block: Any) -> None:
    refused([block, "x"])


def test_symbols_of_one_let_do_not_see_each_other() -> None:
    refused([{"let": {"x": 1, "y": "x"}}, "y"])


def test_a_symbol_is_not_made_twice_nor_shadowed() -> None:
    refused([{"let": {"x": 1}}, {"let": {"x": 1}}, "x"])
    refused([{"let": {"x": 1}}, {"do": {"let": {"x": 1}}}, "x"])
    refused([{"let": {"input": 1}}, 1])
    refused([{"let": {"x": 1}}, {"foreach": "x", "in": array(1), "do": 1}, 1])
    refused([{"let": {"x": 1}}, {"for": {"x": 1}, "while": False, "step": {"x": 2}, "do": 1}, 1])


def test_set_changes_a_symbol_from_blocks_within() -> None:
    assert answer([{"let": {"x": 1}}, {"do": {"set": {"x": "input"}}}, "x"], 5) == 5
    assert answer([{"let": {"x": 1}}, {"if": True, "then": {"set": {"x": "input"}}}, "x"], 5) == 5


def test_set_sets_all_at_once() -> None:
    swap = [{"let": {"x": 1, "y": 2}}, {"set": {"x": "y", "y": "x"}}, {"+": [{"*": ["x", 10]}, "y"]}]
    assert answer(swap) == 21


def test_a_symbol_keeps_its_type() -> None:
    found = answer([{"let": {"x": 1.5}}, {"set": {"x": "input"}}, "x"], 3, gives="double")
    assert (found, type(found)) == (3.0, float)
    refused([{"let": {"x": 1}}, {"set": {"x": 1.5}}, "x"])
    refused([{"let": {"x": None}}, {"set": {"x": {"error": "no value"}}}, 1])


@pytest.mark.parametrize(
    "value",
    [{"set": {"y": 1}}, {"set": {"input": 1}}, {"set": {"name": ["x"]}}, {"set": {"actionsStarted": {"long": 1}}}],
)
def test_only_symbols_of_ones_own_can_be_set(value: Any) -> None:
    refused([value, 1])


@pytest.mark.parametrize("form", [{"let": {"y": 1}}, {"set": {"x": 1}}])
@pytest.mark.parametrize(
    "around",
    [
        lambda form: {"if": {"==": [form, None]}, "then": 1},
        lambda form: {"let": {"z": form}},
        lambda form: {"a.len": [{"new": [form], "type": {"type": "array", "items": "null"}}]},
        lambda form: {"try": form},
        lambda form: {"log": [form]},
        lambda form: {"upcast": form, "as": "null"},
        lambda form: {"let": {"z": {"do": [{"do": form}]}}} if "set" in form else {"let": {"z": {"try": form}}},
    ],
)
def test_what_is_computed_for_another_form_makes_and_sets_no_symbols(form: Any, around: Any) -> None:
    refused([{"let": {"x": 0}}, around(form), 1])


def test_a_do_within_has_symbols_of_its_own_even_where_none_can_be_made() -> None:
    assert answer({"+": [{"do": [{"let": {"y": "input"}}, {"set": {"y": {"*": ["y", 2]}}}, "y"]}, 1]}, 5) == 11


def test_functions_see_what_is_around_them_and_set_nothing_there() -> None:
    adds = function("int", {"+": ["x", "input"]}, x="int")
    assert answer({"a.map": [array(1, 2), adds]}, 5, gives=INTS) == [6, 7]
    sets = function("int", [{"set": {"s": "x"}}, "x"], x="int")
    refused([{"let": {"s": 0}}, {"a.map": [array(1, 2), sets]}], gives=INTS)


def test_a_parameter_may_have_the_name_of_a_symbol_outside() -> None:
    assert answer(
        [{"let": {"x": 3}}, {"a.map": [array(1, 2), function("int", {"+": ["x", 1]}, x="int")]}], gives=INTS
    ) == [2, 3]


def test_a_function_sees_a_symbol_as_it_is_when_it_is_called() -> None:
    adds = function("int", {"+": ["x", "s"]}, x="int")
    document = [
        {"let": {"s": 1, "sum": 0}},
        {
            "foreach": "i",
            "in": array(10, 20),
            "do": [{"set": {"sum": {"+": ["sum", {"a.sum": {"a.map": [array(1), adds]}}]}}}, {"set": {"s": "i"}}],
        },
        "sum",
    ]
    assert answer(document) == 2 + 11


def test_the_documents_functions_see_nothing_but_their_parameters() -> None:
    for name in ("input", "name", "actionsStarted"):
        refused({"u.f": [1]}, fcns={"f": function("int", [name, 1], x="int")})


def test_predefined_symbols() -> None:
    assert answer("name", gives="string", name="Me") == "Me"
    assert answer("version", version=3) == 3
    refused("version")
    assert answer("instance") == 0
    assert answer({"attr": "metadata", "path": [["who"]]}, gives="string", metadata={"who": "me"}) == "me"
    assert answer("actionsStarted", gives="long") == 1
    assert answer("actionsFinished", gives="long") == 0


def test_a_tally_is_there_in_a_fold_only() -> None:
    refused("tally")
    refused("tallyOne")
    assert answer("tally", gives="int", method="fold", zero=7, merge="tallyOne") == 7


@pytest.mark.parametrize(
    "name",
    ["lambda_", "None_", "def", "class", "import", "print", "tick", "state", "error", "_", "__import__", "datum"],
)
def test_any_name_will_do_for_a_symbol(name: str) -> None:
    assert answer([{"let": {name: "input"}}, {"set": {name: {"+": [name, 1]}}}, name], 3) == 4
    assert answer({"a.map": [array(1), function("int", name, **{name: "int"})]}, gives=INTS) == [1]


def test_a_symbol_that_is_not_there_is_told_with_a_hint() -> None:
    assert '["red"]' in refused("red").message
    assert '{"cell": "c"}' in refused("c", cells={"c": {"type": "int", "init": 1}}).message
    assert '{"fcn": "u.f"}' in refused("f", fcns={"f": function("int", 1)}).message


def test_the_value_of_let_and_set_is_null() -> None:
    assert answer({"let": {"x": 1}}, gives="null") is None
    assert answer([{"let": {"x": 1}}, {"set": {"x": 2}}], gives="null") is None


def test_a_list_that_is_set_anew_is_gone_through_as_it_was() -> None:
    document = [
        {"let": {"todo": array("input", 2), "seen": {"new": [], "type": STRINGS}}},
        {
            "foreach": "x",
            "in": "todo",
            "do": [{"set": {"todo": array(9, 9, 9), "seen": {"a.append": ["seen", ["x"]]}}}],
        },
        {"a.len": "seen"},
    ]
    assert answer(document) == 2
