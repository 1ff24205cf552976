"""Expressions mean what Python means by them, row by row, and can say nothing else."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor, narrow, objects
from salver.graph.expression_syntax import MAX_CHARACTERS, MAX_DEPTH
from salver.graph.expressions import compile_answers_condition, compile_condition, compile_expression

NAN = float("nan")


def asked(**tensors: Any) -> Request:
    return Request({name: Tensor.of(values) for name, values in tensors.items()})


# What it computes


def written(depth: int) -> st.SearchStrategy[str]:
    """Texts of numeric expressions over a and b that Python reads in the same way."""
    leaf = st.sampled_from(["a", "b", "2", "0.5", "-3"])
    if depth == 0:
        return leaf
    part = written(depth - 1)
    return st.one_of(
        leaf,
        st.tuples(part, st.sampled_from(["+", "-", "*"]), part).map(lambda three: f"({' '.join(three)})"),
        st.tuples(part, st.sampled_from(["min", "max"]), part).map(lambda one: f"{one[1]}({one[0]}, {one[2]})"),
        st.tuples(part, part).map(lambda two: f"abs({two[0]}) if {two[0]} < {two[1]} else {two[1]}").map("({})".format),
        st.tuples(part, part, part).map(lambda three: "({} if not {} < {} else 1.5)".format(*three)),
        st.tuples(part, part).map(
            lambda two: "(2 if {0} <= {1} < 3 or {1} == 2 and {0} in (2, -3) else 7)".format(*two)
        ),
    )


numbers = st.lists(st.tuples(st.integers(-5, 5).map(float), st.integers(-5, 5).map(float)), min_size=1, max_size=4)


@settings(max_examples=50)
@given(text=written(3), rows=numbers)
def test_every_row_is_what_python_computes_of_it(text: str, rows: list[tuple[float, float]]):
    columns = {"a": np.array([a for a, _ in rows]), "b": np.array([b for _, b in rows])}
    if len(text) <= MAX_CHARACTERS:
        found = np.broadcast_to(compile_expression(text)(columns), len(rows))
        wanted = [eval(text, {"min": min, "max": max, "abs": abs}, {"a": a, "b": b}) for a, b in rows]
        np.testing.assert_allclose(found, wanted)


COMPUTED: list[tuple[str, Any]] = [
    ("x / 2", [0.5, 1.0, 2.0]),
    ("x // 2", [0, 1, 2]),
    ("x % 2 == 0", [False, True, True]),
    ("x ** 2", [1.0, 4.0, 16.0]),
    ("x ** -1", [1.0, 0.5, 0.25]),
    ("-x", [-1, -2, -4]),
    ("log2(x)", [0.0, 1.0, 2.0]),
    ("round(x / 3, 2)", [0.33, 0.67, 1.33]),
    ("clip(x, 2, 3)", [2, 2, 3]),
    ("where(x > 1, x, 0)", [0, 2, 4]),
    ("'big' if x > 1 else 'small'", ["small", "big", "big"]),
    ("mean(x)", 7 / 3),
    ("mean(x, 0)", [0.5, 1.0, 2.0]),
    ("sum(x) + max(x) - min(x)", 10),
    ("any(x > 3)", True),
    ("all(x > 3)", False),
    ("argmax(m)", [0, 1, 1]),
    ("max(m)", [9, 8, 7]),
    ("m[1]", [1, 8, 7]),
    ("m[-1] - m[0]", [-8, 6, 4]),
    ("isnan(gaps)", [False, True, True]),
    ("gaps > 1", [True, False, False]),
    ("lower(word)", ["ab", "Ä".lower(), None]),
    ("len(word)", [2, 1, 0]),
    ("word == 'Ab'", [True, False, False]),
    ("word != 'Ab'", [False, True, True]),
    ("word in ('Ab', 'x')", [True, False, False]),
    ("word not in ['Ab']", [False, True, True]),
    ("contains(word, 'b')", [True, False, False]),
    ("startswith(word, 'A') and not endswith(word, 'A')", [True, False, False]),
    ("number(figures)", [1.5, NAN, NAN]),
    ("x in {1, 4}", [True, False, True]),
    ("flag or x > 3", [True, False, True]),
    ("x == 'a'", [False, False, False]),
    ('column("odd name") + petal.length', [11, 22, 33]),
    ("1 < x < 4", [False, True, False]),
    ("-2 ** 2", -4.0),
]


@pytest.mark.parametrize(("text", "wanted"), COMPUTED, ids=[text for text, _ in COMPUTED])
def test_columns_are_computed_element_by_element(text: str, wanted: Any):
    columns = {
        "x": np.array([1, 2, 4]),
        "m": np.array([[9, 1], [2, 8], [3, 7]]),
        "gaps": np.array([2, None, NAN], object),
        "word": np.array(["Ab", "Ä".encode(), None], object),
        "figures": np.array(["1.5", b"x", None], object),
        "flag": np.array([True, False, False]),
        "odd name": np.array([1, 2, 3]),
        "petal.length": np.array([10, 20, 30]),
    }
    found = compile_expression(text)(columns)
    if isinstance(wanted, list) and isinstance(wanted[0], float):
        np.testing.assert_allclose(found, wanted)
    else:
        assert np.asarray(found).tolist() == wanted


def test_narrow_integers_do_not_wrap_around():
    columns = {"x": np.array([200], np.uint8)}
    assert compile_expression("x + 100")(columns).tolist() == [300]
    assert compile_expression("x * 300")(columns).tolist() == [60000]


def test_singles_stay_singles_and_are_compared_as_such():
    columns = {"x": np.array([0.1], np.float32)}
    assert compile_expression("x * 2")(columns).dtype == np.float32
    assert compile_expression("x == 0.1")(columns).tolist() == [True]


def test_what_has_no_number_is_nan_or_infinite_without_a_word():
    found = compile_expression("log(x) / 0")({"x": np.array([-1.0, 2.0])})
    assert math.isnan(found[0])
    assert math.isinf(found[1])


def test_a_column_of_one_row_means_what_it_means_among_others():
    for values in ([0.1], [0.1, 0.1]):
        request = Request({"x": Tensor("FP32", np.array(values, np.float32))})
        assert compile_condition("x == 0.1 and mean(x) < 1 and any(x > 0) and x[0] > 0")(request)


def test_names_are_told_once_each():
    assert compile_expression("b + a * b + step.outputs.p").names == ("b", "a", "step.outputs.p")


FAILING = [
    ("y + 1", "there is no 'y'; there are x, word"),
    ("word + 1", "wanted numbers, got str 'a'"),
    ("word * 1000000000", "wanted numbers, got str 'a'"),
    ("word % x", "wanted numbers, got str 'a'"),
    ("'a' * x", "wanted a number, got str 'a'"),
    ("x and True", "wanted true or false, got int64"),
    ("not x", "wanted true or false, got int64"),
    ("x // 0", "an integer is divided by 0"),
    ("x % (x - 1)", "an integer is divided by 0"),
    ("lower(x)", "wanted text, got int64"),
    ("x + m", "shapes must be equal, got [2] and [2, 2]"),
    ("m[2]", "there is no [2]"),
    ("x + 9223372036854775807 * 9", ""),
    ("word < 3", "wanted numbers"),
    ("x if x > 1 else 'a'", "both sides of a choice"),
    ("contains(word, word)", "the second value must be one text"),
    ("max(none)", ""),
]


@pytest.mark.parametrize(("text", "told"), FAILING, ids=[text for text, _ in FAILING])
def test_values_that_do_not_fit_are_refused(text: str, told: str):
    columns = {
        "x": np.array([1, 2]),
        "word": np.array(["a", "b"], object),
        "m": np.array([[1, 2], [3, 4]]),
        "none": np.array([]),
    }
    with pytest.raises(BadInput) as refused:
        compile_expression(text)(columns)
    assert refused.value.message.startswith(f"expression {text!r}")
    assert told in refused.value.message


# What it may not say

REFUSED = [
    ("x.__class__()", 1, "only functions by name are called"),
    ("().__class__", 1, "values have no attributes"),
    ("'a'.format", 1, "values have no attributes"),
    ("(x + 1).real", 1, "values have no attributes"),
    ("x[0].real", 1, "values have no attributes"),
    ("x.mean()", 1, "values have no methods"),
    ("(lambda: 1)()", 1, "only functions by name"),
    ("lambda: 1", 1, "Lambda is not allowed"),
    ("[a for a in x]", 1, "ListComp is not allowed"),
    ("{a for a in x}", 1, "SetComp is not allowed"),
    ("{a: 1 for a in x}", 1, "DictComp is not allowed"),
    ("sum(a for a in x)", 4, "GeneratorExp is not allowed"),
    ("f'{x}'", 1, "JoinedStr is not allowed"),
    ("(y := 3)", 2, "NamedExpr is not allowed"),
    ("y = 3", 3, "this is no expression"),
    ("x; y", 2, "this is no expression"),
    ("import os", 1, "this is no expression"),
    ("", 1, "this is no expression"),
    ("await x", 1, "Await is not allowed"),
    ("abs(*x)", 5, "Starred is not allowed"),
    ("round(x, digits=2)", 1, "by place"),
    ("abs(**x)", 1, "by place"),
    ("abs()", 1, "abs takes 1 values, got 0"),
    ("eval('1')", 1, "there is no function 'eval'"),
    ("open('f')", 1, "there is no function 'open'"),
    ("getattr(x, 'y')", 1, "there is no function 'getattr'"),
    ("__import__('os')", 1, "there is no function '__import__'"),
    ("header('x')", 1, "there is no function 'header'"),
    ("column(x)", 1, "column takes one name"),
    ("x ** 65", 6, "after ** stands a number"),
    ("2 ** x", 6, "wanted a constant"),
    ("9 ** 9 ** 9", 6, "wanted a constant"),
    ("x << 3", 1, "LShift is not allowed"),
    ("x @ x", 1, "MatMult is not allowed"),
    ("a & b", 1, "write `and`"),
    ("~a", 1, "write `not`"),
    ("a is b", 6, "write `==`"),
    ("a == None", 6, "isnan"),
    ("a in b", 6, "constants are listed"),
    ("a in ()", 6, "constants are listed"),
    ("x[1:2]", 3, "wanted a constant"),
    ("x['a']", 3, "column('name')"),
    ("1j * x", 1, "got 1j"),
    ("b'a' == x", 1, "got b'a'"),
    ("... == x", 1, "got Ellipsis"),
    ("1e999 > x", 1, "got inf"),
    ("x > 9223372036854775808", 5, "64 bits"),
    ("'é' == a & b", 8, "BitAnd"),
    ("(1, 2) == x", 1, "Tuple is not allowed"),
]


@pytest.mark.parametrize(("text", "column", "told"), REFUSED, ids=[text for text, *_ in REFUSED])
def test_whatever_is_not_allowed_is_refused_at_load(text: str, column: int, told: str):
    with pytest.raises(BadInput) as refused:
        compile_expression(text)
    assert f"column {column}: " in refused.value.message
    assert told in refused.value.message


@pytest.mark.parametrize(
    "text", ["-" * 900 + "x", "(" * 300 + "x" + ")" * 300, "x" + "+x" * 400, "\0", "not " * 200 + "x"]
)
def test_deep_texts_are_refused(text: str):
    with pytest.raises(BadInput):
        compile_expression(text)


def test_long_texts_are_refused():
    with pytest.raises(BadInput, match="must be 1000 characters at most, got 1001"):
        compile_expression("x" * 1001)


def test_a_sum_of_many_columns_is_not_too_deep():
    text = " + ".join(["x"] * (MAX_DEPTH - 1))
    assert compile_expression(text)({"x": np.array([1])}).tolist() == [MAX_DEPTH - 1]


@given(st.text("abx.()[]'\"+-*/%<>=!&|~^@,:{}0129 \n\\_", max_size=40))
def test_any_text_is_an_expression_or_refused(text: str):
    try:
        expression = compile_expression(text)
        expression({"a": np.array([1.0, 2.0]), "b": np.array(["x", None], object)})
    except BadInput:
        pass


# Conditions


def test_a_condition_reads_tensors_and_columns():
    names = ("age", "sum insured")
    request = Request({"data": Tensor("FP64", np.array([[40.0, 1e5]]), names), "kind": Tensor.of(["car"])})
    assert compile_condition('age > 30 and column("sum insured") == 1e5 and kind == "car"')(request)
    assert compile_condition("data[0] == age")(request)


def test_a_condition_reads_headers_and_rows():
    request = asked(x=[1, 2, 3])
    request.headers = ((b"x-user", b"ann"),)
    assert compile_condition('header("X-User") == "ann" and rows == 3')(request)
    assert compile_condition('header("x-other") == ""')(request)


def test_a_caller_cannot_pass_a_column_off_as_the_number_of_rows():
    request = Request({"data": Tensor("FP64", np.array([[99.0]]), ("rows",))})
    assert compile_condition("rows == 1")(request)


def test_a_condition_holds_when_it_holds_for_every_row():
    condition = compile_condition("x > 1")
    assert condition(asked(x=[2, 3]))
    assert not condition(asked(x=[1, 3]))
    assert not condition(asked(x=np.array([], float)))
    assert compile_condition("any(x > 1)")(asked(x=[1, 3]))


def test_a_column_may_come_as_a_matrix_of_one_column():
    assert compile_condition("x > y")(asked(x=[[2], [3]], y=[1, 2]))


def test_bfloat_is_read_as_the_numbers_it_means():
    assert compile_condition("x == 1.5")(Request({"x": Tensor("BF16", narrow(np.array([1.5])))}))


def test_what_is_decided_is_not_looked_at_further():
    assert compile_condition("rows == 1 or x + kind == 3")(asked(x=[1], kind=["a"]))


def test_names_beyond_the_columns_that_came_are_none():
    request = Request({"data": Tensor("FP64", np.array([[1.0]]), ("a", "b"))})
    with pytest.raises(BadInput, match="there is no tensor or column 'b'; there are data, a, b"):
        compile_condition("b > 0")(request)


@pytest.mark.parametrize("text", ["x * 1000000000 == 1", "x + x == 1", "-x > 1", "x > 1", "x % 3 == 1", "mean(x) > 1"])
@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, "%1000000000d", [[]]])
def test_nothing_from_json_but_numbers_is_computed_with(text: str, value: Any):
    for rows in (1, 2):
        with pytest.raises(BadInput):
            compile_condition(text)(Request({"x": Tensor("JSON", objects([value] * rows))}))


def test_a_condition_must_be_true_or_false():
    with pytest.raises(BadInput, match="condition 'x \\+ 1': wanted true or false"):
        compile_condition("x + 1")(asked(x=[1]))


# Conditions on answers


def test_answers_are_read_by_address():
    answers = {
        "screen": Response({"p": Tensor.of([[0.2, 0.8]]), "label": Tensor.of(["bad"])}),
        "score": Response({"y": Tensor.of([7.0])}),
        "request": Response({"data": Tensor("FP64", np.array([[40.0]]), ("age",))}),
    }
    condition = compile_answers_condition(
        "screen.outputs.p[1] > 0.5 and screen.label == 'bad' and score == 7 and request.inputs.age == 40"
    )
    assert condition.reads == ("screen", "score", "request")
    assert condition(answers)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("other.p > 1", "step 'other' has not answered; there are screen"),
        ("screen.q > 1", "step 'screen' has no 'q'; there are p, label"),
        ("screen > 1", "step 'screen' answered p, label: say which"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(text: str, told: str):
    answers = {"screen": Response({"p": Tensor.of([1.0]), "label": Tensor.of(["bad"])})}
    with pytest.raises(BadInput, match=told):
        compile_answers_condition(text)(answers)
