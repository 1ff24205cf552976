"""Text: a graph as lines of a terminal. Steps stand below each other, what hangs below one as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from salver.core.graphlike import NodeDescription
from salver.graph.drawing.lines import parts, shown, width

_MOST: Final = 60
"""Letters of a name that are shown."""


@dataclass(frozen=True, slots=True)
class Pen:
    """What trees and arrows are drawn with."""

    branch: str = "├─ "
    last: str = "└─ "
    stem: str = "│  "
    takes: str = "←"
    answer: str = "⇒ answer"


PRINTED: Final = Pen()
ASCII: Final = Pen("|- ", "`- ", "|  ", "<-", "=> answer")


def draw_text(nodes: Sequence[NodeDescription], output: Sequence[str] = (), *, ascii_only: bool = False) -> str:
    """A line a node: its name, its role and kind, what it takes and, of those that `output` names (addresses), that it
    is the answer. Ends with a line break; empty for no nodes."""
    pen = ASCII if ascii_only else PRINTED
    answers = {parts(address)[0] for address in output}
    rows = [
        (stem + shown(node.name, _MOST), _about(node, pen, node.name in answers)) for stem, node in _tree(nodes, pen)
    ]
    widest = max((width(name) for name, _ in rows), default=0)
    text = "".join(f"{name}{' ' * (widest - width(name))}  {about}\n" for name, about in rows)
    return text.replace("…", "...").encode("ascii", "backslashreplace").decode() if ascii_only else text


def _about(node: NodeDescription, pen: Pen, is_answer: bool) -> str:
    kind = " ".join(dict.fromkeys((node.role.lower().replace("_", " "), shown(node.kind, _MOST))))
    words = [kind.strip()]
    if node.inputs:
        words.append(f"{pen.takes} {', '.join(shown(address, _MOST) for address in node.inputs)}")
    if is_answer:
        words.append(pen.answer)
    return "  ".join(words)


def _tree(nodes: Sequence[NodeDescription], pen: Pen) -> Iterator[tuple[str, NodeDescription]]:
    """Each node once, with what is drawn before its name: nobody's children first, each followed by what is below."""
    known = {node.name: node for node in nodes}
    below = {child for node in nodes for child in node.children}
    left = dict(known)
    # Those that only go round in a circle come last.
    for top in [*(name for name in known if name not in below), *known]:
        todo = [(top, "", "")]
        while todo:
            name, before, stem = todo.pop()
            node = left.pop(name, None)
            if node is None:
                continue
            yield before, node
            children = [child for child in dict.fromkeys(node.children) if child in left]
            for place, child in reversed(list(enumerate(children, 1))):
                is_last = place == len(children)
                todo.append(
                    (child, stem + (pen.last if is_last else pen.branch), stem + ("   " if is_last else pen.stem))
                )
