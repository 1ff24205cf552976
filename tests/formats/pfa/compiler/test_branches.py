"""if, cond, ifnotnull, cast, upcast, try, error."""

from __future__ import annotations

from typing import Any

import pytest
from pfa_forms import INTS, STRINGS, answer, array, code_of, engine, function, refused, typed

from salver.formats.pfa import PFATimeoutError, PFAUserError

MAYBE = ["null", "int"]
MANY = ["null", "int", "double", "string"]


def doing(value: Any) -> Any:
    """An expression that takes statements."""
    return {"do": [{"let": {"made": value}}, "made"]}


@pytest.mark.parametrize("wrap", [lambda x: x, doing])
def test_if_chooses_one_of_two(wrap: Any) -> None:
    choice = {"if": {"<": ["input", 0]}, "then": wrap(1), "else": wrap(2)}
    assert [answer(choice, x) for x in (-1, 1)] == [1, 2]


def test_if_without_else_gives_null() -> None:
    assert answer({"if": True, "then": 3}, gives="null") is None
    refused({"if": True, "then": 3})


def test_only_the_branch_that_is_chosen_is_done() -> None:
    fails = {"//": [1, 0]}
    assert answer({"if": {"<": ["input", 0]}, "then": fails, "else": 2}, 1) == 2
    assert answer({"cond": [{"if": {"<": ["input", 0]}, "then": fails}], "else": 2}, 1) == 2


@pytest.mark.parametrize(
    "form",
    [
        lambda test: {"if": test, "then": 1},
        lambda test: {"cond": [{"if": test, "then": 1}]},
        lambda test: {"while": test, "do": 1},
    ],
)
@pytest.mark.parametrize("test", [1, None, ["true"], {"error": "no"}])
def test_a_condition_is_boolean(form: Any, test: Any) -> None:
    refused([form(test), 1])


def test_branches_of_different_types_give_what_has_both() -> None:
    choice = {"if": {"<": ["input", 0]}, "then": 1, "else": 2.5}
    assert [answer(choice, x, gives="double") for x in (-1, 1)] == [1.0, 2.5]
    assert type(answer(choice, -1, gives="double")) is float
    mixed = {
        "cond": [{"if": {"<": ["input", 0]}, "then": 1}, {"if": {"==": ["input", 0]}, "then": {"string": "zero"}}],
        "else": None,
    }
    assert [answer(mixed, x, gives=MANY) for x in (-1, 0, 1)] == [{"int": 1}, {"string": "zero"}, None]


def test_arrays_of_different_types_are_merged_but_not_beside_null() -> None:
    texts = array(["a"], of="string")
    either = {"type": "array", "items": ["int", "string"]}
    two = {"if": {"<": ["input", 0]}, "then": array(1), "else": texts}
    assert [answer(two, x, gives=either) for x in (-1, 0)] == [[{"int": 1}], [{"string": "a"}]]
    three = {
        "cond": [{"if": {"<": ["input", 0]}, "then": array(1)}, {"if": {"==": ["input", 0]}, "then": texts}],
        "else": None,
    }
    refused(three, gives=["null", either])


def test_a_branch_that_raises_has_no_say_in_the_type() -> None:
    choice = {"if": {"<": ["input", 0]}, "then": {"error": "negative", "code": -4}, "else": "input"}
    assert answer(choice, 3) == 3
    assert code_of(choice, -3) == -4


@pytest.mark.parametrize("wrap", [lambda x: x, doing])
@pytest.mark.parametrize("count", [1, 3, 50, 51, 60])
def test_cond_takes_the_first_that_holds(wrap: Any, count: int) -> None:
    ways = [{"if": wrap({"<": ["input", at]}), "then": at * 10} for at in range(count)]
    made = engine({"cond": ways, "else": -1})
    assert [made.action(x) for x in (-1, 0, count - 2, count)] == [0, 10 if count > 1 else -1, (count - 1) * 10, -1]


