import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, fails, made

from salver.formats.pfa.avro.types import DOUBLE, Map

LINKS = {
    "logit": 0.7310585786300049,
    "probit": 0.8413447460685429,
    "cloglog": 0.9340119641546875,
    "loglog": 0.06598803584531254,
    "cauchit": 0.75,
    "softplus": 1.3132616875182228,
    "relu": 1.0,
    "tanh": 0.7615941559557649,
}


def link(name: str, x: float) -> Any:
    return made(f"m.link.{name}", DOUBLE)(x)


@pytest.mark.parametrize(("name", "at_one"), LINKS.items())
def test_links_of_numbers_arrays_and_maps(name: str, at_one: float) -> None:
    assert link(name, 1.0) == pytest.approx(at_one)
    assert made(f"m.link.{name}", VECTOR)([1.0, 0.0]) == [link(name, 1.0), link(name, 0.0)]
    assert made(f"m.link.{name}", Map(DOUBLE))({"a": 1.0}) == {"a": link(name, 1.0)}
    assert made(f"m.link.{name}", VECTOR)([]) == []


@pytest.mark.parametrize("name", LINKS)
@settings(max_examples=20)
@given(x=st.floats())
def test_every_number_has_a_link(name: str, x: float) -> None:
    answer = link(name, x)
    assert type(answer) is float
    assert math.isnan(answer) == math.isnan(x)


def test_links_of_large_numbers() -> None:
    assert [link("logit", x) for x in (-1e4, 1e4)] == [0.0, 1.0]
    assert [link("cloglog", x) for x in (-1e4, 1e4)] == [0.0, 1.0]
    assert [link("loglog", x) for x in (-1e4, 1e4)] == [1.0, 0.0]
    assert [link("softplus", x) for x in (-1e4, 1e4)] == [0.0, 1e4]
    assert [link("relu", x) for x in (-1e4, -0.0, 1e4)] == [0.0, 0.0, 1e4]


def test_softmax_shares_out() -> None:
    softmax = made("m.link.softmax", VECTOR)
    assert softmax([1.0, 2.0]) == pytest.approx([0.2689414213699951, 0.7310585786300049])
    assert softmax([-1000.0, 0.0, 1000.0]) == [0.0, 0.0, 1.0]
    assert made("m.link.softmax", Map(DOUBLE))({"b": 3.0, "a": 3.0}) == {"b": 0.5, "a": 0.5}


def test_softmax_with_what_is_no_number() -> None:
    for x in ([math.nan, 1.0], [1.0, math.nan], [math.inf, 1.0], [-math.inf, -math.inf]):
        assert all(map(math.isnan, made("m.link.softmax", VECTOR)(x)))
    fails(25000, lambda: made("m.link.softmax", VECTOR)([]))
    fails(25000, lambda: made("m.link.softmax", Map(DOUBLE))({}))
