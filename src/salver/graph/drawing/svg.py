"""SVG: a graph as a picture. Colours follow the reader's choice of light or dark; nothing in it is fetched or run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Final

from salver.core.graphlike import NodeDescription
from salver.graph.drawing.layout import Box, lay_out
from salver.graph.drawing.lines import Line, lines, parts, shown, width

_MOST: Final = 32
"""Letters of a name or kind that are shown in a box; a tooltip has more."""
_LETTER: Final = 7.6
_LEAST_WIDTH: Final = 96.0
_ROLES: Final[Mapping[str, str]] = {
    "MODEL": "#2563eb",
    "ROUTER": "#c2410c",
    "COMBINER": "#7e22ce",
    "TRANSFORMER": "#047857",
    "OUTPUT_TRANSFORMER": "#0e7490",
}
_OTHER_ROLE: Final = "#64748b"
_STYLE: Final = """
.salver-graph { font: 13px ui-monospace, Menlo, Consolas, monospace; }
.salver-graph text { fill: #1e293b; text-anchor: middle; }
.salver-graph .kind, .salver-graph .label { fill: #475569; font-size: 11px; }
.salver-graph rect { fill: #ffffff; stroke-width: 1.5; }
.salver-graph .answer rect { stroke-width: 4; }
.salver-graph path.line { fill: none; stroke: #64748b; stroke-width: 1.3; }
.salver-graph .head { fill: #64748b; }
@media (prefers-color-scheme: dark) {
  .salver-graph text { fill: #e2e8f0; }
  .salver-graph .kind, .salver-graph .label { fill: #94a3b8; }
  .salver-graph rect { fill: #1e293b; }
}
"""
_HEAD: Final = (
    '<defs><marker id="salver-head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path class="head" d="M0 0 8 4 0 8z"/></marker></defs>'
)


def draw_svg(nodes: Sequence[NodeDescription], output: Sequence[str] = (), title: str = "") -> str:
    """A document of its own, which may also stand within HTML: a box a node, an arrow where one hands something to
    another, a thick border for those that `output` names (addresses). The same for the same nodes.

    Raises BadInput for a graph that is too large to draw.
    """
    found = lines(nodes)
    layout = lay_out({node.name: _box_width(node) for node in nodes}, found)
    answers = {parts(address)[0] for address in output}
    named = f"<title>{_text(title, 200)}</title>" if title else ""
    arrows = "".join(_arrow(line, way) for line, way in zip(found, layout.ways, strict=True))
    boxes = "".join(_box(node, layout.boxes[node.name], node.name in answers) for node in nodes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="salver-graph" role="img" '
        f'width="{layout.width:.8g}" height="{layout.height:.8g}" viewBox="0 0 {layout.width:.8g} {layout.height:.8g}">'
        f"{named}<style>{_STYLE}</style>{_HEAD}{arrows}{boxes}</svg>\n"
    )


def _box_width(node: NodeDescription) -> float:
    letters = max(width(shown(node.name, _MOST)), width(shown(node.kind, _MOST)))
    return max(_LEAST_WIDTH, letters * _LETTER + 24.0)


def _box(node: NodeDescription, box: Box, is_answer: bool) -> str:
    middle = box.x + box.width / 2
    about = f"{node.name}: {node.role} {node.kind} {node.path}".rstrip()
    return (
        f'<g class="node{" answer" if is_answer else ""}" data-node="{_text(node.name, 1000)}">'
        f"<title>{_text(about, 1000)}</title>"
        f'<rect x="{box.x:.8g}" y="{box.y:.8g}" width="{box.width:.8g}" height="{box.height:.8g}" rx="6" '
        f'stroke="{_ROLES.get(node.role, _OTHER_ROLE)}"/>'
        f'<text x="{middle:.8g}" y="{box.y + 20:.8g}">{_text(node.name, _MOST)}</text>'
        f'<text class="kind" x="{middle:.8g}" y="{box.y + 37:.8g}">{_text(node.kind, _MOST)}</text></g>'
    )


def _arrow(line: Line, way: Sequence[tuple[float, float]]) -> str:
    (x, y), *rest = way
    (next_x, next_y), *_ = rest
    label = ""
    if line.label:
        at = f'x="{(x + next_x) / 2 + 4:.8g}" y="{(y + next_y) / 2 - 5:.8g}"'
        label = f'<text class="label" {at}>{_text(line.label, _MOST)}</text>'
    return (
        f'<path class="line" data-from="{_text(line.source, 1000)}" data-to="{_text(line.target, 1000)}" '
        f'd="M{x:.8g} {y:.8g}{_curve(way)}" marker-end="url(#salver-head)"/>{label}'
    )


def _curve(way: Sequence[tuple[float, float]]) -> str:
    """Straight where it goes straight down, else leaving and arriving straight down."""
    steps = []
    for (x, y), (next_x, next_y) in pairwise(way):
        middle = (y + next_y) / 2
        steps.append(
            f"V{next_y:.8g}"
            if x == next_x
            else f"C{x:.8g} {middle:.8g} {next_x:.8g} {middle:.8g} {next_x:.8g} {next_y:.8g}"
        )
    return "".join(steps)


def _text(text: str, most: int) -> str:
    return escape(shown(text, most))
