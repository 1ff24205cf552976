"""Probabilities of what models have for classes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from salver.formats.pmml.models import links
from salver.formats.pmml.models.normalize import (
    SOFTMAX,
    differences,
    simplemax,
    softmax,
    two_classes,
    winners,
    with_last,
)

ROWS = np.array([[1.0, 2.0, 0.5], [-700.0, 800.0, 799.0]])


def test_softmax():
    shares = softmax(ROWS)
    total = math.exp(1) + math.exp(2) + math.exp(0.5)
    assert shares[0].tolist() == pytest.approx([math.exp(1) / total, math.exp(2) / total, math.exp(0.5) / total])
    assert shares.sum(axis=1) == pytest.approx(1)


def test_simplemax():
    assert simplemax(np.array([[1.0, 2.0, 5.0]])).tolist() == [[0.125, 0.25, 0.625]]


def test_the_rest():
    assert with_last(np.array([[0.25, 0.5]])).tolist() == [[0.25, 0.5, 0.25]]
    assert differences(np.array([[0.25, 0.75]])).tolist() == [[0.25, 0.5, 0.25]]
    assert two_classes(links.identity).of_rows(np.array([[0.25]])).tolist() == [[0.25, 0.75]]


@pytest.mark.parametrize("normalization", [SOFTMAX, two_classes(links.logit), two_classes(links.identity)])
def test_one_row_is_as_many(normalization):
    of_rows = normalization.of_rows(ROWS[:1, :2])
    assert normalization.of_one(ROWS[0, :2].tolist()) == pytest.approx(of_rows[0].tolist(), rel=1e-15)


def test_links_without_a_short_way():
    assert two_classes(links.probit).of_one is None


@pytest.mark.parametrize("classes", [2, 3])
def test_the_winner_is_the_first_of_the_largest(classes):
    probability = np.full((4, classes), 0.25)
    probability[1, 1] = 0.5
    probability[2] = np.nan
    probability[3, 0] = 0.5
    assert winners(probability).tolist() == [0, 1, -1, 0]
