"""NormContinuous, NormDiscrete, Discretize and MapValues."""

from __future__ import annotations

import math

import pytest
from pmml_expressions import Rows, answers, type_of, values

from salver.core.errors import BadInput, Unsupported

# NormContinuous.


def norm(*points, **attributes):
    written = "".join(f' {key}="{text}"' for key, text in attributes.items())
    norms = "".join(f'<LinearNorm orig="{orig}" norm="{value}"/>' for orig, value in points)
    return f'<NormContinuous field="x"{written}>{norms}</NormContinuous>'


RISING = ((0, 10), (1, 20), (3, 0))
XS = {"x": [-1, 0, 0.5, 1, 2, 3, 4, None]}


@pytest.mark.parametrize(
    ("outliers", "below", "above"),
    [("asIs", 0.0, -10.0), ("asMissingValues", None, None), ("asExtremeValues", 10.0, 0.0)],
)
def test_pieces_and_what_is_outside(outliers, below, above):
    wanted = [below, 10.0, 15.0, 20.0, 10.0, 0.0, above, None]
    assert values(norm(*RISING, outliers=outliers), XS) == pytest.approx(wanted)


def test_what_is_outside_goes_on_by_default():
    assert values(norm((0, 0), (1, 2)), {"x": [-5, 0.25, 7]}) == [-10.0, 0.5, 14.0]


def test_what_is_missing_and_what_becomes_so():
    assert values(norm(*RISING, mapMissingTo="7"), {"x": [None, 4]}) == [7.0, -10.0]
    assert values(norm(*RISING, mapMissingTo="7", outliers="asMissingValues"), {"x": [None, 4]}) == [7.0, 7.0]


def test_points_above_each_other():
    """At the start the last of them counts, at the end the first, between the last."""
    points = ((0, 0), (0, 1), (1, 2), (1, 3), (2, 4), (2, 5))
    assert values(norm(*points, outliers="asExtremeValues"), {"x": [0, 0.5, 1, 2, 3, -1]}) == [1, 1.5, 3, 4, 5, 0]
    assert values(norm((1, 2), (1, 3)), {"x": [1, 5]}) == [2, 3]


def test_texts_are_read():
    found, refused = answers(norm((0, 0), (1, 2)).replace('"x"', '"s"'), {"s:string": ["0.5", "half", None]})
    assert found == [1.0, None, None]
    assert list(refused) == [1]


@pytest.mark.parametrize("points", [(), ((0, 1),), ((1, 0), (0, 1))])
def test_points_that_are_refused(points):
    with pytest.raises(BadInput, match=r"two LinearNorm or more, in the order of orig \(/NormContinuous, line 1\)"):
        values(norm(*points), XS)


# NormDiscrete.


@pytest.mark.parametrize(
    ("field", "value", "comes", "wanted"),
    [
        ("s:string", "a", ["a", "b", "A", None], [1.0, 0.0, 0.0, None]),
        ("n:integer", "1", [1, 2, None], [1.0, 0.0, None]),
        ("n:integer", "1.0", [1, 2, None], [1.0, 0.0, None]),
        ("n:float", "0.1", [0.1, 0.2, None], [1.0, 0.0, None]),
        ("n:boolean", "true", [True, False, None], [1.0, 0.0, None]),
        ("n:date", "2020-01-01", ["2020-01-01", "2020-01-02"], [1.0, 0.0]),
    ],
)
def test_indicators(field, value, comes, wanted):
    xml = f'<NormDiscrete field="{field[0]}" value="{value}"/>'
    assert values(xml, {field: comes}) == wanted
    filled = xml.replace("/>", ' mapMissingTo="0.5"/>')
    assert values(filled, {field: comes}) == [0.5 if each is None else each for each in wanted]


def test_what_could_not_be_read_is_none_of_the_values():
    rows = Rows({"n:integer": [1, None, None]})
    expression = rows.compiled('<NormDiscrete field="n" value="1" mapMissingTo="0.5"/>')
    frame = rows.frame()
    frame.invalid[0] = (frame.column(rows.field("n")) != 1) & [False, True, False]
    assert expression.compute(frame).tolist() == [1.0, 0.0, 0.5]
    assert not frame.refused


