"""Texts taken apart into words, and normalised before. Specification: Transformations, "TextIndex"."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.regex.machine import TooLongError
from salver.formats.pmml.regex.pattern import Pattern, Template
from salver.formats.pmml.regex.syntax import PLAIN, BadRegex, Flags
from salver.formats.pmml.tables import column_name, rows_of, table_of

_MAX_READ: Final = 100_000_000
"""Characters that the rules of a normalization read of one text, all together: about a second."""
_MAX_REPLACED: Final = 100_000
_IDEOGRAPHS: Final = 0x20000
"""Unicode has no punctuation from there on."""


def pattern_of(text: str, place: Element, flags: Flags = PLAIN) -> Pattern:
    """A pattern of the document. Raises BadInput for what is none."""
    try:
        return Pattern(text, flags)
    except BadRegex as error:
        place.refuse(f"the pattern {short(text)} is wrong: {error}")


# Words.


@dataclass(frozen=True, slots=True)
class Words:
    """How a text is taken apart."""

    text: str
    is_separator: bool
    """Whether the pattern is of what stands between words; it is of the words themselves otherwise."""
    pattern: Pattern = field(compare=False)
    around: str = field(compare=False)
    """The characters that do not count at the ends of a word."""

    def of(self, text: str) -> list[str]:
        """The words, without punctuation around them. Raises TooLongError."""
        if not self.is_separator:
            return [text[match[0] : match[1]] for match in self.pattern.matches(text)]
        words, end = [], 0
        for match in self.pattern.matches(text):
            words.append(text[end : match[0]])
            end = match[1]
        words.append(text[end:])
        return [word for raw in words if (word := raw.strip(self.around))]


def read_words(element: Element) -> Words | None:
    """How a TextIndex takes texts apart; None where it does not."""
    if not element.flag("tokenize", default=True):
        return None
    is_separator = "wordRE" not in element.attributes
    text = element.get("wordSeparatorCharacterRE", r"\s+") if is_separator else element.get("wordRE")
    return Words(text, is_separator, pattern_of(text, element), _punctuation())


@lru_cache(1)
def _punctuation() -> str:
    return "".join(char for char in map(chr, range(_IDEOGRAPHS)) if unicodedata.category(char).startswith("P"))


# Normalizations.


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: Pattern
    template: Template


@dataclass(frozen=True, slots=True, eq=False)
class Normalization:
    """Replacements of a TextIndexNormalization, in order."""

    rules: tuple[_Rule, ...]
    is_recursive: bool

    def __call__(self, text: str) -> str:
        """Raises TooLongError, also for what does not come to an end."""
        read = replaced = 0
        while True:
            before = text
            for rule in self.rules:
                read += len(text)
                text, count = rule.pattern.replaced(text, rule.template)
                replaced += count
                if read > _MAX_READ or replaced > _MAX_REPLACED:
                    raise TooLongError("the normalization of a text does not come to an end")
            if not self.is_recursive or text == before:
                return text


def read_normalizations(element: Element, *, is_case_sensitive: bool) -> tuple[Normalization, ...]:
    """Those of a TextIndex. Each is compiled once, however often the element is applied."""
    found = []
    for child in element.all("TextIndexNormalization"):
        if child.table is None:
            child.table = _read_normalization(child, is_case_sensitive)
        found.append(child.table)
    return tuple(found)


def _read_normalization(element: Element, is_case_sensitive: bool) -> Normalization:
    if element.integer("maxLevenshteinDistance", 0) > 0:
        element.unsupported("maxLevenshteinDistance of a TextIndexNormalization is not supported")
    sensitive = element.flag("isCaseSensitive", default=is_case_sensitive)
    flags = Flags(ignore_case=not sensitive, unicode_case=True)
    columns = [column_name(element.get(f"{name}Field", default)) for name, default in _COLUMNS]
    rules = []
    table = table_of(element)
    for place, row in zip(table.all("row"), rows_of(table), strict=True):
        if columns[0] not in row or columns[1] not in row:
            place.refuse(f"there must be columns {short(columns[0])} and {short(columns[1])}")
        rules.append(_rule(place, row[columns[0]], row[columns[1]], row.get(columns[2], ""), flags))
    return Normalization(tuple(rules), element.flag("recursive", default=False))


_COLUMNS: Final = (("in", "string"), ("out", "stem"), ("regex", "regex"))


def _rule(place: Element, text: str, replacement: str, is_regex: str, flags: Flags) -> _Rule:
    if is_regex.strip().lower() != "true":
        literal = "".join(char if char.isalnum() else f"\\{char}" for char in text)
        return _Rule(pattern_of(literal, place, flags), Template((replacement,)))
    pattern = pattern_of(text, place, flags)
    try:
        return _Rule(pattern, pattern.template(replacement))
    except BadRegex as error:
        place.refuse(f"the replacement is wrong: {error}")
