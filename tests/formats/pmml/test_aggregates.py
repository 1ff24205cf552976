"""Aggregate and Lag, of values that are lists."""

from __future__ import annotations

import numpy as np
import pytest
from pmml_expressions import Rows, parse, values

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml.aggregates import list_fields
from salver.formats.pmml.values import shown_as


def of_lists(xml, lists, type_="double"):
    rows = Rows({f"x:{type_}": [None] * len(lists)})
    expression = rows.compiled(xml)
    frame = rows.frame()
    column = np.empty(len(lists), object)
    column[:] = lists
    frame.put(rows.field("x"), column)
    return [shown_as(each, expression.type) for each in expression.compute(frame).tolist()]


@pytest.mark.parametrize(
    ("function", "wanted"), [("count", 3), ("sum", 6.0), ("average", 2.0), ("min", 1.0), ("max", 3.0)]
)
def test_missing_values_are_passed_over(function, wanted):
    xml = f'<Aggregate field="x" function="{function}"/>'
    nothing = 0 if function == "count" else None
    assert of_lists(xml, [[1, None, 2, "3"], [], None]) == [wanted, nothing, None]


def test_aggregates_of_integers_and_dates():
    assert of_lists('<Aggregate field="x" function="sum"/>', [[1, 2]], "integer") == [3]
    dates = ["2013-02-01", "2013-01-01", "2013-03-01"]
    assert of_lists('<Aggregate field="x" function="max"/>', [dates], "date") == ["2013-03-01"]
    assert of_lists('<Aggregate field="x" function="min"/>', [["b", "a"]], "string") == ["a"]


def test_a_value_that_is_no_list_is_alone():
    assert values('<Aggregate field="x" function="average"/>', {"x": [4, None]}) == [4.0, None]


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ("", 3.0),
        ('n="2"', 2.0),
        ('n="4"', None),
        ('n="2" aggregate="avg"', 2.5),
        ('n="3" aggregate="max"', 3.0),
        ('n="3" aggregate="min"', 1.0),
        ('n="3" aggregate="median"', 2.0),
        ('n="2" aggregate="product"', 6.0),
        ('n="3" aggregate="sum"', 6.0),
        ('n="3" aggregate="stddev"', 1.0),
    ],
)
def test_lag(attributes, wanted):
    """The last value is the row's own; the others came before it."""
    assert of_lists(f'<Lag field="x" {attributes}/>', [[1, 2, 3, 4]]) == [wanted]


def test_lag_keeps_gaps():
    assert of_lists('<Lag field="x"/>', [[1, None, 3], [1], None, [1, 2]]) == [None, None, None, 1.0]


@pytest.mark.parametrize(
    ("xml", "error", "reason"),
    [
        ('<Aggregate field="x" function="multiset"/>', Unsupported, "function=multiset is not supported"),
        ('<Aggregate field="x" function="sum" sqlWhere="a"/>', Unsupported, "sqlWhere is not supported"),
        ('<Aggregate field="x" function="mean"/>', BadInput, "function='mean' is not known here; wanted one of count"),
        ('<Aggregate field="x" function="sum" groupField="g"/>', BadInput, "there is no field 'g'"),
        ('<Lag field="x" n="0"/>', BadInput, "n=0, wanted 1 or more"),
        ('<Lag field="x"><BlockIndicator field="x"/></Lag>', Unsupported, "a BlockIndicator is not supported"),
    ],
)
def test_what_is_refused(xml, error, reason):
    with pytest.raises(error, match=reason):
        values(xml, {"x": [1]})


def test_fields_whose_values_may_be_lists():
    inner = '<DerivedField><Aggregate field="a"/></DerivedField><DerivedField><Lag field="b"/></DerivedField>'
    assert list_fields(
        parse(f'<PMML><LocalTransformations>{inner}</LocalTransformations><FieldRef field="c"/></PMML>')
    ) == {
        "a",
        "b",
    }
