"""PMML documents from their file to the first answer: small ones in milliseconds, a hundred megabytes in seconds."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench import cores, pmml_documents
from bench.effort import Effort
from bench.figures import Part, Target
from bench.peers import pmml_peers

LOAD = Path(__file__).parents[1] / "pmml_load.py"
WINE_FOREST = (
    Path(__file__).parents[3] / "shared" / "testdata" / "wine" / "data" / "winequalityRandonForrestClassification.pmml"
)
SPARK = "wine forest of Spark"
SMALL, LARGE = 5, 100
MOST_ROUNDS = 3
WORDS = (
    "A PMML document in a fresh process: `imports` is Python's time for our code, NumPy and onnxruntime, `load` that "
    "from the document's file to an evaluator, `start to loaded` all of it with Python's own start. Memory is the "
    "process's peak over what it had before the load. Medians over the rounds; the largest is loaded once."
)


def measure(effort: Effort) -> Part:
    part = Part(
        "PMML: loading", WORDS, ("document", "MB", "imports s", "load s", "MB/s", "start to loaded s", "memory MB")
    )
    for name, path in _documents(part).items():
        megabytes = path.stat().st_size / 1e6
        rounds = 1 if megabytes > SMALL * 2 else min(effort.rounds, MOST_ROUNDS)
        figures = _loaded(path, rounds)
        load_s = figures["load_s"]
        memory = figures["peak_mb"] - figures["before_mb"]
        part.rows.append(
            [name, f"{megabytes:.1f}", f"{figures['import_s']:.3f}", f"{load_s:.3f}", f"{megabytes / load_s:.1f}",
             f"{figures['all_s']:.3f}", f"{memory:.0f}"]
        )  # fmt: skip
        if name == SPARK:
            part.targets.append(Target(f"load of the {name} ({megabytes * 1000:.0f} kB)", load_s * 1000, 100, "ms"))
    return part


def _documents(part: Part) -> dict[str, Path]:
    generated = {
        f"generated forest, {SMALL} MB": pmml_documents.forest(SMALL),
        f"generated forest, {LARGE} MB": pmml_documents.forest(LARGE),
    }
    here = {}
    for name, path in {SPARK: WINE_FOREST, "forest of the part above": pmml_peers.FOLDER / "forest.pmml"}.items():
        if path.exists():
            here[name] = path
        else:
            part.skipped.append(f"{name}: there is no {path}")
    return here | generated


def _loaded(path: Path, rounds: int) -> dict[str, float]:
    """Medians of what the process tells, and `all_s`, as its parent sees it."""
    runs = []
    for _ in range(rounds):
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, str(LOAD), str(path)], capture_output=True, text=True, preexec_fn=cores.pin(cores.SERVER)
        )
        if done.returncode:
            raise RuntimeError(f"{path.name}: {done.stderr.strip().splitlines()[-1]}")
        runs.append({**json.loads(done.stdout), "all_s": time.perf_counter() - began})
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}
