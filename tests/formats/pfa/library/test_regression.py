import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, fails, fixed, made, record

from salver.formats.pfa.avro.types import DOUBLE, Array, Map

LINE = record("Line", coeff=VECTOR, const=DOUBLE)
PLANE = record("Plane", coeff=Array(VECTOR), const=VECTOR)
WEIGHTS = Map(DOUBLE)
MAP_LINE = record("MapLine", coeff=WEIGHTS, const=DOUBLE)
MAP_PLANE = record("MapPlane", coeff=Map(WEIGHTS), const=WEIGHTS)
NUMBERS = st.floats(-1e6, 1e6)


def test_a_line_is_the_sum_of_products_and_a_constant() -> None:
    linear = made("model.reg.linear", VECTOR, LINE)
    assert linear([0.1, 0.2, 0.3], {"coeff": [1.0, 2.0, 3.0], "const": 5.0}) == pytest.approx(6.4)
    assert linear([], {"coeff": [], "const": 5.0}) == 5.0
    fails(31000, lambda: linear([1.0], {"coeff": [1.0, 2.0], "const": 5.0}))


def test_several_lines_have_a_constant_each() -> None:
    linear = made("model.reg.linear", VECTOR, PLANE)
    assert linear([1.0, 2.0], {"coeff": [[1.0, 0.0], [0.0, 1.0]], "const": [10.0, 20.0]}) == [11.0, 22.0]
    assert linear([], {"coeff": [[], []], "const": [1.0, 2.0]}) == [1.0, 2.0]
    assert linear([1.0], {"coeff": [], "const": []}) == []
    fails(31001, lambda: linear([1.0], {"coeff": [[1.0]], "const": [1.0, 2.0]}))
    fails(31000, lambda: linear([1.0, 2.0], {"coeff": [[1.0, 2.0], [1.0]], "const": [1.0, 2.0]}))


def test_by_keys_what_is_missing_is_nought() -> None:
    linear = made("model.reg.linear", WEIGHTS, MAP_LINE)
    assert linear({"a": 2.0, "b": 3.0}, {"coeff": {"a": 10.0, "c": 7.0}, "const": 1.0}) == 21.0
    assert math.isnan(linear({"b": math.inf}, {"coeff": {}, "const": 1.0}))
    several = made("model.reg.linear", WEIGHTS, MAP_PLANE)
    assert several({"a": 2.0}, {"coeff": {"one": {"a": 10.0}, "two": {}}, "const": {"one": 1.0, "three": 3.0}}) == {
        "one": 21.0,
        "three": 3.0,
        "two": 0.0,
    }


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 5), st.integers(1, 4))
def test_a_model_that_never_changes_answers_as_any_other(data: st.DataObject, width: int, height: int) -> None:
    rows = st.lists(NUMBERS, min_size=width, max_size=width)
    line = {"coeff": data.draw(rows), "const": data.draw(NUMBERS)}
    plane = {
        "coeff": data.draw(st.lists(rows, min_size=height, max_size=height)),
        "const": data.draw(st.lists(NUMBERS, min_size=height, max_size=height)),
    }
    datum = data.draw(rows)
    for of, model in ((LINE, line), (PLANE, plane)):
        constant = made("model.reg.linear", VECTOR, of, constants=fixed(1, model))
        assert constant(datum, model) == made("model.reg.linear", VECTOR, of)(datum, model)
        fails(31000, lambda constant=constant, model=model: constant([*datum, 1.0], model))  # type: ignore[misc]


def test_the_variance_is_a_quadratic_form_with_a_last_row_for_the_constant() -> None:
    variance = made("model.reg.linearVariance", VECTOR, record("Model", covar=Array(VECTOR)))
    covariance = [[2.0, 1.0], [1.0, 3.0]]
    assert variance([10.0], {"covar": covariance}) == 200.0 + 10.0 + 10.0 + 3.0
    fails(31010, lambda: variance([10.0, 1.0], {"covar": covariance}))
    fails(31010, lambda: variance([10.0], {"covar": [[1.0, 2.0], [3.0]]}))
    several = made("model.reg.linearVariance", VECTOR, record("Models", covar=Array(Array(VECTOR))))
    assert several([10.0], {"covar": [covariance, covariance]}) == [223.0, 223.0]


def test_the_variance_by_keys_has_an_empty_one_for_the_constant() -> None:
    covariance = {"a": {"a": 2.0, "": 1.0}, "": {"a": 1.0, "": 3.0}}
    variance = made("model.reg.linearVariance", WEIGHTS, record("Model", covar=Map(WEIGHTS)))
    assert variance({"a": 10.0, "unknown": 5.0}, {"covar": covariance}) == 223.0
    several = made("model.reg.linearVariance", WEIGHTS, record("Models", covar=Map(Map(WEIGHTS))))
    assert several({"a": 10.0}, {"covar": {"one": covariance, "none": {}}}) == {"one": 223.0, "none": 0.0}
