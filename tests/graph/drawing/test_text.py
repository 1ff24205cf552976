from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.graphlike import NodeDescription
from salver.graph.drawing.text import draw_text

NODES = [
    NodeDescription("scale", "TRANSFORMER", "standardise"),
    NodeDescription("route", "ROUTER", "epsilon_greedy", children=("trees", "linear"), inputs=("scale",)),
    NodeDescription("trees", "MODEL", "onnx", children=("deep",)),
    NodeDescription("deep", "MODEL", "pmml"),
    NodeDescription("linear", "OUTPUT_TRANSFORMER", "argmax"),
    NodeDescription("mean", "COMBINER", "mean", inputs=("route.outputs.y", "scale")),
]


def test_steps_stand_below_each_other_and_children_below_their_parents() -> None:
    assert draw_text(NODES, ("mean.outputs.y",)) == (
        "scale       transformer standardise\n"
        "route       router epsilon_greedy  ← scale\n"
        "├─ trees    model onnx\n"
        "│  └─ deep  model pmml\n"
        "└─ linear   output transformer argmax\n"
        "mean        combiner mean  ← route.outputs.y, scale  ⇒ answer\n"
    )


def test_it_can_be_drawn_in_ascii() -> None:
    text = draw_text([*NODES, NodeDescription("schön", "MODEL", "onnx")], ("mean",), ascii_only=True)
    assert text.isascii()
    assert text.splitlines()[1:4] == [
        "route       router epsilon_greedy  <- scale",
        "|- trees    model onnx",
        "|  `- deep  model pmml",
    ]
    assert text.splitlines()[-1].startswith("sch\\xf6n")


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2J", "\u202e"])
def test_hostile_names_do_not_reach_the_terminal(name: str) -> None:
    text = draw_text([NodeDescription(name, "MODEL", name, inputs=(name,))])
    assert text.count("\n") == 1
    assert text.strip().isprintable()


def test_columns_stand_below_each_other_in_wide_letters_too() -> None:
    text = draw_text([NodeDescription("漢字", "MODEL", "onnx"), NodeDescription("abcd", "MODEL", "onnx")])
    assert text == "漢字  model onnx\nabcd  model onnx\n"


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=10, max_size=10))
def test_every_node_has_one_line_even_where_they_go_round_in_a_circle(children: list[list[int]]) -> None:
    described = [
        NodeDescription(f"n{name}", "MODEL", "pmml", children=tuple(f"n{child}" for child in below))
        for name, below in enumerate(children)
    ]
    assert sorted(re.findall(r"n\d", draw_text(described))) == [f"n{name}" for name in range(10)]
    assert draw_text(described).count("\n") == 10


def test_no_nodes_are_no_lines() -> None:
    assert draw_text([]) == ""
