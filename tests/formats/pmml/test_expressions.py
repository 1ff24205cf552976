"""Constants, references, and the fields that are derived."""

from __future__ import annotations

import math

import pytest
from pmml_expressions import PLACE, Rows, answers, apply, constant, parse, type_of, value, values

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml.expressions import MAX_DEPTH, derive, promise_all
from salver.formats.pmml.scope import Scope

# Constants.


@pytest.mark.parametrize(
    ("written", "type_", "meant"),
    [
        ("3", "integer", 3),
        ("-3", "integer", -3),
        ("3.0", "double", 3.0),
        ("1e3", "double", 1000.0),
        ("three", "string", "three"),
        ("", "string", ""),
        ("true", "string", "true"),
    ],
)
def test_a_constant_without_a_type_is_what_it_looks_like(written, type_, meant):
    xml = f"<Constant>{written}</Constant>"
    assert type_of(xml) == type_
    assert value(xml) == meant


@pytest.mark.parametrize(
    ("written", "type_", "meant"),
    [
        ("0.1", "float", 0.10000000149011612),
        ("INF", "double", math.inf),
        ("-INF", "double", -math.inf),
        ("NaN", "double", None),
        ("true", "boolean", True),
        ("2020-02-29", "date", "2020-02-29"),
        ("3", "string", "3"),
    ],
)
def test_a_constant_of_a_type(written, type_, meant):
    assert value(f'<Constant dataType="{type_}">{written}</Constant>') == meant


def test_a_constant_may_be_missing():
    assert value('<Constant missing="true"/>') is None
    assert type_of('<Constant missing="true" dataType="integer">7</Constant>') == "integer"


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ('<Constant dataType="double">x</Constant>', r"'x' is no double \(/Constant, line 1\)"),
        ('<Constant dataType="number">1</Constant>', "dataType='number' is not known here; wanted one of string"),
        ("<FieldRef/>", "FieldRef needs an attribute field"),
        ('<FieldRef field="nope"/>', "there is no field 'nope'; the fields are x"),
    ],
)
def test_what_is_refused(xml, reason):
    with pytest.raises(BadInput, match=reason):
        values(xml, {"x": [1]})


def test_an_element_that_is_no_expression():
    with pytest.raises(Unsupported, match=r"no expression Predict; there are Constant, FieldRef.*/Predict, line 1"):
        value("<Predict/>")


# References.


def test_missing_values_may_be_replaced_where_a_field_is_referred_to():
    columns = {"x": [1.5, None], "s:string": ["a", None]}
    assert values('<FieldRef field="x" mapMissingTo="7"/>', columns) == [1.5, 7.0]
    assert values('<FieldRef field="s" mapMissingTo="none"/>', columns) == ["a", "none"]
    assert values('<FieldRef field="x" mapMissingTo="none"/>', columns) == ["1.5", "none"]


def test_what_could_not_be_read_is_not_computed_with():
    """invalidValueTreatment is asIs: the row is refused where the value is wanted, and told from a missing one."""
    rows = Rows({"n:integer": [1, None, None]})
    plus = rows.compiled(apply("+", "n", 1))
    missing = rows.compiled(apply("isMissing", "n"))
    frame = rows.frame()
    frame.invalid[0] = ~missing.compute(frame).astype(bool) & [False, False, True] | [False, False, True]
    assert missing.compute(frame).tolist() == [0.0, 1.0, 0.0]
    assert not frame.refused
    plus.compute(frame)
    assert frame.refused == {2: "field 'n' is no integer (invalidValueTreatment is asIs)"}


# Derived fields.


def derived(type_, body, columns, **attributes):
    written = "".join(f' {key}="{text}"' for key, text in attributes.items())
    rows = Rows(columns)
    field = rows.derived(f'<DerivedField name="d" dataType="{type_}"{written}>{body}</DerivedField>')
    frame = rows.frame()
    return frame.column(field).tolist(), frame.refused


def test_an_integer_is_made_of_a_whole_number_alone():
    found, refused = derived("integer", '<FieldRef field="x"/>', {"x": [7.0, 2.7, None]})
    assert found[0] == 7.0
    assert refused == {1: "DerivedField gives '2.7', no integer"}
    assert math.isnan(found[2])


@pytest.mark.parametrize(
    ("type_", "columns", "wanted"),
    [
        ("float", {"x": [0.1]}, [0.10000000149011612]),
        ("string", {"x": [7.0]}, ["7.0"]),
        ("string", {"x:integer": [7]}, ["7"]),
        ("string", {"x:boolean": [True]}, ["true"]),
        ("double", {"x:string": ["2.5"]}, [2.5]),
        ("double", {"x:boolean": [True, False]}, [1.0, 0.0]),
        ("boolean", {"x": [1.0, 0.0]}, [1.0, 0.0]),
        ("date", {"x:string": ["1970-01-03"]}, [2.0]),
        ("dateDaysSince[1960]", {"x:string": ["1960-01-03"]}, [2.0]),
    ],
)
def test_casts(type_, columns, wanted):
    found, refused = derived(type_, '<FieldRef field="x"/>', columns)
    assert found == wanted
    assert not refused


