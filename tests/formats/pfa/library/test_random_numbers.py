import math
import re
from random import Random
from typing import Any

import pytest
from pfa_calls import VECTOR, fails, made, record

from salver.formats.pfa.avro.types import DOUBLE, FLOAT, INT, LONG, STRING, Array, Type
from salver.formats.pfa.errors import PFATimeoutError
from salver.formats.pfa.library.registry import Clock
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN

WORDS = Array(STRING)
CLOCK = Clock()


class Late(Clock):
    """Its time is over when it is asked for the third time."""

    asked = 0

    def check(self) -> None:
        self.asked += 1
        if self.asked > 2:
            raise PFATimeoutError("late")


@pytest.mark.parametrize(
    ("name", "types", "arguments"),
    [
        ("int", (), ()),
        ("long", (), ()),
        ("int", (INT, INT), (0, 1000)),
        ("double", (DOUBLE, DOUBLE), (0.0, 1.0)),
        ("gaussian", (DOUBLE, DOUBLE), (0.0, 1.0)),
        ("uuid4", (), ()),
        ("choice", (WORDS,), (list("abcdefgh"),)),
    ],
)
def test_one_seed_gives_one_row_of_numbers(name: str, types: Any, arguments: Any) -> None:
    draw = made(f"rand.{name}", *types)
    rows = [[draw(random, *arguments) for _ in range(20)] for random in (Random(1), Random(1), Random(2))]
    assert rows[0] == rows[1] != rows[2]


def test_whole_numbers_stay_within_their_bounds() -> None:
    random = Random(3)
    drawn = {made("rand.int", INT, INT)(random, -1, 2) for _ in range(50)}
    assert drawn == {-1, 0, 1}
    assert all(INT_MIN <= made("rand.int")(random) <= INT_MAX for _ in range(20))
    assert any(abs(made("rand.long")(random)) > INT_MAX for _ in range(20))
    assert LONG_MIN <= made("rand.long", LONG, LONG)(random, LONG_MIN, LONG_MAX) < LONG_MAX


@pytest.mark.parametrize(
    ("kind", "code"), [(INT, 34000), (LONG, 34010), (FLOAT, 34020), (DOUBLE, 34030)], ids=lambda of: repr(of)
)
def test_the_bounds_must_be_in_order(kind: Type, code: int) -> None:
    draw = made(f"rand.{kind.tag}", kind, kind)
    one, two = (1, 2) if kind in (INT, LONG) else (1.0, 2.0)
    fails(code, lambda: draw(Random(1), one, one))
    fails(code, lambda: draw(Random(1), two, one))


def test_floating_numbers_stay_within_their_bounds() -> None:
    random = Random(5)
    for kind in (FLOAT, DOUBLE):
        assert all(-1.0 <= made(f"rand.{kind.tag}", kind, kind)(random, -1.0, 2.0) <= 2.0 for _ in range(20))
    assert math.isnan(made("rand.double", DOUBLE, DOUBLE)(random, math.nan, 1.0))
    assert made("rand.gaussian", DOUBLE, DOUBLE)(random, 5.0, 0.0) == 5.0


def test_choices() -> None:
    random, population = Random(7), ["a", "b", "c"]
    assert {made("rand.choice", WORDS)(random, population) for _ in range(50)} == set(population)
    assert set(made("rand.choices", INT, WORDS)(random, CLOCK, 100, population)) == set(population)
    assert made("rand.choices", INT, WORDS)(random, CLOCK, -1, population) == []
    assert sorted(made("rand.sample", INT, WORDS)(random, 3, population)) == population
    assert made("rand.sample", INT, WORDS)(random, -1, population) == []


def test_nothing_to_choose_from() -> None:
    fails(34040, lambda: made("rand.choice", WORDS)(Random(1), []))
    fails(34050, lambda: made("rand.choices", INT, WORDS)(Random(1), CLOCK, 0, []))
    fails(34060, lambda: made("rand.sample", INT, WORDS)(Random(1), 0, []))
    fails(34061, lambda: made("rand.sample", INT, WORDS)(Random(1), 2, ["a"]))


def test_endless_choices_end_with_the_time() -> None:
    with pytest.raises(PFATimeoutError):
        made("rand.choices", INT, WORDS)(Random(1), Late(), INT_MAX, ["a"])


def test_histograms() -> None:
    draw = made("rand.histogram", VECTOR)
    assert {draw(Random(seed), [0.0, 1.0, 0.0, 3.0, 0.0]) for seed in range(40)} == {1, 3}
    drawn = [draw(Random(seed), [1.0, 3.0]) for seed in range(400)]
    assert 260 < sum(drawn) < 340
    bins = [{"prob": 0.0, "word": "no"}, {"prob": 2.0, "word": "yes"}]
    of_records = made("rand.histogram", Array(record("Bin", prob=DOUBLE, word=STRING)))
    assert of_records(Random(1), bins) == bins[1]


def test_a_histogram_ends_with_what_weighs_something() -> None:
    class Highest(Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    assert made("rand.histogram", VECTOR)(Highest(), [1.0, 2.0, 0.0]) == 1


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ([], 34070),
        ([0.0, 0.0], 34070),
        ([1.0, math.nan], 34071),
        ([math.inf], 34071),
        ([1.7e308, 1.7e308], 34071),
        ([1.0, -1.0, math.inf], 34072),
    ],
)
def test_weights_that_are_none(weights: list[float], code: int) -> None:
    fails(code, lambda: made("rand.histogram", VECTOR)(Random(1), weights))


def test_uuids_are_of_the_fourth_version() -> None:
    for name in ("uuid", "uuid4"):
        assert re.fullmatch(
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made(f"rand.{name}")(Random(1))
        )
