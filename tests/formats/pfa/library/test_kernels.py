import math

import pytest
from pfa_calls import VECTOR, fails, made

from salver.formats.pfa.avro.types import DOUBLE

X, Y = [1.0, 2.0, 3.0], [0.5, -1.0, 2.0]


def test_kernels() -> None:
    assert made("m.kernel.linear", VECTOR, VECTOR)(X, Y) == 4.5
    assert made("m.kernel.rbf", VECTOR, VECTOR, DOUBLE)(X, Y, 0.1) == pytest.approx(math.exp(-1.025))
    assert made("m.kernel.poly", VECTOR, VECTOR, DOUBLE, DOUBLE, DOUBLE)(X, Y, 2.0, 1.0, 3.0) == 1000.0
    assert made("m.kernel.sigmoid", VECTOR, VECTOR, DOUBLE, DOUBLE)(X, Y, 0.1, 0.05) == pytest.approx(math.tanh(0.5))


def test_kernels_of_nothing() -> None:
    assert made("m.kernel.linear", VECTOR, VECTOR)([], []) == 0.0
    assert made("m.kernel.rbf", VECTOR, VECTOR, DOUBLE)([], [], 1.0) == 1.0


def test_kernels_never_overflow() -> None:
    assert made("m.kernel.rbf", VECTOR, VECTOR, DOUBLE)([1e200], [-1e200], -1.0) == math.inf
    assert made("m.kernel.poly", VECTOR, VECTOR, DOUBLE, DOUBLE, DOUBLE)([1e200], [1.0], 1.0, 0.0, 9.0) == math.inf
    assert math.isnan(made("m.kernel.poly", VECTOR, VECTOR, DOUBLE, DOUBLE, DOUBLE)([-1.0], [1.0], 1.0, 0.0, 0.5))


@pytest.mark.parametrize(
    ("name", "numbers", "code"), [("linear", 0, 23000), ("rbf", 1, 23010), ("poly", 3, 23020), ("sigmoid", 2, 23030)]
)
def test_vectors_must_be_of_one_length(name: str, numbers: int, code: int) -> None:
    kernel = made(f"m.kernel.{name}", VECTOR, VECTOR, *[DOUBLE] * numbers)
    fails(code, lambda: kernel([1.0], [1.0, 2.0], *[1.0] * numbers))