def test_a_constant_that_cannot_be_cast_is_refused_when_loaded():
    with pytest.raises(BadInput, match=r"'2\.5' is no integer \(/DerivedField, line 1\)"):
        derived("integer", constant(2.5), {"x": [1]})


def test_levels_are_listed_or_taken_over():
    rows = Rows({"s:string": ["a"]})
    rows.field("s").levels = ("low", "high")
    same = rows.derived(
        '<DerivedField name="d" dataType="string" optype="ordinal"><FieldRef field="s"/></DerivedField>'
    )
    assert same.levels == ("low", "high")
    own = rows.derived(
        '<DerivedField name="e" dataType="integer" optype="ordinal"><Constant>1</Constant>'
        '<Value value="3"/><Value value="1"/><Value value="9" property="missing"/></DerivedField>'
    )
    assert own.levels == (3.0, 1.0)
    assert own.optype == "ordinal"


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ('<DerivedField name="d"><Constant>1</Constant></DerivedField>', "DerivedField needs an attribute dataType"),
        ('<DerivedField name="d" dataType="double"/>', "DerivedField needs a child Constant or FieldRef"),
        ('<DerivedField dataType="int"><Constant>1</Constant></DerivedField>', "dataType='int' is not known here"),
        (
            '<DerivedField dataType="double" optype="nominal"><Constant>1</Constant></DerivedField>',
            "optype='nominal' is not known here",
        ),
        (
            '<DerivedField dataType="integer"><Constant>1</Constant><Value value="x"/></DerivedField>',
            r"value 'x' is no integer \(/DerivedField/Value, line 3\)",
        ),
    ],
)
def test_derived_fields_that_are_refused(xml, reason):
    with pytest.raises(BadInput, match=reason):
        Rows({}).derived(xml)


def test_numpy_does_not_warn():
    found, _ = derived("double", apply("/", "x", "x"), {"x": [0.0, 1e300]})
    assert math.isnan(found[0])
    assert derived("double", apply("exp", "x"), {"x": [1e4]})[0] == [math.inf]


# Fields that refer to each other.


def promised(body, rows):
    promise_all(parse(f"<LocalTransformations>{body}</LocalTransformations>"), rows.scope)
    return rows.scope


def link(name, *of):
    return f'<DerivedField name="{name}" dataType="double">{apply("sum", *of, 1)}</DerivedField>'


def test_earlier_fields_may_refer_to_later_ones():
    rows = Rows({"x": [1.0]})
    scope = promised(link("a", "b", "c") + link("b", "c") + link("c", "x"), rows)
    field = scope.find("a")
    assert rows.frame().column(field).tolist() == [3 + 2 + 1]


def test_a_long_chain_is_no_chain_of_calls():
    rows = Rows({"x": [1.0]})
    body = "".join(link(f"d{number}", f"d{number + 1}") for number in range(60)) + link("d60", "x")
    field = promised(body, rows).find("d0")
    assert rows.frame().column(field).tolist() == [62.0]


def test_a_chain_that_python_could_not_call_is_refused():
    rows = Rows({"x": [1.0]})
    body = "".join(link(f"d{number}", f"d{number + 1}") for number in range(300)) + link("d300", "x")
    with pytest.raises(BadInput, match=r"computed of each other in a chain \(/LocalTransformations/DerivedField"):
        promised(body, rows).find("d0")


@pytest.mark.parametrize("body", [link("a", "a"), link("a", "b") + link("b", "c") + link("c", "a")])
def test_circles_are_refused(body):
    with pytest.raises(BadInput, match=r"field 'a' is derived of itself \(/LocalTransformations/DerivedField"):
        promised(body, Rows({})).find("a")


def test_two_fields_of_one_name():
    with pytest.raises(BadInput, match="there are two fields 'a'"):
        promised(link("a") + link("a"), Rows({}))


def test_nothing_is_promised_of_nothing():
    scope = Scope(Rows({}).scope.counter)
    promise_all(None, scope)
    assert scope.names() == set()


# Depth.


def nested(depth):
    xml = '<FieldRef field="x"/>'
    for _ in range(depth):
        xml = apply("+", xml, 1)
    return xml


def test_expressions_may_be_nested_deep():
    assert values(nested(MAX_DEPTH), {"x": [1.0]}) == [1.0 + MAX_DEPTH]


def test_but_not_deeper():
    with pytest.raises(BadInput, match=f"nested deeper than {MAX_DEPTH}"):
        values(nested(MAX_DEPTH + 1), {"x": [1.0]})


def test_a_text_among_numbers_is_read_or_refuses_its_row():
    found, refused = answers(apply("+", "s", 1), {"s:string": ["2", "two", None]})
    assert found[0] == 3.0
    assert refused == {1: "Apply gives 'two', no double"}
    assert (
        derive(parse(f'<DerivedField dataType="double">{apply("+", 1, 2)}</DerivedField>'), Rows({}).scope).name == ""
    )
    assert PLACE.line == 1
