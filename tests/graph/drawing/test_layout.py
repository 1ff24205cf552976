"""What must hold of every drawing, whatever the graph."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.graph.drawing.layout import MARGIN, Box, Layout, lay_out
from salver.graph.drawing.lines import Line


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, float], list[Line]]:
    """Nodes in any order, lines from lower to higher names only: no circle."""
    count = draw(st.integers(1, 14))
    pairs = draw(st.sets(st.sampled_from(list(combinations(range(count), 2)) or [(0, 0)]), max_size=25))
    names = draw(st.permutations(range(count)))
    widths = {str(name): draw(st.floats(10, 400)) for name in names}
    return widths, [Line(str(source), str(target)) for source, target in sorted(pairs) if source != target]


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@given(graphs())
def test_no_two_boxes_overlap_and_all_lie_within(graph: tuple[dict[str, float], list[Line]]) -> None:
    widths, lines = graph
    found = lay_out(widths, lines)
    assert found.boxes.keys() == widths.keys()
    for one, other in combinations(found.boxes.values(), 2):
        assert not overlap(one, other)
    for box in found.boxes.values():
        assert box.x >= MARGIN - 0.1
        assert box.y >= MARGIN
        assert box.x + box.width <= found.width
        assert box.y + box.height <= found.height


@given(graphs())
def test_every_line_goes_down_from_box_to_box(graph: tuple[dict[str, float], list[Line]]) -> None:
    widths, lines = graph
    found = lay_out(widths, lines)
    for line, way in zip(lines, found.ways, strict=True):
        source, target = found.boxes[line.source], found.boxes[line.target]
        assert list(way[0]) == pytest.approx([source.x + source.width / 2, source.y + source.height])
        assert list(way[-1]) == pytest.approx([target.x + target.width / 2, target.y])
        assert all(upper[1] < lower[1] for upper, lower in pairwise(way))


@given(graphs())
def test_no_line_crosses_a_box(graph: tuple[dict[str, float], list[Line]]) -> None:
    widths, lines = graph
    found = lay_out(widths, lines)
    for way in found.ways:
        assert not any(crosses(way, box) for box in found.boxes.values())


def crosses(way: object, box: Box) -> bool:
    """Whether a way has a part inside: it may go straight down beside a box, and sideways only between layers."""
    assert isinstance(way, list)
    for (x, y), (next_x, next_y) in pairwise(way):
        lies_beside = min(x, next_x) >= box.x + box.width or max(x, next_x) <= box.x
        if not lies_beside and y < box.y + box.height and next_y > box.y:
            return True
    return False


@given(graphs())
def test_the_same_graph_is_drawn_the_same(graph: tuple[dict[str, float], list[Line]]) -> None:
    assert lay_out(*graph) == lay_out(*graph)


def test_a_chain_is_a_straight_line() -> None:
    found = lay_out({"a": 50, "b": 200, "c": 80}, [Line("a", "b"), Line("b", "c")])
    assert len({box.x + box.width / 2 for box in found.boxes.values()}) == 1


def test_a_circle_is_drawn_all_the_same() -> None:
    found = lay_out({"a": 50, "b": 50}, [Line("a", "b"), Line("b", "a")])
    assert not overlap(found.boxes["a"], found.boxes["b"])


def test_no_graph_is_an_empty_picture() -> None:
    found = lay_out({}, [])
    assert isinstance(found, Layout)
    assert (found.boxes, found.ways) == ({}, [])


def test_what_is_too_large_is_refused() -> None:
    names = [str(name) for name in range(300)]
    chain = [Line(*pair) for pair in pairwise(names)]
    far = [Line("0", name) for name in names[2:]]
    with pytest.raises(BadInput, match="too large to draw"):
        lay_out(dict.fromkeys(names, 100.0), chain + far)
