"""Predicates, both as segments ask them and as trees do: TRUE, FALSE or UNKNOWN, after Kleene."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from pmml_documents import document
from pmml_pieces import deep, segment, tree

from salver.core.errors import BadInput
from salver.formats.pmml.evaluator import PmmlEvaluator

FIELDS = {"a": "boolean", "b": "boolean", "c": "boolean", "y": "target:double"}
STATES = {True: "true", False: "false", None: None}


def is_true(name: str) -> str:
    return f'<SimplePredicate field="{name}" operator="equal" value="true"/>'


def compound(operator: str, *parts: str) -> str:
    return f'<CompoundPredicate booleanOperator="{operator}">{"".join(parts)}</CompoundPredicate>'


def as_tree(predicate: str) -> str:
    """1 for TRUE, 0 for FALSE, missing for UNKNOWN."""
    nodes = f'<Node><True/><Node score="1">{predicate}</Node><Node score="0"><True/></Node></Node>'
    return document(tree(nodes, 'missingValueStrategy="nullPrediction"'), FIELDS)


def as_segment(predicate: str) -> str:
    """1 for TRUE, 0 for all else."""
    says = [tree(f'<Node score="{score}"><True/></Node>') for score in (1, 0)]
    segments = segment(says[0], predicate=predicate) + segment(says[1])
    segmentation = f'<Segmentation multipleModelMethod="selectFirst">{segments}</Segmentation>'
    return document(f'<MiningModel functionName="regression">SCHEMA{segmentation}</MiningModel>', FIELDS)


def ask(folder: Path, text: str, *states: bool | None) -> bool | None:
    path = folder / "model.pmml"
    path.write_text(text, encoding="utf-8")
    row = {name: STATES[state] for name, state in zip("abc", states, strict=False)}
    answer = PmmlEvaluator(str(path)).of_values(row)["y"]
    return None if answer is None else bool(answer)


def expected(operator: str, states: tuple[bool | None, ...]) -> bool | None:
    match operator:
        case "and":
            return False if False in states else None if None in states else True
        case "or":
            return True if True in states else None if None in states else False
        case "xor":
            return None if None in states else states.count(True) % 2 == 1
        case _:
            return next((state for state in states if state is not None), None)


@pytest.mark.parametrize("operator", ["and", "or", "xor", "surrogate"])
def test_tables_of_three(tmp_path: Path, operator: str):
    predicate = compound(operator, *map(is_true, "abc"))
    tree_path, segment_path = (tmp_path / name for name in ("tree.pmml", "segment.pmml"))
    tree_path.write_text(as_tree(predicate))
    segment_path.write_text(as_segment(predicate))
    in_tree, in_segment = (PmmlEvaluator(str(path)) for path in (tree_path, segment_path))
    for states in product(STATES, repeat=3):
        row = {name: STATES[state] for name, state in zip("abc", states, strict=True)}
        wanted = expected(operator, states)
        assert in_tree.of_values(row)["y"] == wanted, states
        assert in_segment.of_values(row)["y"] == (wanted is True), states


@pytest.mark.parametrize(
    ("predicate", "wanted"),
    [
        ("<True/>", True),
        ("<False/>", False),
        (compound("surrogate", is_true("a"), "<False/>"), False),
        (compound("or", is_true("a"), "<True/>"), True),
        (compound("and", is_true("a"), "<False/>"), False),
        (compound("xor", is_true("a"), "<True/>"), None),
        (compound("and", compound("or", is_true("a"), is_true("b")), "<True/>"), None),
        ('<SimplePredicate field="a" operator="isMissing"/>', True),
        ('<SimplePredicate field="a" operator="isNotMissing"/>', False),
    ],
)
def test_of_nothing_but_missing_values(tmp_path: Path, predicate: str, wanted: bool | None):
    assert ask(tmp_path, as_tree(predicate)) is wanted
    assert ask(tmp_path, as_segment(predicate)) is (wanted is True)


@pytest.mark.parametrize("make", [as_tree, as_segment])
@pytest.mark.parametrize("operator", ["and", "or", "surrogate"])
def test_fifty_in_each_other_are_read(tmp_path: Path, make, operator: str):
    predicate = deep(
        f'<CompoundPredicate booleanOperator="{operator}">', is_true("a"), f"{is_true('a')}</CompoundPredicate>", 50
    )
    assert ask(tmp_path, make(predicate), True) is True


@pytest.mark.parametrize("make", [as_tree, as_segment])
def test_too_many_in_each_other_are_refused(tmp_path: Path, make):
    predicate = deep('<CompoundPredicate booleanOperator="and">', is_true("a"), "</CompoundPredicate>", 200)
    with pytest.raises(BadInput, match=r"predicates are nested deeper than 100.*CompoundPredicate, line 3"):
        ask(tmp_path, make(predicate), True)
