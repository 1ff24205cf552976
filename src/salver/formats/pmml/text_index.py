"""TextIndex: how often a term occurs in a text. Specification: Transformations, "TextIndex".

Terms are compared word by word; what they may differ by, in letters added, left out or changed, is counted over the
whole term. Texts are taken apart once for all terms that are looked for in them in the same way.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.functions.operand import Compute, Expression, as_text, of, of_field
from salver.formats.pmml.regex.machine import TooLongError
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.spelling import Spelling
from salver.formats.pmml.text_words import Normalization, Words, read_normalizations, read_words
from salver.formats.pmml.values import MISSING

_WEIGHTS: Final = ("termFrequency", "binary", "logarithmic", "augmentedNormalizedTermFrequency")
_MAX_TEXT: Final = 200_000
_MAX_DISTANCE: Final = 20

Term: TypeAlias = tuple[str, ...]
"""Words; a text that is not taken apart is one."""


@dataclass(frozen=True, slots=True)
class _Settings:
    """How texts are taken apart: what is equal here is done once."""

    field: int
    normalizations: tuple[Normalization, ...]
    words: Words | None
    is_case_sensitive: bool

    def term(self, text: str) -> Term:
        """A term to look for."""
        text = text if self.is_case_sensitive else text.lower()
        return (text,) if self.words is None else tuple(self.words.of(text))

    def text(self, text: str) -> Term:
        """Raises TooLongError."""
        if len(text) > _MAX_TEXT:
            raise TooLongError(f"a text has {len(text):,} characters, more than {_MAX_TEXT:,}")
        for normalize in self.normalizations:
            text = normalize(text)
        return self.term(text)


def compile_text_index(element: Element, scope: Scope, term: Expression) -> Expression:
    """A TextIndex element that looks for this term."""
    field = scope.field(element.want("textField"), element)
    sensitive = element.flag("isCaseSensitive", default=False)
    normalizations = read_normalizations(element, is_case_sensitive=sensitive)
    texts = _Texts(field, _Settings(field.index, normalizations, read_words(element), sensitive), element)
    weigh = _WEIGH[element.choice("localTermWeights", _WEIGHTS, _WEIGHTS[0])]
    count = _counting(texts, element)
    terms = _terms(as_text(term, element), texts.settings)

    def compute(frame: Frame) -> Array:
        return weigh(*count(frame, terms(frame)))

    type_ = "integer" if weigh in (_frequency, _binary) else "double"
    return of(type_, compute, of_field(field), term, refuses=True)


Terms: TypeAlias = Callable[[Frame], list[Term | None]]
"""The term of each row; one alone where it is the same in all."""
Counts: TypeAlias = tuple[Array, Callable[[], Array]]
"""How often the term occurs in each row, and the most frequent of its length."""


def _terms(term: Expression, settings: _Settings) -> Terms:
    if term.is_constant:
        only = [None if term.is_missing else settings.term(str(term.value))]
        return lambda frame: only
    return lambda frame: [None if text is None else settings.term(text) for text in term.compute(frame).tolist()]


class _Texts:
    """The words of a field's texts."""

    __slots__ = ("_compute", "field", "settings")

    def __init__(self, field: Field, settings: _Settings, place: Element) -> None:
        self.field = field
        self.settings = settings
        self._compute: Compute = as_text(of_field(field), place).compute

    def __call__(self, frame: Frame) -> list[Term | None]:
        """None where there is no text. Rows whose text is too long are refused."""
        found: list[Term | None] | None = frame.memo.get(self.settings)
        if found is None:
            found = frame.memo[self.settings] = self._taken_apart(frame)
        return found

    def counted(self, frame: Frame, length: int) -> list[Counter[Any] | None]:
        """How often each run of so many words occurs: by the word alone where it is one."""
        key = (self.settings, length)
        found: list[Counter[Any] | None] | None = frame.memo.get(key)
        if found is None:
            found = frame.memo[key] = [None if text is None else _runs(text, length) for text in self(frame)]
        return found

    def _taken_apart(self, frame: Frame) -> list[Term | None]:
        texts: list[Term | None] = []
        too_long: dict[int, str] = {}
        for row, text in enumerate(self._compute(frame).tolist()):
            try:
                texts.append(None if text is None else self.settings.text(text))
            except TooLongError as error:
                too_long[row] = f"field '{self.field.name}': {error}"
                texts.append(None)
        if too_long:
            frame.refuse(np.isin(np.arange(frame.rows), list(too_long)), too_long.__getitem__)
        return texts


