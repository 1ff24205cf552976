"""The table of rules in docs/http2.md: each names a test that is there, and no test of a rule is left out."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1] / "protocols" / "http2"
PAGE = Path(__file__).parents[2] / "docs" / "http2.md"
_NAMED = re.compile(r"`(test_\w+)::(test_\w+)(?:\[([^\]]+)\])?`")
_DEFINED = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
_BESIDE = {"test_conversations", "test_fuzz", "test_patience"}
"""Not about one rule each."""


def _defined() -> dict[str, set[str]]:
    return {file.stem: set(_DEFINED.findall(file.read_text())) for file in TESTS.glob("test_*.py")}


def test_every_rule_names_tests_that_are_there() -> None:
    defined = _defined()
    named = _NAMED.findall(PAGE.read_text())
    assert len(named) > 100
    for file, test, case in named:
        assert test in defined.get(file, ()), f"{file}::{test}"
        assert not case or f'"{case}"' in (TESTS / f"{file}.py").read_text(), f"{file}::{test}[{case}]"


def test_every_rule_has_a_test() -> None:
    rules = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and line != "| rule | test |"]
    assert [line for line in rules if not _NAMED.search(line)] == []


def test_every_test_is_named() -> None:
    named = {(file, test) for file, test, _ in _NAMED.findall(PAGE.read_text())}
    all_tests = {(file, test) for file, tests in _defined().items() if file not in _BESIDE for test in tests}
    assert sorted(all_tests - named) == []
