"""Elements of a document: names, attributes and text, with the place they stand at for whoever is refused.

Nothing here knows what an element means. Every accessor that finds something else than was asked for raises BadInput
that names the element by its path and line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from salver.core.errors import BadInput, Unsupported

_MAX_SHOWN: Final = 60
_REQUIRED: Final[Any] = object()


class Element:
    """One element. Its tag is the local name: namespaces are ignored, as documents in the wild are careless with
    them. `text` is its character data. `table` holds what a streaming part of the reader made of its children."""

    __slots__ = ("attributes", "children", "line", "parent", "table", "tag", "text")

    def __init__(self, tag: str, attributes: Mapping[str, str], line: int, parent: Element | None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""
        self.line = line
        self.parent = parent
        self.table: Any = None

    # Where it is.

    @property
    def path(self) -> str:
        """Like an XPath: `/PMML/TreeModel/Node[3]`; the position only where it has brothers of its name."""
        return f"{self.parent.path if self.parent is not None else ''}/{self._step()}"

    @property
    def place(self) -> str:
        return f"{self.path}, line {self.line}"

    def refuse(self, reason: str) -> NoReturn:
        """Raises BadInput: the reason, and where."""
        raise BadInput(f"{reason} ({self.place})")

    def unsupported(self, reason: str) -> NoReturn:
        """Raises Unsupported: the reason, and where."""
        raise Unsupported(f"{reason} ({self.place})")

    def _step(self) -> str:
        brothers = [] if self.parent is None else [child for child in self.parent.children if child.tag == self.tag]
        if len(brothers) < 2 or self not in brothers:
            return self.tag
        return f"{self.tag}[{brothers.index(self) + 1}]"

    # Children. `Extension` is never one: the reader drops it.

    def all(self, *tags: str) -> Iterator[Element]:
        """The children of these names, in order; all of them where no name is given."""
        return (child for child in self.children if not tags or child.tag in tags)

    def first(self, *tags: str) -> Element | None:
        """The first child of one of these names."""
        return next(self.all(*tags), None)

    def need(self, *tags: str) -> Element:
        """The first child of one of these names. Raises BadInput where there is none."""
        found = self.first(*tags)
        if found is None:
            self.refuse(f"{self.tag} needs a child {' or '.join(tags)}")
        return found

    # Attributes.

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def want(self, name: str) -> str:
        """An attribute. Raises BadInput where there is none."""
        value = self.attributes.get(name)
        if value is None:
            self.refuse(f"{self.tag} needs an attribute {name}")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """An attribute that is one of these words. Raises BadInput where it is not."""
        value = self.want(name) if default is None else self.attributes.get(name, default)
        if value not in allowed:
            self.refuse(f"{name}={short(value)} is not known here; wanted one of {', '.join(allowed)}")
        return value

    def number(self, name: str, default: Any = _REQUIRED) -> Any:
        """An attribute as a float; the default, as it is, where it is absent. Raises BadInput for what is none."""
        value = self.attributes.get(name)
        if value is None:
            if default is _REQUIRED:
                self.want(name)
            return default
        return self.parsed(value, name)

    def integer(self, name: str, default: Any = _REQUIRED) -> Any:
        """An attribute as an int; the default, as it is, where it is absent."""
        value = self.number(name, default)
        if isinstance(value, float):
            if not value.is_integer():
                self.refuse(f"{name}={value} is no integer")
            return int(value)
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """An attribute as a truth value."""
        value = self.attributes.get(name)
        if value is None:
            return default
        if value not in ("true", "false", "1", "0"):
            self.refuse(f"{name}={short(value)} is no truth value")
        return value in ("true", "1")

    # Text.

    def parsed(self, text: str, what: str = "") -> float:
        """A text of this element as a float. Raises BadInput for what is none, NaN included."""
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if value != value or "_" in text:
            self.refuse(f"{what or 'text'}={short(text)} is no number")
        return value

    def items(self) -> list[str]:
        """The text as the entries of an array: apart by white space, `"two words"` in quotes, `\\"` within.

        Holds the element to its attribute `n`, where it has one."""
        text = self.text
        entries = _quoted(text) if '"' in text else text.split()
        count = self.integer("n", None)
        if count is not None and count != len(entries):
            self.refuse(f"n={count}, but there are {len(entries)} entries")
        return entries

    def numbers(self) -> list[float]:
        """The text as an array of numbers."""
        return [self.parsed(item, "entry") for item in self.items()]

    def __repr__(self) -> str:
        return f"<{self.tag} line {self.line}>"


def short(value: str) -> str:
    """A text of unknown length, quoted, for a message."""
    return repr(value if len(value) <= _MAX_SHOWN else value[: _MAX_SHOWN - 3] + "...")


def _quoted(text: str) -> list[str]:
    entries: list[str] = []
    place, end = 0, len(text)
    while place < end:
        if text[place].isspace():
            place += 1
        elif text[place] == '"':
            letters: list[str] = []
            place += 1
            while place < end and text[place] != '"':
                if text[place] == "\\" and text[place + 1 : place + 2] in ('"', "\\"):
                    place += 1
                letters.append(text[place])
                place += 1
            place += 1
            entries.append("".join(letters))
        else:
            start = place
            while place < end and not text[place].isspace():
                place += 1
            entries.append(text[start:place].replace('\\"', '"'))
    return entries
