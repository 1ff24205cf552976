"""Asks `graph/wine.graph.yaml` about wines that its models have not seen: inside this program, and as a server.

It prints how the bandit finds the better model, what the guards say of wines that have changed, and that a server gives
the same answers over three protocols. Run it with

    python ask_graph.py
"""

from __future__ import annotations

import sys

import numpy as np
from demo import HERE, Array, post, serving
from train import FEATURES, read, split
from train_graph import HELD_OUT

import salver
from salver.core.trail import Trail

GRAPH = HERE / "graph" / "wine.graph.yaml"
CHILDREN = ("network", "acids")
EVERY = 100


def unseen() -> tuple[Array, Array]:
    """Measurements and grades of the wines that `train_graph.py` held out."""
    features, grades = read()
    _, held_out = split(features, grades, HELD_OUT)
    return features[held_out], grades[held_out]


def learn(model: salver.Model, features: Array, grades: Array) -> None:
    """One wine after another; after each the graph is told what its tasters gave. It knows the answer by its id."""
    chosen = []
    right = []
    print("   wines   network     acids     right")
    for number, (row, grade) in enumerate(zip(features, grades, strict=True), start=1):
        trail = Trail()
        answer = model.predict({"features": row[None]}, id=f"wine-{number}", trail=trail)
        model.feedback(truth=[grade], id=f"wine-{number}")
        chosen.append(trail.routing["bandit"])
        right.append(answer["quality"][0] == grade)
        if number % EVERY == 0 or number == len(grades):
            since = (number - 1) // EVERY * EVERY
            counts = [chosen[since:].count(index) for index in range(len(CHILDREN))]
            print(f"{number:8}{counts[0]:10}{counts[1]:10}{np.mean(right[since:]):10.0%}")
    for index, name in enumerate(CHILDREN):
        of_child = [hit for hit, child in zip(right, chosen, strict=True) if child == index]
        print(f"{name} answered {len(of_child)} wines, and was right on {np.mean(of_child):.0%} of them.")


def look_for_drift(model: salver.Model, features: Array) -> None:
    """The guard tests after each 200 rows; so many as they are, and so many with 3 percent more alcohol."""
    shifted = features.copy()
    shifted[:, FEATURES.index("alcohol")] += 3
    for what, rows in (("as they are", features), ("with 3 % more alcohol", shifted)):
        trail = Trail()
        model.predict({"features": rows}, trail=trail)
        tags = trail.tags
        found = f"drift of {', '.join(tags['drift.drifted'])}" if tags["drift.is_drift"] else "no drift"
        print(f"{len(rows)} wines {what}: {found}, {sum(tags['odd.is_outlier'])} odd ones.")


def over_seldon(url: str, features: Array) -> Array:
    answer = post(f"{url}/api/v1.0/predictions", {"data": {"ndarray": features.tolist()}})
    return np.array(answer["data"]["ndarray"])


def over_tensorflow_serving(url: str, features: Array) -> Array:
    return np.array(post(f"{url}/v1/models/wine:predict", {"instances": features.tolist()})["predictions"])


def over_open_inference(url: str, features: Array) -> Array:
    tensor = {"name": "features", "datatype": "FP32", "shape": features.shape, "data": features.ravel().tolist()}
    return np.array(post(f"{url}/v2/models/wine/infer", {"inputs": [tensor]})["outputs"][0]["data"])


def teach(url: str, features: Array, grades: Array) -> None:
    """Seldon's way: the answer is sent back, with its routing, and what it should have been. Each wine counts as a try,
    so that the server's bandit is sure as soon as both models have answered once."""
    seen: set[int] = set()
    while len(seen) < len(CHILDREN):
        answer = post(f"{url}/api/v1.0/predictions", {"data": {"ndarray": features.tolist()}})
        post(f"{url}/api/v1.0/feedback", {"response": answer, "truth": {"data": {"ndarray": grades.tolist()}}})
        seen.add(answer["meta"]["routing"]["bandit"])


def ask_server(url: str, features: Array, grades: Array) -> bool:
    teach(url, features, grades)
    answers = [ask(url, features) for ask in (over_seldon, over_tensorflow_serving, over_open_inference)]
    same = all(np.array_equal(answers[0], other) for other in answers)
    print(f"Seldon, TensorFlow Serving and Open Inference {'agree' if same else 'DISAGREE'}", end="")
    print(f" on all {len(grades)} wines; right are {np.mean(answers[0] == grades):.1%}.")
    return same


def main() -> int:
    features, grades = unseen()
    with salver.load(GRAPH) as model:
        learn(model, features, grades)
        look_for_drift(model, features[:200])
    with serving(GRAPH) as (url, _):
        return 0 if ask_server(url, features, grades) else 1


if __name__ == "__main__":
    sys.exit(main())
