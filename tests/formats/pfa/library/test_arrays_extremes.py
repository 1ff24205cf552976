import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pfa_calls import fails, made, record

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, INT, STRING, Array, Function
from salver.formats.pfa.library.registry import LIBRARY
from salver.formats.pfa.library.table import load

INTS = Array(INT)
DOUBLES = Array(DOUBLE)
LESS = Function([INT, INT], BOOLEAN)
VALUES = st.lists(st.integers(0, 3), min_size=1, max_size=8)
CODES = {
    "max": 15240,
    "min": 15250,
    "maxLT": 15260,
    "minLT": 15270,
    "maxN": 15280,
    "minN": 15290,
    "maxNLT": 15300,
    "minNLT": 15310,
    "argmax": 15320,
    "argmin": 15330,
    "argmaxLT": 15340,
    "argminLT": 15350,
    "argmaxN": 15360,
    "argminN": 15370,
    "argmaxNLT": 15380,
    "argminNLT": 15390,
}


def less(x: int, y: int) -> bool:
    return x < y


def asked(name: str, values: list[Any], n: int = 3) -> Any:
    types = [INT] if "N" in name else []
    arguments: list[Any] = [n] if "N" in name else []
    if name.endswith("LT"):
        return made(f"a.{name}", INTS, *types, LESS)(values, *arguments, less)
    return made(f"a.{name}", INTS, *types)(values, *arguments)


@pytest.mark.parametrize("name", CODES)
def test_of_nothing_there_is_no_extreme(name: str) -> None:
    fails(CODES[name], lambda: asked(name, []))
    load("a")
    assert set(LIBRARY[f"a.{name}"].errors) == {CODES[name], *([CODES[name] + 1] if "N" in name else [])}


@pytest.mark.parametrize("name", [name for name in CODES if "N" in name])
def test_there_are_never_fewer_than_none(name: str) -> None:
    fails(CODES[name] + 1, lambda: asked(name, [1], -1))
    fails(CODES[name], lambda: asked(name, [], -1))
    assert asked(name, [1], 0) == []
    assert len(asked(name, [1, 2], 99)) == 2


@given(VALUES)
def test_of_equals_the_first_is_taken(values: list[int]) -> None:
    assert asked("max", values) == asked("maxLT", values) == max(values)
    assert asked("min", values) == asked("minLT", values) == min(values)
    assert asked("argmax", values) == asked("argmaxLT", values) == values.index(max(values))
    assert asked("argmin", values) == asked("argminLT", values) == values.index(min(values))


@given(VALUES, st.integers(0, 9))
def test_several_come_from_the_most_extreme_on(values: list[int], n: int) -> None:
    rising = sorted(range(len(values)), key=lambda at: (values[at], at))[:n]
    falling = sorted(range(len(values)), key=lambda at: (-values[at], at))[:n]
    for by in ("", "LT"):
        assert asked(f"argminN{by}", values, n) == rising
        assert asked(f"argmaxN{by}", values, n) == falling
        assert asked(f"minN{by}", values, n) == [values[at] for at in rising]
        assert asked(f"maxN{by}", values, n) == [values[at] for at in falling]


def test_what_is_not_a_number_is_greater_than_all() -> None:
    numbers = [1.0, math.nan, -math.inf, math.inf]
    assert math.isnan(made("a.max", DOUBLES)(numbers))
    assert made("a.min", DOUBLES)([math.nan, 1.0]) == 1.0
    assert made("a.argmax", DOUBLES)(numbers) == 1
    assert made("a.argmin", DOUBLES)(numbers) == 2
    assert made("a.argminN", DOUBLES, INT)(numbers, 9) == [2, 0, 3, 1]
    assert made("a.argmax", DOUBLES)([-math.inf, math.inf]) == 1


def test_records_compare_by_their_fields() -> None:
    pair = record("Pair", x=INT, y=STRING)
    values = [{"x": 1, "y": "b"}, {"x": 2, "y": "a"}, {"x": 2, "y": "a"}]
    assert made("a.argmax", Array(pair))(values) == 1
    assert made("a.max", Array(pair))(values) is values[1]
    assert made("a.minN", Array(pair), INT)(values, 2) == values[:2]


def test_a_function_may_say_another_order() -> None:
    words = ["bb", "a", "cc"]
    by = Function([STRING, STRING], BOOLEAN)

    def shorter(x: str, y: str) -> bool:
        return len(x) < len(y)

    assert made("a.maxLT", Array(STRING), by)(words, shorter) == "bb"
    assert made("a.maxNLT", Array(STRING), INT, by)(words, 2, shorter) == ["bb", "cc"]
    assert made("a.argminLT", Array(STRING), by)(words, shorter) == 1
