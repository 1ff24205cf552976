"""Reason codes, ranked by hand."""

from __future__ import annotations

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput

FIELDS = {"a": "double", "b": "double", "c": "double", "score": "target:double"}
CODES = ("A", "B", "C")
BASELINES = (10, 10, 10)


def scorecard(codes=CODES, baselines=BASELINES, attributes="", extra=("", "", "")):
    """Each field is its own partial score."""
    listed = "".join(
        f'<Characteristic reasonCode="{code}" baselineScore="{baseline}"><Attribute {more}><True/>'
        f'<ComplexPartialScore><FieldRef field="{name}"/></ComplexPartialScore></Attribute></Characteristic>'
        for name, code, baseline, more in zip("abc", codes, baselines, extra, strict=True)
    )
    outputs = "".join(
        f'<OutputField name="r{rank}" feature="reasonCode" rank="{rank}" dataType="string" optype="categorical"/>'
        for rank in (1, 2, 3)
    )
    return (
        f'<Scorecard functionName="regression" {attributes}>SCHEMA<Output>{outputs}</Output>'
        f"<Characteristics>{listed}</Characteristics></Scorecard>"
    )


def ranked(compiled, *rows):
    answer = compiled.of_values([dict(zip("abc", row, strict=True)) for row in rows])
    return [[answer[f"r{rank}"][row] for rank in (1, 2, 3)] for row in range(len(rows))]


def test_points_below_the_baseline(tmp_path):
    compiled = evaluator(tmp_path, scorecard(), FIELDS)
    found = ranked(compiled, (4, 1, 9), (12, 10, 3), (11, 11, 11))
    assert found == [["B", "A", "C"], ["C", "B", None], [None, None, None]]


def test_points_above_the_baseline(tmp_path):
    compiled = evaluator(tmp_path, scorecard(attributes='reasonCodeAlgorithm="pointsAbove"'), FIELDS)
    assert ranked(compiled, (14, 31, 10), (4, 9, 10.5)) == [["B", "A", "C"], ["C", None, None]]


def test_equal_points_keep_the_order_of_characteristics(tmp_path):
    assert ranked(evaluator(tmp_path, scorecard(), FIELDS), (5, 8, 5)) == [["A", "C", "B"]]


def test_points_of_one_code_are_summed_up(tmp_path):
    """What a characteristic has above counts against what another has below."""
    compiled = evaluator(tmp_path, scorecard(codes=("A", "B", "A")), FIELDS)
    found = ranked(compiled, (7, 6, 8), (7, 9, 12), (7, 9, 14), (20, 11, 20))
    assert found == [["A", "B", None], ["A", "B", None], ["B", None, None], [None] * 3]


def test_an_attribute_knows_better_than_what_is_around_it(tmp_path):
    extra = ('reasonCode="X"', 'baselineScore="100"', "")
    assert ranked(evaluator(tmp_path, scorecard(extra=extra), FIELDS), (5, 9, 0)) == [["B", "C", "X"]]


def test_the_scorecard_has_a_baseline_for_all(tmp_path):
    text = scorecard(attributes='baselineScore="20"').replace('baselineScore="10"', "", 1)
    assert ranked(evaluator(tmp_path, text, FIELDS), (15, 9, 9)) == [["A", "B", "C"]]


def test_a_missing_score_has_no_reasons(tmp_path):
    assert ranked(evaluator(tmp_path, scorecard(), FIELDS), (5, None, 5), (5, 5, 5)) == [[None] * 3, ["A", "B", "C"]]


def test_reasons_that_nobody_uses(tmp_path):
    compiled = evaluator(tmp_path, scorecard(attributes='useReasonCodes="false"'), FIELDS)
    assert ranked(compiled, (5, 5, 5)) == [[None] * 3]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (scorecard(attributes='reasonCodeAlgorithm="best"'), "reasonCodeAlgorithm='best' is not known"),
        (scorecard().replace('reasonCode="B"', ""), "has a reasonCode"),
        (scorecard().replace('baselineScore="10"', ""), "has a baselineScore"),
    ],
)
def test_what_is_refused(tmp_path, text, told):
    with pytest.raises(BadInput, match=told) as caught:
        evaluator(tmp_path, text, FIELDS)
    assert "/PMML/Scorecard" in caught.value.message


def test_what_nobody_asks_for_may_be_missing(tmp_path):
    text = scorecard().replace('reasonCode="B"', "")
    start, end = text.index("<Output>"), text.index("</Output>") + len("</Output>")
    compiled = evaluator(tmp_path, text[:start] + text[end:], FIELDS)
    assert compiled.of_values({"a": 1, "b": 2, "c": 3}) == {"score": 6}
