"""The golden cases: documents with rows and the answers that other implementations gave. See their README.

Run as a program it prints what differs: `python tests/support/pmml_golden.py [PATTERN ...]`.
"""

from __future__ import annotations

import csv
import fnmatch
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salver.core.errors import Fault
from salver.formats.pmml.evaluator import PmmlEvaluator

ROOT = Path(__file__).parents[3] / "shared" / "testdata" / "pmml"
COPIES = Path(__file__).parents[1] / "data" / "pmml"
"""Some of them, for where the others are not."""
_LOOSE_ORACLES = ("scikit-learn", "statsmodels", "CSV", "csv")


@dataclass(frozen=True)
class Case:
    folder: Path
    element: str
    tolerance: float

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def document(self) -> str:
        return str(self.folder / "model.pmml")

    def table(self, name: str) -> list[dict[str, str]]:
        with (self.folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def rows(self) -> list[Mapping[str, Any]]:
        """The inputs: an empty cell is missing, a JSON list is one."""
        return [{key: _input(cell) for key, cell in row.items()} for row in self.table("input")]


def cases(*patterns: str, root: Path = ROOT) -> list[Case]:
    """The cases whose names match, in order; all without a pattern. None where there are no cases."""
    if not root.is_dir():
        return []
    with (root / "cases.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Case(root / row["case"], row["element"], _tolerance(row, root))
        for row in rows
        if not patterns or any(fnmatch.fnmatch(row["case"], pattern) for pattern in patterns)
    ]


def differences(case: Case) -> list[str]:
    """What differs from the expected answers, a line each; nothing where all is as it should be."""
    expected = case.table("expected")
    load_fails = [row for row in expected if row.get("_error") == "VerificationException"]
    try:
        model = PmmlEvaluator(case.document)
    except Fault as fault:
        return [] if load_fails else [f"refused: {fault.message}"]
    if load_fails:
        return ["loaded, though its verification fails"]
    answers = model.of_values(case.rows())
    reasons = answers.get("_error", [None] * len(expected))
    found = []
    for number, (row, reason) in enumerate(zip(expected, reasons, strict=True)):
        refused = reason is not None
        if bool(row.get("_error")) != refused:
            found.append(f"row {number}: refused is {refused} ({reason})")
        elif not refused:
            found += [f"row {number}: {line}" for line in _row(row, answers, number, case.tolerance)]
    return found


def _row(expected: dict[str, str], answers: dict[str, Any], number: int, tolerance: float) -> list[str]:
    lines = []
    for name, cell in expected.items():
        if name == "_error":
            continue
        if name not in answers:
            lines.append(f"no {name}; there are {list(answers)}")
            continue
        got = answers[name][number]
        if not same(cell, got, tolerance):
            lines.append(f"{name} is {got!r}, expected {cell!r}")
    return lines


def same(cell: str, got: Any, tolerance: float) -> bool:
    """Whether an answer is what a cell says."""
    missing = got is None or (isinstance(got, float) and math.isnan(got))
    if cell == "" or missing:
        return missing and cell in ("", "nan", "NaN")
    if isinstance(got, (list, tuple)):
        wanted = json.loads(cell)
        return len(wanted) == len(got) and all(
            same("" if w is None else str(w), g, tolerance) for w, g in zip(wanted, got, strict=True)
        )
    if isinstance(got, str):
        return got == cell or _close(got, cell, tolerance)
    if cell in ("true", "false"):
        return bool(got) == (cell == "true")
    return _close(got, cell, tolerance)


def _close(got: Any, cell: str, tolerance: float) -> bool:
    try:
        return math.isclose(float(got), float(cell), rel_tol=tolerance, abs_tol=1e-12)
    except ValueError:
        return False


def _input(cell: str) -> Any:
    if cell == "":
        return None
    return json.loads(cell) if cell.startswith("[") else cell


def _tolerance(row: dict[str, str], root: Path) -> float:
    oracle = row["oracle"]
    if row["float32"] == "yes" or any(word in oracle for word in _LOOSE_ORACLES):
        return 2e-5
    text = (root / row["case"] / "model.pmml").read_text(encoding="utf-8", errors="replace")
    return 2e-5 if 'dataType="float"' in text else 1e-9


def main(patterns: list[str]) -> int:
    failed = 0
    for case in cases(*patterns):
        try:
            lines = differences(case)
        except Exception as error:
            lines = [f"{type(error).__name__}: {error}"]
        if lines:
            failed += 1
            print(f"{case.name} ({case.element}): {len(lines)} differ")
            print("".join(f"    {line[:300]}\n" for line in lines[:3]), end="")
    print(f"{failed} of {len(cases(*patterns))} cases differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
