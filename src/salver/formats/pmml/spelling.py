"""Terms that are found though some letters differ: the distance of Levenshtein, within bounds."""

from __future__ import annotations

from typing import Final

from salver.formats.pmml.regex.machine import TooLongError

_MAX_TEXT: Final = 20_000
"""Characters of a text that is searched so."""
_MAX_WORD: Final = 200
"""A longer word must be equal."""
_MAX_KNOWN: Final = 10_000
"""Distances of pairs of words that are remembered."""


class Spelling:
    """Counts where the words of a term stand in a text with at most so many letters added, left out or changed."""

    __slots__ = ("_best_only", "_known", "_most")

    def __init__(self, most: int, *, best_only: bool) -> None:
        self._most = most
        self._best_only = best_only
        self._known: dict[tuple[str, str], int] = {}

    def hits(self, text: tuple[str, ...], term: tuple[str, ...]) -> int:
        """Raises TooLongError."""
        if not term:
            return 0
        if sum(map(len, text)) > _MAX_TEXT:
            raise TooLongError(f"a text is longer than {_MAX_TEXT:,} characters")
        distances = [
            self._distance(text[start : start + len(term)], term) for start in range(len(text) - len(term) + 1)
        ]
        found = [distance for distance in distances if distance <= self._most]
        return found.count(min(found)) if found and self._best_only else len(found)

    def _distance(self, words: tuple[str, ...], term: tuple[str, ...]) -> int:
        total = 0
        for pair in zip(words, term, strict=True):
            known = self._known.get(pair)
            if known is None:
                if len(self._known) >= _MAX_KNOWN:
                    self._known.clear()
                known = self._known[pair] = distance(*pair, self._most)
            total += known
            if total > self._most:
                break
        return total


def distance(first: str, second: str, most: int) -> int:
    """How many letters must be added, left out or changed to come from one word to the other; `most` + 1 for more."""
    too_far = most + 1
    if first == second:
        return 0
    if abs(len(first) - len(second)) > most or max(len(first), len(second)) > _MAX_WORD:
        return too_far
    above = [min(place, too_far) for place in range(len(second) + 1)]
    for row, letter in enumerate(first, 1):
        low, high = max(1, row - most), min(len(second), row + most)
        here = [too_far] * (len(second) + 1)
        here[0] = min(row, too_far)
        for place in range(low, high + 1):
            changed = above[place - 1] + (letter != second[place - 1])
            here[place] = min(changed, above[place] + 1, here[place - 1] + 1, too_far)
        above = here
    return above[-1]
