"""Why a value does not fit its type, and where: the slow look at what a decoder has refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, Protocol

import numpy as np

from salver.formats.pfa.avro.types import NO_DEFAULT, NULL, Array, Enum, Fixed, Map, Record, Type, Union
from salver.formats.pfa.errors import PFAInputError
from salver.formats.pfa.values.looks import Choice
from salver.formats.pfa.values.unfit import Unfit

_SHOWN: Final = 10
_SHOWN_WHOLE: Final = (str, bytes, int, float, bool, type(None))
_MAX_KEY: Final = 60
_WANTED: Final = {
    "int": "a whole number of 32 bits",
    "long": "a whole number of 64 bits",
    "float": "a number",
    "double": "a number",
    "string": "text",
    "bytes": "bytes, or text with a character for each",
    "boolean": "true or false",
    "null": "null",
}


class Readers(Protocol):
    """What has refused the value."""

    def of(self, of: Type, /) -> Callable[[Any], Any]:
        """What reads a type, and raises Unfit."""

    def choice(self, of: Union, /) -> Choice:
        """What tells the branch of a union that a value is for."""


def refuse(of: Type, value: Any, place: str, readers: Readers, *, deep: bool) -> NoReturn:
    """Raises the PFAInputError for a value that `readers` have refused, or that was too deep for them."""
    if not deep:
        try:
            _Search(readers).look(of, value, place)
        except RecursionError:
            deep = True
    if deep:
        raise PFAInputError("the value is nested too deep", place)
    raise PFAInputError(f"wanted {of!r}, not {short(value)}", place)


def short(value: Any) -> str:
    """A value, shortened for a message, whatever it is."""
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    if isinstance(value, Mapping):
        keys = ", ".join(short(key) for key, _ in zip(value, range(_SHOWN), strict=False))[:100]
        return f"an object with {keys or 'no keys'}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**40:
        return "a whole number of more than 40 digits"
    if isinstance(value, (str, bytes)):
        value = value[:_MAX_KEY]
    text = repr(value) if isinstance(value, _SHOWN_WHOLE) else f"a {type(value).__name__}"
    return text if len(text) <= _MAX_KEY else text[: _MAX_KEY - 3] + "..."


class _Search:
    """Looks for the first thing in a value that does not fit, and raises PFAInputError for it."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def look(self, of: Type, value: Any, path: str) -> None:
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(of, Record) and isinstance(value, Mapping):
            self._look_at_record(of, value, path)
        elif isinstance(of, Array) and isinstance(value, (list, tuple)):
            for at, one in enumerate(value):
                self.look(of.items, one, f"{path}[{at}]")
        elif isinstance(of, Map) and isinstance(value, Mapping):
            for key, one in value.items():
                if not isinstance(key, str):
                    raise PFAInputError(f"the keys of a map are text, not {short(key)}", path)
                self.look(of.values, one, inside(path, key))
        elif isinstance(of, Union):
            self._look_at_union(of, value, path)
        elif not self._fits(of, value):
            raise PFAInputError(f"wanted {_wanted(of)}, not {short(value)}", path)

    def _fits(self, of: Type, value: Any) -> bool:
        try:
            self._readers.of(of)(value)
        except Unfit:
            return False
        return True

    def _look_at_record(self, of: Record, value: Mapping[str, Any], path: str) -> None:
        for field in of.fields:
            given = value.get(field.name, field.default)
            if given is NO_DEFAULT:
                odd = ", ".join(
                    short(key) for key, _ in zip(value.keys() - of.types.keys(), range(_SHOWN), strict=False)
                )
                hint = f"; there is {odd}, which {of!r} does not know" if odd else ""
                raise PFAInputError(f"the field {field.name!r} ({_wanted(field.type)}) is not there{hint}", path)
            self.look(field.type, given, inside(path, field.name))

    def _look_at_union(self, of: Union, value: Any, path: str) -> None:
        found = self._readers.choice(of)(value)
        tags = ", ".join(branch.tag for branch in of.types)
        if not found:
            raise PFAInputError(f"wanted one of {tags}, as {{tag: value}}, not {short(value)}", path)
        branch, one = found[0]
        if len(found) > 1:
            names = ", ".join(branch.tag for branch, _ in found)
            raise PFAInputError(f"{short(value)} could be {names}; say which, as {{{branch.tag!r}: ...}}", path)
        if branch is not NULL:
            self.look(branch, one, path if one is value else inside(path, branch.tag))


def _wanted(of: Type) -> str:
    if isinstance(of, Enum):
        symbols = ", ".join(of.symbols[:_SHOWN]) + (", ..." if len(of.symbols) > _SHOWN else "")
        return f"one of {symbols}"
    if isinstance(of, Fixed):
        return f"{of.size} bytes"
    if isinstance(of, Record):
        return f"an object, a record {of.tag}"
    return _WANTED.get(of.tag) or f"a {of!r}"


def inside(path: str, key: str) -> str:
    """The path of what lies under a key."""
    if len(key) > _MAX_KEY:
        key = key[: _MAX_KEY - 3] + "..."
    return f"{path}.{key}" if key.isidentifier() else f"{path}[{key!r}]"
