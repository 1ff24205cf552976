"""The outline of a message that maps names to tensors: which model, where each tensor lies, which outputs.

A message in the form that every client's library gives it is read without protobuf objects, so that tensors stay where
they are; any other legal form is brought into that one first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from google.protobuf.message import DecodeError

from salver.core.errors import BadInput
from salver.protocols.messages import message
from salver.protocols.varints import read_one

Span: TypeAlias = tuple[int, int]

MAX_FIELDS: Final = 65_536
"""Inputs and outputs named, all together, that a message may hold."""

_KEY, _VALUE = 0x0A, 0x12


class TooManyFields(BadInput):
    """No model has so many inputs; looking at them all would take as long as the sender likes."""


@dataclass(frozen=True, slots=True)
class Form:
    """Where a message has what; a field is given by its tag on the wire."""

    kind: Any
    tensors: int
    spec: int
    filter: int = -1
    ignored: frozenset[int] = frozenset()


REQUEST: Final = Form(
    message("tensorflow.serving.PredictRequest"), 0x12, 0x0A, filter=0x1A, ignored=frozenset((0x2A, 0x32, 0x3A))
)
"""What is ignored are the options of streamed predictions, which no open-source server has."""
ANSWER: Final = Form(message("tensorflow.serving.PredictResponse"), 0x0A, 0x12)


@dataclass(slots=True)
class Outline:
    """The tensors lie in `buffer`, which need not be the message itself."""

    buffer: bytes | memoryview
    spec: bytes | None
    """None where the message has none."""
    tensors: dict[str, Span]
    filter: list[str]


def outline(buffer: bytes | memoryview, form: Form) -> Outline:
    """The outline of a message of that form. Raises BadInput for bytes that are none."""
    found = _outline(buffer, form) or _outline(_plain_form(buffer, form.kind), form)
    if found is None:
        raise AssertionError("protobuf writes the form that is read here")
    return found


def _outline(buffer: bytes | memoryview, form: Form) -> Outline | None:
    """None for a message in another form than protobuf's own, or for none at all."""
    spec: bytes | None = None
    tensors: dict[str, Span] = {}
    names: list[str] = []
    at, end = 0, len(buffer)
    try:
        for _ in range(MAX_FIELDS):
            if at >= end:
                break
            tag = buffer[at]
            start, at = _extent(buffer, at + 1, end)
            if tag == form.tensors:
                name, span = _entry(buffer, start, at)
                tensors[name] = span
            elif tag == form.spec and spec is None:
                spec = bytes(buffer[start:at])
            elif tag == form.filter:
                names.append(str(buffer[start:at], "utf-8"))
            elif tag not in form.ignored:
                return None
        else:
            raise TooManyFields(f"the message has more than {MAX_FIELDS} fields")
    except TooManyFields:
        raise
    except (BadInput, IndexError, UnicodeDecodeError):
        return None
    return Outline(buffer, spec, tensors, names)


def _entry(buffer: bytes | memoryview, at: int, end: int) -> tuple[str, Span]:
    if buffer[at] != _KEY:
        raise IndexError
    start, stop = _extent(buffer, at + 1, end)
    name = str(buffer[start:stop], "utf-8")
    if buffer[stop] != _VALUE:
        raise IndexError
    span = _extent(buffer, stop + 1, end)
    if span[1] != end:
        raise IndexError
    return name, span


def _extent(buffer: bytes | memoryview, at: int, end: int) -> Span:
    """Where the field lies whose length is at `at`."""
    size = buffer[at]
    at += 1
    if size > 127:
        size, at = read_one(buffer, at - 1, end)
    if at + size > end:
        raise IndexError
    return at, at + size


def _plain_form(buffer: bytes | memoryview, kind: Any) -> bytes:
    """The same message as protobuf itself writes it, without what is unknown."""
    try:
        proto = kind.FromString(bytes(buffer))
    except DecodeError:
        raise BadInput(f"the message is no {kind.DESCRIPTOR.name}") from None
    proto.DiscardUnknownFields()
    plain: bytes = proto.SerializeToString()
    return plain
