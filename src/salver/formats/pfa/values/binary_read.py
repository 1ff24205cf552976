"""Reads values in Avro's binary encoding (Avro 1.7, "Binary Encoding" and "Schema Resolution"), which may have been
written as values of another type than is wanted.

Bytes are not trusted: whatever is wrong with them is a PFAInputError, and what they can make is bounded by their
number.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    FLOAT,
    FLOATING,
    INT,
    LONG,
    NO_DEFAULT,
    NULL,
    STRING,
    Array,
    Enum,
    Fixed,
    Map,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.errors import PFAInputError
from salver.formats.pfa.values.binary_write import LETTERS
from salver.formats.pfa.values.convert import branch_for, converter
from salver.formats.pfa.values.decode import decoder
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN

_VALUES_PER_BYTE: Final = 8
SPARE_VALUES: Final = 2**20
"""How many values may be made beside those that have bytes of their own: an array of nulls takes none."""


def binary_decoder(of: Type) -> Callable[[bytes], Any]:
    """What makes a value of a type of its bytes, all of them. Raises PFAInputError."""
    read = resolving_reader(of, of)

    def decode(data: bytes) -> Any:
        source = Source(data)
        try:
            value = read(source)
        except RecursionError:
            raise PFAInputError("the value is nested too deep") from None
        source.end()
        return value

    return decode


class Source:
    """Bytes that are read from the first to the last."""

    __slots__ = ("_at", "_data", "left")

    def __init__(self, data: bytes, spare: int = SPARE_VALUES) -> None:
        self._data = data
        self._at = 0
        self.left = spare + _VALUES_PER_BYTE * len(data)
        """How many more values these bytes may make."""

    @property
    def more(self) -> bool:
        """Whether there are bytes left."""
        return self._at < len(self._data)

    def end(self) -> None:
        """Expects that there are none."""
        if self.more:
            self.refuse(f"{len(self._data) - self._at} bytes are left over")

    def refuse(self, why: str) -> NoReturn:
        """Raises the error for what is wrong here."""
        raise PFAInputError(f"this is no Avro of that type: {why} (at byte {self._at})")

    def spend(self, values: int) -> None:
        """Notes that so many values will be made."""
        self.left -= values
        if self.left < 0:
            self.refuse("more values than it has bytes for")

    def take(self, size: int) -> bytes:
        """The next bytes."""
        end = self._at + size
        if size < 0 or end > len(self._data):
            self.refuse("it ends too early" if size >= 0 else f"a size of {size}")
        found = self._data[self._at : end]
        self._at = end
        return found

    def long(self) -> int:
        """A whole number of 64 bits."""
        found = shift = 0
        try:
            for at in range(self._at, self._at + 10):
                byte = self._data[at]
                found |= (byte & 127) << shift
                if byte < 128:
                    break
                shift += 7
        except IndexError:
            self.refuse("it ends too early")
        if byte > 127 or found >= 2**64:
            self.refuse("a whole number of more than 64 bits")
        self._at = at + 1
        return (found >> 1) ^ -(found & 1)

    def numbers(self, count: int, letter: str) -> tuple[float, ...]:
        """Floating numbers in a row."""
        data = self.take(count * struct.calcsize("<" + letter))
        return struct.unpack(f"<{count}{letter}", data)

    def blocks(self) -> Iterator[int]:
        """How many items each block of an array or map has; they are to be read before the next one is asked for."""
        while count := self.long():
            if count < 0:
                count = -count
                if self.long() < 0:
                    self.refuse("a block of a negative size")
            self.spend(count)
            yield count


Read = Callable[[Source], Any]


def resolving_reader(written: Type, wanted: Type) -> Read:
    """What reads a value that was written as one type, and gives it as one of another, which accepts it."""
    return _Readers().of(written, wanted)


class _Readers:
    """Makes readers that know each other, so that a record may hold itself."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Read] = {}

    def of(self, written: Type, wanted: Type) -> Read:
        if isinstance(written, Union):
            return _of_union([self.of(branch, wanted) for branch in written.types])
        if isinstance(wanted, Union):
            branch = branch_for(written, wanted)
            return _tagged(branch.tag, self.of(written, branch))
        if isinstance(written, Array) and isinstance(wanted, Array):
            if written.items in FLOATING and wanted.items in FLOATING:
                return _of_floating(LETTERS[written.items])
            return _of_array(self.of(written.items, wanted.items))
        if isinstance(written, Map) and isinstance(wanted, Map):
            return _of_map(self.of(written.values, wanted.values))
        if isinstance(written, Record) and isinstance(wanted, Record):
            return self._known.get((written.tag, wanted.tag)) or self._record(written, wanted)
        if isinstance(written, Enum):
            return _of_enum(written)
        if isinstance(written, Fixed):
            size = written.size
            return lambda source: source.take(size)
        return _promoted(written, wanted)

    def _record(self, written: Record, wanted: Record) -> Read:
        """Fields that are not wanted are read and left out; such as are not there have their defaults."""
        names, theirs = list(wanted.types), list(written.types)
        steps: list[tuple[str, Read]] = []
        defaults = {
            field.name: decoder(field.type)(field.default)
            for field in wanted.fields
            if field.name not in written.types and field.default is not NO_DEFAULT
        }

        def read(source: Source) -> dict[str, Any]:
            source.spend(len(steps))
            return {name: step(source) for name, step in steps}

        def read_other(source: Source) -> dict[str, Any]:
            found = {**defaults, **read(source)}
            return {name: found[name] for name in names}

        self._known[written.tag, wanted.tag] = chosen = read if names == theirs else read_other
        steps.extend((name, self.of(kind, wanted.types.get(name, kind))) for name, kind in written.types.items())
        return chosen


