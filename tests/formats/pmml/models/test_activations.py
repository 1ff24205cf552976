"""Activation functions, by the specification's formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest

from salver.formats.pmml.models.activations import ACTIVATIONS, NAMES, threshold

FORMULAS = {
    "logistic": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": lambda z: (1 - math.exp(-2 * z)) / (1 + math.exp(-2 * z)),
    "identity": lambda z: z,
    "exponential": math.exp,
    "reciprocal": lambda z: 1 / z,
    "square": lambda z: z * z,
    "Gauss": lambda z: math.exp(-z * z),
    "sine": math.sin,
    "cosine": math.cos,
    "Elliott": lambda z: z / (1 + abs(z)),
    "arctan": lambda z: 2 * math.atan(z) / math.pi,
    "rectifier": lambda z: max(0.0, z),
}
TOTALS = [-2.5, -0.3, 0.7, 3.0]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_formula(name):
    activated = ACTIVATIONS[name](np.array([TOTALS]))
    assert activated[0].tolist() == pytest.approx([FORMULAS[name](total) for total in TOTALS], rel=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_missing_stays_missing(name):
    assert np.isnan(ACTIVATIONS[name](np.array([np.nan]))).all()


def test_a_threshold_is_passed_not_met():
    assert threshold(0.5)(np.array([0.4, 0.5, 0.6, np.nan])).tolist()[:3] == [0, 0, 1]
    assert np.isnan(threshold(0.5)(np.array([np.nan]))).all()


def test_all_names_are_known():
    assert set(NAMES) == {*FORMULAS, "threshold", "radialBasis"}
