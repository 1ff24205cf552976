import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, between, fails, fixed, made, record

from salver.formats.pfa.avro.types import DOUBLE, Array, Function
from salver.formats.pfa.library.core import power
from salver.formats.pfa.library.known import KnownFunction
from salver.formats.pfa.library.registry import UNKNOWN
from salver.formats.pfa.library.sums import dot, squared_distance

VECTORS = Array(record("SupportVector", supVec=VECTOR, coeff=DOUBLE))
MODEL = record("Machine", const=DOUBLE, posClass=VECTORS, negClass=VECTORS)
KERNEL = Function([VECTOR, VECTOR], DOUBLE)
NAME = "model.svm.score"
NUMBERS = st.floats(-2, 2)
KERNELS = {
    "linear": (KnownFunction("m.kernel.linear", ("x", "y")), dot),
    "rbf": (
        KnownFunction("m.kernel.rbf", ("x", "y"), {"gamma": 0.5}),
        lambda x, y: math.exp(-0.5 * squared_distance(x, y)),
    ),
    "rbf, called": (between("m.kernel.rbf", 0.5), lambda x, y: math.exp(-0.5 * squared_distance(x, y))),
    "poly": (
        KnownFunction("m.kernel.poly", ("x", "y"), {"gamma": 0.5, "intercept": 1.0, "degree": 2.5}),
        lambda x, y: power(0.5 * dot(x, y) + 1.0, 2.5),
    ),
    "sigmoid": (
        KnownFunction("m.kernel.sigmoid", ("x", "y"), {"gamma": 0.5, "intercept": -1.0}),
        lambda x, y: math.tanh(0.5 * dot(x, y) - 1.0),
    ),
    "unknown": (KnownFunction("m.kernel.rbf", ("x", "y"), {"gamma": UNKNOWN}), dot),
}


def support(*vectors: list[float]) -> list[dict[str, Any]]:
    return [{"supVec": vector[:-1], "coeff": vector[-1]} for vector in vectors]


def test_the_score_adds_what_the_kernel_says_of_each_support_vector() -> None:
    model = {"const": 10.0, "posClass": support([1.0, 2.0, 3.0]), "negClass": support([0.0, 1.0, -1.0])}
    score = made(NAME, VECTOR, MODEL, KERNEL)
    assert score([5.0, 7.0], model, dot) == 10.0 + 3.0 * 19.0 - 7.0
    fails(12001, lambda: score([5.0], model, dot))
    fails(12000, lambda: score([5.0], {**model, "posClass": [], "negClass": []}, dot))


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_a_machine_that_never_changes_fails_as_any_other(name: str) -> None:
    known, kernel = KERNELS[name]
    empty = {"const": 1.0, "posClass": [], "negClass": []}
    fails(12000, lambda: made(NAME, VECTOR, MODEL, KERNEL, constants=fixed(1, empty, known))([1.0], empty, kernel))
    model = {**empty, "posClass": support([1.0, 1.0])}
    fails(12001, lambda: made(NAME, VECTOR, MODEL, KERNEL, constants=fixed(1, model, known))([], model, kernel))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(sorted(KERNELS)), st.integers(1, 4), st.integers(0, 4), st.integers(1, 4))
def test_a_machine_that_never_changes_answers_as_any_other(
    data: st.DataObject, name: str, width: int, negative: int, positive: int
) -> None:
    known, kernel = KERNELS[name]

    def vectors(width: int) -> list[float]:
        return data.draw(st.lists(NUMBERS, min_size=width, max_size=width))

    model = {
        "const": data.draw(NUMBERS),
        "posClass": support(*(vectors(width + 1) for _ in range(positive))),
        "negClass": support(*(vectors(width + 1) for _ in range(negative))),
    }
    datum = vectors(width)
    constant = made(NAME, VECTOR, MODEL, KERNEL, constants=fixed(1, model, known))
    expected = made(NAME, VECTOR, MODEL, KERNEL)(datum, model, kernel)
    assert constant(datum, model, kernel) == pytest.approx(expected, rel=1e-12, abs=1e-13, nan_ok=True)
