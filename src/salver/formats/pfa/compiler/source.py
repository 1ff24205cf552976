"""The source under way: lines, the names in it, and which place of the document each call in it comes from.

Nothing of the document gets into the source but names made harmless, numbers and quoted text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType, TracebackType
from typing import Any, Final

_MARK: Final = re.compile("\x01([0-9]+)\x02")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_]")
_MAX_WORD: Final = 30


@dataclass(slots=True)
class Line:
    """One line, and the place of the document that it does."""

    indent: int
    text: str
    path: str


@dataclass(slots=True)
class Names:
    """Makes names that are there once."""

    count: int = 0

    def new(self, word: str) -> str:
        """A name with a word of the document in it, for people. It ends in a number, so that it is no other."""
        self.count += 1
        word = _UNSAFE.sub("_", word)[:_MAX_WORD].lstrip("_0123456789")
        return f"{word or 'v'}_{self.count}"


@dataclass(slots=True)
class Marks:
    """The places that calls come from."""

    paths: list[str] = field(default_factory=list)

    def at(self, path: str) -> str:
        """What to put before a call that may fail."""
        self.paths.append(path)
        return f"\x01{len(self.paths) - 1}\x02"


@dataclass(frozen=True, slots=True)
class Source:
    """The finished text, and where its calls come from by (line, column)."""

    text: str
    places: Mapping[tuple[int, int], str]
    lines: Mapping[int, str]

    def place_of(self, traceback: TracebackType | None, code_names: str) -> str:
        """The path in the document of the innermost place in a traceback that lies in this source; empty for none."""
        found = ""
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename == code_names:
                found = self._place(code, traceback.tb_lasti, traceback.tb_lineno) or found
            traceback = traceback.tb_next
        return found

    def _place(self, code: CodeType, instruction: int, line: int | None) -> str:
        if line is None:
            return ""
        for at, position in enumerate(code.co_positions()):
            if at * 2 == instruction:
                place = self.places.get((position[0] or 0, position[2] or 0))
                return place or self.lines.get(line, "")
        return self.lines.get(line, "")


def finish(lines: list[Line], marks: Marks) -> Source:
    """The text of these lines, without the marks in them."""
    texts: list[str] = []
    places: dict[tuple[int, int], str] = {}
    by_line: dict[int, str] = {}
    for line in lines:
        number = len(texts) + 1
        text = "    " * line.indent + line.text
        if "\x01" in text:
            pieces: list[str] = []
            column = last = 0
            for mark in _MARK.finditer(text):
                pieces.append(text[last : mark.start()])
                column += mark.start() - last
                places[number, column] = marks.paths[int(mark[1])]
                last = mark.end()
            text = "".join(pieces) + text[last:]
        by_line[number] = line.path
        texts.append(text)
    return Source("\n".join(texts) + "\n", places, by_line)


def literal(value: Any) -> str | None:
    """A scalar as Python source; None where it must be a name."""
    if value is None or isinstance(value, (bool, int, bytes)):
        return repr(value)
    if isinstance(value, str):
        return ascii(value)
    if isinstance(value, float) and value - value == 0:
        return repr(value)
    return None
