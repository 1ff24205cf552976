"""Apply: what is missing, and functions that a document defines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pmml_expressions import Rows, answers, apply, constant, parse, type_of, values

from salver.core.errors import BadInput
from salver.formats.pmml.apply import compile_apply
from salver.formats.pmml.expressions import compile_expression
from salver.formats.pmml.functions.table import FUNCTIONS

X = {"x": [1.0, None, 0.0], "y": [2.0, 3.0, None]}


def test_any_missing_argument_gives_what_missing_ones_are_mapped_to():
    assert values(apply("+", "x", "y"), X) == [3.0, None, None]
    assert values(apply("+", "x", "y", mapMissingTo="-1"), X) == [3.0, -1.0, -1.0]


def test_a_function_that_passes_over_missing_arguments_is_not_asked_then():
    assert values(apply("sum", "x", "y"), X) == [3.0, 3.0, 0.0]
    assert values(apply("sum", "x", "y", mapMissingTo="-1"), X) == [3.0, -1.0, -1.0]
    assert values(apply("isMissing", "x", mapMissingTo="true"), X) == [False, True, False]


def test_a_missing_result_gives_the_default():
    assert values(apply("ln", "x", defaultValue="9"), {"x": [1.0, -1.0, None]}) == [0.0, 9.0, 9.0]
    assert values(apply("+", "x", "y", defaultValue="9", mapMissingTo="-1"), X) == [3.0, -1.0, -1.0]


def test_what_stands_in_may_be_of_another_type():
    integers = {"n:integer": [1, None]}
    assert values(apply("+", "n", 1, mapMissingTo="7"), integers) == [2, 7]
    assert type_of(apply("+", "n", 1, mapMissingTo="7.0"), integers) == "integer"
    assert values(apply("+", "n", 1, mapMissingTo="7.5"), integers) == [2.0, 7.5]
    assert values(apply("+", "n", 1, mapMissingTo="none"), integers) == ["2", "none"]
    assert values(apply("equal", "n", 1, defaultValue="false"), integers) == [True, False]


def test_a_choice_without_an_else_part():
    condition = apply("greaterThan", "x", 0)
    rows = {"x": [1.0, 0.0, None], "y": [None, 5.0, 5.0]}
    assert values(apply("if", condition, "y", mapMissingTo="-1"), rows) == [-1.0, None, -1.0]
    assert values(apply("if", condition, "y", 7, mapMissingTo="-1"), rows) == [-1.0, 7.0, -1.0]


@pytest.mark.parametrize(
    ("treatment", "refused"),
    [("returnInvalid", {1: "/(1, 0) is not defined"}), ("asIs", {1: "/(1, 0) is not defined"}), ("asMissing", {})],
)
def test_what_is_not_defined(treatment, refused):
    rows = {"n:integer": [1, 1, None], "m:integer": [2, 0, 0]}
    xml = apply("/", "n", "m", invalidValueTreatment=treatment, defaultValue="5")
    found, said = answers(xml, rows)
    assert said == refused
    assert found == [0, 5, 5]


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (apply("nope", 1), r"there is no function 'nope'; defined here: none; built in: \+ - .*\(/Apply, line 1\)"),
        (apply("+", 1), r"\+ takes 2 arguments, there are 1"),
        (apply("concat", 1), "concat takes 2 or more arguments, there are 1"),
        (apply("if", constant(True)), "if takes 2 to 3 arguments, there are 1"),
        ("<Apply/>", "Apply needs an attribute function"),
        (apply("/", 1, 2, invalidValueTreatment="ignore"), "invalidValueTreatment='ignore' is not known here"),
    ],
)
def test_what_is_refused(xml, reason):
    with pytest.raises(BadInput, match=reason):
        values(xml)


def test_what_became_standard_late_has_an_x_in_front():
    assert values(apply("x-modulo", "x", 2), {"x": [5.0]}) == [1.0]


def test_constants_are_computed_when_loaded():
    expression = Rows({}).compiled(apply("concat", constant("a"), apply("+", 1, 2)))
    assert expression.is_constant
    assert expression.value == "a3"


def test_what_refuses_its_row_is_not_computed_before_there_is_one():
    xml = apply("if", apply("greaterThan", "x", 0), apply("/", 1, 0), 7)
    found, refused = answers(xml, {"x": [-1.0, 1.0]})
    assert found[0] == 7
    assert refused == {1: "/(1, 0) is not defined"}


# However deep functions are nested, each is computed once.


class Counted:
    """An argument that counts how often it is computed."""

    def __init__(self, rows, text):
        self.calls = 0
        self._inner = rows.compiled(text)

    def compute(self, frame):
        self.calls += 1
        return self._inner.compute(frame)


REGEX = {1: constant("a"), 2: constant("b")}
ARGUMENTS = {
    "matches": REGEX,
    "replace": REGEX,
    "formatNumber": {1: constant("%d")},
    "formatDatetime": {1: constant("%Y")},
    "substring": {1: constant(1), 2: constant(1)},
}
TYPES = {
    "formatDatetime": "date",
    "dateDaysSinceYear": "date",
    "dateSecondsSinceYear": "date",
    "dateSecondsSinceMidnight": "date",
}
COMES = {"date": ["2020-01-01", None], "boolean": [True, None]}
BOOLEANS = ("and", "or", "not", "if")


@pytest.mark.parametrize("attributes", [{}, {"mapMissingTo": "1", "defaultValue": "1"}])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_argument_is_computed_once(name, attributes):
    """What were computed twice at each of a hundred levels would never end."""
    type_ = "boolean" if name in ("and", "or", "not", "if") else TYPES.get(name, "double")
    names = "abc"[: FUNCTIONS[name].least]
    rows = Rows({f"{each}:{type_}": COMES.get(type_, [-2.5, None]) for each in names})
    made = {each: Counted(rows, f'<FieldRef field="{each}"/>') for each in names}

    def compile_in(element, scope, depth):
        expression = compile_expression(element, scope)
        return (
            expression
            if expression.is_constant
            else replace(expression, compute=made[element.get("field")].compute, field=None)
        )

    fixed = ARGUMENTS.get(name, {})
    element = parse(apply(name, *(fixed.get(place, each) for place, each in enumerate(names)), **attributes))
    with np.errstate(all="ignore"):
        compile_apply(element, rows.scope, 0, compile_in).compute(rows.frame())
    assert max(each.calls for each in made.values()) == 1


# Functions that the document defines.


def functions(*definitions):
    rows = Rows({"x": [1.0, None], "s:string": ["a", "b"]})
    for definition in definitions:
        element = parse(definition)
        rows.scope.functions[element.get("name")] = element
    return rows


def define(name, parameters, body, **attributes):
    written = "".join(f' {key}="{text}"' for key, text in attributes.items())
    fields = "".join(f"<ParameterField {field}/>" for field in parameters)
    return f'<DefineFunction name="{name}" optype="continuous"{written}>{fields}{body}</DefineFunction>'


def of(rows, xml):
    expression = rows.compiled(xml)
    column = expression.compute(rows.frame()).tolist()
    return [None if each is None or each != each else each for each in column]


TWICE = define("twice", ['name="p"'], apply("*", "p", 2))


def test_parameters_are_bound_by_position():
    rows = functions(define("f", ['name="p"', 'name="q"'], apply("-", "q", "p")))
    assert of(rows, apply("f", "x", 5)) == [4.0, None]
    assert of(rows, apply("f", 5, "x")) == [-4.0, None]


def test_a_parameter_hides_a_field():
    rows = functions(define("f", ['name="x"'], apply("+", "x", 1)))
    assert of(rows, apply("f", 10)) == [11.0, 11.0]


def test_functions_may_apply_earlier_and_later_ones():
    rows = functions(define("f", ['name="p"'], apply("+", apply("twice", "p"), apply("twice", "p"))), TWICE)
    assert of(rows, apply("f", "x")) == [4.0, None]


def test_results_and_parameters_are_cast():
    rows = functions(
        define("f", ['name="p" dataType="string"'], apply("concat", "p", constant("!")), dataType="string")
    )
    assert of(rows, apply("f", 5)) == ["5!", "5!"]
    rows = functions(define("f", ['name="p"'], apply("*", "p", 1), dataType="string"))
    assert of(rows, apply("f", 5)) == ["5", "5"]


def test_a_parameter_can_be_read_as_a_field():
    body = '<MapValues outputColumn="out"><FieldColumnPair field="p" column="in"/><InlineTable><row><in>a</in>'
    body += "<out>A</out></row></InlineTable></MapValues>"
    rows = functions(define("f", ['name="p"'], body))
    assert of(rows, apply("f", "s")) == ["A", None]
    assert of(rows, apply("f", constant("a"))) == ["A", "A"]
    assert of(rows, apply("f", apply("lowercase", "s"))) == ["A", None]


def test_what_is_missing_is_mapped_for_defined_functions_too():
    assert of(functions(TWICE), apply("twice", "x", mapMissingTo="7")) == [2.0, 7.0]


def test_built_in_functions_go_before():
    rows = functions(define("abs", ['name="p"'], apply("+", apply("abs", "p"), 1)))
    assert of(rows, apply("abs", -2)) == [2.0, 2.0]


@pytest.mark.parametrize(
    ("definitions", "reason"),
    [
        ([define("f", ['name="p"'], apply("f", "p"))], r"function 'f' is defined by itself \(/DefineFunction/Apply"),
        (
            [define("f", ['name="p"'], apply("g", "p")), define("g", ['name="p"'], apply("f", "p"))],
            "function 'f' is defined by itself",
        ),
        ([define("f", [], constant(1))], "f takes 0 arguments, there are 1"),
        ([define("f", ['name="p"'], "")], "a DefineFunction needs an expression"),
        ([define("f", ['name="p"'], apply("h", "p"))], "there is no function 'h'; defined here: 'f'"),
        ([define("f", ['name="p" dataType="int"'], constant(1))], "dataType='int' is not known here.*/ParameterField"),
        (
            [define("f", ['name="p"'], constant(1), dataType="int")],
            r"dataType='int' is not known here.*/DefineFunction,",
        ),
    ],
)
def test_definitions_that_are_refused(definitions, reason):
    with pytest.raises(BadInput, match=reason):
        of(functions(*definitions), apply("f", "x"))


def test_two_parameters_of_one_name():
    rows = functions(define("f", ['name="p"', 'name="p"'], "<Constant>1</Constant>"))
    with pytest.raises(BadInput, match="there are two parameters 'p'"):
        of(rows, apply("f", "x", "x"))


def test_functions_that_multiply_are_given_up():
    tower = [define("f0", ['name="p"'], apply("+", "p", 1))]
    for level in range(1, 30):
        below = apply(f"f{level - 1}", "p")
        tower.append(define(f"f{level}", ['name="p"'], apply("+", below, below)))
    assert of(functions(*tower), apply("f3", "x")) == [16.0, None]
    with pytest.raises(BadInput, match="more than 1,000 applications of functions come of one"):
        of(functions(*tower), apply("f29", "x"))
