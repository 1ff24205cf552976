import math

import pytest
from pfa_calls import VECTOR, fails, fixed, made, record

from salver.formats.pfa.avro.types import DOUBLE, STRING, Array, Map

NORMAL = record("Normal", mean=DOUBLE, variance=DOUBLE)
WEIGHTS = Map(DOUBLE)
MODEL = [{"mean": 1.0, "variance": 4.0}, {"mean": 0.0, "variance": 1.0}]
LIKELIHOOD = -math.log(2 * math.pi) - math.log(2.0) - 0.5 - 2.0
"""Of 3 and 2: one and two standard deviations off."""


def test_gaussian_adds_the_logarithms_of_normal_densities() -> None:
    gaussian = made("model.naive.gaussian", VECTOR, Array(NORMAL))
    constant = made("model.naive.gaussian", VECTOR, Array(NORMAL), constants=fixed(1, MODEL))
    by_key = made("model.naive.gaussian", WEIGHTS, Map(NORMAL))
    assert gaussian([3.0, 2.0], MODEL) == pytest.approx(LIKELIHOOD)
    assert constant([3.0, 2.0], MODEL) == gaussian([3.0, 2.0], MODEL)
    assert by_key({"a": 3.0, "b": 2.0}, {"b": MODEL[1], "a": MODEL[0]}) == pytest.approx(LIKELIHOOD)
    assert gaussian([1e200, 2.0], MODEL) == -math.inf
    for act in (gaussian, constant):
        fails(10000, lambda act=act: act([3.0], MODEL))  # type: ignore[misc]
    fails(10000, lambda: by_key({"a": 3.0}, {"b": MODEL[1]}))
    fails(10001, lambda: gaussian([1.0], [{"mean": 1.0, "variance": 0.0}]))


def test_a_model_that_never_changes_fails_as_any_other() -> None:
    wrong = [*MODEL, {"mean": 0.0, "variance": -1.0}]
    constant = made("model.naive.gaussian", VECTOR, Array(NORMAL), constants=fixed(1, wrong))
    fails(10001, lambda: constant([1.0, 2.0, 3.0], wrong))
    fails(10000, lambda: constant([1.0], wrong))


def test_multinomial_takes_shares_of_a_whole() -> None:
    expected = 3 * math.log(0.25) + math.log(0.75)
    assert made("model.naive.multinomial", VECTOR, VECTOR)([3.0, 1.0], [1.0, 3.0]) == pytest.approx(expected)
    by_key = made("model.naive.multinomial", WEIGHTS, WEIGHTS)
    assert by_key({"a": 3.0, "b": 1.0}, {"a": 1.0, "b": 3.0}) == pytest.approx(expected)
    counts = record("Counts", values=VECTOR)
    assert made("model.naive.multinomial", VECTOR, counts)([3.0, 1.0], {"values": [1.0, 3.0]}) == pytest.approx(
        expected
    )
    fails(10010, lambda: by_key({"a": 3.0}, {"b": 3.0}))
    fails(10011, lambda: by_key({"a": 3.0}, {"a": 0.0}))
    fails(10011, lambda: by_key({}, {}))


def test_bernoulli_asks_what_is_there() -> None:
    bernoulli = made("model.naive.bernoulli", Array(STRING), WEIGHTS)
    model = {"a": 0.75, "b": 0.5}
    assert bernoulli(["a", "unknown"], model) == pytest.approx(math.log(0.75) + math.log(0.5))
    counted = made("model.naive.bernoulli", Array(STRING), record("Counts", values=WEIGHTS))
    assert counted([], {"values": model}) == pytest.approx(math.log(0.25) + math.log(0.5))
    fails(10020, lambda: bernoulli([], {"a": 1.0}))
