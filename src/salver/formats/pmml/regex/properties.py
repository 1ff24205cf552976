"""Sets of characters that have names. The short ones are ASCII's, as they are in Java and PCRE."""

from __future__ import annotations

import sys
import unicodedata
from functools import lru_cache
from typing import Final

from salver.formats.pmml.regex.charsets import CharSet, chars, of, union

DIGIT: Final = of((48, 57))
SPACE: Final = chars(" \t\n\v\f\r")
UPPER: Final = of((65, 90))
LOWER: Final = of((97, 122))
ALPHA: Final = union(UPPER, LOWER)
ALNUM: Final = union(ALPHA, DIGIT)
WORD: Final = union(ALNUM, chars("_"))
PUNCT: Final = chars("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
LINE_ENDS: Final = chars("\n\r\u0085\u2028\u2029")
HORIZONTAL: Final = chars(" \t\xa0\u1680\u180e\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))))
VERTICAL: Final = chars("\n\v\f\r\x85\u2028\u2029")
POSIX: Final[dict[str, CharSet]] = {
    "lower": LOWER,
    "upper": UPPER,
    "ascii": of((0, 127)),
    "alpha": ALPHA,
    "digit": DIGIT,
    "alnum": ALNUM,
    "punct": PUNCT,
    "graph": union(ALNUM, PUNCT),
    "print": union(ALNUM, PUNCT, chars(" ")),
    "blank": chars(" \t"),
    "cntrl": of((0, 31), (127, 127)),
    "xdigit": union(DIGIT, of((65, 70), (97, 102))),
    "space": SPACE,
    "word": WORD,
}


@lru_cache(64)
def category(name: str) -> CharSet | None:
    """A general category of Unicode, or one of its classes of a letter: `Lu`, `L`. None for none."""
    found = [ranges for key, ranges in _categories().items() if key == name or (len(name) == 1 and key[0] == name)]
    return union(*found) if found else None


@lru_cache(1)
def _categories() -> dict[str, CharSet]:
    ranges: dict[str, list[tuple[int, int]]] = {}
    last, start = unicodedata.category("\0"), 0
    for code in range(1, sys.maxunicode + 2):
        name = unicodedata.category(chr(code)) if code <= sys.maxunicode else ""
        if name != last:
            ranges.setdefault(last, []).append((start, code - 1))
            last, start = name, code
    return {name: tuple(found) for name, found in ranges.items()}


def named(name: str) -> CharSet | None:
    """A set by the name that `\\p` has."""
    name = name.partition("=")[2] or name
    short = name.removeprefix("Is").removeprefix("java")
    if name.lower() in POSIX and not name.startswith("Is"):
        return POSIX[name.lower()]
    for names, key in _PROPERTIES.items():
        if short.lower() in names.split():
            return category(key)
    return category(short)


_PROPERTIES: Final = {
    "alphabetic letter": "L",
    "lowercase": "Ll",
    "uppercase": "Lu",
    "titlecase": "Lt",
    "digit": "Nd",
    "punctuation punct": "P",
    "control": "Cc",
    "whitespace white_space spacechar": "Z",
}
