"""RuleSetModel beyond its golden cases, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput

FIELDS = {"a": "double", "k": "target:string x y z"}


def rule(score, above, attributes=""):
    predicate = f'<SimplePredicate field="a" operator="greaterThan" value="{above}"/>'
    return f'<SimpleRule score="{score}" {attributes}>{predicate}</SimpleRule>'


def model(rules, criterion="firstHit", attributes="", output=""):
    return (
        f'<RuleSetModel functionName="classification">SCHEMA{output}<RuleSet {attributes}>'
        f'<RuleSelectionMethod criterion="{criterion}"/>{rules}</RuleSet></RuleSetModel>'
    )


def confidences(answer):
    return {name: answer[f"confidence({name})"] for name in "xyz" if f"confidence({name})" in answer}


RULES = (
    rule("x", 0, 'id="one" weight="1" confidence="0.5"')
    + rule("y", 1, 'weight="3" confidence="0.25"')
    + rule("y", 2, 'id="three" weight="2" confidence="0.75"')
)


def test_the_first_rule_that_holds_counts_alone(tmp_path):
    answer = evaluator(tmp_path, model(RULES), FIELDS).of_values({"a": 3})
    assert (answer["k"], answer["entityId"]) == ("x", "one")
    assert confidences(answer) == {"x": 0.5, "y": None}


def test_a_class_is_as_sure_as_its_heaviest_rule(tmp_path):
    answer = evaluator(tmp_path, model(RULES, "weightedMax"), FIELDS).of_values({"a": 3})
    assert (answer["k"], answer["entityId"]) == ("x", "one")
    assert confidences(answer) == {"x": 0.5, "y": 0.25}


def test_a_class_is_as_sure_as_its_weights_over_all_rules_that_hold(tmp_path):
    compiled = evaluator(tmp_path, model(RULES, "weightedSum"), FIELDS)
    answer = compiled.of_values({"a": 3})
    assert (answer["k"], answer["entityId"]) == ("y", "2")
    assert confidences(answer) == {"x": 1 / 3, "y": 5 / 3}
    assert confidences(compiled.of_values({"a": 2})) == {"x": 1 / 2, "y": 3 / 2}


def test_where_no_rule_holds_the_default_is_the_score(tmp_path):
    defaults = 'defaultScore="z" defaultConfidence="0.125"'
    answer = evaluator(tmp_path, model(RULES, attributes=defaults), FIELDS).of_values([{"a": -1}, {}])
    assert answer["k"].tolist() == ["z", "z"]
    assert answer["confidence(z)"].tolist() == [0.125, 0.125]
    assert answer["entityId"].tolist() == [None, None]


def test_where_no_rule_holds_and_there_is_no_default_nothing_is_said(tmp_path):
    answer = evaluator(tmp_path, model(RULES), FIELDS).of_values([{"a": -1}, {"a": 0.5}])
    assert answer["k"].tolist() == [None, "x"]
    assert np.isnan(answer["confidence(x)"][0])


def test_a_compound_rule_guards_all_rules_within(tmp_path):
    inner = f'<CompoundRule><SimplePredicate field="a" operator="lessThan" value="5"/>{rule("x", 0)}</CompoundRule>'
    outer = (
        f'<CompoundRule><SimplePredicate field="a" operator="notEqual" value="3"/>{inner}{rule("y", 1)}</CompoundRule>'
    )
    compiled = evaluator(tmp_path, model(outer + rule("z", 2)), FIELDS)
    answer = compiled.of_values([{"a": value} for value in (4, 6, 3, 0.5, -1)])
    assert answer["k"].tolist() == ["x", "y", "z", "x", None]
    assert answer["entityId"].tolist() == ["1", "2", "3", "1", None]


def test_an_invalid_value_refuses_only_the_rows_in_which_a_rule_looks_at_it(tmp_path):
    guard = '<SimplePredicate field="b" operator="equal" value="high"/>'
    inner = f"<CompoundRule>{guard}{rule('x', 0)}</CompoundRule>"
    fields = {"a": "double 1 2", "b": "string", "k": "target:string x y z"}
    compiled = evaluator(tmp_path, model(inner, attributes='defaultScore="y"'), fields)
    answer = compiled.of_values([{"a": 7, "b": "low"}, {"a": 7, "b": "high"}, {"a": 2, "b": "high"}])
    assert answer["k"].tolist() == ["y", None, "x"]
    assert [reason is not None for reason in answer["_error"]] == [False, True, False]


def test_rules_by_rank_begin_with_those_of_the_winner(tmp_path):
    output = "<Output>" + "".join(
        f'<OutputField name="rule{rank}" feature="entityId" rank="{rank}"/>' for rank in (1, 2, 3, 4)
    )
    compiled = evaluator(tmp_path, model(RULES, "weightedSum", output=output + "</Output>"), FIELDS)
    answer = compiled.of_values([{"a": 3}, {"a": 0.5}, {"a": -1}])
    assert [answer[f"rule{rank}"].tolist() for rank in (1, 2, 3, 4)] == [
        ["2", "one", None],
        ["three", None, None],
        ["one", None, None],
        [None, None, None],
    ]


def test_the_first_of_several_criteria_is_used(tmp_path):
    both = model(RULES, "weightedSum").replace("<Simple", '<RuleSelectionMethod criterion="firstHit"/><Simple', 1)
    assert evaluator(tmp_path, both, FIELDS).of_values({"a": 3})["k"] == "y"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (model(RULES, "best"), r"criterion='best' .*/RuleSet/RuleSelectionMethod, line 3"),
        (model(""), "needs a rule or a defaultScore"),
        (model(RULES.replace("<SimplePredicate", "<Nothing", 1)), r"needs a child SimplePredicate .*/SimpleRule\[1\]"),
        (model("<CompoundRule><True/>" * 102 + "</CompoundRule>" * 102), "nested deeper than 100"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, wrong, reason):
    with pytest.raises(BadInput, match=reason):
        evaluator(tmp_path, wrong, FIELDS)
