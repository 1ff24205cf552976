"""Loads the graph beside this file, whose one node is a class written for Seldon, and asks it."""

from pathlib import Path

import salver

with salver.load(Path(__file__).with_name("credit.graph.yaml")) as model:
    answer = model.predict({"data": [[60.0, 5.0], [20.0, 30.0]]})
    for paid_back, lost in answer["data"]:
        print(f"paid back {paid_back:.2f}, lost {lost:.2f}")
