"""Functions for many rows give the bits of their plain forms."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from pfa_calls import made

from salver.formats.pfa.avro.types import DOUBLE
from salver.formats.pfa.vector.functions import added_up, combined, summed
from salver.formats.pfa.vector.values import Matrix, Rowwise, constant

ODD = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -2.5, 1e308, 5e-324, 700.0, -800.0]


def uneven(*shape: int) -> Matrix:
    """Numbers of very different sizes, so that the order in which they are added shows."""
    numbers = np.random.default_rng(0)
    made: Matrix = numbers.normal(size=shape) * 10.0 ** numbers.integers(-8, 9, size=shape)
    return made


def column(at: int) -> Rowwise:
    return Rowwise(0, lambda x: x[:, at])


WHOLE = Rowwise(1, lambda x: x)


def test_a_constant_is_the_same_for_each_row() -> None:
    assert constant(2.5).compute(uneven(3, 2)).tolist() == [2.5] * 3


@pytest.mark.parametrize("rows", [2, 3, 4, 17, 64])
def test_sums_go_from_left_to_right(rows: int) -> None:
    values = uneven(rows, 300)
    assert summed(values).tolist() == [functools.reduce(lambda x, y: x + y, row, 0.0) for row in values.tolist()]


@pytest.mark.parametrize("rows", [2, 5])
@pytest.mark.parametrize("width", [1, 3])
def test_lists_are_added_from_left_to_right(rows: int, width: int) -> None:
    values = uneven(rows, 100, width)
    found = added_up(Rowwise(2, lambda x: x))
    assert found is not None
    wanted = [functools.reduce(lambda x, y: [a + b for a, b in zip(x, y, strict=True)], row) for row in values.tolist()]
    assert found.compute(values).tolist() == wanted


@pytest.mark.parametrize("name", ["+", "-", "*"])
def test_arithmetic_is_that_of_doubles(name: str) -> None:
    pairs = np.array([(x, y) for x in ODD for y in ODD])
    found = combined(name, [column(0), column(1)])
    assert found is not None
    plain = made(name, DOUBLE, DOUBLE)
    with np.errstate(all="ignore"):
        answers = found.compute(pairs)
    assert np.array_equal(answers, np.array([plain(x, y) for x, y in pairs.tolist()]), equal_nan=True)


@pytest.mark.parametrize("name", ["m.link.logit", "m.exp", "m.sqrt", "m.tanh"])
def test_functions_of_a_number_are_the_plain_ones(name: str) -> None:
    found = combined(name, [column(0)])
    assert found is not None
    plain = made(name, DOUBLE)
    assert np.array_equal(found.compute(np.array(ODD)[:, None]), np.array([plain(x) for x in ODD]), equal_nan=True)


def test_a_list_is_summed_and_scaled_by_row() -> None:
    total, scaled = combined("a.sum", [WHOLE]), combined("la.scale", [WHOLE, constant(2.0)])
    assert total is not None
    assert scaled is not None
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert total.compute(x).tolist() == [3.0, 7.0]
    assert (scaled.rank, scaled.compute(x).tolist()) == (1, [[2.0, 4.0], [6.0, 8.0]])


@pytest.mark.parametrize(
    ("name", "given"),
    [("/", (0, 0)), ("+", (0, 1)), ("a.sum", (0,)), ("m.sin", (0,)), ("la.scale", (0, 0)), ("+", (0,))],
)
def test_what_is_not_known_has_no_form_for_rows(name: str, given: tuple[int, ...]) -> None:
    assert combined(name, [Rowwise(rank, lambda x: x) for rank in given]) is None
