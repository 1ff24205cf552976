from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.graphlike import NodeDescription
from salver.graph.drawing.lines import Line, levels, lines, parts, shown, width


def test_lines_go_to_children_and_from_inputs() -> None:
    nodes = [
        NodeDescription("route", "ROUTER", "weighted", children=("a", "b")),
        NodeDescription("a", "MODEL", "onnx"),
        NodeDescription("b", "MODEL", "onnx"),
        NodeDescription("last", "COMBINER", "mean", inputs=("route", "a.outputs.x", "a.outputs.y", "request.inputs.z")),
    ]
    assert lines(nodes) == [
        Line("route", "a", "0"),
        Line("route", "b", "1"),
        Line("route", "last"),
        Line("a", "last", "x, y"),
    ]


def test_what_is_nowhere_is_no_end_of_a_line() -> None:
    assert lines([NodeDescription("a", "MODEL", "onnx", children=("gone", "a"), inputs=("request",))]) == []


@pytest.mark.parametrize(
    ("address", "found"),
    [("a", ("a", "")), ("a.outputs.x", ("a", "x")), ("a.outputs.x.outputs.y", ("a", "x.outputs.y")), ("", ("", ""))],
)
def test_an_address_is_a_node_and_perhaps_a_tensor(address: str, found: tuple[str, str]) -> None:
    assert parts(address) == found


def test_a_level_is_the_longest_way() -> None:
    found = [Line("a", "b"), Line("b", "c"), Line("a", "c"), Line("a", "d")]
    assert levels(["c", "d", "b", "a"], found) == {"a": 0, "b": 1, "c": 2, "d": 1}


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] != pair[1])))
def test_lines_that_go_round_in_a_circle_do_no_harm(pairs: set[tuple[int, int]]) -> None:
    found = [Line(str(source), str(target)) for source, target in pairs]
    assert set(levels([str(name) for name in range(8)], found).values()) <= set(range(8))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "plain"),
        ("a\x00b\x1b[31m\n", "a\ufffdb\ufffd[31m\ufffd"),
        ("\u202eevil", "\ufffdevil"),  # would turn the direction of what follows
        ("\ud800", "\ufffd"),
        ("0123456789abc", "012345678…"),
    ],
)
def test_only_what_can_be_printed_is_shown(text: str, seen: str) -> None:
    assert shown(text, 10) == seen


def test_wide_letters_count_twice_and_accents_not_at_all() -> None:
    assert [width("abc"), width("漢字"), width("e\u0301")] == [3, 4, 1]
