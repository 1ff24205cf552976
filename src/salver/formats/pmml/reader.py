"""A document read from its file: elements, and the nodes of trees as arrays. Streaming, bounded, without entities.

Namespaces and versions are ignored, `Extension` elements dropped, a document type definition refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias
from xml.parsers import expat

from salver.core.errors import BadInput, Fault
from salver.formats.pmml.element import Element
from salver.formats.pmml.events import Events, local
from salver.formats.pmml.options import PmmlOptions
from salver.formats.pmml.trees.nodes import NodeReader

OnProgress: TypeAlias = Callable[[int, int], None]
"""Bytes read, bytes in all."""

MAX_ELEMENTS: Final = 2_000_000
"""Of a document, nodes of trees not counted: each is some hundred bytes of memory, and may be four of a file."""
_CHUNK_BYTES: Final = 1 << 20
_IGNORED: Final = "Extension"
_THROUGH: Final = ("BayesInput", "BayesOutput")
"""Before PMML 4.2 these kept the statistics of continuous fields in extensions."""


def read_document(path: str, options: PmmlOptions, on_progress: OnProgress = lambda done, total: None) -> Element:
    """The root element. Raises BadInput that says where for what is no PMML, or beyond the bounds."""
    size = Path(path).stat().st_size
    if size > options.max_bytes:
        raise BadInput(f"{path} has {size:,} bytes, more than pmml.max_bytes allows ({options.max_bytes:,})")
    with Path(path).open("rb") as file:
        return _Reader(path, options).read(file, size, on_progress)


class _Reader:
    """One document while it is read."""

    def __init__(self, path: str, options: PmmlOptions) -> None:
        self._path = path
        self._root: Element | None = None
        self._element: Element | None = None
        self._pieces: list[str] = []
        """Character data of the element that is open, until a tag comes."""
        self._depth = 0
        self._elements = 0
        self._passed: list[int] = []
        """How deep the open extensions lie whose children count as if these were not there."""
        self._events = Events(options.max_depth)
        self._events.take_over(self._start, self._end, self._pieces.append)

    def read(self, file: BinaryIO, size: int, on_progress: OnProgress) -> Element:
        parser = self._events.parser
        try:
            done = 0
            while chunk := file.read(_CHUNK_BYTES):
                parser.Parse(chunk, False)
                done += len(chunk)
                on_progress(done, size)
            parser.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            # The last two are of encodings that there are not.
            raise BadInput(f"{self._path} is no well-formed XML: {error}") from None
        except Fault as fault:
            raise type(fault)(f"{self._path}: {fault.message}") from None
        if self._root is None or self._root.tag != "PMML":
            raise BadInput(f"{self._path} is no PMML: its root is {self._root and self._root.tag}, wanted PMML")
        return self._root

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        tag = local(tag)
        if tag == _IGNORED:
            if self._element is not None and self._element.tag in _THROUGH:
                self._passed.append(self._depth)
            else:
                self._events.skip()
            return
        self._events.check_depth(self._depth + 1, tag)
        if self._pieces:
            self._keep_text()
        parent = self._element
        if tag == "Node" and parent is not None and parent.tag == "TreeModel":
            self._read_nodes(parent, attributes)
            return
        line = self._events.line
        self._depth += 1
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise BadInput(f"there are more than {MAX_ELEMENTS:,} elements (line {line})")
        element = Element(tag, attributes, line, parent)
        if parent is None:
            self._root = element
        else:
            parent.children.append(element)
        self._element = element

    def _read_nodes(self, model: Element, attributes: Mapping[str, str]) -> None:
        if model.table is not None:
            model.refuse(f"a TreeModel has one root Node, here is a second (line {self._events.line})")
        reader = NodeReader(model, self._events, self._depth + 1)
        model.table = reader.nodes
        reader.begin(attributes)

    def _end(self, tag: str) -> None:
        if self._passed and self._passed[-1] == self._depth and local(tag) == _IGNORED:
            self._passed.pop()
        elif self._element is not None:
            self._depth -= 1
            if self._pieces:
                self._keep_text(is_leaf=not self._element.children)
            self._element = self._element.parent

    def _keep_text(self, *, is_leaf: bool = False) -> None:
        """Blanks between elements are nothing; blanks that are all there is in one are a text."""
        text = "".join(self._pieces)
        self._pieces.clear()
        if self._element is not None and (is_leaf or not text.isspace()):
            self._element.text += text