def test_conditions_after_the_one_that_holds_are_not_asked() -> None:
    asked = {"do": [{"let": {"y": {"//": [1, "input"]}}}, {">": ["y", 0]}]}
    choice = {"cond": [{"if": {"==": ["input", 0]}, "then": 1}, {"if": asked, "then": 2}], "else": 3}
    assert [answer(choice, x) for x in (0, 1, 5)] == [1, 2, 3]


def test_cond_whose_value_nobody_wants_is_done_all_the_same() -> None:
    ways = [{"if": {"==": ["input", at]}, "then": {"set": {"x": at}}} for at in range(3)]
    assert [answer([{"let": {"x": -1}}, {"cond": ways}, "x"], at) for at in (0, 2, 5)] == [0, 2, -1]
    asked = [{"if": doing({"==": ["input", at]}), "then": {"set": {"x": at}}} for at in range(3)]
    document = [{"let": {"x": -1}}, {"cond": asked, "else": {"set": {"x": 9}}}, "x"]
    assert [answer(document, at) for at in (0, 2, 5)] == [0, 2, 9]


def test_a_cond_may_be_done_within_a_loop_and_the_loop_goes_on() -> None:
    ways = [{"if": doing({"==": ["x", at]}), "then": {"set": {"s": {"+": ["s", at]}}}} for at in (1, 2)]
    assert answer([{"let": {"s": 0}}, {"foreach": "x", "in": array(1, 2, 3, 2), "do": {"cond": ways}}, "s"]) == 5


@pytest.mark.parametrize("name", ["x", "input"])
@pytest.mark.parametrize("then", [lambda x: x, lambda x: {"+": [x, 0]}, lambda x: [{"set": {x: {"+": [x, 0]}}}, x]])
def test_ifnotnull_has_the_value_without_null(name: str, then: Any) -> None:
    form = {"ifnotnull": {name: "input"}, "then": then(name), "else": -1}
    assert [answer(form, x, takes=MAYBE) for x in (None, {"int": 3}, {"int": 0})] == [-1, 3, 0]


def test_ifnotnull_of_several_wants_them_all() -> None:
    form = [{"let": {"none": typed(MAYBE, None)}}, {"ifnotnull": {"x": "input", "y": "none"}, "then": 1, "else": 2}]
    assert answer(form, {"int": 3}, takes=MAYBE) == 2


def test_ifnotnull_of_a_wider_union_leaves_a_union() -> None:
    cases = [
        {"as": "int", "named": "i", "do": "i"},
        {"as": "double", "named": "d", "do": 1},
        {"as": "string", "named": "s", "do": 2},
    ]
    form = {"ifnotnull": {"x": "input"}, "then": {"cast": "x", "cases": cases}, "else": -1}
    assert [answer(form, x, takes=MANY) for x in (None, {"int": 7}, {"double": 0.5}, {"string": ""})] == [-1, 7, 1, 2]


def test_ifnotnull_of_a_constant_null() -> None:
    assert answer({"ifnotnull": {"x": typed(MAYBE, None)}, "then": "x", "else": 5}) == 5
    assert answer({"ifnotnull": {"x": typed(MAYBE, {"int": 3})}, "then": "x", "else": 5}) == 3


@pytest.mark.parametrize("of", ["int", "null", ["int", "string"]])
def test_ifnotnull_wants_a_union_with_null(of: Any) -> None:
    refused({"ifnotnull": {"x": "input"}, "then": 1, "else": 2}, takes=of)


def test_the_values_of_ifnotnull_do_not_see_each_other_nor_does_else() -> None:
    refused({"ifnotnull": {"x": "input", "y": {"upcast": "x", "as": MAYBE}}, "then": 1}, takes=MAYBE, gives="null")
    refused({"ifnotnull": {"x": "input"}, "then": 1, "else": "x"}, takes=MAYBE)


