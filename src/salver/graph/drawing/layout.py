"""Layout: where boxes and lines of a graph lie. Layers from top to bottom, each line at least one layer down.

K. Sugiyama, S. Tagawa, M. Toda, Methods for visual understanding of hierarchical system structures, 1981: a line that
passes layers goes through a slot of its own in each; the order within layers is by the mean of neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from salver.core.errors import BadInput
from salver.graph.drawing.lines import Line, levels

BOX_HEIGHT: Final = 48.0
LAYER_GAP: Final = 56.0
SIDE_GAP: Final = 28.0
MARGIN: Final = 20.0
MAX_SLOTS: Final = 20_000
"""Places for boxes, and for lines that pass them; a graph that needs more is refused."""
_SWEEPS: Final = 4
_BEND_WIDTH: Final = 8.0
_Slot: TypeAlias = str | tuple[int, int]
"""A node's name, or a line's number and the layer that it passes."""
_Neighbours: TypeAlias = dict[_Slot, list[_Slot]]


@dataclass(frozen=True, slots=True)
class Box:
    """Of one node: left upper corner and size."""

    x: float
    y: float
    width: float
    height: float = BOX_HEIGHT


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes in pixels, from the left upper corner."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    ways: Sequence[Sequence[tuple[float, float]]]
    """Of each line, as points: from the lower edge of its source to the upper edge of its target. What passes a layer
    passes it straight. Only a line that closes a circle goes up."""


def lay_out(widths: Mapping[str, float], lines: Sequence[Line]) -> Layout:
    """Where nodes of these widths lie, in an order as near to their own as lines allow. The same each time.

    Raises BadInput for a graph that is too large.
    """
    level = levels(list(widths), lines)
    if len(widths) + sum(max(2, level[line.target] - level[line.source] - 1) for line in lines) > MAX_SLOTS:
        raise BadInput(f"the graph is too large to draw: more than {MAX_SLOTS} boxes and bends of lines")
    paths = [_path(number, line, level) for number, line in enumerate(lines)]
    above, below = _neighbours(paths)
    rows = _ordered(_rows(level, paths), above, below)
    centre = _placed(rows, above, below, widths)
    top = {slot: MARGIN + row * (BOX_HEIGHT + LAYER_GAP) for row, slots in enumerate(rows) for slot in slots}
    return Layout(
        width=max((centre[name] + width / 2 for name, width in widths.items()), default=0.0) + MARGIN + SIDE_GAP,
        height=max(top.values(), default=-BOX_HEIGHT) + BOX_HEIGHT + MARGIN,
        boxes={name: Box(centre[name] - width / 2, top[name], width) for name, width in widths.items()},
        ways=[_way(path, centre, top) for path in paths],
    )


def _path(number: int, line: Line, level: Mapping[str, int]) -> list[_Slot]:
    between = range(level[line.source] + 1, level[line.target])
    return [line.source, *((number, layer) for layer in between), line.target]


def _rows(level: Mapping[str, int], paths: Sequence[Sequence[_Slot]]) -> list[list[_Slot]]:
    rows: list[list[_Slot]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for name, layer in level.items():
        rows[layer].append(name)
    for path in paths:
        for slot in path[1:-1]:
            rows[int(slot[1])].append(slot)
    return rows


def _neighbours(paths: Sequence[Sequence[_Slot]]) -> tuple[_Neighbours, _Neighbours]:
    above: _Neighbours = {}
    below: _Neighbours = {}
    for path in paths:
        for upper, lower in pairwise(path):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    return above, below


def _ordered(rows: list[list[_Slot]], above: _Neighbours, below: _Neighbours) -> list[list[_Slot]]:
    """Each row sorted by where its neighbours are, from top to bottom and back."""
    place = {slot: float(index) for slots in rows for index, slot in enumerate(slots)}
    for sweep in range(_SWEEPS):
        near, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for slots in order:
            slots.sort(key=lambda slot: _mean(near.get(slot, ()), place, place[slot]))
            place.update((slot, float(index)) for index, slot in enumerate(slots))
    return rows


def _placed(
    rows: list[list[_Slot]], above: _Neighbours, below: _Neighbours, widths: Mapping[str, float]
) -> dict[_Slot, float]:
    """The centre of each slot, as near to the mean of its neighbours as those beside it allow."""
    half = {slot: widths[slot] / 2 if isinstance(slot, str) else _BEND_WIDTH / 2 for slots in rows for slot in slots}
    centre: dict[_Slot, float] = dict.fromkeys(half, 0.0)
    for sweep in range(_SWEEPS + 1):
        near, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for slots in order:
            wanted = [_mean(near.get(slot, ()), centre, centre[slot]) for slot in slots]
            centre.update(zip(slots, _apart(wanted, [half[slot] for slot in slots]), strict=True))
    left = min((centre[slot] - half[slot] for slot in centre), default=0.0)
    return {slot: round(x - left + MARGIN, 2) for slot, x in centre.items()}


def _apart(wanted: Sequence[float], halves: Sequence[float]) -> list[float]:
    """As wanted, but without overlap: the mean of pushing all to the right and pushing all to the left."""
    right = _pushed(wanted, halves)
    left = _pushed([-x for x in reversed(wanted)], halves[::-1])
    return [(one - other) / 2 for one, other in zip(right, reversed(left), strict=True)]


def _pushed(wanted: Sequence[float], halves: Sequence[float]) -> list[float]:
    placed: list[float] = []
    edge = float("-inf")
    for x, half in zip(wanted, halves, strict=True):
        placed.append(max(x, edge + half))
        edge = placed[-1] + half + SIDE_GAP
    return placed


def _mean(slots: Sequence[_Slot], where: Mapping[_Slot, float], otherwise: float) -> float:
    return sum(where[slot] for slot in slots) / len(slots) if slots else otherwise


def _way(path: Sequence[_Slot], centre: Mapping[_Slot, float], top: Mapping[_Slot, float]) -> list[tuple[float, float]]:
    source, *between, target = path
    goes_down = top[source] < top[target]
    start = (centre[source], top[source] + (BOX_HEIGHT if goes_down else 0.0))
    end = (centre[target], top[target] + (0.0 if goes_down else BOX_HEIGHT))
    bends = [(centre[slot], top[slot] + down) for slot in between for down in (0.0, BOX_HEIGHT)]
    return [start, *bends, end]
