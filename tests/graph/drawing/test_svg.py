from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.graphlike import NodeDescription
from salver.graph.drawing.svg import draw_svg

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = ['"><script>alert(1)</script>', "a&b;'\"", "]]>", "\x00\x0b\ud800\uffff", "</svg>", "𝕏 漢字 " * 50, ""]


def nodes(*names: str) -> list[NodeDescription]:
    first, *rest = names
    return [
        NodeDescription(first, "ROUTER", "weighted", children=tuple(rest)),
        *(NodeDescription(name, "MODEL", "onnx", path=f"models/{name}") for name in rest),
        NodeDescription("mean", "COMBINER", "mean", inputs=tuple(f"{name}.outputs.y" for name in rest)),
    ]


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def drawn(root: ElementTree.Element) -> list[str | None]:
    return [group.get("data-node") for group in root.iter(f"{SVG}g")]


def test_every_node_is_there_once_with_its_name_and_kind() -> None:
    root = parsed(draw_svg(nodes("route", "a", "b")))
    assert drawn(root) == ["route", "a", "b", "mean"]
    texts = [[text.text for text in group.iter(f"{SVG}text")] for group in root.iter(f"{SVG}g")]
    assert texts == [["route", "weighted"], ["a", "onnx"], ["b", "onnx"], ["mean", "mean"]]


def test_every_line_joins_its_boxes() -> None:
    root = parsed(draw_svg(nodes("route", "a", "b")))
    found = {(path.get("data-from"), path.get("data-to")) for path in root.iter(f"{SVG}path") if path.get("data-from")}
    assert found == {("route", "a"), ("route", "b"), ("a", "mean"), ("b", "mean")}
    boxes = {group.get("data-node"): group.find(f"{SVG}rect") for group in root.iter(f"{SVG}g")}
    for path in root.iter(f"{SVG}path"):
        source, target = boxes.get(path.get("data-from")), boxes.get(path.get("data-to"))
        if source is None or target is None:
            continue
        way = path.get("d", "").replace("M", " ").replace("C", " ").replace("V", " ").split()
        assert float(way[1]) == float(source.get("y", "")) + float(source.get("height", ""))
        assert float(way[-1]) == float(target.get("y", ""))
        assert 0 < float(way[0]) - float(source.get("x", "")) < float(source.get("width", ""))


def test_lines_say_what_goes_that_way() -> None:
    labels = [text.text for text in parsed(draw_svg(nodes("route", "a", "b"))).iter(f"{SVG}text")]
    assert labels[:4] == ["0", "1", "y", "y"]


def test_the_answer_is_marked() -> None:
    root = parsed(draw_svg(nodes("route", "a"), ("mean.outputs.y",), "Wine"))
    marked = [group.get("data-node") for group in root.iter(f"{SVG}g") if "answer" in group.get("class", "")]
    assert marked == ["mean"]
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == "Wine"


def test_colours_follow_the_reader() -> None:
    style = parsed(draw_svg(nodes("route", "a"))).find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme: dark" in (style.text or "")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_stay_words(name: str) -> None:
    described = [NodeDescription(name, name, name, path=name, inputs=("b.outputs." + name,)), *nodes("b")]
    root = parsed(draw_svg(described, (name,), name))
    assert len(drawn(root)) == 3
    known = {"svg", "title", "style", "defs", "marker", "path", "g", "rect", "text"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= known
    assert all(not key.startswith("on") for element in root.iter() for key in element.attrib)


@given(st.lists(st.text(), min_size=1, max_size=6, unique=True))
def test_any_names_make_a_document(names: list[str]) -> None:
    described = [NodeDescription(name, "MODEL", name, inputs=tuple(names[:place])) for place, name in enumerate(names)]
    text = draw_svg(described, names)
    assert len(drawn(parsed(text))) == len(names)
    assert text == draw_svg(described, names)


def test_no_nodes_are_an_empty_picture() -> None:
    assert drawn(parsed(draw_svg([]))) == []
