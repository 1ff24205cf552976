"""Trains the wine models with scikit-learn and writes each as PMML by sklearn2pmml, pickled, and its trees as arrays.

Run in the peers' environment as `pmml_models.py CSV FOLDER`.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn2pmml import sklearn2pmml  # type: ignore[import-not-found]
from sklearn2pmml.pipeline import PMMLPipeline  # type: ignore[import-not-found]

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.pmml_documents import WINE_COLUMNS as COLUMNS


def main(csv: str, folder: Path) -> None:
    table = pd.read_csv(csv, sep=";", header=None, names=[*COLUMNS, "quality"])
    features = table[list(COLUMNS)].astype(float)
    label = (table["quality"] > 5).map({True: "good", False: "bad"})
    estimators = {
        "forest": RandomForestClassifier(100, max_depth=10, random_state=0),
        "boosting": GradientBoostingClassifier(n_estimators=100, max_depth=3, random_state=0),
        "logistic": LogisticRegression(max_iter=5000),
    }
    for name, estimator in estimators.items():
        pipeline = PMMLPipeline([("estimator", estimator)])
        pipeline.fit(features, label)
        document = folder / f"{name}-float.pmml"
        sklearn2pmml(pipeline, str(document))
        # As a user's numbers are: the exporter narrows the fields of trees, which are what scikit-learn itself sees.
        (folder / f"{name}.pmml").write_text(_widened(document.read_text()))
        (folder / f"{name}.pickle").write_bytes(pickle.dumps(estimator))
        if name != "logistic":
            np.savez(folder / f"{name}.npz", **_trees(estimator))


def _widened(document: str) -> str:
    head, end, rest = document.partition("</DataDictionary>")
    return head.replace('dataType="float"', 'dataType="double"') + end + rest


def _trees(estimator: Any) -> dict[str, Any]:
    """All trees, one after the other: feature (-2 at a leaf), threshold, children, and what a leaf adds to the sum."""
    trees = [tree.tree_ for tree in np.ravel(estimator.estimators_)]
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    forest = isinstance(estimator, RandomForestClassifier)
    values = [tree.value[:, 0, 1 if forest else 0] / (len(trees) if forest else 1) for tree in trees]
    return {
        "feature": np.concatenate([tree.feature for tree in trees]),
        "threshold": np.concatenate([tree.threshold for tree in trees]),
        "left": np.concatenate([tree.children_left + start for tree, start in zip(trees, starts, strict=True)]),
        "right": np.concatenate([tree.children_right + start for tree, start in zip(trees, starts, strict=True)]),
        "value": np.concatenate(values) * (1.0 if forest else estimator.learning_rate),
        "root": starts,
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