def _runs(words: Term, length: int) -> Counter[Any]:
    if length == 1:
        return Counter(words)
    return Counter(zip(*(words[start:] for start in range(length)), strict=False))


# Counting.


def _counting(texts: _Texts, element: Element) -> Callable[[Frame, list[Term | None]], Counts]:
    distance = element.integer("maxLevenshteinDistance", 0)
    best = element.choice("countHits", ("allHits", "bestHits"), "allHits") == "bestHits"
    if not 0 <= distance <= _MAX_DISTANCE:
        element.refuse(f"maxLevenshteinDistance={distance}, wanted 0 to {_MAX_DISTANCE}")
    if texts.settings.words is None:
        if distance > 0:
            element.unsupported("tokenize=false with a maxLevenshteinDistance is not supported")
        return lambda frame, terms: _counts(texts(frame), terms, _within)
    if distance == 0:
        return lambda frame, terms: _exact(texts, frame, terms)
    return lambda frame, terms: _counts(texts(frame), terms, Spelling(distance, best_only=best).hits)


def _exact(texts: _Texts, frame: Frame, terms: list[Term | None]) -> Counts:
    if len(terms) != 1 or terms[0] is None or frame.rows == 0:
        return _counts(texts(frame), terms, lambda text, term: _runs(text, len(term))[_key(term)] if term else 0)
    term = terms[0]
    counted = texts.counted(frame, max(len(term), 1))
    key = _key(term)
    counts = np.array([MISSING if runs is None else runs[key] for runs in counted], np.float64)
    return counts, lambda: np.array([max(runs.values(), default=0) if runs else 0 for runs in counted], np.float64)


def _key(term: Term) -> Any:
    return term[0] if len(term) == 1 else term


def _counts(texts: list[Term | None], terms: list[Term | None], hits: Callable[[Term, Term], int]) -> Counts:
    if len(terms) != len(texts):
        terms = terms * len(texts)
    pairs = list(zip(texts, terms, strict=True))
    counts = [MISSING if text is None or term is None else hits(text, term) for text, term in pairs]

    def most() -> Array:
        runs = [{} if text is None or not term else _runs(text, len(term)) for text, term in pairs]
        return np.array([max(each.values(), default=0) for each in runs], np.float64)

    return np.array(counts, np.float64), most


def _within(text: Term, term: Term) -> int:
    """How often a term occurs in a text that is not taken apart."""
    return text[0].count(term[0]) if term[0] else 0


# Weights.


def _frequency(counts: Array, most: Callable[[], Array]) -> Array:
    return counts


def _binary(counts: Array, most: Callable[[], Array]) -> Array:
    return np.minimum(counts, 1.0)


def _logarithmic(counts: Array, most: Callable[[], Array]) -> Array:
    return np.array([math.log10(1.0 + count) for count in counts.tolist()], np.float64)


def _augmented(counts: Array, most: Callable[[], Array]) -> Array:
    return 0.5 * (np.minimum(counts, 1.0) + counts / np.maximum(most(), 1.0))


_WEIGH: Final[dict[str, Callable[[Array, Callable[[], Array]], Array]]] = {
    "termFrequency": _frequency,
    "binary": _binary,
    "logarithmic": _logarithmic,
    "augmentedNormalizedTermFrequency": _augmented,
}
