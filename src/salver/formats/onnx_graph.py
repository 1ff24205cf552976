"""What an ONNX file says and onnxruntime does not: versions of operator sets, which shapes are known, ZipMap's keys.

A reader of Protocol Buffers that skips what it does not need, over the mapped file. It checks nothing else: whether
the file is a model is for onnxruntime to say.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

Span: TypeAlias = tuple[int, int]
"""Where a nested message or a string lies: start and end."""
Field: TypeAlias = tuple[int, "int | Span"]

# Field numbers of onnx.proto (IR version 13), by message.
_MODEL_GRAPH, _MODEL_OPSET = 7, 8
_OPSET_DOMAIN, _OPSET_VERSION = 1, 2
_GRAPH_NODE, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 11, 12
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR, _TENSOR_SHAPE = 1, 2
_NODE_OUTPUT, _NODE_KIND, _NODE_ATTRIBUTE = 2, 4, 5
_ATTRIBUTE_NAME, _ATTRIBUTE_INTS, _ATTRIBUTE_STRINGS = 1, 8, 9

_MAX_VARINT_BYTES: Final = 10


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """What was read."""

    opsets: Mapping[str, int]
    """Version by domain; the empty domain is ONNX's own."""
    shaped: frozenset[str]
    """The inputs and outputs whose shape the file gives, so that no dimensions mean a scalar."""
    keys: Mapping[str, tuple[int | str, ...]]
    """ZipMap's keys in the order of its columns, by the name of what it puts out."""


NOTHING: Final = GraphFacts({}, frozenset(), {})


def read_facts(path: str, *, maps: bool) -> GraphFacts:
    """The facts of a file; nodes are looked at only when `maps` are wanted. Raises ValueError for what is no model."""
    with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _Reader(data).facts(maps=maps)


class _Reader:
    def __init__(self, data: mmap.mmap) -> None:
        self._data = data

    def facts(self, *, maps: bool) -> GraphFacts:
        opsets: dict[str, int] = {}
        shaped: set[str] = set()
        keys: dict[str, tuple[int | str, ...]] = {}
        for number, value in self._fields((0, len(self._data))):
            if number == _MODEL_OPSET:
                opsets.update(self._opset(value))
            elif number == _MODEL_GRAPH:
                for part, span in self._fields(value):
                    if part in (_GRAPH_INPUT, _GRAPH_OUTPUT):
                        shaped.update(self._shaped(span))
                    elif part == _GRAPH_NODE and maps:
                        keys.update(self._zipmap(span))
        return GraphFacts(opsets, frozenset(shaped), keys)

    def _opset(self, span: int | Span) -> dict[str, int]:
        domain, version = "", 0
        for number, value in self._fields(span):
            if number == _OPSET_DOMAIN:
                domain = self._text(value)
            elif number == _OPSET_VERSION and isinstance(value, int):
                version = value
        return {domain: version}

    def _shaped(self, span: int | Span) -> list[str]:
        """The value's name, when it is a tensor with a shape."""
        name, known = "", False
        for number, value in self._fields(span):
            if number == _VALUE_NAME:
                name = self._text(value)
            elif number == _VALUE_TYPE:
                known = any(
                    part == _TENSOR_SHAPE
                    for kind, tensor in self._fields(value)
                    if kind == _TYPE_TENSOR
                    for part, _ in self._fields(tensor)
                )
        return [name] if known else []

    def _zipmap(self, span: int | Span) -> dict[str, tuple[int | str, ...]]:
        parts = list(self._fields(span))
        if not any(number == _NODE_KIND and self._text(value) == "ZipMap" for number, value in parts):
            return {}
        outputs = [self._text(value) for number, value in parts if number == _NODE_OUTPUT]
        labels = [self._labels(value) for number, value in parts if number == _NODE_ATTRIBUTE]
        return {name: keys for name in outputs for keys in labels if keys}

    def _labels(self, span: int | Span) -> tuple[int | str, ...]:
        """The values of a `classlabels_*` attribute."""
        name = ""
        keys: list[int | str] = []
        for number, value in self._fields(span):
            if number == _ATTRIBUTE_NAME:
                name = self._text(value)
            elif number == _ATTRIBUTE_STRINGS:
                keys.append(self._text(value))
            elif number == _ATTRIBUTE_INTS:
                keys.extend([_signed(value)] if isinstance(value, int) else self._packed(value))
        return tuple(keys) if name.startswith("classlabels_") else ()

    def _packed(self, span: Span) -> Iterator[int]:
        at, end = span
        while at < end:
            value, at = self._varint(at, end)
            yield _signed(value)

    def _text(self, value: int | Span) -> str:
        if isinstance(value, int):
            raise ValueError("a number where text belongs")
        return self._data[value[0] : value[1]].decode()

    def _fields(self, span: int | Span) -> Iterator[Field]:
        """The fields of a message: its number, and a varint's value or a span. Fixed-width values are passed over."""
        if isinstance(span, int):
            raise ValueError("a number where a message belongs")
        at, end = span
        while at < end:
            tag, at = self._varint(at, end)
            number, wire = tag >> 3, tag & 7
            if wire == 0:
                value, at = self._varint(at, end)
                yield number, value
                continue
            size, at = self._varint(at, end) if wire == 2 else ({1: 8, 5: 4}.get(wire, -1), at)
            if size < 0 or at + size > end:
                raise ValueError("no Protocol Buffers message")
            if wire == 2:
                yield number, (at, at + size)
            at += size

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        value = 0
        for place, byte in enumerate(self._data[at : min(at + _MAX_VARINT_BYTES, end)]):
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value, at + place + 1
        raise ValueError("a number without an end")


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
