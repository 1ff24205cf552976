from pathlib import Path

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput


def tree(folder: Path, type_: str, predicate: str) -> list[str]:
    """What a tree of one test says of some numbers: a word for TRUE, another for all else."""
    text = (
        f'<TreeModel functionName="classification" noTrueChildStrategy="returnLastPrediction">SCHEMA'
        f'<Node score="no"><True/><Node score="yes">{predicate}</Node></Node></TreeModel>'
    )
    model = evaluator(folder, text, {"x": type_, "t": "target:string yes no"})
    said = model.of_values({"x": [0, 1, 2, None]})["t"]
    return [str(word) for word in said]


@pytest.mark.parametrize("type_", ["double", "float", "integer"])
@pytest.mark.parametrize(
    ("operator", "value", "said"),
    [
        ("lessThan", "1", "yes no no no"),
        ("lessOrEqual", "1", "yes yes no no"),
        ("greaterThan", "1", "no no yes no"),
        ("greaterOrEqual", "1.0", "no yes yes no"),
        ("equal", "1", "no yes no no"),
        ("notEqual", "1e0", "yes no yes no"),
        ("lessThan", " 0.5 ", "yes no no no"),
        ("lessThan", "INF", "yes yes yes no"),
        ("greaterThan", "-INF", "yes yes yes no"),
    ],
)
def test_numbers_are_compared(tmp_path: Path, type_: str, operator: str, value: str, said: str) -> None:
    predicate = f'<SimplePredicate field="x" operator="{operator}" value="{value}"/>'
    assert tree(tmp_path, type_, predicate) == said.split()


@pytest.mark.parametrize(("operator", "said"), [("isMissing", "no no no yes"), ("isNotMissing", "yes yes yes no")])
def test_missing_values_are_found(tmp_path: Path, operator: str, said: str) -> None:
    assert tree(tmp_path, "double", f'<SimplePredicate field="x" operator="{operator}"/>') == said.split()


@pytest.mark.parametrize("operator", ["lessOrEqual", "greaterOrEqual", "equal"])
def test_a_threshold_of_a_float_field_is_rounded_as_its_values_are(tmp_path: Path, operator: str) -> None:
    text = (
        f'<TreeModel functionName="regression" noTrueChildStrategy="returnLastPrediction">SCHEMA'
        f'<Node score="0"><True/><Node score="1"><SimplePredicate field="x" operator="{operator}" value="0.1"/>'
        f"</Node></Node></TreeModel>"
    )
    model = evaluator(tmp_path, text, {"x": "float", "t": "target:double"})
    assert model.of_values({"x": 0.1})["t"] == 1
    assert model.of_values({"x": 0.10000000149011612})["t"] == 1


@pytest.mark.parametrize(
    ("predicate", "reason"),
    [
        ('<SimplePredicate field="x" operator="lessThan" value="1_0"/>', "value='1_0' is no double, as field 'x' is"),
        ('<SimplePredicate field="x" operator="lessThan" value="one"/>', "value='one' is no double, as field 'x' is"),
        ('<SimplePredicate field="x" operator="lessThan"/>', "operator lessThan needs an attribute value"),
        (
            '<SimplePredicate field="x" operator="below" value="1"/>',
            "operator='below' is not known here; wanted one of",
        ),
        ('<SimplePredicate field="y" operator="lessThan" value="1"/>', "there is no field 'y'; the fields are x"),
    ],
)
def test_wrong_tests_are_refused_with_path_and_line(tmp_path: Path, predicate: str, reason: str) -> None:
    with pytest.raises(BadInput) as fault:
        tree(tmp_path, "double", predicate)
    assert reason in fault.value.message
    assert "/PMML/TreeModel/Node/Node, line 3" in fault.value.message
