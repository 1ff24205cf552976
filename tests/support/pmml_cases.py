"""The golden PMML cases as files: their names, documents and rows. None where they are not there."""

from __future__ import annotations

import csv
import fnmatch
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3] / "shared" / "testdata" / "pmml"


def names(*patterns: str) -> list[str]:
    """The cases whose names match one of the patterns."""
    found = sorted(path.parent.name for path in ROOT.glob("*/model.pmml"))
    return [name for name in found if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]


def document_of(name: str) -> str:
    return str(ROOT / name / "model.pmml")


def rows_of(name: str, file: str = "input") -> list[dict[str, Any]]:
    """Rows of texts: an empty cell is missing, a JSON list is one."""
    with (ROOT / name / f"{file}.csv").open(newline="", encoding="utf-8") as lines:
        return [{key: _value(cell) for key, cell in row.items()} for row in csv.DictReader(lines)]


def _value(cell: str) -> Any:
    if cell == "":
        return None
    return json.loads(cell) if cell.startswith("[") else cell
