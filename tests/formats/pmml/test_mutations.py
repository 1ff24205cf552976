"""Broken documents: they are refused, or loaded and asked, and nothing else ever happens.

`PMML_MUTATIONS` says how many of each golden document; the suite takes a few.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pmml_golden import COPIES, Case, cases
from pmml_mutations import mutated

from salver.core.errors import Fault
from salver.formats.pmml.evaluator import PmmlEvaluator

COUNT = int(os.environ.get("PMML_MUTATIONS", "2"))
MAX_CHARS = 30_000
"""Of documents that are broken: larger ones take their time and show nothing else."""


def of_moderate_size(case: Case) -> bool:
    return Path(case.document).stat().st_size <= MAX_CHARS


def ask(model: PmmlEvaluator, rows: Sequence[Mapping[str, Any]]) -> None:
    """Usual rows, and rows in which everything is missing, a text, or as large as a number can be."""
    names = rows[0]
    model.of_values(list(rows))
    for row in (rows[0], {}, dict.fromkeys(names, "zzz"), dict.fromkeys(names, 1e308), dict.fromkeys(names, -0.0)):
        with suppress(Fault):
            model.of_values([row])


@pytest.mark.parametrize(
    "case", [case for case in cases() or cases(root=COPIES) if of_moderate_size(case)], ids=lambda case: case.name
)
def test_only_faults_come_out(case: Case, tmp_path: Path) -> None:
    chance = Random(case.name)
    text = Path(case.document).read_text(encoding="utf-8", errors="replace")
    rows = case.rows()[:5]
    path = tmp_path / "model.pmml"
    for _ in range(COUNT):
        broken = mutated(text, chance)
        path.write_text(broken, encoding="utf-8")
        with suppress(Fault):
            try:
                ask(PmmlEvaluator(str(path)), rows)
            except Fault:
                raise
            except Exception as error:
                error.add_note(broken)
                raise
