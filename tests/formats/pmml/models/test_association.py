"""AssociationModel: which rules a basket calls up."""

from __future__ import annotations

from typing import Any

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput

BASKET = {"tx": "group:string", "item": "string"}
ITEMS = '<Item id="1" value="tea"/><Item id="2" value="milk"/><Item id="3" value="2"/>'
SETS = (
    '<Itemset id="none"/><Itemset id="tea"><ItemRef itemRef="1"/></Itemset>'
    '<Itemset id="both"><ItemRef itemRef="1"/><ItemRef itemRef="2"/></Itemset>'
    '<Itemset id="two"><ItemRef itemRef="3"/></Itemset>'
)


def rule(antecedent, consequent, attributes='support="1" confidence="1"'):
    return f'<AssociationRule antecedent="{antecedent}" consequent="{consequent}" {attributes}/>'


RULES = (
    rule("tea", "both", 'id="a" support="1" confidence="0.5" lift="2" leverage="-0.5" affinity="0.25"')
    + rule("none", "tea")
    + rule("two", "tea")
)


def model(rules=RULES, items=ITEMS, sets=SETS):
    counts = 'numberOfTransactions="1" minimumSupport="0" minimumConfidence="0" numberOfItems="3" numberOfRules="3"'
    return (
        f'<AssociationModel functionName="associationRules" {counts} numberOfItemsets="4">SCHEMA'
        f"{items}{sets}{rules}</AssociationModel>"
    )


def matched(compiled, rows, algorithm):
    """The ids of the rules that each row calls up."""
    document = compiled.document
    kernel = document.model.kernel
    matches = kernel.matches(document.door.rows(rows), algorithm)
    return ["".join(id_ for id_, hit in zip(kernel.entities, row, strict=True) if hit) for row in matches.tolist()]


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("recommendation", ["a2", "a2", "2", "2", "a23"]),
        ("exclusiveRecommendation", ["a", "", "2", "2", "a"]),
        ("ruleAssociation", ["2", "a2", "", "", "23"]),
    ],
)
def test_rules_match_by_algorithm(tmp_path, algorithm, expected):
    compiled = evaluator(tmp_path, model(), BASKET)
    rows = [{"item": basket} for basket in (["tea"], ["milk", "tea", "jam"], [], None, ["tea", 2])]
    assert matched(compiled, rows, algorithm) == expected


def test_rows_of_one_group_are_one_basket(tmp_path):
    compiled = evaluator(tmp_path, model(), BASKET)
    rows = [
        {"tx": "1", "item": "tea"},
        {"tx": "2", "item": "2"},
        {"tx": "1", "item": "milk"},
        {"tx": None, "item": "milk"},
        {"tx": None, "item": "tea"},
    ]
    assert matched(compiled, rows, "ruleAssociation") == ["a2", "", "a2", "", "2"]


def test_an_item_may_be_a_category_of_a_field(tmp_path):
    items = (
        '<Item id="1" value="sex = f" field="sex" category="f"/><Item id="2" value="7" field="age"/>'
        '<Item id="3" value="other"/>'
    )
    compiled = evaluator(tmp_path, model(items=items), {"sex": "string", "age": "integer"})
    rows = [{"sex": "f", "age": 7}, {"sex": "f", "age": 8}, {"sex": "7", "age": 7}, {"sex": "other"}]
    assert matched(compiled, rows, "ruleAssociation") == ["a2", "2", "", ""]
    assert matched(compiled, rows, "recommendation") == ["a2", "a2", "2", "23"]


def test_items_of_numbers_are_equal_as_numbers(tmp_path):
    compiled = evaluator(tmp_path, model(), {"tx": "group:string", "item": "integer"})
    rows = [{"item": 2.0}, {"item": "2"}, {"item": 3}, {}]
    assert matched(compiled, rows, "recommendation") == ["23", "23", "2", "2"]


def test_entries_that_can_be_no_item_are_none(tmp_path):
    compiled = evaluator(tmp_path, model(), BASKET)
    assert matched(compiled, [{"item": [["tea"], {}, None, "tea"]}], "recommendation") == ["a2"]


def test_a_rule_says_what_the_document_says_of_it(tmp_path):
    kernel: Any = evaluator(tmp_path, model(), BASKET).document.model.kernel
    first, second, _ = kernel.rules
    assert (first.id, first.text, first.antecedent, first.consequent) == (
        "a",
        "{tea}->{tea,milk}",
        ("tea",),
        ("tea", "milk"),
    )
    assert (first.support, first.confidence, first.lift, first.leverage, first.affinity) == (1, 0.5, 2, -0.5, 0.25)
    assert (second.id, second.text, second.lift) == ("2", "{}->{tea}", None)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (model(rules=rule("tea", "cake")), r"consequent: there is no Itemset 'cake' .*/AssociationRule, line 3"),
        (model(items=ITEMS.replace('id="3"', 'id="4"')), "there is no Item '3'"),
        (model(items=ITEMS + '<Item id="9" value="x" field="y"/>'), "no active field 'y'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, wrong, reason):
    with pytest.raises(BadInput, match=reason):
        evaluator(tmp_path, wrong, BASKET)


def test_items_need_a_field(tmp_path):
    with pytest.raises(BadInput, match="needs an active field"):
        evaluator(tmp_path, model(), {"tx": "group:string"})
