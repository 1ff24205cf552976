"""Scorecard beyond its golden cases."""

from __future__ import annotations

import math

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput

FIELDS = {"x": "double", "z": "double", "t": "string", "score": "target:double"}


def characteristic(*attributes):
    return f"<Characteristic>{''.join(attributes)}</Characteristic>"


def attribute(score="", predicate="<True/>", content=""):
    return f"<Attribute {score}>{predicate}{content}</Attribute>"


def scorecard(*characteristics, attributes='useReasonCodes="false"', function="regression"):
    return (
        f'<Scorecard functionName="{function}" {attributes}>SCHEMA<Characteristics>{"".join(characteristics)}'
        "</Characteristics></Scorecard>"
    )


HALF = (
    '<ComplexPartialScore><Apply function="*"><FieldRef field="x"/><Constant dataType="double">0.5</Constant>'
    "</Apply></ComplexPartialScore>"
)
POSITIVE = '<SimplePredicate field="z" operator="greaterThan" value="0"/>'


def test_partial_scores_are_added_to_the_initial_score(tmp_path):
    text = scorecard(
        characteristic(attribute('partialScore="2.5"', POSITIVE), attribute('partialScore="-1"')),
        characteristic(attribute('partialScore="10"')),
        attributes='initialScore="100"',
    )
    compiled = evaluator(tmp_path, text, FIELDS)
    assert compiled.of_values({"z": [1.0, 0.0, None]})["score"].tolist() == [112.5, 109, 109]


def test_an_expression_goes_before_a_number(tmp_path):
    text = scorecard(characteristic(attribute('partialScore="7"', POSITIVE, HALF), attribute('partialScore="3"')))
    compiled = evaluator(tmp_path, text, FIELDS)
    answers = compiled.of_values([{"z": 1, "x": 9}, {"z": 0, "x": 9}, {"z": 2, "x": None}, {"z": 0, "x": None}])
    scores = answers["score"].tolist()
    assert [scores[place] for place in (0, 1, 3)] == [4.5, 3, 3]
    assert math.isnan(scores[2])


def test_no_attribute_that_holds_is_no_score(tmp_path):
    text = scorecard(
        characteristic(attribute('partialScore="1"', POSITIVE)), characteristic(attribute('partialScore="1"'))
    )
    assert evaluator(tmp_path, text, FIELDS).of_values({"z": -1})["score"] is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (scorecard(), "Characteristics needs a child Characteristic"),
        (scorecard(characteristic()), "a Characteristic needs a child Attribute"),
        (scorecard(characteristic(attribute())), "partialScore"),
        (scorecard(characteristic(attribute('partialScore="1"', ""))), "needs a child SimplePredicate"),
        (scorecard(characteristic(attribute("", "<True/>", "<ComplexPartialScore/>"))), "needs an expression"),
        (
            scorecard(
                characteristic(
                    attribute("", "<True/>", '<ComplexPartialScore><FieldRef field="t"/></ComplexPartialScore>')
                )
            ),
            "a partial score is a number, here is text",
        ),
        (scorecard(characteristic(attribute('partialScore="1"')), function="classification"), "not classification"),
        (scorecard(characteristic(attribute('partialScore="1"')), attributes='baselineMethod="median"'), "'median'"),
    ],
)
def test_what_is_refused(tmp_path, text, told):
    with pytest.raises(BadInput, match=told) as caught:
        evaluator(tmp_path, text, FIELDS)
    assert "/PMML/Scorecard" in caught.value.message