def _boolean(source: Source) -> bool:
    byte = source.take(1)[0]
    if byte > 1:
        source.refuse(f"a truth of {byte}")
    return byte == 1


def _int(source: Source) -> int:
    found = source.long()
    if not INT_MIN <= found <= INT_MAX:
        source.refuse("a whole number of more than 32 bits")
    return found


def _bytes(source: Source) -> bytes:
    return source.take(source.long())


def _string(source: Source) -> str:
    try:
        return _bytes(source).decode("utf-8")
    except UnicodeDecodeError:
        source.refuse("text that is not UTF-8")


def _nothing(_source: Source) -> None:
    return None


def _number(letter: str) -> Read:
    layout = struct.Struct("<" + letter)
    return lambda source: layout.unpack(source.take(layout.size))[0]


_PLAIN: Final[dict[Type, Read]] = {
    NULL: _nothing,
    BOOLEAN: _boolean,
    INT: _int,
    LONG: Source.long,
    FLOAT: _number("f"),
    DOUBLE: _number("d"),
    BYTES: _bytes,
    STRING: _string,
}


def _promoted(written: Type, wanted: Type) -> Read:
    read = _PLAIN[written]
    step = converter(written, wanted)
    return read if step is None else (lambda source: step(read(source)))


def _of_enum(written: Enum) -> Read:
    symbols = written.symbols

    def read(source: Source) -> str:
        place = source.long()
        return symbols[place] if 0 <= place < len(symbols) else source.refuse(f"a symbol {place}")

    return read


def _tagged(tag: str, read: Read) -> Read:
    return read if tag == "null" else (lambda source: (tag, read(source)))


def _of_union(branches: list[Read]) -> Read:
    def read(source: Source) -> Any:
        place = source.long()
        return branches[place](source) if 0 <= place < len(branches) else source.refuse(f"a branch {place}")

    return read


def _of_array(item: Read) -> Read:
    def read(source: Source) -> list[Any]:
        found: list[Any] = []
        for count in source.blocks():
            found.extend([item(source) for _ in range(count)])
        return found

    return read


def _of_floating(letter: str) -> Read:
    def read(source: Source) -> list[float]:
        found: list[float] = []
        for count in source.blocks():
            found.extend(source.numbers(count, letter))
        return found

    return read


def _of_map(value: Read) -> Read:
    def read(source: Source) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for count in source.blocks():
            for _ in range(count):
                key = _string(source)
                found[key] = value(source)
        return found

    return read
