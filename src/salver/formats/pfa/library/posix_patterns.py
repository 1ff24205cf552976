"""POSIX extended regular expressions that find: the leftmost match and, of those that begin there, the longest, as the
standard wants it. They are written over for the package `regex`, which can be interrupted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any, Final

import regex

from salver.formats.pfa.library.posix_errors import BadPattern
from salver.formats.pfa.library.posix_syntax import Again, Group, Mark, Node, One, Repeat, read
from salver.formats.pfa.library.registry import Clock

_MOST: Final = 10_000
"""So large a pattern may be: that many characters, each counted as often as it must be there."""
_SHORT_S: Final = 0.005
"""So long a search keeps other threads waiting. One that takes longer begins anew, and lets them run."""
_STEPS: Final = 1_000_000
"""A search that may take no more steps is not watched: that would cost more than the search."""
_LONG: Final = 10_000
"""In so long a text there may be so many matches that the clock is asked after each."""
_LENGTHS: Final = (1_000_000, 100_000, 10_000, 2_000, 500, 100, 30, 10)


class Pattern:
    """A pattern, to be looked for in texts; in bytes, if it is `raw`. Raises BadPattern for one that is too large."""

    def __init__(self, root: Group, *, raw: bool) -> None:
        if _size(root) > _MOST:
            raise BadPattern("too large")
        self._source: Any = _branches(root).encode("latin-1") if raw else _branches(root)
        self._longest = 0 if _first_is_longest(root) else regex.POSIX
        self._compiled = self._compile(self._longest)
        self._unwatched = next((n for n in _LENGTHS if _steps(root, n) <= _STEPS), 0)

    def _compile(self, flags: int) -> Any:
        return regex.compile(self._source, regex.DOTALL | regex.VERSION0 | flags, cache_pattern=False)

    @cached_property
    def _any(self) -> Any:
        """Finds whether there is a match, not the longest."""
        return self._compile(0) if self._longest else self._compiled

    def is_in(self, clock: Clock, text: Any) -> bool:
        """Whether there is a match."""
        return len(text) > 0 and self._search(clock, self._any, text, 0) is not None

    def first(self, clock: Clock, text: Any) -> Any:
        """The first match, or None. There is none in nothing."""
        return self._search(clock, self._compiled, text, 0) if text else None

    def all(self, clock: Clock, text: Any) -> Iterator[Any]:
        """The matches one after the other. After one of no length the search goes on at the next character; it ends
        with the text, even if there could be a match of no length at the end."""
        start = 0
        while start < len(text):
            found = self._search(clock, self._compiled, text, start)
            if found is None:
                return
            yield found
            begin, end = found.span()
            start = end if end > begin else end + 1
            if len(text) > _LONG:
                clock.check()

    def _search(self, clock: Clock, compiled: Any, text: Any, start: int) -> Any:
        if len(text) <= self._unwatched:
            return compiled.search(text, start)
        limit_s = _SHORT_S
        while True:
            clock.check()
            try:
                return compiled.search(text, start, timeout=limit_s, concurrent=limit_s > _SHORT_S)
            except TimeoutError:
                limit_s *= 2


@lru_cache(maxsize=512)
def _of_text(pattern: str) -> Pattern | None:
    return _made(pattern, raw=False)


@lru_cache(maxsize=512)
def _of_bytes(pattern: bytes) -> Pattern | None:
    return _made(pattern.decode("latin-1"), raw=True)


def _made(pattern: str, *, raw: bool) -> Pattern | None:
    try:
        return Pattern(read(pattern), raw=raw)
    except (BadPattern, regex.error):
        return None


def pattern_of(pattern: str | bytes) -> Pattern | None:
    """The pattern that a text or bytes describe; None if it is none."""
    return _of_text(pattern) if isinstance(pattern, str) else _of_bytes(pattern)


def _branches(group: Group) -> str:
    return "|".join("".join(map(_written, branch)) for branch in group.branches)


def _written(node: Node) -> str:
    """The node as the package has it."""
    match node:
        case One(text) | Mark(text):
            return text
        case Again(group):
            return rf"\g<{group}>"
        case Group():
            return f"({_branches(node)})"
        case Repeat(of, low, high):
            what = f"(?:{_written(of)})" if isinstance(of, Repeat) else _written(of)
            return f"{what}{{{low},{'' if high is None else high}}}"


def _inside(node: Node) -> Iterator[Node]:
    """The node and all that it is made of."""
    yield node
    if isinstance(node, Repeat):
        yield from _inside(node.of)
    elif isinstance(node, Group):
        for part in chain.from_iterable(node.branches):
            yield from _inside(part)


def _first_is_longest(root: Group) -> bool:
    """Whether the match that is found first, with every repetition as often as possible, is surely the longest: where
    nothing is repeated but single characters, any other match can be had with more repetitions further left."""
    nodes = list(_inside(root))
    ends = root.branches[0][:1] + root.branches[0][-1:]
    repeats = [node for node in nodes if isinstance(node, Repeat)]
    return all(len(node.branches) == 1 for node in nodes if isinstance(node, Group)) and (
        not repeats
        or (
            all(isinstance(node.of, One) for node in repeats)
            and not any(isinstance(node, Again) for node in nodes)
            and all(node in ends for node in nodes if isinstance(node, Mark))
        )
    )


def _steps(root: Group, length: int) -> float:
    """About as many steps as a search in so many characters takes at most."""
    return length * _ways(root, length) * _size(root)


def _ways(node: Node, length: int) -> float:
    """In how many ways the node may match at one place, at most."""
    match node:
        case Group(branches):
            ways = [math.prod(_ways(part, length) for part in branch) for branch in branches]
            return max(ways) if _told_apart(branches) else sum(ways)
        case Repeat(of, low, high):
            most = length if high is None else min(high, length)
            each = _ways(of, length)
            if each <= 1:
                return max(most - low, 0) + 1
            return math.inf if most * math.log(each) > 100 else each**most * (most + 1)
    return 1


def _told_apart(branches: Sequence[Sequence[Node]]) -> bool:
    """Whether the first character says which branch it is."""
    firsts = [branch[0].literal if branch and isinstance(branch[0], One) else "" for branch in branches]
    return all(firsts) and len(set(firsts)) == len(firsts)


def _size(node: Node) -> int:
    """How many characters must be there, about; the package writes out what is repeated so often."""
    match node:
        case Group(branches):
            return 1 + sum(map(_size, chain.from_iterable(branches)))
        case Repeat(of, low):
            return _size(of) * max(low, 1)
    return 1
