"""Characteristics of a scorecard: tables say what the predicates say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pmml_documents import evaluator

from salver.formats.pmml.models import characteristics

FIELDS = {"x": "double", "n": "integer", "t": "string p q r", "score": "target:double"}
VALUES = [None, -1e300, 0, 1, 1.0000000000000002, 1.5, 2, 2.5, 3, 7, 1e300]


def simple(operator, value=None, field="x"):
    constant = "" if value is None else f'value="{value}"'
    return f'<SimplePredicate field="{field}" operator="{operator}" {constant}/>'


def compound(operator, *parts):
    return f'<CompoundPredicate booleanOperator="{operator}">{"".join(parts)}</CompoundPredicate>'


def one_of(operator, values, field="x"):
    return (
        f'<SimpleSetPredicate field="{field}" booleanOperator="{operator}"><Array type="string">{values}</Array>'
        "</SimpleSetPredicate>"
    )


def scorecard(*attributes, more=""):
    """One characteristic: its attributes score 1, 2, 4, ..."""
    listed = "".join(
        f'<Attribute partialScore="{1 << place}">{predicate}</Attribute>' for place, predicate in enumerate(attributes)
    )
    return (
        '<Scorecard functionName="regression" useReasonCodes="false">SCHEMA<Characteristics>'
        f"<Characteristic>{listed}</Characteristic>{more}</Characteristics></Scorecard>"
    )


CASES = [
    [simple("isMissing"), simple("lessOrEqual", 1), simple("lessThan", 2), simple("greaterOrEqual", 3)],
    [simple("equal", 1), simple("notEqual", 2), simple("isNotMissing"), "<True/>"],
    [compound("and", simple("greaterThan", 1), simple("lessOrEqual", 2)), simple("greaterThan", 0)],
    [compound("or", simple("equal", 3), simple("isMissing")), one_of("isIn", "1 7"), one_of("isNotIn", "0 2")],
    [compound("xor", simple("greaterThan", 1), simple("greaterThan", 2)), compound("surrogate", simple("equal", 7))],
    ["<False/>", one_of("isIn", "1.5"), "<True/>"],
    [one_of("isIn", " ".join(str(number) for number in range(40))), simple("greaterThan", 2)],
]


@pytest.mark.parametrize("attributes", CASES)
def test_tables_of_numbers(tmp_path, monkeypatch, attributes):
    """The same with tables as without: in the second document a characteristic has too many borders for one."""
    tabled = evaluator(tmp_path, scorecard(*attributes), FIELDS).of_values([{"x": value} for value in VALUES])
    monkeypatch.setattr(characteristics, "_MAX_BORDERS", 0)
    plain = evaluator(tmp_path, scorecard(*attributes), FIELDS).of_values([{"x": value} for value in VALUES])
    np.testing.assert_array_equal(tabled["score"], plain["score"])


def test_the_first_that_is_true(tmp_path):
    attributes = simple("isMissing"), simple("lessOrEqual", 1), simple("lessThan", 3)
    compiled = evaluator(tmp_path, scorecard(*attributes), FIELDS)
    answers = compiled.of_values({"x": [None, 1.0, 1.0000000000000002, 3.0]})["score"].tolist()
    assert answers[:3] == [1, 2, 4]
    assert np.isnan(answers[3])


def test_texts(tmp_path):
    attributes = simple("isMissing", field="t"), simple("equal", "q", "t"), one_of("isIn", "p s", "t"), "<True/>"
    compiled = evaluator(tmp_path, scorecard(*attributes), {**FIELDS, "t": "string"})
    values = [None, "q", "p", "s", "r", "", "?"]
    assert compiled.of_values({"t": values})["score"].tolist() == [1, 2, 4, 4, 8, 8, 8]


def test_the_order_of_texts(tmp_path):
    attributes = simple("lessThan", "q", "t"), simple("greaterThan", "q", "t"), simple("isNotMissing", field="t")
    compiled = evaluator(tmp_path, scorecard(*attributes), FIELDS)
    assert compiled.of_values({"t": ["p", "q", "r"]})["score"].tolist() == [1, 4, 2]


def test_two_fields_and_none(tmp_path):
    both = compound("and", simple("greaterThan", 1), simple("equal", "q", "t"))
    compiled = evaluator(tmp_path, scorecard(both, "<True/>"), FIELDS)
    rows: Any = [{"x": 2, "t": "q"}, {"x": 2, "t": "p"}, {"x": None, "t": "q"}]
    assert compiled.of_values(rows)["score"].tolist() == [1, 2, 2]
    assert evaluator(tmp_path, scorecard("<True/>"), FIELDS).of_values({"x": None})["score"] == 1


def test_characteristics_of_all_kinds_side_by_side(tmp_path):
    def characteristic(score, predicate):
        return (
            f'<Characteristic><Attribute partialScore="{score}">{predicate}</Attribute>'
            '<Attribute partialScore="0"><True/></Attribute></Characteristic>'
        )

    both = compound("or", simple("equal", 5), simple("equal", 7, "n"))
    more = (
        characteristic(10, simple("equal", "q", "t"))
        + characteristic(100, simple("greaterThan", 3, "n"))
        + characteristic(1000, both)
        + characteristic(10000, simple("lessThan", 0))
    )
    compiled = evaluator(tmp_path, scorecard("<True/>", more=more), FIELDS)
    rows: Any = [{"x": -1, "n": 7, "t": "q"}, {"x": 5, "n": 3, "t": "p"}, {"x": None, "n": None, "t": None}]
    assert compiled.of_values(rows)["score"].tolist() == [11111, 1001, 1]
