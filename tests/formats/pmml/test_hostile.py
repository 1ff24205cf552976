"""Documents that are broken, wrong, or meant to do harm: each is refused at once, telling what is wrong and where."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from pmml_documents import document
from pmml_pieces import (
    CLASSES,
    LESS,
    NUMBERS,
    PAIR,
    apply,
    asked,
    computed,
    deep,
    derived,
    field,
    mining,
    schema,
    segment,
    tree,
)
from pmml_wrong import WRONG

from salver.core.errors import BadInput, Fault, Unsupported
from salver.formats.pmml.evaluator import PmmlEvaluator

LONGEST_S = 2.0
"""Of any refusal, in time of the processor."""


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, name: str):
    text, reason = WRONG[name]
    with pytest.raises((BadInput, Unsupported)) as fault:
        opened(tmp_path, text)
    assert re.search(reason, fault.value.message), fault.value.message


def opened(folder: Path, text: str | bytes) -> PmmlEvaluator:
    """Opens a document within the time that any may take."""
    path = folder / "model.pmml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    started = time.process_time()
    try:
        return PmmlEvaluator(str(path))
    finally:
        assert time.process_time() - started < LONGEST_S


EMPTY = (
    "AnomalyDetectionModel",
    "BaselineModel",
    "BayesianNetworkModel",
    "ClusteringModel",
    "GaussianProcessModel",
    "GeneralRegressionModel",
    "MiningModel",
    "NaiveBayesModel",
    "NearestNeighborModel",
    "NeuralNetwork",
    "RegressionModel",
    "RuleSetModel",
    "Scorecard",
    "SupportVectorMachineModel",
    "TextModel",
    "TimeSeriesModel",
    "TreeModel",
)


@pytest.mark.parametrize("function", ["regression", "classification", "clustering"])
@pytest.mark.parametrize("model", EMPTY)
def test_a_model_with_nothing_in_it_is_refused(tmp_path: Path, model: str, function: str):
    text = f'<{model} functionName="{function}">SCHEMA</{model}>'
    with pytest.raises(Fault, match=rf"\(/PMML/{model}, line 3\)"):
        opened(tmp_path, document(text, CLASSES if function == "classification" else NUMBERS))


# Cut short.


def test_a_document_that_is_cut_short_is_refused_wherever_it_is_cut(tmp_path: Path):
    whole = document(mining(segment(tree()) * 2), NUMBERS).encode()
    for end in range(0, len(whole), 3):
        with pytest.raises(BadInput, match=r"no well-formed XML: .*line \d"):
            opened(tmp_path, whole[:end])


@pytest.mark.parametrize("noise", [b"\0" * 1000, b"\x80\x04\x95\x00", b"\xff\xfe", b"PK\x03\x04", b"<PMML>\xff</PMML>"])
def test_what_is_no_text_is_refused(tmp_path: Path, noise: bytes):
    with pytest.raises(BadInput, match=r"model.pmml is no well-formed XML: .*line 1"):
        opened(tmp_path, noise)


@pytest.mark.parametrize("after", [b"junk", b"<PMML/>", b"\0"])
def test_what_stands_behind_a_document_is_refused(tmp_path: Path, after: bytes):
    with pytest.raises(BadInput, match=r"no well-formed XML: .*line 4"):
        opened(tmp_path, document(tree(), NUMBERS).encode() + after)


# Large, and all right.

MANY = " ".join(f'a{number}=""' for number in range(100_000))
LARGE = {
    "990 nodes deep": document(tree(deep('<Node score="1"><True/>', "", "</Node>", 990)), NUMBERS),
    "a hundred thousand attributes": schema("<Header/>", f"<Header {MANY}/>"),
    "an attribute of five million letters": schema("<Header/>", f'<Header a="{"x" * 5_000_000}"/>'),
    "a tag of a million letters": schema("<Header/>", f"<{'h' * 1_000_000}/>"),
    "a million references to letters": schema("<Header/>", f"<Header>{'&#65;' * 1_000_000}</Header>"),
    "300 predicates side by side": asked(f'<CompoundPredicate booleanOperator="or">{LESS * 300}</CompoundPredicate>'),
    "a pattern that could backtrack": computed(
        derived(apply("if", apply("matches", field("c"), "<Constant>(a+)+$</Constant>"), field("x")))
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_but_right_is_read(tmp_path: Path, name: str):
    model = opened(tmp_path, LARGE[name])
    started = time.process_time()
    assert "y" in model.of_values({"x": 1.5, "c": "a" * 40 + "b"})
    assert time.process_time() - started < LONGEST_S


@pytest.mark.slow
def test_a_table_of_a_million_cells_is_refused(tmp_path: Path):
    path = tmp_path / "model.pmml"
    row = f"<row>{'<i>u</i>' * 1000}<o>1</o></row>"
    table = f"<InlineTable>{row * 1000}</InlineTable>"
    path.write_text(computed(derived(f'<MapValues outputColumn="o" dataType="double">{PAIR}{table}</MapValues>')))
    with pytest.raises(Unsupported, match=r"more than 1,000,000 cells .*MapValues/InlineTable, line 3"):
        PmmlEvaluator(str(path))


# Odd, and all right.

GREETING = document(
    tree('<Node score="1"><SimplePredicate field="größe" operator="equal" value="Ü"/></Node>'),
    {"größe": "string Ü v", "y": "target:double"},
)


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("UTF-16", "utf-16-be"),
        ("ISO-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
    ],
)
def test_a_document_may_be_in_any_usual_encoding(tmp_path: Path, said: str, encoding: str):
    text = f'<?xml version="1.0" encoding="{said}"?>\n{GREETING}'
    assert opened(tmp_path, text.encode(encoding)).of_values({"größe": "Ü"})["y"] == 1


@pytest.mark.parametrize("said", ["EBCDIC", "shift_jis", "rot13", "base64"])
def test_another_encoding_is_refused(tmp_path: Path, said: str):
    with pytest.raises(BadInput, match="no well-formed XML"):
        opened(tmp_path, f'<?xml version="1.0" encoding="{said}"?>\n{GREETING}')


@pytest.mark.parametrize("ending", ["\r", "\r\n", "\n"])
def test_lines_may_end_in_any_way_and_are_counted(tmp_path: Path, ending: str):
    text = GREETING.replace("\n", ending)
    assert opened(tmp_path, text).of_values({"größe": "Ü"})["y"] == 1
    with pytest.raises(BadInput, match="TreeModel, line 3"):
        opened(tmp_path, text.replace('functionName="regression"', ""))


@pytest.mark.parametrize(
    "text",
    [
        GREETING.replace('version="4.4"', 'version="9.9"'),
        GREETING.replace('version="4.4"', ""),
        GREETING.replace("http://www.dmg.org/PMML-4_4", "https://somebody/else"),
        GREETING.replace('<PMML xmlns="http://www.dmg.org/PMML-4_4"', "<PMML"),
        '<?xml-stylesheet href="file:///etc/passwd"?>' + GREETING,
        GREETING.replace("<Header/>", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'),
        GREETING.replace("<Header/>", "<Header><![CDATA[<TreeModel>]]></Header>"),
        GREETING.replace("<Header/>", "<!-- <TreeModel> -->"),
        GREETING.replace("<True/>", "<Extension><Node/></Extension><True/>"),
    ],
)
def test_what_does_not_matter_is_passed_over(tmp_path: Path, text: str):
    assert opened(tmp_path, text).of_values({"größe": "Ü"})["y"] == 1
