"""Loops: while, until, for, foreach, forkey."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pfa_forms import INTS, answer, array, engine, function, refused

from salver.formats.pfa import Engine, PFASyntaxError, PFATimeoutError

ADDS = {"set": {"s": {"+": ["s", 1]}}}
START = {"let": {"s": 0}}
MAP = {"type": "map", "values": "int"}


def test_while_asks_before_each_round() -> None:
    counts = [START, {"while": {"<": ["s", "input"]}, "do": ADDS}, "s"]
    assert [answer(counts, x) for x in (-1, 0, 3, 200)] == [0, 0, 3, 200]


def test_until_asks_after_each_round_and_sees_what_the_round_made() -> None:
    counts = [START, {"do": [ADDS, {"let": {"t": "s"}}], "until": {">=": ["t", "input"]}}, "s"]
    assert [answer(counts, x) for x in (-1, 1, 3)] == [1, 1, 3]


def test_symbols_of_a_round_are_new_in_each() -> None:
    assert (
        answer([START, {"while": {"<": ["s", 4]}, "do": [{"let": {"t": {"+": ["s", 1]}}}, {"set": {"s": "t"}}]}, "s"])
        == 4
    )


@pytest.mark.parametrize("test", [{"<": ["s", 3]}, {"do": [{"let": {"t": "s"}}, {"<": ["t", 3]}]}])
def test_a_condition_that_takes_statements_is_asked_each_time(test: Any) -> None:
    assert answer([START, {"while": test, "do": ADDS}, "s"]) == 3


def test_for_makes_symbols_and_steps_them_all_at_once() -> None:
    fibonacci = {
        "for": {"a": 0, "b": 1, "n": 0},
        "while": {"<": ["n", "input"]},
        "step": {"a": "b", "b": {"+": ["a", "b"]}, "n": {"+": ["n", 1]}},
        "do": {"set": {"s": "b"}},
    }
    assert [answer([START, fibonacci, "s"], n) for n in (0, 1, 2, 3, 8)] == [0, 1, 1, 2, 21]


def test_the_symbols_of_for_do_not_see_each_other() -> None:
    refused([{"for": {"i": 1, "j": "i"}, "while": False, "step": {"i": 2}, "do": 1}, 1])


def test_step_sets_only_what_is_there() -> None:
    refused([{"for": {"i": 1}, "while": False, "step": {"k": 2}, "do": 1}, 1])
    refused([{"for": {"i": 1}, "while": False, "step": {"k": 2}, "do": {"let": {"k": 1}}}, 1])
    assert (
        answer(
            [
                START,
                {
                    "for": {"i": 0},
                    "while": {"<": ["i", 3]},
                    "step": {"i": {"+": ["i", 1]}, "s": {"+": ["s", "i"]}},
                    "do": 1,
                },
                "s",
            ]
        )
        == 3
    )


def test_foreach_goes_through_an_array_in_order() -> None:
    digits = [START, {"foreach": "x", "in": "input", "do": {"set": {"s": {"+": [{"*": ["s", 10]}, "x"]}}}}, "s"]
    assert [answer(digits, x, takes=INTS) for x in ([], [1], [3, 1, 2])] == [0, 1, 312]


def test_foreach_may_set_its_symbol_and_the_array_stays() -> None:
    document = [{"foreach": "x", "in": "input", "do": {"set": {"x": 0}}}, "input.0"]
    assert answer(document, [7], takes=INTS) == 7


def test_foreach_that_is_not_in_order_sets_nothing_outside() -> None:
    refused([START, {"foreach": "x", "in": array(1), "do": ADDS, "seq": False}, "s"])
    assert answer([START, {"foreach": "x", "in": array(1, 1), "do": ADDS, "seq": True}, "s"]) == 2
    assert answer([{"foreach": "x", "in": array(1), "do": [START, ADDS], "seq": False}, 5]) == 5


def test_forkey_goes_through_a_map() -> None:
    document = [
        {"let": {"s": {"string": ""}}},
        {"forkey": "k", "forval": "v", "in": "input", "do": {"set": {"s": {"s.concat": ["s", "k"]}}}},
        "s",
    ]
    assert sorted(answer(document, {"a": 1, "b": 2}, takes=MAP, gives="string")) == ["a", "b"]
    sums = [START, {"forkey": "k", "forval": "v", "in": "input", "do": {"set": {"s": {"+": ["s", "v"]}}}}, "s"]
    assert answer(sums, {"a": 1, "b": 20}, takes=MAP) == 21


@pytest.mark.parametrize(
    "loop",
    [
        {"foreach": "x", "in": "input", "do": 1},
        {"forkey": "k", "forval": "v", "in": array(1), "do": 1},
        {"forkey": "k", "forval": "k", "in": {"new": {}, "type": MAP}, "do": 1},
        {"foreach": "x", "in": {"error": "no"}, "do": 1},
        {"for": {"x": {"error": "no"}}, "while": False, "step": {"x": 1}, "do": 1},
    ],
)
def test_a_loop_over_what_is_none_of_its_kind_is_refused(loop: Any) -> None:
    refused([loop, 1])


def test_the_value_of_a_loop_is_null() -> None:
    assert answer({"foreach": "x", "in": array(1), "do": "x"}, gives="null") is None
    assert answer({"while": False, "do": 1}, gives="null") is None
    refused({"while": False, "do": 1})


def test_loops_within_loops() -> None:
    inner = {"for": {"j": 0}, "while": {"<": ["j", "i"]}, "step": {"j": {"+": ["j", 1]}}, "do": ADDS}
    outer = {"for": {"i": 0}, "while": {"<": ["i", 5]}, "step": {"i": {"+": ["i", 1]}}, "do": inner}
    assert answer([START, outer, "s"]) == 0 + 1 + 2 + 3 + 4


def test_a_function_in_a_loop_sees_the_round_it_is_in() -> None:
    document = [
        START,
        {
            "foreach": "x",
            "in": array(1, 2, 3),
            "do": {
                "set": {
                    "s": {"+": ["s", {"a.sum": {"a.map": [array(1, 1), function("int", {"*": ["x", "y"]}, y="int")]}}]}
                }
            },
        },
        "s",
    ]
    assert answer(document) == 12


def test_loops_may_be_nested_but_not_too_deep() -> None:
    def nested(depth: int) -> Any:
        do: Any = ADDS
        for at in range(depth):
            do = {"foreach": f"x{at}", "in": array(1), "do": do}
        return [START, do, "s"]

    assert answer(nested(18)) == 1
    refused(nested(19), PFASyntaxError)


def limited(action: Any, **document: Any) -> Engine:
    made = engine(action, **document)
    return Engine(made.prepared, time_limit_s=0.005)


def short_loops(kind: str, depth: int) -> Any:
    """Loops within loops that each have few rounds, and many together."""
    do: Any = ADDS
    for at in range(depth):
        name = f"x{at}"
        if kind == "foreach":
            do = {"foreach": name, "in": array(*range(60)), "do": do}
        elif kind == "forkey":
            do = {
                "forkey": name,
                "forval": f"{name}v",
                "in": {"new": {str(key): key for key in range(60)}, "type": MAP},
                "do": do,
            }
        else:
            do = {"for": {name: 0}, "while": {"<": [name, 60]}, "step": {name: {"+": [name, 1]}}, "do": do}
    return do


@pytest.mark.parametrize("kind", ["foreach", "forkey", "for"])
def test_short_loops_within_loops_end_at_the_time_limit(kind: str) -> None:
    made = limited([START, short_loops(kind, 4), "s"])
    begun = time.monotonic()
    with pytest.raises(PFATimeoutError):
        made.action(0)
    assert time.monotonic() - begun < 1.0


def test_a_function_that_is_called_in_short_loops_ends_at_the_time_limit() -> None:
    made = limited({"u.f": []}, fcns={"f": function("int", [START, short_loops("foreach", 4), "s"])})
    with pytest.raises(PFATimeoutError):
        made.action(0)


@pytest.mark.parametrize(
    "do",
    [{"while": True, "do": 1}, {"do": 1, "until": False}, {"for": {"i": 0}, "while": True, "step": {"i": 1}, "do": 1}],
)
def test_a_loop_without_an_end_ends_at_the_time_limit(do: Any) -> None:
    with pytest.raises(PFATimeoutError):
        limited([do, 1]).action(0)
