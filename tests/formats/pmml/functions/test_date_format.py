"""Dates by a pattern: what Java has by its documentation, the rest against Python's own strftime."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from salver.formats.pmml.functions.date_format import BadFormat, read_date_format

MOMENT = datetime(2009, 7, 5, 16, 7, 9, 123456)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("p", "pm"),
        ("k", "16"),
        ("l", "4"),
        ("L", "123"),
        ("N", "123456000"),
        ("s", "1246810029"),
        ("Q", "1246810029123"),
        ("z", "+0000"),
        ("Z", "UTC"),
        ("e", "5"),
        ("r", "04:07:09 PM"),
        ("c", "Sun Jul 05 16:07:09 UTC 2009"),
        ("h", "Jul"),
        ("%", "%"),
        ("n", "\n"),
    ],
)
def test_as_java_has_it(kind, wanted):
    assert read_date_format(f"%{kind}")(MOMENT) == wanted


@pytest.mark.parametrize("kind", "HIMSBbAaCYyGgVUWuwjmdRTDFXx")
def test_as_posix_has_it(kind):
    shown = read_date_format(f"<%{kind}>")
    for days in range(0, 4000, 13):
        moment = MOMENT + timedelta(days=days, hours=days)
        assert shown(moment) == moment.strftime(f"<%{kind}>")


def test_midnight_and_noon():
    shown = read_date_format("%I %l %p")
    assert shown(datetime(2020, 1, 1, 0)) == "12 12 am"
    assert shown(datetime(2020, 1, 1, 12)) == "12 12 pm"


@pytest.mark.parametrize("pattern", ["%q", "%", "100% sure", "%-d"])
def test_what_is_refused(pattern):
    with pytest.raises(BadFormat, match="is not known; there are"):
        read_date_format(pattern)
