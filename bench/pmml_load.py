"""Loads one PMML document in this fresh process, and prints what it took as JSON. Run as `pmml_load.py DOCUMENT`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(path: str) -> None:
    began = time.perf_counter()
    import salver.formats.onnx_runtime  # noqa: F401
    from salver.formats.pmml.evaluator import PmmlEvaluator

    imported = time.perf_counter()
    before = _peak_mb()
    evaluator = PmmlEvaluator(path)
    loaded = time.perf_counter()
    assert evaluator.signatures
    print(
        json.dumps(
            {"import_s": imported - began, "load_s": loaded - imported, "before_mb": before, "peak_mb": _peak_mb()}
        )
    )


def _peak_mb() -> float:
    """Of this program: what `getrusage` tells begins with that of the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    main(sys.argv[1])
