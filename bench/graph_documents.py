"""The graphs that are measured: nodes that do next to nothing, so that the graph is what costs."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeAlias

Nodes: TypeAlias = Mapping[str, Mapping[str, Any]]

FOLDER: Final = Path(tempfile.gettempdir()) / "salver-bench" / "graphs"
SELDON_NODES: Final = Path(__file__).with_name("peers") / "seldon_nodes.py"
SAME: Final = "class Same:\n    def predict(self, X, names):\n        return X\n"
"""A component that gives back what comes."""

_SAME: Final = {"component": "Same.py:Same", "inline": True}
_TEN: Final = range(10)
_ROUTERS: Final[Mapping[str, Any]] = {
    "weighted": {"weights": {"left": 0.5, "right": 0.5}},
    "condition": {"cases": [{"when": "amount > 1000", "to": "left"}], "otherwise": "right"},
    "epsilon_greedy": {},
    "thompson_sampling": {},
    "ucb1": {},
    "exp3": {},
}


def alone() -> Path:
    """One node: what the others are measured against."""
    return _written("alone", {"left": _SAME})


def chains() -> dict[str, Path]:
    """By what they add to it, ten nodes in a row behind that node."""
    added: dict[str, list[Mapping[str, Any]]] = {
        "ten components": [_SAME for _ in _TEN],
        "ten `cast`": [{"transformer": {"cast": {"to": "FP64"}}} for _ in _TEN],
        "ten `rename`": [_renamed("x", "data") if number % 2 else _renamed("data", "x") for number in _TEN],
    }
    return {
        name: _written(name.replace(" ", "_").replace("`", ""), _chain(_SAME, *made)) for name, made in added.items()
    }


def routers() -> dict[str, Path]:
    """By kind, a router over two such nodes."""
    below = {"left": _SAME, "right": _SAME}
    return {
        kind: _written(kind, {"router": {"router": {kind: options}, "children": list(below)}, **below})
        for kind, options in _ROUTERS.items()
    }


def pair(*, inline: bool) -> Path:
    """A transformer and a model, classes of Seldon's contract, on the event loop or on threads."""
    steps = [{"component": f"{SELDON_NODES}:{name}", "inline": inline} for name in ("Scale", "Score")]
    return _written("pair", _chain(*steps), FOLDER / ("inline" if inline else "threads"))


def _renamed(old: str, new: str) -> dict[str, Any]:
    return {"transformer": {"rename": {"tensors": {old: new}}}}


def _chain(*steps: Mapping[str, Any]) -> Nodes:
    named = {f"step_{number}": dict(step) for number, step in enumerate(steps)}
    for before, name in pairwise(named):
        named[name]["inputs"] = [before]
    return named


def _written(name: str, nodes: Nodes, folder: Path = FOLDER) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Same.py").write_text(SAME)
    file = folder / f"{name}.graph.yaml"
    file.write_text(json.dumps({"nodes": nodes}, indent=2))
    return file