def test_cast_goes_by_the_branch_of_the_union() -> None:
    cases = [
        {"as": "double", "named": "d", "do": {"/": ["d", 2]}},
        {"as": "int", "named": "i", "do": -1.0},
        {"as": "null", "named": "n", "do": -2.0},
        {"as": "string", "named": "s", "do": -3.0},
    ]
    given = [{"double": 3.0}, {"int": 3}, None, {"string": "x"}]
    assert [answer({"cast": "input", "cases": cases}, x, takes=MANY, gives="double") for x in given] == [
        1.5,
        1.5,
        -2.0,
        -3.0,
    ]


def test_cast_to_a_union_within_the_union() -> None:
    inner = [{"as": "int", "named": "i", "do": "i"}, {"as": "string", "named": "s", "do": -2}]
    cases = [
        {"as": ["int", "string"], "named": "x", "do": {"cast": "x", "cases": inner}},
        {"as": "int", "named": "i", "do": 0},
        {"as": "string", "named": "s", "do": 0},
        {"as": "null", "named": "n", "do": -1},
    ]
    assert [
        answer({"cast": "input", "cases": cases}, x, takes=["null", "int", "string"])
        for x in (None, {"int": 3}, {"string": ""})
    ] == [-1, 3, -2]


def test_a_case_promotes_what_it_takes_in_a_union_too() -> None:
    wider = [{"as": ["double", "string"], "named": "x", "do": {"set": {"found": "x"}}}]
    document = [
        {"let": {"found": typed(["null", "double", "string"], None)}},
        {"cast": "input", "cases": wider, "partial": True},
        "found",
    ]
    given = [{"int": 3}, {"double": 0.5}, {"string": "x"}]
    found = [answer(document, x, takes=["int", "double", "string"], gives=["null", "double", "string"]) for x in given]
    assert found == [{"double": 3.0}, {"double": 0.5}, {"string": "x"}]


def test_a_case_never_takes_what_is_of_a_wider_type() -> None:
    cases = [{"as": "int", "named": "i", "do": {"/": ["i", 1]}}, {"as": "double", "named": "d", "do": -1.0}]
    assert answer({"cast": "input", "cases": cases}, 2.5, takes="double", gives="double") == -1.0


def test_a_partial_cast_gives_null_and_may_do_nothing() -> None:
    document = [
        {"let": {"x": 0}},
        {"cast": "input", "cases": [{"as": "int", "named": "i", "do": {"set": {"x": "i"}}}], "partial": True},
        "x",
    ]
    assert [answer(document, x, takes=MANY) for x in (None, {"int": 3}, {"string": "x"})] == [0, 3, 0]


def test_a_cast_names_every_branch_and_no_other() -> None:
    one = {"as": "int", "named": "i", "do": "i"}
    refused({"cast": "input", "cases": [one]}, takes=MAYBE)
    refused({"cast": "input", "cases": [one, {"as": "string", "named": "s", "do": 1}]}, takes=MAYBE)
    refused({"cast": "input", "cases": []})


def test_what_a_case_sets_stays_and_what_it_names_does_not() -> None:
    one = {"as": "int", "named": "i", "do": [{"set": {"x": "i"}}, {"set": {"i": 0}}, "i"]}
    document = [
        {"let": {"x": 1}},
        {"let": {"y": {"cast": "input", "cases": [one, {"as": "null", "named": "n", "do": 5}]}}},
        "y",
    ]
    refused(document, takes=MAYBE)
    assert (
        answer(
            [{"let": {"x": 1}}, {"cast": "input", "cases": [one, {"as": "null", "named": "n", "do": 5}]}, "x"],
            {"int": 7},
            takes=MAYBE,
        )
        == 7
    )


