"""Operators written in place mean what library/core.py computes, and that is exact arithmetic with bounds."""

from __future__ import annotations

import functools
import math
import operator
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import made
from pfa_forms import answer, code_of, engine, refused

from salver.formats.pfa import Engine, PFARuntimeError
from salver.formats.pfa.avro.types import DOUBLE, FLOAT, INT, LONG, STRING, Type

TYPES: dict[str, Type] = {"int": INT, "long": LONG, "float": FLOAT, "double": DOUBLE, "string": STRING}
BITS = {"int": 32, "long": 64}
MANY = settings(max_examples=60, deadline=None)
EDGES = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 0.1, 1e308, 5e-324]
DOUBLES = st.sampled_from(EDGES) | st.floats()
COMPARISONS = ["<", "<=", ">", ">=", "==", "!=", "cmp"]


def whole(of: str) -> st.SearchStrategy[int]:
    """Whole numbers of a type, many of them near its bounds."""
    high = 2 ** (BITS[of] - 1)
    near = (
        st.integers(-3, 3) | st.integers(high - 3, high - 1) | st.integers(-high, 3 - high) | st.integers(-70000, 70000)
    )
    return near | st.integers(-high, high - 1)


def pair(of: str) -> dict[str, Any]:
    return {"type": "record", "name": "Pair", "fields": [{"name": "x", "type": of}, {"name": "y", "type": of}]}


@functools.cache
def binary(name: str, of: str, gives: str) -> Engine:
    return engine({name: ["input.x", "input.y"]}, takes=pair(of), gives=gives)


def outcome(act: Any, *given: Any) -> Any:
    """What comes out, or the code of the error; doubles as their bits, all NaN alike."""
    try:
        found = act(*given)
    except PFARuntimeError as error:
        return ("error", error.code)
    if isinstance(found, float):
        return "nan" if math.isnan(found) else struct.pack("d", found)
    return found


def written(name: str, of: str, gives: str, x: Any, y: Any) -> Any:
    return outcome(binary(name, of, gives).action, {"x": x, "y": y})


def truncated(x: int, y: int) -> int:
    return abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


EXACT: dict[str, tuple[Any, int]] = {"+": (operator.add, 18000), "-": (operator.sub, 18010), "*": (operator.mul, 18020)}


@pytest.mark.parametrize("of", ["int", "long"])
@pytest.mark.parametrize("name", EXACT)
def test_whole_numbers_are_exact_or_an_overflow(name: str, of: str) -> None:
    compute, code = EXACT[name]
    low, high = -(2 ** (BITS[of] - 1)), 2 ** (BITS[of] - 1) - 1

    @given(whole(of), whole(of))
    @MANY
    def check(x: int, y: int) -> None:
        exact = compute(x, y)
        wanted = exact if low <= exact <= high else ("error", code + (of == "long"))
        assert written(name, of, of, x, y) == wanted

    check()


