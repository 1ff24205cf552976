"""`salver inspect` of PFA documents: what they keep, and each method as Python beside its PFA."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COUNTER: dict[str, Any] = {
    "name": "Counter",
    "input": "int",
    "output": "double",
    "cells": {"sum": {"type": "int", "init": 0, "rollback": True}, "weight": {"type": "double", "init": 0.5}},
    "pools": {"seen": {"type": "int", "init": {}, "shared": True}},
    "begin": {"log": [["begun"]]},
    "action": [
        {"cell": "sum", "to": {"params": [{"old": "int"}], "ret": "int", "do": {"+": ["old", "input"]}}},
        {"u.weigh": [{"cell": "sum"}]},
    ],
    "fcns": {"weigh": {"params": [{"x": "int"}], "ret": "double", "do": {"*": ["x", {"cell": "weight"}]}}},
}


@pytest.fixture
def counter(write: Callable[[str, str], Path]) -> Path:
    return write("counter.pfa", json.dumps(COUNTER))


def test_what_it_keeps_is_told(salver, counter):
    out = salver("inspect", counter).out
    assert "cell sum: int, written, rollback\n" in out
    assert "cell weight: double, never written\n" in out
    assert "pool seen: int, shared\n" in out
    assert "\x1b" not in out


def test_each_method_stands_beside_its_python(salver, counter):
    lines = salver("inspect", counter).out.splitlines()
    heads = [line.split()[0] for line in lines if line.endswith("as Python")]
    assert heads == ["fcns.weigh", "begin", "action"]
    beside = [tuple(part.strip() for part in line.split(" | ", 1)) for line in lines if " | " in line]
    assert any(python.startswith("def action(datum):") for _, python in beside)
    assert any(pfa.startswith('"params"') for pfa, _ in beside)
    assert any("sum_cell.change(" in python for _, python in beside)


def test_as_a_document(salver, counter):
    facts = json.loads(salver("inspect", counter, "--json").out)["pfa"]
    assert (facts["input"], facts["output"]) == ("int", "double")
    assert [(cell["name"], cell["written"], cell["rollback"]) for cell in facts["cells"]] == [
        ("sum", True, True),
        ("weight", False, False),
    ]
    assert facts["pools"] == [{"name": "seen", "type": "int", "written": False, "shared": True, "rollback": False}]
    compile(facts["python"], "<shown>", "exec")


def test_long_methods_are_cut(salver, write):
    long = write(
        "long.pfa",
        json.dumps(
            {"input": "int", "output": "int", "action": [{"let": {f"x{at}": "input"}} for at in range(100)] + ["x7"]}
        ),
    )
    out = salver("inspect", long).out
    assert "more lines" in out
    assert "x_99" not in out


def test_a_document_in_yaml_with_marks_is_shown_too(salver, write):
    path = write("add.pfa.yaml", 'input: int\noutput: int\n"@": here\naction:\n  "+": [input, {"@": x, int: 1}]\n')
    ran = salver("inspect", path)
    assert ran.status == 0
    assert "def action(datum):" in ran.out


def test_there_is_no_trace(salver, counter):
    ran = salver("inspect", counter, "--trace", '{"input": 1}')
    assert ran.status != 0
    assert "has no trace" in ran.err


def test_a_wrong_document_is_told_with_its_place(salver, write):
    ran = salver(
        "inspect", write("wrong.pfa", json.dumps({"input": "int", "output": "int", "action": {"+": ["x", 1]}}))
    )
    assert ran.status != 0
    assert "action['+'][0]: there is no symbol 'x'" in ran.err
