from pathlib import Path

import pytest

from salver.core.errors import BadInput
from salver.formats.pmml.element import Element
from salver.formats.pmml.options import PmmlOptions
from salver.formats.pmml.reader import read_document

DEFAULT = PmmlOptions()


def read(folder: Path, text: str, options: PmmlOptions = DEFAULT) -> Element:
    path = folder / "model.pmml"
    path.write_text(text, encoding="utf-8")
    return read_document(str(path), options)


def test_elements_have_their_attributes_text_and_place(tmp_path: Path) -> None:
    root = read(tmp_path, '<PMML version="4.4">\n<Array n="2">1 2</Array>\n<Array n="1">3</Array></PMML>')
    first, second = root.children
    assert (root.get("version"), first.numbers(), second.numbers()) == ("4.4", [1, 2], [3])
    assert second.place == "/PMML/Array[2], line 3"


def test_text_around_children_is_kept_and_white_space_is_not(tmp_path: Path) -> None:
    root = read(tmp_path, "<PMML>\n <a>one<b/>two</a>\n</PMML>")
    assert (root.text, root.children[0].text) == ("", "onetwo")


@pytest.mark.parametrize("name", ["xmlns", "xmlns:p"])
def test_namespaces_are_ignored(tmp_path: Path, name: str) -> None:
    prefix = "p:" if ":" in name else ""
    text = (
        f'<{prefix}PMML {name}="http://www.dmg.org/PMML-4_4"><{prefix}TreeModel><{prefix}Node>'
        f"<{prefix}True/><{prefix}Node><{prefix}False/></{prefix}Node></{prefix}Node></{prefix}TreeModel></{prefix}PMML>"
    )
    root = read(tmp_path, text)
    assert (root.tag, root.children[0].tag, len(root.children[0].table)) == ("PMML", "TreeModel", 2)


def test_extensions_are_passed_over_with_all_that_is_in_them(tmp_path: Path) -> None:
    root = read(tmp_path, "<PMML><Extension>words<TreeModel><Node/></TreeModel></Extension><a/>rest</PMML>")
    assert ([child.tag for child in root.children], root.text) == (["a"], "rest")


def test_what_follows_a_tree_is_read_on(tmp_path: Path) -> None:
    root = read(tmp_path, "<PMML><TreeModel><Node><True/></Node><b>text</b></TreeModel><c/></PMML>")
    model, after = root.children
    assert (model.children[0].text, after.tag) == ("text", "c")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<PMML><a></PMML>", "no well-formed XML: mismatched tag: line 1"),
        ("", "no well-formed XML: no element found"),
        ("<html/>", "is no PMML: its root is html"),
        ('<!DOCTYPE PMML [<!ENTITY e "x">]>\n<PMML>&e;</PMML>', "a document type definition is not allowed (line 1)"),
        ("<PMML><TreeModel><Node/><Node/></TreeModel></PMML>", "has one root Node, here is a second (line 1)"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(BadInput) as fault:
        read(tmp_path, text)
    assert reason in fault.value.message
    assert "model.pmml" in fault.value.message


@pytest.mark.parametrize(
    "inside",
    [
        "<a>" * 9 + "</a>" * 9,
        "<TreeModel>" + "<Node>" * 8 + "</Node>" * 8 + "</TreeModel>",
        "<TreeModel><Node><CompoundPredicate>" + "<a>" * 6 + "</a>" * 6 + "</CompoundPredicate></Node></TreeModel>",
    ],
)
def test_depth_is_bounded_in_elements_nodes_and_predicates(tmp_path: Path, inside: str) -> None:
    text = f"<PMML>\n{inside}</PMML>"
    with pytest.raises(BadInput, match=r"elements are nested deeper than 9 \(line 2, at a (a|Node)\)"):
        read(tmp_path, text, PmmlOptions(max_depth=9))
    read(tmp_path, text, PmmlOptions(max_depth=10))


def test_size_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"7 bytes, more than pmml\.max_bytes allows"):
        read(tmp_path, "<PMML/>", PmmlOptions(max_bytes=6))


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    path = tmp_path / "model.pmml"
    path.write_text(f"<PMML>{' ' * 1_500_000}</PMML>")
    told: list[tuple[int, int]] = []
    read_document(str(path), PmmlOptions(), lambda done, total: told.append((done, total)))
    assert told[-1] == (path.stat().st_size, path.stat().st_size)
    assert len(told) == 2
