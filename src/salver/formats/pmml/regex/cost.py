"""How long a backtracking matcher may take at worst: steps, by the length of the text.

Loops multiply only where they can trade characters: where a text that one of them takes may be taken by a later one as
well, and by all that stands between them. The search itself is such a loop, as it starts at every character. A loop
of more than single characters is counted as one where no text can be read by it in two ways, and is hopeless else.
What comes out is never less than the truth, often more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from salver.formats.pmml.regex import charsets
from salver.formats.pmml.regex.ambiguity import branching, is_unambiguous
from salver.formats.pmml.regex.charsets import CharSet
from salver.formats.pmml.regex.nodes import (
    START,
    Back,
    Chars,
    Choice,
    Group,
    Look,
    Node,
    Place,
    Repeat,
    Sequence,
)

BUDGET: Final = 20_000_000
"""Steps of one match, some nanoseconds each."""
MAX_TEXT: Final = 1_000_000
_TRIED_AT_ONCE: Final = 2
"""What may be tried in the time of a step, where it mostly fails at its first character."""
_READ_AT_ONCE: Final = 32
"""How many characters may be compared in the time of a step, where they are one after another."""
_MAX_LOOPS: Final = 64
_MAX_COPIES: Final = 64


def longest_text(node: Node) -> int:
    """The longest text that a backtracking matcher surely searches within the budget; 0 for none."""
    node = _bare(_without_last_loop(node))
    walk = _Walk(node.parts if isinstance(node, Sequence) else (node,), _length(node))
    walk.run()
    if walk.is_hopeless:
        return 0
    if not _is_anchored(node):
        walk.loops.insert(0, _SEARCH)
    trades = _trades(walk)
    low, high = 0, MAX_TEXT
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _steps(walk, trades, middle) <= BUDGET else (low, middle - 1)
    return low


@dataclass(frozen=True, slots=True)
class _Loop:
    cycle: Node
    """What it reads each time."""
    set: CharSet
    spare: int | None
    """How many more it may take than it must; None for any number."""
    position: int
    """Which part of the whole it is in; a part is passed as a whole, or the loop in it is come to, or left."""
    entry: tuple[Node, ...]
    """What must be read in this part before it,"""
    leave: tuple[Node, ...]
    """and after it."""
    around: int | None
    """The loop that it is in. Loops within one do not trade: it would be hopeless if they did."""


_SEARCH: Final = _Loop(Chars(charsets.ANY), charsets.ANY, None, -1, (), (), None)


@dataclass(slots=True)
class _Walk:
    """Collects the loops of a tree, in order."""

    parts: tuple[Node, ...]
    length: int
    """How many characters must be read one after another at most."""
    loops: list[_Loop] = field(default_factory=list)
    choices: float = 1.0
    """In how many ways the choices may go for one text."""
    branches: int = 0
    """Of all choices together: what may be tried at one character."""
    is_hopeless: bool = False
    position: int = 0
    around: int | None = None

    def run(self) -> None:
        for position, part in enumerate(self.parts):
            self.position = position
            self._visit(part, (), ())

    def _visit(self, node: Node, entry: tuple[Node, ...], leave: tuple[Node, ...]) -> None:
        match node:
            case Sequence(parts):
                for number, part in enumerate(parts):
                    if not isinstance(part, (Chars, Place)):
                        self._visit(part, entry + parts[:number], parts[number + 1 :] + leave)
            case Group(part, _):
                self._visit(part, entry, leave)
            case Choice(branches):
                self.branches += len(branches)
                if self.around is None:
                    self.choices *= branching(branches)
                for branch in branches:
                    self._visit(branch, entry, leave)
            case Repeat():
                self._repeat(node, entry, leave)
            case Look(part, _):
                before, self.around = self.around, None
                self._visit(part, entry, ())
                self.around = before
            case Back():
                self._add(Chars(charsets.ANY), None, entry, leave)

    def _add(self, cycle: Node, spare: int | None, entry: tuple[Node, ...], leave: tuple[Node, ...]) -> None:
        if len(self.loops) >= _MAX_LOOPS:
            self.is_hopeless = True
        else:
            loop = _Loop(cycle, _alphabet(cycle), spare, self.position, entry, leave, self.around)
            self.loops.append(loop)

    def _repeat(self, node: Repeat, entry: tuple[Node, ...], leave: tuple[Node, ...]) -> None:
        part = _bare(node.part)
        spare = None if node.most is None else node.most - node.least
        if isinstance(part, (Chars, Back)):
            if spare != 0 or isinstance(part, Back):
                self._add(Chars(_alphabet(part)), spare, entry, leave)
        elif is_unambiguous(part):
            self._add(part, spare, entry, leave)
            before, self.around = self.around, len(self.loops) if self.around is None else self.around
            self._visit(part, entry, leave)
            self.around = before
        elif node.most is None or node.most > _MAX_COPIES:
            self.is_hopeless = True
        else:
            self.choices *= 2.0 ** (node.most - node.least)
            for _ in range(node.most):
                self._visit(part, entry, leave)


def _without_last_loop(node: Node) -> Node:
    """The same where what comes last does not go on: once it is come to there is a match, and nothing is given back."""
    match node:
        case Sequence(parts) if parts:
            return Sequence((*parts[:-1], _without_last_loop(parts[-1])))
        case Choice(branches):
            return Choice(tuple(map(_without_last_loop, branches)))
        case Group(part, number):
            return Group(_without_last_loop(part), number)
        case Repeat(part, least, _, mode) if isinstance(_bare(part), Chars):
            return Repeat(part, least, least, mode)
    return node


def _bare(node: Node) -> Node:
    while isinstance(node, Group):
        node = node.part
    return node


def _is_anchored(node: Node) -> bool:
    """Whether it matches at the start of a text alone."""
    node = _bare(node)
    if isinstance(node, Sequence):
        return bool(node.parts) and _is_anchored(node.parts[0])
    if isinstance(node, Choice):
        return all(map(_is_anchored, node.branches))
    return node == START


def _length(node: Node) -> int:
    """Of what must be read; of the longest branch."""
    match node:
        case Chars():
            return 1
        case Sequence(parts):
            return sum(map(_length, parts))
        case Choice(branches):
            return max(map(_length, branches))
        case Repeat(part, least, most, _):
            return (most or least) * _length(part)
        case Group(part, _) | Look(part, _):
            return _length(part)
    return 0


def _alphabet(node: Node) -> CharSet:
    """All characters that it may take."""
    match node:
        case Chars(chars):
            return chars
        case Sequence(parts) | Choice(parts):
            return charsets.union(*map(_alphabet, parts))
        case Group(part, _) | Repeat(part, _, _, _):
            return _alphabet(part)
        case Back():
            return charsets.ANY
    return charsets.EMPTY


def _passes(node: Node, chars: CharSet) -> bool:
    """Whether a text of these characters may get through; a yes may be wrong."""
    match node:
        case Chars(mine):
            return charsets.overlap(mine, chars)
        case Sequence(parts):
            return all(_passes(part, chars) for part in parts)
        case Choice(branches):
            return any(_passes(branch, chars) for branch in branches)
        case Group(part, _):
            return _passes(part, chars)
        case Repeat(part, least, _, _):
            return least == 0 or _passes(part, chars)
    return True


def _trades(walk: _Walk) -> list[list[int]]:
    """For each loop those before it with which it trades characters."""
    loops = walk.loops
    return [
        [place for place, earlier in enumerate(loops[:number]) if _trade(earlier, later, walk.parts)]
        for number, later in enumerate(loops)
    ]


def _trade(earlier: _Loop, later: _Loop, parts: tuple[Node, ...]) -> bool:
    if earlier.around is not None and earlier.around == later.around:
        return False
    shared = charsets.common(earlier.set, later.set)
    if not shared:
        return False
    apart = earlier.position != later.position
    between = (*earlier.leave, *parts[earlier.position + 1 : later.position], *later.entry) if apart else ()
    return all(_passes(node, shared) for node in (earlier.cycle, later.cycle, *between))


def _steps(walk: _Walk, trades: list[list[int]], length: int) -> float:
    """The longest chain of loops that trade, each of which multiplies the steps by what it may take."""
    ways: list[float] = []
    so_far: list[float] = []
    for loop, partners in zip(walk.loops, trades, strict=True):
        taken = length + 1 if loop.spare is None else min(loop.spare, length) + 1
        ways.append(max((so_far[place] * taken for place in partners), default=1.0))
        so_far.append(max(ways[-1], so_far[-1] if so_far else 1.0))
    tried = 1.0 + (len(walk.loops) + walk.branches) / _TRIED_AT_ONCE + walk.length / _READ_AT_ONCE
    return walk.choices * (so_far[-1] if so_far else 1.0) * (length + 1) * tried
