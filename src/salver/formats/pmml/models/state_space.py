"""StateSpaceModel: what is observed of a state that each step changes linearly. Specification: TimeSeriesModel,
"StateSpaceModel".

y(h) = G s(h) + d and s(h + 1) = F s(h) + c, where s(1), the StateVector, is the state of the first step into the
future. The InterceptVector is c or, where its type is observation, d.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array
from salver.formats.pmml.models.matrix import matrix_of


def compile_state_space(element: Element, series: int) -> Callable[[Array], Array]:
    """Forecasts of a StateSpaceModel element: horizons [n] to [n, series]. Raises BadInput."""
    for child in element.all("DynamicRegressor"):
        child.unsupported("a DynamicRegressor is not supported")
    state = _vector(element.need("StateVector"))
    size = len(state)
    transition = _matrix(element.need("TransitionMatrix"), (size, size))
    measurement = _matrix(element.need("MeasurementMatrix"), (series, size))
    of_state, of_observation = np.zeros(size), np.full(series, element.number("intercept", 0.0))
    intercept = element.first("InterceptVector")
    if intercept is not None:
        if intercept.choice("type", ("state", "observation"), "state") == "state":
            of_state = _vector(intercept, size)
        else:
            of_observation = of_observation + _vector(intercept, series)
    return _forecast(state, _affine(transition, of_state), measurement, of_observation)


def _forecast(state: Array, step: Array, measurement: Array, intercept: Array) -> Callable[[Array], Array]:
    """`step` is one step of a state that has a 1 at its end."""
    start = np.append(state, 1.0)

    def forecast(horizons: Array) -> Array:
        states = np.tile(start, (len(horizons), 1))
        left, power = horizons.astype(np.int64) - 1, step
        # h - 1 steps by the powers of two that they are made of.
        while left.any():
            odd = (left & 1).astype(bool)
            states[odd] = states[odd] @ power.T
            power = power @ power
            left = left >> 1
        forecasts: Array = states[:, :-1] @ measurement.T + intercept
        return forecasts

    return forecast


def _affine(transition: Array, intercept: Array) -> Array:
    step = np.eye(len(intercept) + 1)
    step[:-1, :-1], step[:-1, -1] = transition, intercept
    return step


def _vector(element: Element, size: int | None = None) -> Array:
    array = element.need("Array")
    numbers = np.array(array.numbers(), np.float64)
    if size is not None and len(numbers) != size:
        array.refuse(f"there are {len(numbers)} values, wanted {size}")
    return numbers


def _matrix(element: Element, shape: tuple[int, int]) -> Array:
    matrix: Array = matrix_of(element.need("Matrix"))
    if matrix.shape != shape:
        found = " x ".join(map(str, matrix.shape))
        element.refuse(f"the matrix is {found}, wanted {shape[0]} x {shape[1]}")
    return matrix
