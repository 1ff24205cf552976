"""Lines: which node of a graph hands something to which, read from their descriptions. Not where they are drawn."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from salver.core.graphlike import NodeDescription


@dataclass(frozen=True, slots=True)
class Line:
    """From one node to another, by their names."""

    source: str
    target: str
    label: str = ""
    """What goes that way, where it is said: names of tensors, the number of a router's branch."""


def lines(nodes: Sequence[NodeDescription]) -> list[Line]:
    """From each node to its children, and to those that take what it gives; two nodes have at most one each way."""
    names = {node.name for node in nodes}
    found: dict[tuple[str, str], list[str]] = {}
    for node in nodes:
        for number, child in enumerate(node.children):
            found.setdefault((node.name, child), []).append(str(number) if node.role == "ROUTER" else "")
        for address in node.inputs:
            source, tensor = parts(address)
            found.setdefault((source, node.name), []).append(tensor)
    return [
        Line(source, target, ", ".join(dict.fromkeys(label for label in labels if label)))
        for (source, target), labels in found.items()
        if source in names and target in names and source != target
    ]


def parts(address: str) -> tuple[str, str]:
    """The node of an address, and the tensor, empty where all are meant."""
    node, _, tensor = address.partition(".outputs.")
    return node, tensor


def levels(names: Sequence[str], found: Sequence[Line]) -> Mapping[str, int]:
    """How many lines lead to each node, on the longest way. Where lines go round in a circle, one is not followed."""
    waits = dict.fromkeys(names, 0)
    after: dict[str, list[str]] = {name: [] for name in names}
    for line in found:
        after[line.source].append(line.target)
        waits[line.target] += 1
    level = dict.fromkeys(names, 0)
    ready = [name for name in reversed(names) if not waits[name]]
    left = dict.fromkeys(names)
    while left:
        name = ready.pop() if ready else next(iter(left))
        del left[name]
        for target in after[name]:
            waits[target] -= 1
            if target in left:
                level[target] = max(level[target], level[name] + 1)
                if not waits[target]:
                    ready.append(target)
    return level


def shown(text: str, most: int) -> str:
    """Text that can be shown: what does no printing, or turns the direction of writing, is replaced; cut to `most`."""
    seen = "".join(letter if letter.isprintable() else "\ufffd" for letter in text[: most + 1])
    return seen if len(seen) <= most else seen[: most - 1] + "…"


def width(text: str) -> int:
    """In letters of one width; East Asian ones are two, those that stand on others none."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text
    )
