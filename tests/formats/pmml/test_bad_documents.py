"""Documents that are wrong, or meant to do harm: each is refused in one sentence, with the element and the line."""

# ruff: noqa: E501 - a document is easier to read unbroken

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salver.core.errors import BadInput, Fault, Unsupported
from salver.formats.pmml.evaluator import PmmlEvaluator

HEAD = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary>
<DataField name="x" optype="continuous" dataType="double"/>
<DataField name="s" optype="categorical" dataType="string"/>
<DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
"""
SCHEMA = '<MiningSchema><MiningField name="x"/><MiningField name="s"/><MiningField name="y" usageType="target"/></MiningSchema>'
OF_X = '<RegressionTable intercept="1">\n<NumericPredictor name="x" coefficient="2"/>\n</RegressionTable>'
OF_D = OF_X.replace('"x"', '"d"')


def regression(*derived: str, table: str = OF_X, before: str = "", output: str = "", schema: str = SCHEMA) -> str:
    local = f"<LocalTransformations>\n{''.join(derived)}</LocalTransformations>\n"
    return f'{HEAD}{before}<RegressionModel functionName="regression">\n{schema}{output}{local}{table}</RegressionModel></PMML>'


def derived(name: str, expression: str, type_: str = "double") -> str:
    return f'<DerivedField name="{name}" optype="continuous" dataType="{type_}">{expression}</DerivedField>\n'


def tree(nodes: str) -> str:
    return f'{HEAD}<TreeModel functionName="regression">{SCHEMA}\n{nodes}</TreeModel></PMML>'


def nested(models: int) -> str:
    open_ = f'<Segment><True/><MiningModel functionName="regression">{SCHEMA}<Segmentation multipleModelMethod="sum">'
    inner = f'<Segment><True/><TreeModel functionName="regression">{SCHEMA}<Node score="1"><True/></Node></TreeModel></Segment>'
    end = "</Segmentation></MiningModel></Segment>"
    text = open_ * models + inner + end * models
    return HEAD + text.removeprefix("<Segment><True/>").removesuffix("</Segment>") + "</PMML>"


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str | bytes], PmmlEvaluator]:
    def of(text: str | bytes) -> PmmlEvaluator:
        path = tmp_path / "model.pmml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return PmmlEvaluator(str(path))

    return of


def test_what_all_the_others_are_made_of_is_right(load: Any) -> None:
    assert load(regression()).of_values({"x": 1.5, "s": "a"})["y"] == 4
    assert load(regression(derived("d", '<FieldRef field="x"/>'), table=OF_D)).of_values({"x": 1.5})["y"] == 4
    assert load(tree('<Node score="7"><True/></Node>')).of_values({"x": 1.5})["y"] == 7
    assert load(nested(20)).of_values({"x": 1.5})["y"] == 1


CYCLE = derived("d", '<FieldRef field="e"/>') + derived("e", '<FieldRef field="d"/>')
RECURSION = (
    '<TransformationDictionary><DefineFunction name="f" optype="continuous" dataType="double">\n<ParameterField name="p"/>'
    '<Apply function="f"><FieldRef field="p"/></Apply></DefineFunction></TransformationDictionary>'
)
TWICE = '<OutputField name="o" feature="predictedValue"/>\n'
APPLY = '<Apply function="+"><Constant>1</Constant>'
DEEP_PREDICATE = '<CompoundPredicate booleanOperator="and">' * 200 + "<True/>" + "</CompoundPredicate>" * 200
WRONG: list[tuple[str, str | bytes, str]] = [
    ("nothing", "", r"no well-formed XML: no element found: line 1"),
    ("no XML", "hello", r"no well-formed XML"),
    ("cut off", regression()[:500], r"no well-formed XML: .*line \d+"),
    ("another language", "<html><body/></html>", r"no PMML: its root is html, wanted PMML"),
    ("an encoding that there is not", b'<?xml version="1.0" encoding="nope"?><PMML/>', r"no well-formed XML"),
    ("a bomb", '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]>\n<PMML>&d;</PMML>', r"document type definition .*line 1"),
    ("an external entity", '<!DOCTYPE a SYSTEM "file:///etc/passwd">\n<PMML/>', r"document type definition .*line 1"),
    ("an entity", "<PMML>&what;</PMML>", r"undefined entity"),
    ("no model", HEAD + "</PMML>", r"there is no model in it; wanted one of .*/PMML, line 1"),
    ("no function", regression().replace('functionName="regression"', ""), r"needs an attribute functionName .*line 7"),
    ("nodes to the bottom", tree('<Node score="1"><True/>' * 10_000 + "</Node>" * 10_000), r"deeper than 1000 .*at a Node"),
    ("expressions", regression(derived("d", APPLY * 300 + "</Apply>" * 300), table=OF_D), r"deeper than 100 .*/Apply.*line 9"),
    ("predicates", tree(f'<Node score="1">{DEEP_PREDICATE}</Node>'), r"deeper than 100.*CompoundPredicate.*line 8"),
    ("models", nested(40), r"models are nested deeper than 30"),
    ("a cycle", regression(CYCLE, table=OF_D), r"field 'd' is derived of itself .*DerivedField.*line 9"),
    (
        "a function of itself",
        regression(derived("d", '<Apply function="f"><FieldRef field="x"/></Apply>'), before=RECURSION, table=OF_D),
        r"function 'f' is defined by itself .*DefineFunction/Apply, line 8",
    ),
    ("a field that there is not", regression(table=OF_D), r"there is no field 'd'; the fields are .*NumericPredictor, line 11"),
    ("two fields", regression().replace('name="s" optype', 'name="x" optype'), r"two fields 'x' .*DataField\[2\], line 4"),
    ("two derived fields", regression(derived("d", '<FieldRef field="x"/>') * 2), r"two fields 'd' .*DerivedField\[2\], line 10"),
    ("two outputs", regression(output=f"<Output>{TWICE * 2}</Output>"), r"two outputs 'o' .*OutputField\[2\], line 9"),
    ("a word for a number", regression(table=OF_X.replace('"1"', '"one"')), r"intercept='one' is no number .*line 10"),
    ("NaN", regression(table=OF_X.replace('"1"', '"NaN"')), r"intercept='NaN' is no number"),
    ("a score that is none", tree('<Node score="abc"><True/></Node>'), r"score='abc' is no number .*TreeModel/Node, line 8"),
    ("a node without predicate", tree('<Node score="1"/>'), r"a Node needs a predicate .*line 8"),
    ("two predicates", tree('<Node score="1"><True/><False/></Node>'), r"a Node has one predicate, here are 2 .*line 8"),
    (
        "a text for a threshold",
        tree('<Node><True/>\n<Node score="1"><SimplePredicate field="x" operator="lessThan" value="two"/></Node></Node>'),
        r"value='two' is no double, as field 'x' is .*Node/Node, line 9",
    ),
    (
        "an array of another length",
        tree(
            '<Node score="1">\n<SimpleSetPredicate field="x" booleanOperator="isIn"><Array n="3" type="real">1 2</Array>'
            "</SimpleSetPredicate></Node>"
        ),
        r"n=3, but there are 2 entries .*Array, line 9",
    ),
    (
        "a pattern that is none",
        regression(
            derived("d", '<Apply function="matches"><FieldRef field="s"/><Constant>((</Constant></Apply>', "boolean"), table=OF_D
        ),
        r"the pattern '\(\(' is wrong: .*line 9",
    ),
    ("a closure", regression().replace('dataType="double"/>', 'dataType="double"><Interval closure="open"/></DataField>', 1), r"closure='open' .*Interval, line 3"),
    ("a sequence model", f'{HEAD}<SequenceModel functionName="sequences">{SCHEMA}</SequenceModel></PMML>', r"sequence rules .*/PMML/SequenceModel, line 7"),
    ("an unknown model", f'{HEAD}<DeepModel functionName="regression">{SCHEMA}</DeepModel></PMML>', r"no model element DeepModel; there are .*line 7"),
    ("no segments", f'{HEAD}<MiningModel functionName="regression">{SCHEMA}<Segmentation multipleModelMethod="sum"/></MiningModel></PMML>', r"needs segments .*line 7"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), [wrong[1:] for wrong in WRONG], ids=[wrong[0] for wrong in WRONG])
def test_it_is_refused_with_its_place(load: Any, text: str | bytes, reason: str) -> None:
    with pytest.raises((BadInput, Unsupported), match=reason):
        load(text)


@pytest.mark.parametrize("version", ["3.0", "9.9", ""])
def test_the_version_does_not_matter(load: Any, version: str) -> None:
    assert load(regression().replace('version="4.4"', f'version="{version}"')).of_values({"x": 1, "s": "a"})["y"] == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_and_line_ends_do_not_matter(load: Any, encoding: str) -> None:
    text = regression().replace('"s"', '"størrelse"').replace("\n", "\r")
    declared = "" if encoding != "latin-1" else '<?xml version="1.0" encoding="ISO-8859-1"?>'
    model = load((declared + text).encode(encoding))
    assert model.of_values({"x": 1, "størrelse": "a"})["y"] == 3


def test_every_prefix_of_a_document_is_refused(load: Any) -> None:
    text = regression(derived("d", '<FieldRef field="x"/>'))
    for end in range(0, len(text), 37):
        with pytest.raises(BadInput, match="no well-formed XML"):
            load(text[:end])


@pytest.mark.slow
def test_a_table_of_a_million_rows_is_refused(load: Any) -> None:
    rows = "<row><i>a</i><o>1</o></row>" * 1_000_000
    table = f'<MapValues outputColumn="o"><FieldColumnPair field="s" column="i"/><InlineTable>{rows}</InlineTable></MapValues>'
    with pytest.raises(BadInput, match="there are more than 2,000,000 elements"):
        load(regression(derived("d", table), table=OF_D))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "(a|aa)+$", "a*a*a*a*a*a*b"])
def test_a_pattern_that_explodes_does_not(load: Any, pattern: str) -> None:
    """Either way of keeping it in bounds will do: it is refused, or answers at once."""
    expression = f'<Apply function="matches"><FieldRef field="s"/><Constant>{pattern}</Constant></Apply>'
    try:
        model = load(regression(derived("d", expression, "boolean"), table=OF_D))
    except Fault:
        return
    wanted = 3 if pattern.endswith("$") else 1
    assert model.of_values([{"s": "a" * 3000}])["y"][0] == wanted
