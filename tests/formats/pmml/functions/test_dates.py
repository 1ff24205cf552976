"""Functions of dates. The examples are the specification's, or by hand."""

from __future__ import annotations

import pytest
from pmml_expressions import answers, apply, constant, value, values

from salver.core.errors import BadInput

DATE, MOMENT, TIME = (
    constant("2003-04-01", "date"),
    constant("1960-01-03T03:30:03", "dateTime"),
    constant("05:23:30", "time"),
)


@pytest.mark.parametrize(
    ("xml", "wanted"),
    [
        (apply("dateDaysSinceYear", DATE, 1960), 15796),
        (apply("dateDaysSinceYear", constant("2003-04-01T23:59:59", "dateTime"), 1960), 15796),
        (apply("dateDaysSinceYear", constant("1959-12-31T23:59:59", "dateTime"), 1960), -1),
        (apply("dateDaysSinceYear", constant("2003-04-01"), 1960), 15796),
        (apply("dateSecondsSinceYear", MOMENT, 1960), 185403),
        (apply("dateSecondsSinceYear", constant("1960-01-02", "date"), 1960), 86400),
        (apply("dateSecondsSinceYear", constant("1959-12-31T23:59:59", "dateTime"), 1960), -1),
        (apply("dateSecondsSinceMidnight", TIME), 19410),
        (apply("dateSecondsSinceMidnight", MOMENT), 12603),
        (apply("dateSecondsSinceMidnight", constant("1960-01-01T05:23:30.75", "dateTime")), 19410),
        (apply("dateSecondsSinceMidnight", DATE), 0),
        (apply("formatDatetime", constant("2004-08-20", "date"), constant("%m/%d/%y")), "08/20/04"),
        (apply("formatDatetime", TIME, constant("%H:%M")), "05:23"),
    ],
)
def test_by_hand(xml, wanted):
    assert value(xml) == wanted


def test_columns():
    rows = {"d:date": ["1970-01-01", None], "m:dateTime": ["1969-12-31T23:00:00", None], "y": [1970, 1970]}
    assert values(apply("dateDaysSinceYear", "d", "y"), rows) == [0, None]
    assert values(apply("dateDaysSinceYear", "m", 1970), rows) == [-1, None]
    assert values(apply("dateSecondsSinceYear", "m", 1970), rows) == [-3600, None]
    assert values(apply("dateSecondsSinceMidnight", "m"), rows) == [82800, None]
    assert values(apply("formatDatetime", "m", constant("%d %H")), rows) == ["31 23", None]


def test_a_year_that_there_is_not():
    found, refused = answers(apply("dateDaysSinceYear", "d", "y"), {"d:date": ["1970-01-01"] * 2, "y": [0, None]})
    assert found == [None, None]
    assert list(refused) == [0]
    assert values(apply("dateDaysSinceYear", "d", 0), {"d:date": ["1970-01-01"]}) == [None]


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (apply("dateDaysSinceYear", "x", 1960), "dateDaysSinceYear is of date or datetime, not of double"),
        (apply("dateDaysSinceYear", TIME, 1960), "not of time"),
        (apply("dateDaysSinceYear", constant("soon"), 1960), "'soon' is no dateTime"),
        (apply("formatDatetime", DATE, constant("%q")), "the pattern '%q' is wrong: %q is not known"),
    ],
)
def test_what_is_refused(xml, reason):
    with pytest.raises(BadInput, match=reason):
        values(xml, {"x": [1]})
