"""The way into values: attr, cell and pool, to read and to change."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pfa_forms import INTS, answer, array, code_of, engine, function, refused

from salver.formats.pfa import PFAInitializationError, PFARuntimeError, PFASyntaxError

MAP = {"type": "map", "values": "int"}
POINT = {"type": "record", "name": "Point", "fields": [{"name": "x", "type": "int"}, {"name": "tags", "type": MAP}]}
POINTS = {"type": "array", "items": POINT}
HERE = [{"x": 1, "tags": {"a": 10}}, {"x": 2, "tags": {}}]
GROWS = function("int", {"+": ["old", 1]}, old="int")
NEVER = {"//": [1, 0]}


def cells(of: Any, init: Any, **more: Any) -> dict[str, Any]:
    return {"cells": {"c": {"type": of, "init": init, **more}}}


def pools(of: Any, init: Any = None, **more: Any) -> dict[str, Any]:
    return {"pools": {"p": {"type": of, "init": init or {}, **more}}}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ([0, ["x"]], 1),
        ([-1, ["x"]], 2),
        ([{"-": [2, 1]}, ["x"]], 2),
        ([0, ["tags"], ["a"]], 10),
        ([0, ["tags"], {"s.concat": [{"string": ""}, {"string": "a"}]}], 10),
    ],
)
def test_a_path_leads_into_arrays_maps_and_records(path: list[Any], found: int) -> None:
    assert answer({"attr": "input", "path": path}, HERE, takes=POINTS) == found


def test_dots_are_a_path() -> None:
    assert answer("input.0.tags.a", HERE, takes=POINTS) == 10
    assert answer("input.-1.x", HERE, takes=POINTS) == 2


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ([2, ["x"]], 2000),
        ([-3, ["x"]], 2000),
        ([{"+": [1, 1]}, ["x"]], 2000),
        ([{"long": 2**62}, ["x"]], 2000),
        ([0, ["tags"], ["b"]], 2001),
        ([1, ["tags"], ["a"]], 2001),
    ],
)
def test_what_is_not_there_has_a_code_for_arrays_and_one_for_maps(path: list[Any], code: int) -> None:
    assert code_of({"attr": "input", "path": path}, HERE, takes=POINTS) == code


def test_codes_go_by_the_form() -> None:
    none, some = (
        {"attr": array("input"), "path": [9], "to": 1},
        {"attr": {"new": {"a": 1}, "type": MAP}, "path": [["b"]], "to": 1},
    )
    assert (code_of(none, gives=INTS), code_of(some, gives=MAP)) == (2002, 2003)
    assert code_of({"cell": "c", "path": ["input"]}, 5, **cells(INTS, [1])) == 2004
    assert code_of({"cell": "c", "path": [["b"]]}, **cells(MAP, {})) == 2005
    assert code_of({"cell": "c", "path": ["input"], "to": 1}, 5, gives=INTS, **cells(INTS, [1])) == 2006
    assert code_of({"cell": "c", "path": [["b"]], "to": 1}, gives=MAP, **cells(MAP, {})) == 2007
    assert code_of({"pool": "p", "path": [["a"], 5]}, **pools(INTS, {"a": [1]})) == 2008
    assert code_of({"pool": "p", "path": [["a"]]}, **pools("int")) == 2009
    assert code_of({"pool": "p", "path": [["a"], 5], "to": 1, "init": array(1)}, gives=INTS, **pools(INTS)) == 2010
    assert (
        code_of(
            {"pool": "p", "path": [["a"], ["b"]], "to": 1, "init": {"new": {}, "type": MAP}}, gives=MAP, **pools(MAP)
        )
        == 2011
    )


def test_a_changed_copy_wants_an_index_that_is_there() -> None:
    assert code_of({"attr": "input", "path": [-1], "to": 9}, [1, 2], takes=INTS, gives=INTS) == 2002


def test_to_gives_a_copy() -> None:
    document = [
        {"let": {"y": {"attr": "input", "path": [0, ["tags"], ["a"]], "to": 99}}},
        {"new": ["input.0.tags.a", "y.0.tags.a"], "type": INTS},
    ]
    given = [{"x": 1, "tags": {"a": 10}}]
    assert answer(document, given, takes=POINTS, gives=INTS) == [10, 99]
    assert given == [{"x": 1, "tags": {"a": 10}}]


def test_to_may_be_a_function_of_what_is_there() -> None:
    assert answer({"attr": "input", "path": [1], "to": GROWS}, [1, 2], takes=INTS, gives=INTS) == [1, 3]
    assert answer(
        {"attr": "input", "path": [1], "to": {"fcn": "u.f"}}, [1, 2], takes=INTS, gives=INTS, fcns={"f": GROWS}
    ) == [1, 3]
    fills = {"fcn": "u.g", "fill": {"by": "input.0"}}
    adds = function("int", {"+": ["old", "by"]}, by="int", old="int")
    assert answer({"attr": "input", "path": [1], "to": fills}, [5, 2], takes=INTS, gives=INTS, fcns={"g": adds}) == [
        5,
        7,
    ]


def test_what_is_put_somewhere_becomes_of_the_type_there() -> None:
    doubles = {"type": "array", "items": "double"}
    found = answer({"attr": "input", "path": [0], "to": 3}, [1.0], takes=doubles, gives=doubles)
    assert (found, type(found[0])) == ([3.0], float)
    assert answer(
        [{"cell": "c", "to": "input"}, {"cell": "c"}], 3, gives=["null", "double"], **cells(["null", "double"], None)
    ) == {"double": 3.0}


def test_base_and_steps_are_computed_before_what_is_put_there() -> None:
    document = [{"let": {"a": array(1, 2)}}, {"attr": "a", "path": [0], "to": {"do": [{"set": {"a": array(7, 8)}}, 3]}}]
    assert answer(document, gives=INTS) == [3, 2]


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("input", [["z"]]),
        ("input", [0]),
        ("input", ["input.x"]),
        ("input.x", [0]),
        ("input.tags", [0]),
        ("input", [["x"], ["y"]]),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(base: str, path: list[Any]) -> None:
    refused({"attr": base, "path": path}, takes=POINT)


def test_a_path_has_at_least_one_step() -> None:
    refused({"attr": "input", "path": []}, PFASyntaxError, takes=INTS, gives=INTS)


@pytest.mark.parametrize(
    "to", [["a"], 1.5, function("double", "x", x="double"), function("int", "x", x="string"), function("int", 1)]
)
def test_what_does_not_fit_where_it_is_put_is_refused(to: Any) -> None:
    refused({"attr": "input", "path": [0], "to": to}, takes=INTS, gives=INTS)
    refused({"cell": "c", "to": to}, **cells("int", 0))
    refused({"pool": "p", "path": [["a"]], "to": to, "init": 0}, **pools("int"))


def test_a_cell_is_what_was_put_there_last() -> None:
    made = engine([{"cell": "c", "to": "input"}, {"+": [{"cell": "c"}, {"cell": "c", "to": GROWS}]}], **cells("int", 0))
    assert [made.action(x) for x in (1, 5)] == [1 + 2, 5 + 6]
    assert engine({"cell": "c", "path": ["input"], "to": 9}, gives=INTS, **cells(INTS, [1, 2])).action(1) == [1, 9]


def test_what_changes_a_cell_gives_the_whole_cell() -> None:
    assert answer({"cell": "c", "path": [0], "to": GROWS}, gives=INTS, **cells(INTS, [1, 2])) == [2, 2]


def test_a_cell_that_is_read_into_a_symbol_does_not_change_there() -> None:
    assert answer([{"let": {"x": {"cell": "c"}}}, {"cell": "c", "path": [0], "to": 9}, "x.0"], **cells(INTS, [1])) == 1


def test_values_of_a_cell_that_came_out_are_not_the_cells_own() -> None:
    made = engine({"cell": "c"}, gives=INTS, **cells(INTS, [1]))
    made.action(0).append(5)
    assert made.action(0) == [1]


def test_arguments_are_computed_from_left_to_right() -> None:
    adds = {"cell": "c", "to": GROWS}
    slow = {"do": [{"let": {"x": adds}}, "x"]}
    for first in (adds, slow, {"cell": "c"}):
        for second in (adds, slow):
            made = engine({"+": [{"*": [first, 100]}, second]}, **cells("int", 0))
            assert made.action(0) == (1 if first == {"cell": "c"} else 102)


def test_the_steps_of_a_path_are_computed_before_what_is_put_there() -> None:
    fails = {"u.fails": [-1]}
    fcns = {
        "fails": function(
            "int",
            [{"if": {"==": ["code", -1]}, "then": {"error": "step", "code": -1}}, {"error": "value", "code": -2}],
            code="int",
        )
    }
    value = {"u.fails": [-2]}
    assert code_of({"cell": "c", "path": [fails], "to": value}, gives=INTS, fcns=fcns, **cells(INTS, [1])) == -1
    assert code_of({"attr": array(1), "path": [fails], "to": value}, gives=INTS, fcns=fcns) == -1
    assert (
        code_of(
            {"pool": "p", "path": [["a"], fails], "to": value, "init": array(1)}, gives=INTS, fcns=fcns, **pools(INTS)
        )
        == -1
    )


def test_an_item_of_a_pool_is_made_where_it_is_not_there() -> None:
    made = engine({"pool": "p", "path": ["input"], "to": GROWS, "init": 10}, takes="string", **pools("int", {"a": 1}))
    assert [made.action(x) for x in ("a", "b", "b", "a")] == [2, 11, 12, 3]


def test_what_makes_an_item_is_computed_only_where_one_is_missing() -> None:
    for init in (NEVER, {"do": [{"let": {"x": NEVER}}, "x"]}):
        made = engine(
            {"pool": "p", "path": ["input"], "to": GROWS, "init": init}, takes="string", **pools("int", {"a": 1})
        )
        assert made.action("a") == 2
        with pytest.raises(PFARuntimeError):
            made.action("b")


def test_what_makes_an_item_sees_the_symbols_around_it() -> None:
    item = {"pool": "p", "path": [["k"]], "to": GROWS, "init": {"do": [{"let": {"y": {"*": ["x", 2]}}}, "y"]}}
    assert answer([{"let": {"x": "input"}}, item], 5, **pools("int")) == 11


@pytest.mark.parametrize(
    "loop",
    [
        {"while": {"<": ["s", 5]}, "do": {"set": {"s": {"+": ["s", 1]}}}},
        {"foreach": "x", "in": array(1, 4), "do": {"foreach": "y", "in": array(1), "do": {"set": {"s": "x"}}}},
    ],
    ids=["while", "foreach"],
)
def test_what_makes_an_item_may_go_through_loops(loop: Any) -> None:
    item = {"pool": "p", "path": [["k"]], "to": GROWS, "init": {"do": [{"let": {"s": 0}}, loop, "s"]}}
    around = {"foreach": "z", "in": array(1), "do": {"foreach": "w", "in": array(1), "do": item}}
    wanted = 6 if "while" in loop else 5
    assert answer(item, **pools("int")) == wanted
    assert answer([around, {"pool": "p", "path": [["k"]]}], **pools("int")) == wanted


def test_an_item_that_failed_is_not_there() -> None:
    made = engine(
        [
            {"try": {"pool": "p", "path": [["a"]], "to": function("int", {"//": ["old", 0]}, old="int"), "init": 1}},
            {"map.len": {"u.all": []}},
        ],
        fcns={"all": function(MAP, {"new": {}, "type": MAP})},
        **pools("int"),
    )
    assert made.action(0) == 0
    assert made.held().pools["p"] == {}


def test_items_are_deleted_and_nothing_happens_where_they_are_not_there() -> None:
    made = engine(
        [{"pool": "p", "del": "input"}, {"pool": "p", "path": [["b"]]}],
        takes="string",
        **pools("int", {"a": 1, "b": 2}),
    )
    assert [made.action(x) for x in ("a", "a", "z")] == [2, 2, 2]
    with pytest.raises(PFARuntimeError):
        made.action("b")
    refused([{"pool": "p", "del": "input"}, 1], takes="int", **pools("int"))


@pytest.mark.parametrize(
    "writes", [{"cell": "d", "to": 1}, {"cell": "c", "to": 1}, {"pool": "p", "del": ["a"]}, {"u.f": []}]
)
def test_a_function_that_changes_a_cell_must_not_change_another(writes: Any) -> None:
    fcns = {"f": function("int", {"u.g": []}), "g": function("int", {"cell": "d", "to": 1})}
    stores = {"cells": {"c": {"type": "int", "init": 0}, "d": {"type": "int", "init": 0}}, **pools("int")}
    change = function("int", [writes, "old"], old="int")
    refused({"cell": "c", "to": change}, PFAInitializationError, fcns=fcns, **stores)
    refused({"pool": "p", "path": [["a"]], "to": change, "init": 0}, PFAInitializationError, fcns=fcns, **stores)


def test_a_path_to_a_cell_may_change_another() -> None:
    stores = {"cells": {"c": {"type": INTS, "init": [5, 6]}, "d": {"type": "int", "init": 0}}}
    made = engine({"cell": "c", "path": [{"cell": "d", "to": "input"}], "to": GROWS}, gives=INTS, **stores)
    assert made.action(1) == [5, 7]


def test_functions_that_change_cells_nested_deep_are_soon_refused() -> None:
    do: Any = "old"
    for _ in range(30):
        do = {"cell": "c", "to": function("int", do, old="int")}
    begun = time.monotonic()
    refused(do, PFAInitializationError, **cells("int", 0))
    assert time.monotonic() - begun < 1.0


def test_a_cell_that_nothing_writes_is_known_when_the_document_is_loaded() -> None:
    made = engine({"cell": "c", "path": [1]}, **cells(INTS, [5, 6]))
    assert made.action(0) == 6
    assert "c_cell" not in made.source


@pytest.mark.parametrize(
    "form",
    [{"cell": "d"}, {"cell": "p"}, {"cell": "d", "to": 1}, {"pool": "c", "path": [["a"]]}, {"pool": "c", "del": ["a"]}],
)
def test_there_is_no_such_cell_or_pool(form: Any) -> None:
    refused([form, 1], **cells("int", 0), **pools("int"))


def test_what_a_cell_holds_at_first_fits_its_type() -> None:
    assert refused({"cell": "c"}, PFAInitializationError, **cells("int", "x")).path == "cells.c.init"
    assert refused(1, PFAInitializationError, **pools("int", {"a": "x"})).path == "pools.p.init.a"
