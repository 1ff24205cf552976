"""`salver inspect` of PMML documents: what they are, and how an answer comes about."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

TREE = """<PMML version="4.4"><Header/><DataDictionary>
<DataField name="alcohol" optype="continuous" dataType="double">
<Interval closure="closedClosed" leftMargin="0" rightMargin="20"/></DataField>
<DataField name="colour" optype="categorical" dataType="string"/>
<DataField name="quality" optype="categorical" dataType="string"/></DataDictionary>
<TreeModel functionName="classification" modelName="wine"><MiningSchema>
<MiningField name="alcohol" invalidValueTreatment="asMissing" missingValueReplacement="9"/>
<MiningField name="colour"/><MiningField name="quality" usageType="target"/></MiningSchema>
<Node id="all" score="poor"><True/>
<Node id="weak" score="poor"><SimplePredicate field="alcohol" operator="lessThan" value="10"/></Node>
<Node id="strong" score="good"><SimplePredicate field="alcohol" operator="greaterOrEqual" value="10"/></Node>
</Node></TreeModel></PMML>"""


@pytest.fixture
def tree(write: Callable[[str, str], Path]) -> Path:
    return write("tree.pmml", TREE)


def test_the_document_comes_before_the_ways_to_ask(salver, tree):
    out = salver("inspect", tree).out
    assert "TreeModel 'wine' classification, line 6\n    nodes 3, leaves 2, depth 1" in out
    assert "TreeModel: 1 tree, " in out
    assert "alcohol  continuous double   [0, 20]  missing: 9; invalid: missing" in out
    assert '{"alcohol": 10.0, "colour": "text"}\n' in out
    assert out.index("compiled to") < out.index("embedded\n")
    assert "\x1b" not in out


def test_as_a_document(salver, tree):
    facts = json.loads(salver("inspect", tree, "--json").out)["pmml"]
    assert facts["shape"]["facts"] == {"nodes": 3, "leaves": 2, "depth": 1}
    assert [field["name"] for field in facts["inputs"]] == ["alcohol", "colour"]
    assert facts["bytes"] == tree.stat().st_size
    assert facts["answer"]["quality"] == "good"


def test_a_prediction_is_traced(salver, tree):
    out = salver("inspect", tree, "--trace", '{"alcohol": 99, "colour": "red", "sugar": 1}').out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "alcohol = 9.0 invalid: replaced (asMissing); sent 99" in lines
    assert "not read: sugar" in lines
    assert "node weak alcohol < 10 alcohol = 9.0 TRUE" in lines
    assert "node weak: score poor; /PMML/TreeModel/Node/Node[1]" in lines
    assert "quality = 'poor'" in lines


def test_a_trace_as_a_document(salver, tree):
    traced = json.loads(salver("inspect", tree, "--trace", '{"alcohol": 12}', "--json").out)
    assert traced["model"]["detail"]["leaf"] == "strong"
    assert traced["outputs"]["quality"] == "good"
    assert [test["outcome"] for test in traced["model"]["detail"]["tests"]] == ["FALSE", "TRUE"]


def test_the_row_may_be_in_a_file(salver, tree, write):
    row = write("row.json", '{"alcohol": 12}')
    assert "quality" in salver("inspect", tree, "--trace", f"@{row}").out


def test_the_row_may_come_on_standard_input(salver, tree, monkeypatch, tmp_path):
    row = tmp_path / "row.json"
    row.write_text('{"alcohol": 12}')
    with row.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert "'good'" in salver("inspect", tree, "--trace", "-").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--trace", "{"), "the row is no JSON"),
        (("--trace", "[1]"), "the row is list, wanted an object by field name"),
        (("--trace", "@none.json"), "none.json"),
        (("--trace", '{"alcohl": 1, "colour": "red"}'), "did you mean 'alcohol'?"),
        (("--trace", "{}", "--request", "tfserving"), "two questions"),
        (("--trees", "3"), "--trees wants --trace"),
        (("--trace", "{}", "--trees", "-1"), "--trees must be at least 0, got -1"),
    ],
)
def test_wrong_questions_get_one_sentence(salver, tree, arguments, said):
    ran = salver("inspect", tree, *arguments)
    assert (ran.status, ran.out) == (1, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_other_formats_have_no_trace(salver, wine):
    ran = salver("inspect", wine, "--trace", "{}")
    assert ran.status == 1
    assert "--trace is for PMML" in ran.err


PAGE = Path(__file__).parents[2] / "docs" / "pmml-tools.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("command", "shown"), [(a, b) for (_, a), (kind, b) in itertools.pairwise(BLOCKS) if kind == "text"]
)
def test_the_page_shows_what_the_commands_print(salver, write, tmp_path, monkeypatch, command, shown):
    write("loan.pmml", next(text for kind, text in BLOCKS if kind == "xml"))
    monkeypatch.chdir(tmp_path)
    out = salver(*shlex.split(command)[1:]).out
    assert masked(shown) in masked(out)


def masked(text: str) -> str:
    """Without what differs from machine to machine."""
    return re.sub(r"loaded in \d+ ms|difference is \S+", "", text)
