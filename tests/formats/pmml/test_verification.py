"""Rows that a document brings with the answers that it expects: it loads only if it gives them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pmml_documents import document

from salver.core.errors import BadInput
from salver.formats.pmml.evaluator import PmmlEvaluator

FIELDS = {"x": "double", "c": "string u v", "y": "target:double"}


def opened(folder: Path, rows: str, field: str = "", more: str = "", table: str = "") -> PmmlEvaluator:
    """A document that says x + 1, or 1 where x is missing and c is u, and verifies it."""
    verification = (
        "<ModelVerification><VerificationFields>"
        f'<VerificationField field="x" column="data:x"/>{more}<VerificationField field="y" column="y" {field}/>'
        f"</VerificationFields><InlineTable>{rows}</InlineTable></ModelVerification>"
    )
    predictor = '<NumericPredictor name="x" coefficient="1"/>'
    model = (
        f'<RegressionModel functionName="regression">SCHEMA{verification}'
        f'<RegressionTable intercept="1">{predictor}</RegressionTable></RegressionModel>'
    )
    path = folder / "model.pmml"
    path.write_text(document(model, FIELDS), encoding="utf-8")
    return PmmlEvaluator(str(path))


def row(x: str, y: str) -> str:
    return f"<row><x>{x}</x><y>{y}</y></row>"


@pytest.mark.parametrize(
    ("x", "y", "field"),
    [
        ("1", "2", ""),
        ("1", "2.0000019", ""),
        ("1", "1.9999981", ""),
        ("1", "2.1", 'precision="0.1"'),
        ("1", "2.0", 'precision="0"'),
        ("-3", "-2.1", 'precision="0.1"'),
        ("-1", "0", ""),
        ("-1", "1e-17", ""),
        ("-1", "0.001", 'zeroThreshold="0.01"'),
    ],
)
def test_what_is_near_enough_passes(tmp_path: Path, x: str, y: str, field: str):
    opened(tmp_path, row(x, y), field)


@pytest.mark.parametrize(
    ("x", "y", "field"),
    [
        ("1", "2.1", ""),
        ("1", "2.00001", ""),
        ("1", "2.3", 'precision="0.1"'),
        ("-1", "1e-3", ""),
        ("-1", "0.1", 'zeroThreshold="0.01"'),
        ("1", "two", ""),
        ("1", "-2", 'precision="0.1"'),
        ("many", "2", ""),
        ("", "2", ""),
    ],
)
def test_what_is_not_is_refused(tmp_path: Path, x: str, y: str, field: str):
    with pytest.raises(BadInput, match=r"verification failed: row 0, field 'y': .*ModelVerification, line 3"):
        opened(tmp_path, row(x, y), field)


def test_the_row_that_fails_is_named(tmp_path: Path):
    with pytest.raises(BadInput, match=r"row 2, field 'y': got 4.0, expected '5'"):
        opened(tmp_path, row("1", "2") + row("2", "3") + row("3", "5") + row("4", "6"))


def test_what_is_finer_than_sums_are_is_only_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING, "salver"):
        opened(tmp_path, row("1", "2.0000000001"), 'precision="1e-13"')
    assert "row 0, field 'y'" in caplog.text
    with pytest.raises(BadInput, match="row 0, field 'y'"):
        opened(tmp_path, row("1", "2.00000001"), 'precision="1e-13"')


def test_what_is_neither_asked_nor_answered_is_passed_over(tmp_path: Path):
    opened(tmp_path, "<row><x>1</x><y>2</y><z>9</z></row>", more='<VerificationField field="z"/>')
    opened(tmp_path, "<row><x>1</x></row>")
    opened(tmp_path, "")
