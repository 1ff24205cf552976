"""PFA documents for the benchmark: the recorded models, and two that need no training."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MODELS = Path(__file__).parents[2] / "shared" / "testdata" / "pfa" / "models"
RECORDED = {
    "tree": "iris_decision_tree",
    "boosting": "cancer_gradient_boosting_100",
    "forest": "wine_random_forest_100",
    "k-means": "iris_kmeans",
    "linear": "diabetes_linear",
    "softmax": "iris_logistic_softmax",
    "5-NN": "iris_nearest_neighbours",
    "MLP": "digits_mlp",
}
"""Short names of the recorded models."""


@dataclass(frozen=True)
class Case:
    """A document, and data for it."""

    name: str
    document: Any
    rows: list[Any]


def cases() -> Iterator[Case]:
    """Those that can be had here."""
    yield Case(
        "x + 2",
        {"input": "double", "output": "double", "action": [{"+": ["input", 2]}]},
        np.random.default_rng(0).normal(size=50).tolist(),
    )
    for name, file in RECORDED.items():
        if (MODELS / f"{file}.pfa").exists():
            lines = (MODELS / f"{file}.cases.jsonl").read_text().splitlines()
            document = json.loads((MODELS / f"{file}.pfa").read_text())
            yield Case(name, document, [json.loads(line)["input"] for line in lines])
    yield support_vectors()


def support_vectors(count: int = 60, size: int = 10) -> Case:
    """A support vector machine of two classes with a radial kernel."""
    chance = np.random.default_rng(0)

    def machines(positive: float) -> list[dict[str, Any]]:
        vectors = chance.normal(positive, 1, (count // 2, size)).tolist()
        weights = (positive * chance.uniform(0.1, 1, count // 2)).tolist()
        return [{"supVec": vector, "coeff": weight} for vector, weight in zip(vectors, weights, strict=True)]

    vector = {
        "type": "record",
        "name": "Vector",
        "fields": [{"name": "supVec", "type": _NUMBERS}, {"name": "coeff", "type": "double"}],
    }
    model = {
        "type": "record",
        "name": "Machine",
        "fields": [
            {"name": "const", "type": "double"},
            {"name": "posClass", "type": {"type": "array", "items": vector}},
            {"name": "negClass", "type": {"type": "array", "items": "Vector"}},
        ],
    }
    kernel = {"fcn": "m.kernel.rbf", "fill": {"gamma": 0.1}}
    document = {
        "name": "RadialMachine",
        "input": _NUMBERS,
        "output": "double",
        "cells": {
            "model": {"type": model, "init": {"const": 0.1, "posClass": machines(1.0), "negClass": machines(-1.0)}}
        },
        "action": [{"model.svm.score": ["input", {"cell": "model"}, kernel]}],
    }
    return Case("RBF SVM", document, chance.normal(size=(50, size)).tolist())


_NUMBERS = {"type": "array", "items": "double"}
