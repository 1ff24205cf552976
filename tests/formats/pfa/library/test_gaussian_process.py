import math

import pytest
from pfa_calls import VECTOR, fails, fixed, made, record

from salver.formats.pfa.avro.types import DOUBLE, NULL, Array, Function, Type
from salver.formats.pfa.errors import PFASemanticError
from salver.formats.pfa.library.known import KnownFunction
from salver.formats.pfa.library.registry import Clock, Implementation

KERNEL = Function([VECTOR, VECTOR], DOUBLE)
RBF = KnownFunction("m.kernel.rbf", ("x", "y"), {"gamma": 2.0})
CLOCK = Clock()


def rbf(x: list[float], y: list[float]) -> float:
    return math.exp(-2.0 * sum((a - b) ** 2 for a, b in zip(x, y, strict=True)))


def process(x: Type, to: Type, weight: Type = NULL, **sigma: Type) -> Implementation:
    table = Array(record("Row", x=x, to=to, **sigma))
    return made("model.reg.gaussianProcess", x, table, weight, KERNEL)


def test_without_doubt_it_goes_through_the_table() -> None:
    rows = [{"x": float(x), "to": math.sin(x)} for x in range(5)]
    predict = process(DOUBLE, DOUBLE)
    for row in rows:
        assert predict(CLOCK, row["x"], rows, None, rbf) == pytest.approx(row["to"], abs=1e-6)


def test_each_output_is_fitted_on_its_own() -> None:
    xs, one, two = [0.0, 1.0, 2.5], [1.0, 5.0, 2.0], [7.0, 1.0, 0.0]
    both = [{"x": [x], "to": [a, b], "sigma": [0.2, 0.4]} for x, a, b in zip(xs, one, two, strict=True)]
    found = process(VECTOR, VECTOR, sigma=VECTOR)(CLOCK, [1.7], both, None, rbf)
    alone = process(VECTOR, DOUBLE, sigma=DOUBLE)
    for place, (outputs, sigma) in enumerate(((one, 0.2), (two, 0.4))):
        rows = [{"x": [x], "to": y, "sigma": sigma} for x, y in zip(xs, outputs, strict=True)]
        assert found[place] == pytest.approx(alone(CLOCK, [1.7], rows, None, rbf))


def test_far_away_the_weight_decides() -> None:
    rows = [{"x": 0.0, "to": 1.0}, {"x": 1.0, "to": 3.0}, {"x": 2.0, "to": 2.0}]
    predict, deviation = process(DOUBLE, DOUBLE, DOUBLE), math.sqrt(2 / 3)
    assert predict(CLOCK, 1e6, rows, 0.0, rbf) == pytest.approx(2.0)
    assert predict(CLOCK, 1e6, rows, 3.0, rbf) == pytest.approx(2.0 + 3.0 * deviation)


def test_a_table_that_never_changes_is_fitted_once() -> None:
    rows = [{"x": 0.0, "to": 1.0}, {"x": 1.0, "to": 3.0}]
    calls = []

    def kernel(x: list[float], y: list[float]) -> float:
        calls.append(x)
        return rbf(x, y)

    table = Array(record("Row", x=DOUBLE, to=DOUBLE))
    predict = made("model.reg.gaussianProcess", DOUBLE, table, NULL, KERNEL, constants=fixed(1, rows, None, RBF))
    first = predict(CLOCK, 0.5, rows, None, kernel)
    before = len(calls)
    assert predict(CLOCK, 0.5, rows, None, kernel) == first == process(DOUBLE, DOUBLE)(CLOCK, 0.5, rows, None, rbf)
    assert len(calls) == before + len(rows)
    fails(31085, lambda: predict(CLOCK, math.inf, rows, None, kernel))


def test_errors_come_in_their_order() -> None:
    scalar, vector, several = process(DOUBLE, DOUBLE, DOUBLE), process(VECTOR, DOUBLE), process(DOUBLE, VECTOR)
    row = {"x": 1.0, "to": 1.0}
    fails(31080, lambda: scalar(CLOCK, math.nan, [], 1.0, rbf))
    fails(31081, lambda: vector(CLOCK, [], [{"x": [], "to": 1.0}], None, rbf))
    fails(31082, lambda: vector(CLOCK, [1.0], [{"x": [], "to": 1.0}], None, rbf))
    fails(31083, lambda: several(CLOCK, 1.0, [{"x": 1.0, "to": []}], None, rbf))
    fails(31084, lambda: several(CLOCK, 1.0, [{"x": 1.0, "to": [1.0]}, {"x": 1.0, "to": []}], None, rbf))
    fails(31085, lambda: scalar(CLOCK, math.nan, [row], 1.0, rbf))
    fails(31086, lambda: scalar(CLOCK, 1.0, [{"x": math.inf, "to": 1.0}], math.nan, rbf))
    fails(31087, lambda: scalar(CLOCK, 1.0, [row], math.nan, rbf))
    fails(31088, lambda: scalar(CLOCK, 1.0, [row, {"x": 2.0, "to": 3.0}], 1.0, lambda _x, _y: 5.0))


def test_sigma_is_of_the_type_of_the_output() -> None:
    with pytest.raises(PFASemanticError, match="sigma"):
        process(DOUBLE, DOUBLE, sigma=VECTOR)
