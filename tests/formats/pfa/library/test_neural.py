import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, fails, fixed, made, record

from salver.formats.pfa.avro.types import DOUBLE, Array, Function
from salver.formats.pfa.library.known import KnownFunction, Param

LAYERS = Array(record("Layer", weights=Array(VECTOR), bias=VECTOR))
ACTIVATION = Function([DOUBLE], DOUBLE)
NAME = "model.neural.simpleLayers"
XOR = [
    {"weights": [[1.0, 1.0], [1.0, 1.0]], "bias": [0.0, -1.0]},
    {"weights": [[1.0, -2.0]], "bias": [0.0]},
]


def known(*body: Any) -> KnownFunction:
    return KnownFunction(params=("x",), body=body)


ACTIVATIONS = {
    "relu": (known("max", Param("x"), 0.0), lambda x: max(x, 0.0)),
    "relu, the other way round": (known("max", 0, Param("x")), lambda x: max(0.0, x)),
    "logistic": (known("m.link.logit", Param("x")), lambda x: 1 / (1 + math.exp(-x))),
    "tanh": (known("m.link.tanh", Param("x")), math.tanh),
    "identity": (KnownFunction(params=("x",), body=Param("x")), lambda x: x),
}


def test_layers_work_on_what_the_one_before_gave() -> None:
    layers = made(NAME, VECTOR, LAYERS, ACTIVATION)
    constant = made(NAME, VECTOR, LAYERS, ACTIVATION, constants=fixed(1, XOR, ACTIVATIONS["relu"][0]))
    for compute in (layers, constant):
        for x, y, answer in ((0.0, 0.0, 0.0), (0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 0.0)):
            assert compute([x, y], XOR, lambda x: max(x, 0.0)) == [answer]


def test_layers_must_fit_together() -> None:
    layers = made(NAME, VECTOR, LAYERS, ACTIVATION)
    fails(11000, lambda: layers([1.0], [], abs))
    fails(11001, lambda: layers([1.0], XOR, abs))
    fails(11001, lambda: layers([1.0, 2.0], [XOR[0], XOR[0], {"weights": [[1.0]], "bias": [1.0]}], abs))
    fails(11001, lambda: layers([1.0, 2.0], [{"weights": [[1.0, 1.0]], "bias": []}], abs))


@pytest.mark.parametrize(
    "model", [[], [XOR[1], XOR[0]], [{"weights": [], "bias": []}], [{"weights": [[1.0]], "bias": []}]]
)
def test_a_model_that_never_changes_fails_as_any_other(model: list[Any]) -> None:
    constant = made(NAME, VECTOR, LAYERS, ACTIVATION, constants=fixed(1, model, ACTIVATIONS["relu"][0]))
    layers = made(NAME, VECTOR, LAYERS, ACTIVATION)

    def answer(compute: Any) -> Any:
        try:
            return compute([1.0, 2.0], model, abs)
        except Exception as error:
            return repr(error)

    assert answer(constant) == answer(layers)
    fixed_xor = made(NAME, VECTOR, LAYERS, ACTIVATION, constants=fixed(1, XOR, ACTIVATIONS["relu"][0]))
    fails(11001, lambda: fixed_xor([1.0], XOR, abs))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.lists(st.integers(1, 4), min_size=2, max_size=4), st.sampled_from(sorted(ACTIVATIONS)))
def test_a_model_that_never_changes_answers_as_any_other(data: st.DataObject, widths: list[int], name: str) -> None:
    numbers = st.integers(-8, 8).map(lambda x: x / 4)

    def vectors(width: int) -> st.SearchStrategy[list[float]]:
        return st.lists(numbers, min_size=width, max_size=width)

    model = [
        {
            "weights": data.draw(st.lists(vectors(width), min_size=height, max_size=height)),
            "bias": data.draw(vectors(height)),
        }
        for width, height in pairwise(widths)
    ]
    datum = data.draw(vectors(widths[0]))
    description, activation = ACTIVATIONS[name]
    constant = made(NAME, VECTOR, LAYERS, ACTIVATION, constants=fixed(1, model, description))
    expected = made(NAME, VECTOR, LAYERS, ACTIVATION)(datum, model, activation)
    assert constant(datum, model, activation) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_infinite_numbers_pass_through() -> None:
    model = [{"weights": [[1e308, 1e308]], "bias": [0.0]}, {"weights": [[0.0]], "bias": [1.0]}]
    constant = made(NAME, VECTOR, LAYERS, ACTIVATION, constants=fixed(1, model, ACTIVATIONS["logistic"][0]))
    assert constant([-1.0, -1.0], model, abs) == [1.0]
    assert math.isnan(made(NAME, VECTOR, LAYERS, ACTIVATION)([-1.0, -1.0], model, abs)[0])