def test_indicators_that_are_refused():
    with pytest.raises(BadInput, match="'a' is no integer, as field 'n' is"):
        values('<NormDiscrete field="n" value="a"/>', {"n:integer": [1]})
    with pytest.raises(Unsupported, match="method='thermometer' is not supported"):
        values('<NormDiscrete field="n" value="1" method="thermometer"/>', {"n:integer": [1]})


# Discretize.


def bins(*ranges, **attributes):
    written = "".join(f' {key}="{text}"' for key, text in attributes.items())
    inner = "".join(
        f'<DiscretizeBin binValue="{value}"><Interval {range_}/></DiscretizeBin>' for value, range_ in ranges
    )
    return f'<Discretize field="x"{written}>{inner}</Discretize>'


def between(closure, low=None, high=None):
    margins = [
        f'{name}="{margin}"' for name, margin in (("leftMargin", low), ("rightMargin", high)) if margin is not None
    ]
    return f'closure="{closure}" {" ".join(margins)}'


@pytest.mark.parametrize(
    ("closure", "wanted"),
    [
        ("openOpen", ["-", "-", "in", "-", "-"]),
        ("closedOpen", ["-", "in", "in", "-", "-"]),
        ("openClosed", ["-", "-", "in", "in", "-"]),
        ("closedClosed", ["-", "in", "in", "in", "-"]),
    ],
)
def test_ends_of_a_bin(closure, wanted):
    near = [math.nextafter(0, -1), 0, 0.5, 1, math.nextafter(1, 2)]
    assert values(bins(("in", between(closure, 0, 1)), defaultValue="-"), {"x": near}) == wanted


def test_bins_without_ends():
    halves = (("low", between("openOpen", high=0)), ("high", between("closedOpen", low=0)))
    assert values(bins(*halves), {"x": [-1e308, -1, 0, 1e308, None]}) == ["low", "low", "high", "high", None]
    assert values(bins(("all", between("openOpen")), mapMissingTo="none"), {"x": [0, None]}) == ["all", "none"]


def test_the_first_bin_counts():
    overlapping = (
        ("a", between("closedClosed", 1, 3)),
        ("b", between("openOpen", 0, 2)),
        ("c", between("openOpen", 0, 9)),
    )
    assert values(bins(*overlapping), {"x": [0.5, 1, 2.5, 3, 5, 10]}) == ["b", "a", "a", "a", "c", None]


def test_many_bins_over_each_other_take_no_time():
    many = [(str(number), between("openOpen", -number, number)) for number in range(1, 2000)]
    assert values(bins(*many), {"x": [0.5, -1.5, 1998.5, 5000]}) == ["1", "2", "1999", None]
    assert values(bins(*reversed(many)), {"x": [0.5, -1.5, 1998.5]}) == ["1999"] * 3


def test_a_bin_of_one_number():
    assert values(bins(("one", between("closedClosed", 1, 1))), {"x": [1, math.nextafter(1, 2)]}) == ["one", None]


def test_margins_are_doubles():
    """Of a field of single precision, too: what it holds for 0.1 is more than that."""
    xml = bins(("up to", between("openClosed", high=0.1)), defaultValue="above")
    assert values(xml, {"x:float": [0.1]}) == ["above"]
    assert values(xml, {"x": [0.1]}) == ["up to"]


def test_dates_have_bins():
    xml = bins(("old", between("openOpen", high="2000-01-01")), defaultValue="new")
    assert values(xml, {"x:date": ["1999-12-31", "2000-01-01", None]}) == ["old", "new", None]


def test_bins_are_texts_unless_said_or_wanted_otherwise():
    xml = bins(("1", between("openOpen", high=0)), ("2", between("closedOpen", low=0)))
    assert type_of(xml, XS) == "string"
    assert type_of(xml.replace("<Discretize ", '<Discretize dataType="integer" '), XS) == "integer"
    rows = Rows({"x": [-1, 1, None]})
    field = rows.derived(f'<DerivedField dataType="double">{xml}</DerivedField>')
    assert rows.frame().column(field).tolist()[:2] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (bins(("a", between("openOpen", 0)), dataType="integer"), r"'a' is no integer \(/Discretize, line 1\)"),
        (
            bins(("a", between("open", 0))),
            r"closure='open' is not known here.*/Discretize/DiscretizeBin/Interval, line 3",
        ),
        (bins(("a", between("openOpen", "x"))), "value 'x' is no double"),
        (bins(("a", between("openOpen", 0)), dataType="text"), "dataType='text' is not known here"),
        ('<Discretize field="x"><DiscretizeBin binValue="a"/></Discretize>', "DiscretizeBin needs a child Interval"),
        ('<Discretize field="x"><DiscretizeBin/></Discretize>', "DiscretizeBin needs an attribute binValue"),
    ],
)
def test_bins_that_are_refused(xml, reason):
    with pytest.raises(BadInput, match=reason):
        values(xml, XS)