def test_upcast_widens_and_never_narrows() -> None:
    found = answer({"upcast": "input", "as": "double"}, 3, gives="double")
    assert (found, type(found)) == (3.0, float)
    assert answer({"upcast": "input", "as": MANY}, 3, gives=MANY) == {"int": 3}
    assert answer(
        {"upcast": array("input"), "as": {"type": "array", "items": "double"}},
        3,
        gives={"type": "array", "items": "double"},
    ) == [3.0]
    refused({"upcast": "input", "as": "int"}, takes="double")


@pytest.mark.parametrize(("number", "kept"), [(16777217, 16777216.0), (2**63 - 1, 2.0**63), (3, 3.0)])
def test_what_becomes_a_float_has_32_bits(number: int, kept: float) -> None:
    assert answer({"upcast": "input", "as": "float"}, number, takes="long", gives="float") == kept


def test_an_error_has_its_message_code_and_place() -> None:
    made = engine([{"if": True, "then": {"error": 'it\'s "over"\n', "code": -7}}, 1])
    with pytest.raises(PFAUserError) as failed:
        made.action(0)
    assert (failed.value.message, failed.value.code, failed.value.path) == ('it\'s "over"\n', -7, "action[0].then")
    assert code_of([{"error": "no"}, 1]) is None
    refused([{"error": "no", "code": 3}, 1])


def test_try_gives_null_where_something_failed() -> None:
    tried = {"try": {"//": [10, "input"]}}
    assert [answer(tried, x, gives=MAYBE) for x in (0, 3)] == [None, {"int": 3}]
    assert answer({"try": {"error": "no"}}, gives="null") is None
    assert answer({"try": [{"do": 1}, {"do": {"let": {"x": 1}}}, "input"]}, 3, gives=MAYBE) == {"int": 3}


@pytest.mark.parametrize(
    ("failing", "caught"),
    [
        ({"error": "no", "code": -3}, [-3]),
        ({"error": "no", "code": -3}, ["no"]),
        ({"error": "no"}, ["no", 5]),
        ({"//": [1, "input"]}, [18040]),
        ({"//": [1, "input"]}, ["integer division by zero"]),
    ],
)
def test_try_catches_what_its_filter_names(failing: Any, caught: list[Any]) -> None:
    assert answer([{"try": failing, "filter": caught}, 5]) == 5


@pytest.mark.parametrize(
    ("failing", "caught", "code"),
    [
        ({"error": "no", "code": -3}, [], -3),
        ({"error": "no", "code": -3}, [-4, "yes"], -3),
        ({"//": [1, "input"]}, ["division"], 18040),
    ],
)
def test_try_lets_through_what_its_filter_does_not_name(failing: Any, caught: list[Any], code: int) -> None:
    assert code_of([{"try": failing, "filter": caught}, 5]) == code


def test_a_try_in_a_try() -> None:
    inner = {"try": {"error": "inner", "code": -1}, "filter": [-2]}
    assert answer([{"try": inner, "filter": [-1]}, 5]) == 5
    assert answer({"try": {"try": "input"}}, 3, gives=MAYBE) == {"int": 3}


def test_nothing_catches_the_end_of_time() -> None:
    made = engine([{"try": {"while": True, "do": 1}}, 1])
    limited = type(made)(made.prepared, time_limit_s=0.005)
    with pytest.raises(PFATimeoutError):
        limited.action(1)


def test_what_was_done_before_an_error_in_a_try_stays() -> None:
    cells = {"c": {"type": "int", "init": 0}}
    assert answer([{"try": {"+": [{"cell": "c", "to": 5}, {"//": [1, 0]}]}}, {"cell": "c"}], cells=cells) == 5


def test_branches_hand_functions_on() -> None:
    lengths = {
        "a.map": [
            {"if": {"<": ["input", 0]}, "then": array(["a"], of="string"), "else": {"new": [], "type": STRINGS}},
            function("int", {"s.len": "x"}, x="string"),
        ]
    }
    assert [answer(lengths, x, gives=INTS) for x in (-1, 1)] == [[1], []]