@pytest.mark.parametrize("of", ["int", "long"])
def test_division_truncates_and_the_signs_of_remainders(of: str) -> None:
    @given(whole(of), whole(of).filter(lambda y: y not in (0, -1)))
    @MANY
    def check(x: int, y: int) -> None:
        assert written("//", of, of, x, y) == truncated(x, y)
        assert written("%", of, of, x, y) == x - y * (x // y)
        assert written("%%", of, of, x, y) == x - y * truncated(x, y)

    check()


@pytest.mark.parametrize(
    ("name", "x", "y", "found"),
    [
        ("//", -17, 5, -3),
        ("//", 17, -5, -3),
        ("%", -17, 5, 3),
        ("%%", -17, 5, -2),
        ("%", 17, -5, -3),
        ("%%", 17, -5, 2),
        ("**", 2, -1, 0),
        ("**", 2, 10, 1024),
    ],
)
def test_examples(name: str, x: int, y: int, found: int) -> None:
    assert written(name, "int", "int", x, y) == found
    assert answer({name: [x, y]}) == found


@pytest.mark.parametrize(("name", "code"), [("//", 18040), ("%", 18060), ("%%", 18070), ("**", 18080)])
def test_division_by_zero_has_a_code(name: str, code: int) -> None:
    x, y = (0, -1) if name == "**" else (7, 0)
    assert written(name, "int", "int", x, y) == ("error", code)
    assert code_of({name: [x, y]}) == code


def test_the_static_types_decide_about_overflow() -> None:
    assert code_of({"+": [2147483647, 1]}, gives="long") == 18000
    assert answer({"+": [2147483647, {"long": 1}]}, gives="long") == 2147483648
    assert code_of({"u-": "input"}, -(2**31)) == 18050
    assert code_of({"u-": "input"}, -(2**63), takes="long", gives="long") == 18051


def test_numbers_are_promoted_to_the_wider_of_both() -> None:
    found = answer({"+": ["input", {"double": 0.5}]}, 2, gives="double")
    assert found == 2.5
    assert answer({"/": ["input", 2]}, 5, gives="double") == 2.5
    assert type(answer({"+": ["input", {"float": 1}]}, 2, gives="double")) is float


@pytest.mark.parametrize("name", ["+", "-", "*", "/", "%", "%%", "**", "max", "min", *COMPARISONS])
def test_what_is_written_in_place_is_what_the_library_computes(name: str) -> None:
    gives = "double" if name not in COMPARISONS else "int" if name == "cmp" else "boolean"
    library = made(name, DOUBLE, DOUBLE)

    @given(DOUBLES, DOUBLES)
    @MANY
    def check(x: float, y: float) -> None:
        assert written(name, "double", gives, x, y) == outcome(library, x, y)

    check()


@pytest.mark.parametrize("name", ["+", "-", "*", "/", "max", "min", *COMPARISONS])
@pytest.mark.parametrize("known", [0.0, -0.0, 1.0, -2.5, 1e300])
@pytest.mark.parametrize("first", [True, False])
def test_a_constant_changes_nothing(name: str, known: float, first: bool) -> None:
    gives = "double" if name not in COMPARISONS else "int" if name == "cmp" else "boolean"
    literal = {"double": known}
    one = engine({name: [literal, "input"] if first else ["input", literal]}, takes="double", gives=gives)
    library = made(name, DOUBLE, DOUBLE)
    for x in EDGES:
        both = (known, x) if first else (x, known)
        assert outcome(one.action, x) == outcome(library, *both), x


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("first", [True, False])
def test_nan_compares_alike_whether_it_is_known_or_not(name: str, first: bool) -> None:
    gives = "int" if name == "cmp" else "boolean"
    nan = {"-": [{"/": [1.0, 0.0]}, {"/": [1.0, 0.0]}]}
    one = engine({name: [nan, "input"] if first else ["input", nan]}, takes="double", gives=gives)
    for x in (math.nan, math.inf, 0.0, -math.inf):
        both = (math.nan, x) if first else (x, math.nan)
        assert one.action(x) == written(name, "double", gives, *both)


@pytest.mark.parametrize(
    ("x", "y", "order"),
    [(math.nan, math.nan, 0), (math.nan, math.inf, 1), (-math.inf, math.nan, -1), (0.0, -0.0, 0), (1.0, 2.0, -1)],
)
def test_nan_equals_itself_and_is_greater_than_all(x: float, y: float, order: int) -> None:
    wanted = {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0, "==": order == 0, "!=": order != 0}
    assert {name: written(name, "double", "boolean", x, y) for name in wanted} == wanted
    assert written("cmp", "double", "int", x, y) == order


@pytest.mark.parametrize("name", ["+", "-", "*"])
def test_floats_are_rounded_to_32_bits(name: str) -> None:
    @given(st.floats(width=32), st.floats(width=32))
    @MANY
    def check(x: float, y: float) -> None:
        found = binary(name, "float", "float").action({"x": x, "y": y})
        compute = EXACT[name][0]
        exact = compute(x, y)
        try:
            wanted = struct.unpack("f", struct.pack("f", exact))[0]
        except OverflowError:
            wanted = math.copysign(math.inf, exact)
        assert found == wanted or (math.isnan(found) and math.isnan(wanted))

    check()


@pytest.mark.parametrize("first", [True, False, None])
@pytest.mark.parametrize("second", [True, False])
@pytest.mark.parametrize("name", ["&&", "||"])
def test_the_second_is_not_looked_at_where_the_first_decides(name: str, first: bool | None, second: bool) -> None:
    test: Any = {"==": ["input", 1]}
    for later in ({"u.f": [second]}, {"do": [{"let": {"y": {"u.f": [second]}}}, "y"]}):
        made = engine(
            {name: [test, later]},
            gives="boolean",
            fcns={"f": {"params": [{"x": "boolean"}], "ret": "boolean", "do": [{"if": "x", "then": 1}, "x"]}},
        )
        truth = first is True
        wanted = (truth and second) if name == "&&" else (truth or second)
        assert made.action(1 if truth else 0) is wanted
    fails = engine({name: [test, {"==": [{"//": [1, 0]}, 1]}]}, gives="boolean")
    assert fails.action(0 if name == "&&" else 1) is (name == "||")


@pytest.mark.parametrize("name", ["&&", "||"])
def test_what_the_second_does_is_done_though_nobody_wants_its_value(name: str) -> None:
    puts = {"do": [{"let": {"y": True}}, {"cell": "c", "to": "y"}]}
    test = {"<": ["input", 5]} if name == "&&" else {">=": ["input", 5]}
    made = engine(
        [{name: [test, puts]}, {"cell": "c"}], gives="boolean", cells={"c": {"type": "boolean", "init": False}}
    )
    assert [made.action(x) for x in (9, 1, 9)] == [False, True, True]


@pytest.mark.parametrize("name", ["&&", "||", "^^"])
@pytest.mark.parametrize("arguments", [[True], [True, False, True], [1, True], [True, None]])
def test_logic_takes_two_booleans(name: str, arguments: list[Any]) -> None:
    refused({name: arguments}, gives="boolean")


def test_what_has_no_order_is_not_compared() -> None:
    maps = {"type": "map", "values": "int"}
    refused({"<": ["input", "input"]}, takes=maps, gives="boolean")
    refused({"+": ["input", 1]}, takes="string")
    refused({"+": ["input", 1]}, takes=["int", "null"])


@given(st.text(), st.text())
@MANY
def test_texts_go_by_their_code_points(x: str, y: str) -> None:
    try:
        one, other = x.encode(), y.encode()
    except UnicodeEncodeError:
        return
    assert written("cmp", "string", "int", x, y) == (one > other) - (one < other)
    assert written("<", "string", "boolean", x, y) is (one < other)


@pytest.mark.parametrize("given_", [-(2**31), -1, 0, 1, 2**31 - 1])
def test_bits(given_: int) -> None:
    assert answer({"&": ["input", 255]}, given_) == given_ & 255
    assert answer({"|": ["input", 255]}, given_) == given_ | 255
    assert answer({"^": ["input", 255]}, given_) == given_ ^ 255
    assert answer({"~": "input"}, given_) == ~given_


def test_long_chains_of_operators_load() -> None:
    chain: Any = "input"
    for _ in range(90):
        chain = {"+": [chain, 1]}
    assert answer(chain, 5) == 95
    for _ in range(5):
        chain = {"+": [{"do": [{"let": {"y": 1}}, "y"]}, chain]}
    assert answer(chain, 5) == 100