# MapValues.


def mapped(rows, pairs=("x",), **attributes):
    written = "".join(f' {key}="{text}"' for key, text in attributes.items())
    columns = "".join(f'<FieldColumnPair field="{pair}" column="c{place}"/>' for place, pair in enumerate(pairs))
    table = "".join(
        "<row>"
        + "".join(f"<c{place}>{cell}</c{place}>" for place, cell in enumerate(row[:-1]))
        + f"<o>{row[-1]}</o></row>"
        for row in rows
    )
    return f'<MapValues outputColumn="o"{written}>{columns}<InlineTable>{table}</InlineTable></MapValues>'


def test_texts_numbers_and_truth_values_are_looked_up():
    assert values(mapped([("a", "1"), ("b", "2")]), {"x:string": ["a", "b", "c", None]}) == ["1", "2", None, None]
    assert values(mapped([("1", "a"), ("2.5", "b")]), {"x": [2.5, 1, 2, None, 99]}) == ["b", "a", None, None, None]
    assert values(mapped([("true", "a")], defaultValue="b"), {"x:boolean": [True, False]}) == ["a", "b"]
    assert values(mapped([("1.0", "a")]), {"x:integer": [1]}) == ["a"]


def test_what_is_missing_and_what_is_not_there():
    xml = mapped([("1", "10")], defaultValue="-1", mapMissingTo="-2", dataType="double")
    assert values(xml, {"x": [1, 2, None]}) == [10.0, -1.0, -2.0]


def test_several_columns():
    rows = [("a", "1", "x"), ("a", "2", "y"), ("b", "1", "z")]
    xml = mapped(rows, ("s", "n"), defaultValue="-", mapMissingTo="?")
    columns = {"s:string": ["a", "a", "b", "b", None], "n:integer": [1, 2, 1, 2, 1]}
    assert values(xml, columns) == ["x", "y", "z", "-", "?"]


def test_of_two_rows_for_one_value_the_first_counts():
    assert values(mapped([("a", "1"), ("a", "2")]), {"x:string": ["a"]}) == ["1"]


def test_rows_that_no_value_could_be_in_are_passed_over():
    assert values(mapped([("one", "a"), ("NaN", "b"), ("1", "c")]), {"x": [1, None]}) == ["c", None]


def test_columns_with_a_prefix():
    xml = (
        mapped([("a", "1")])
        .replace('column="c0"', 'column="data:c0"')
        .replace('outputColumn="o"', 'outputColumn="data:o"')
    )
    assert values(xml, {"x:string": ["a"]}) == ["1"]


def test_tables_are_texts_unless_said_or_wanted_otherwise():
    xml = mapped([("a", "1")])
    assert type_of(xml, {"x:string": ["a"]}) == "string"
    rows = Rows({"x:string": ["a", None]})
    field = rows.derived(f'<DerivedField dataType="integer">{xml}</DerivedField>')
    assert rows.frame().column(field).tolist()[0] == 1.0


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (mapped([("a", "b")], dataType="double"), r"'b' is no double \(/MapValues, line 1\)"),
        (mapped([], ()), "MapValues needs a FieldColumnPair"),
        (mapped([("a", "b")], ("nope",)), r"no field 'nope'.*/MapValues/FieldColumnPair, line 2"),
        ('<MapValues><FieldColumnPair field="x" column="c"/></MapValues>', "MapValues needs an attribute outputColumn"),
    ],
)
def test_tables_that_are_refused(xml, reason):
    with pytest.raises(BadInput, match=reason):
        values(xml, {"x:string": ["a"]})
