"""What elements hold is read as it should be, or refused with the place where it stands."""

from __future__ import annotations

import pytest

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml.element import Element, short

ROOT = Element("PMML", {}, 1, None)


def child(tag: str, line: int = 2, parent: Element = ROOT, text: str = "", **attributes: str) -> Element:
    element = Element(tag, attributes, line, parent)
    element.text = text
    parent.children.append(element)
    return element


def array(text: str, **attributes: str) -> Element:
    element = Element("Array", attributes, 7, None)
    element.text = text
    return element


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        (" \n\t ", []),
        ("a b\n c", ["a", "b", "c"]),
        ('"two words" three', ["two words", "three"]),
        ('"" ""', ["", ""]),
        (r'"so \"said\"" x', ['so "said"', "x"]),
        (r'"back \\ slash"', [r"back \ slash"]),
        (r'"a\nb"', [r"a\nb"]),
        (r"a\"b c", ['a"b', "c"]),
        ('"open', ["open"]),
        ('"a""b"', ["a", "b"]),
        ('a"b', ['a"b']),
        ("Ü ß", ["Ü", "ß"]),
    ],
)
def test_entries_of_an_array(text: str, items: list[str]):
    assert array(text).items() == items
    assert array(text, n=str(len(items))).items() == items
    with pytest.raises(BadInput, match=rf"n=99, but there are {len(items)} entries \(/Array, line 7\)"):
        array(text, n="99").items()


def test_numbers_of_an_array():
    assert array("1 -2.5 1e3 INF -INF .5 +4").numbers() == [1, -2.5, 1000, float("inf"), float("-inf"), 0.5, 4]


@pytest.mark.parametrize("text", ["x", "1_000", "NaN", "1,5", "0x10", "--1", "1 2 x"])
def test_what_is_no_number_is_refused(text: str):
    with pytest.raises(BadInput, match=r"entry=.* is no number \(/Array, line 7\)"):
        array(text).numbers()


def test_a_place_counts_brothers_of_its_name():
    root = Element("PMML", {}, 1, None)
    model = child("TreeModel", 2, root)
    first, other, second = child("a", 3, model), child("b", 4, model), child("a", 5, model)
    assert (first.place, other.place, second.place) == (
        "/PMML/TreeModel/a[1], line 3",
        "/PMML/TreeModel/b, line 4",
        "/PMML/TreeModel/a[2], line 5",
    )


def test_children_by_name():
    root = Element("PMML", {}, 1, None)
    one, two, three = child("a", 2, root), child("b", 3, root), child("a", 4, root)
    assert [*root.all("a")] == [one, three]
    assert [*root.all()] == [one, two, three]
    assert root.first("b", "a") is one
    assert root.first("c") is None
    assert root.need("b") is two
    with pytest.raises(BadInput, match=r"PMML needs a child c or d \(/PMML, line 1\)"):
        root.need("c", "d")


def test_attributes_as_what_they_should_be():
    element = child("x", yes="true", one="1", no="false", none="0", number="2.5", whole="3.0", word="big")
    assert [element.flag(name, default=False) for name in ("yes", "one", "no", "none", "absent")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert (element.number("number"), element.number("absent", 4.0), element.number("absent", None)) == (2.5, 4.0, None)
    assert (element.integer("whole"), element.integer("absent", 7)) == (3, 7)
    assert isinstance(element.integer("whole"), int)
    assert (element.choice("word", ("big", "small")), element.choice("absent", ("big", "small"), "small")) == (
        "big",
        "small",
    )
    assert (element.want("word"), element.get("absent"), element.get("absent", "d")) == ("big", "", "d")


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda element: element.want("absent"), "x needs an attribute absent"),
        (lambda element: element.number("absent"), "x needs an attribute absent"),
        (lambda element: element.choice("absent", ("a",)), "x needs an attribute absent"),
        (lambda element: element.number("word"), "word='big' is no number"),
        (lambda element: element.integer("half"), "half=2.5 is no integer"),
        (lambda element: element.flag("word", default=True), "word='big' is no truth value"),
        (lambda element: element.choice("word", ("a", "b")), "word='big' is not known here; wanted one of a, b"),
    ],
)
def test_attributes_that_are_not(ask, reason: str):
    root = Element("PMML", {}, 1, None)
    with pytest.raises(BadInput) as fault:
        ask(child("x", 9, root, word="big", half="2.5"))
    assert fault.value.message == f"{reason} (/PMML/x, line 9)"


def test_refusals_are_of_two_kinds():
    with pytest.raises(BadInput, match=r"^wrong \(/PMML, line 1\)$"):
        ROOT.refuse("wrong")
    with pytest.raises(Unsupported, match=r"^not yet \(/PMML, line 1\)$"):
        ROOT.unsupported("not yet")


def test_long_texts_are_cut_for_messages():
    assert short("a") == "'a'"
    assert len(short("a" * 1000)) == 62
