"""Expressions as JSON become nodes; what is of the wrong form is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest

from salver.formats.pfa.avro.schema import Schemas
from salver.formats.pfa.errors import PFASyntaxError
from salver.formats.pfa.syntax.node import Node
from salver.formats.pfa.syntax.reader import MAX_DEPTH, Reader, short, without_marks

FUNCTION = {"params": [{"x": "int"}, {"y": "string"}], "ret": "int", "do": "x"}


def read(value: Any) -> Node:
    return Reader(Schemas()).expression(value, "e")


def plain(node: Any) -> Any:
    """Nodes as tuples, to be compared."""
    if isinstance(node, Node):
        return (node.kind, {key: plain(part) for key, part in node.parts.items()})
    if isinstance(node, tuple):
        return [plain(one) for one in node]
    return {key: plain(one) for key, one in node.items()} if isinstance(node, dict) else node


@pytest.mark.parametrize(
    ("value", "kind", "parts"),
    [
        (None, "null", {"value": None}),
        (True, "boolean", {"value": True}),
        (3, "int", {"int": 3}),
        (2**31, "long", {"long": 2**31}),
        (-(2**31), "int", {"int": -(2**31)}),
        (3.0, "double", {"double": 3.0}),
        ("x", "symbol", {"name": "x"}),
        (["x"], "string", {"string": "x"}),
        ({"int": 3}, "int", {"int": 3}),
        ({"long": 3}, "long", {"long": 3}),
        ({"double": 3}, "double", {"double": 3.0}),
        ({"float": 0.5}, "float", {"float": 0.5}),
        ({"string": "x.y"}, "string", {"string": "x.y"}),
        ({"base64": "AAH/"}, "base64", {"base64": b"\x00\x01\xff"}),
        ({"doc": "why"}, "doc", {"doc": "why"}),
        ({"error": "no", "code": -3}, "error", {"error": "no", "code": -3}),
    ],
)
def test_leaves(value: Any, kind: str, parts: dict[str, Any]) -> None:
    assert plain(read(value)) == (kind, parts)
    assert all(type(read(value)[key]) is type(part) for key, part in parts.items())


def test_dots_lead_into_a_symbol() -> None:
    x = ("symbol", {"name": "x"})
    steps = [("string", {"string": "y"}), ("int", {"int": 3}), ("int", {"int": -1}), ("string", {"string": "a-b"})]
    assert plain(read("x.y.3.-1.a-b")) == ("attr", {"attr": x, "path": steps})


def test_a_list_in_arguments_holds_the_arguments_and_anything_else_is_the_only_one() -> None:
    x = ("symbol", {"name": "x"})
    assert plain(read({"f": ["x"]})) == ("apply", {"name": "f", "args": [x]})
    assert plain(read({"f": "x"})) == ("apply", {"name": "f", "args": [x]})
    assert plain(read({"f": [["x"]]})) == ("apply", {"name": "f", "args": [("string", {"string": "x"})]})
    assert plain(read({"f": []})) == ("apply", {"name": "f", "args": []})


def test_functions_are_arguments_only() -> None:
    assert read({"a.map": ["x", FUNCTION]})["args"][1].kind == "function"
    assert read({"a.map": ["x", {"fcn": "u.f"}]})["args"][1].kind == "reference"
    assert read({"a.map": ["x", {"fcn": "u.f", "fill": {"y": 1}}]})["args"][1].kind == "fill"
    assert read({"attr": "x", "path": [["y"]], "to": FUNCTION})["to"].kind == "function"
    with pytest.raises(PFASyntaxError, match="a function can only be passed") as refused:
        read({"let": {"f": FUNCTION}})
    assert refused.value.path == "e.let.f"


def test_a_body_is_one_expression_or_a_list_of_them() -> None:
    one = ("int", {"int": 1})
    assert plain(read({"do": 1})) == plain(read({"do": [1]})) == ("do", {"do": [one]})
    assert len(read({"do": [1, 2]})["do"]) == 2


def test_nodes_know_their_places() -> None:
    node = read({"if": {"<": ["x", 0]}, "then": [1, {"+": [{"m.abs": "y"}, 2]}], "else": 3})
    assert node["if"]["args"][0].path == "e.if['<'][0]"
    assert node["then"][1]["args"][0]["args"][0].path == "e.then[1]['+'][0]['m.abs']"
    assert node["else"][0].path == "e.else"


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        ([], "e", "wanted an expression"),
        (["x", "y"], "e", "wanted an expression"),
        ([1], "e", "wanted an expression"),
        ({}, "e", "no keys"),
        ("1x", "e", "wanted a symbol"),
        ("", "e", "wanted a symbol"),
        ("x y", "e", "wanted a symbol"),
        (2**63, "e", "a long of 64 bits"),
        ({"int": 2**31}, "e.int", "an int of 32 bits"),
        ({"int": 3.0}, "e.int", "an int of 32 bits"),
        ({"int": True}, "e.int", "an int of 32 bits"),
        ({"long": 2**63}, "e.long", "a long of 64 bits"),
        ({"double": "3"}, "e.double", "a number"),
        ({"double": True}, "e.double", "a number"),
        ({"double": 10**400}, "e.double", "range of a double"),
        ({"string": 3}, "e.string", "text"),
        ({"base64": "?"}, "e.base64", "base64"),
        ({"if": True}, "e", "'if' wants 'if', 'then' and may have 'else'"),
        ({"if": True, "then": 1, "other": 2}, "e", "neither a special form nor the call"),
        ({"let": {}}, "e.let", "at least one symbol"),
        ({"let": {"a.b": 1}}, "e.let", "wanted a symbol"),
        ({"set": []}, "e.set", "an object"),
        ({"do": []}, "e.do", "at least one expression"),
        ({"cond": []}, "e.cond", "at least one 'if'"),
        ({"cond": [{"if": True, "then": 1, "else": 2}]}, "e.cond[0]", "without 'else'"),
        ({"cond": ["x"]}, "e.cond[0]", "without 'else'"),
        ({"foreach": "x.y", "in": "z", "do": 1}, "e.foreach", "a symbol"),
        ({"foreach": "x", "in": "z", "do": 1, "seq": 0}, "e.seq", "true or false"),
        ({"cast": "x", "cases": {}}, "e.cases", "a list of cases"),
        ({"cast": "x", "cases": [{"as": "int", "do": 1}]}, "e.cases[0]", "a case with"),
        ({"pool": "p", "path": []}, "e.path", "names an item"),
        ({"cell": 3}, "e.cell", "text"),
        ({"error": "no", "code": "3"}, "e.code", "an int"),
        ({"try": 1, "filter": [1.5]}, "e.filter", "codes and messages"),
        ({"try": 1, "filter": [True]}, "e.filter", "codes and messages"),
        ({"call": "x", "args": 1}, "e.args", "a list of expressions"),
        ({"f": [{"fcn": "g", "fill": {}}]}, "e.f[0].fill", "at least one argument"),
        ({"f": {"params": {}, "ret": "int", "do": 1}}, "e.f.params", "a list of objects"),
        ({"f": {"params": [{"x": "int", "y": "int"}], "ret": "int", "do": 1}}, "e.f.params[0]", "an object of just"),
        ({"f": {"params": [{"x": "int"}, {"x": "int"}], "ret": "int", "do": 1}}, "e.f.params[1]", "there twice"),
        ({"pack": []}, "e.pack", "at least one format"),
        ({"pack": [{"int": 1, "long": 2}]}, "e.pack[0]", "an object of just"),
        ({"unpack": "x", "format": [], "then": 1}, "e.format", "at least one symbol"),
        ({"unpack": "x", "format": [{"a": 3}], "then": 1}, "e.format[0].a", "text"),
        ({"log": 3, "namespace": 3}, "e.namespace", "text"),
        ({"attr": "x", "path": []}, "e.path", "at least one|names"),
        ({"attr": "x", "path": [], "to": 1}, "e.path", "at least one|names"),
    ],
)
def test_what_is_of_the_wrong_form_is_refused_with_its_place(value: Any, path: str, message: str) -> None:
    with pytest.raises(PFASyntaxError, match=message) as refused:
        read(value)
    assert refused.value.path == path


def test_expressions_may_be_deep_but_not_too_deep() -> None:
    def nested(depth: int) -> Any:
        value: Any = "x"
        for _ in range(depth):
            value = {"do": value}
        return value

    assert read(nested(MAX_DEPTH)).kind == "do"
    with pytest.raises(PFASyntaxError, match="nested more than"):
        read(nested(MAX_DEPTH + 1))


def test_marks_are_taken_out_everywhere_but_from_texts() -> None:
    marked = {"@": "line 1", "action": [{"@": "line 2", "+": [1, {"@": "x", "string": "@"}]}]}
    assert without_marks(marked) == {"action": [{"+": [1, {"string": "@"}]}]}


def test_long_values_are_shortened_in_messages() -> None:
    assert short("x" * 100) == "'" + "x" * 56 + "..."
    assert short([1, 2]) == "[1, 2]"
