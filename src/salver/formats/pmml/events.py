"""The events of an XML file, for handlers that take turns: whoever wants to read an element's inside takes over at its
start and gives back at its end. No event passes through more hands than it must, since files have millions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeAlias
from xml.parsers import expat

from salver.core.errors import BadInput

Start: TypeAlias = Callable[[str, Mapping[str, str]], None]
End: TypeAlias = Callable[[str], None]
Text: TypeAlias = Callable[[str], None]

_BUFFER_BYTES: Final = 1 << 16


class Events:
    """Reads what is fed to it and calls the handlers in charge."""

    __slots__ = ("_handlers", "_skipped", "max_depth", "parser")

    def __init__(self, max_depth: int) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = _BUFFER_BYTES
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_doctype
        self.parser = parser
        self._handlers: list[tuple[Start, End, Text | None]] = []
        self._skipped = 0
        self.max_depth = max_depth

    @property
    def line(self) -> int:
        """Where the event that is being handled stands."""
        return self.parser.CurrentLineNumber

    def take_over(self, start: Start, end: End, text: Text | None = None) -> None:
        """These handlers are called from now on. Without `text`, character data is passed over."""
        self._handlers.append((start, end, text))
        self._install()

    def give_back(self) -> None:
        """Those that were in charge before are again."""
        self._handlers.pop()
        self._install()

    def skip(self) -> None:
        """Passes over the inside of the element that starts now, and its end."""
        self._skipped = 1
        self.take_over(self._skip_start, self._skip_end)

    def check_depth(self, depth: int, tag: str) -> None:
        """Raises BadInput for an element that lies too deep."""
        if depth > self.max_depth:
            raise BadInput(f"elements are nested deeper than {self.max_depth} (line {self.line}, at a {tag})")

    def _install(self) -> None:
        parser = self.parser
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = self._handlers[-1]

    def _skip_start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._skipped += 1

    def _skip_end(self, tag: str) -> None:
        self._skipped -= 1
        if not self._skipped:
            self.give_back()

    def _refuse_doctype(self, *_: Any) -> NoReturn:
        raise BadInput(f"a document type definition is not allowed (line {self.line})")


def local(tag: str) -> str:
    """A tag without its namespace's prefix."""
    return tag[tag.rindex(":") + 1 :] if ":" in tag else tag
