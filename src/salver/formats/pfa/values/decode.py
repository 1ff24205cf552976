"""Reads plain Python values, as JSON gives them, into values of a type; whatever does not fit is refused with its
place.

A decoder is made once per type, of Python source for records, and looks only at whether a value fits; what is wrong
with one that does not, and where, is found by a second, slower look (values/explain.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    FLOAT,
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
from salver.formats.pfa.values.explain import refuse
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN, float32
from salver.formats.pfa.values.looks import Choice, Looks, certain_tags
from salver.formats.pfa.values.unfit import Unfit

Decode = Callable[[Any], Any]
_CLASSES: Final[dict[Type, type]] = {DOUBLE: float, STRING: str, BOOLEAN: bool}
"""Types whose values are just those of a class."""
_NO_TAGS: Final = frozenset({bool, int, float, str, bytes, list})
"""Classes of values that cannot be a tag with its value."""
_WORDS: Final = {
    "inf": np.inf,
    "Infinity": np.inf,
    "+inf": np.inf,
    "-inf": -np.inf,
    "-Infinity": -np.inf,
    "nan": np.nan,
    "NaN": np.nan,
}
"""How numbers that JSON cannot write are written as text."""


def decoder(of: Type, place: str = "", *, words: bool = False) -> Decode:
    """What reads a value of a type. Raises PFAInputError, whose path begins with `place`.

    `words`: whether "nan", "inf" and "-inf" are numbers."""
    decoders = Decoders(words=words)
    decode = decoders.of(of)

    def read(value: Any) -> Any:
        try:
            return decode(value)
        except (Unfit, RecursionError) as error:
            refuse(of, value, place, decoders, deep=isinstance(error, RecursionError))

    return read


class Decoders:
    """Makes decoders that know each other, so that a record may hold itself."""

    def __init__(self, *, words: bool) -> None:
        self._double = worded if words else number
        self._looks = Looks(lambda of: _leaf(of, number))
        self._records: dict[str, Decode] = {}
        self._choices: dict[Union, Choice] = {}

    def of(self, of: Type) -> Decode:
        """What reads a value of a type, and raises Unfit."""
        if isinstance(of, Array):
            return _array(self.of(of.items), of.items)
        if isinstance(of, Map):
            return _map(self.of(of.values))
        if isinstance(of, Union):
            return self._union(of)
        if isinstance(of, Record):
            return self._record(of)
        return _leaf(of, self._double)

    def choice(self, of: Union) -> Choice:
        """What tells the branch of a union that a value is for."""
        if of not in self._choices:
            self._choices[of] = self._looks.choice(of)
        return self._choices[of]

    def _record(self, of: Record) -> Decode:
        if of.tag in self._records:
            return self._records[of.tag]
        made: list[Decode] = []
        self._records[of.tag] = lambda x: made[0](x)
        decode = record_source(of, [self.of(kind) for kind in of.types.values()])
        made.append(decode)
        self._records[of.tag] = decode
        return decode

    def _union(self, of: Union) -> Decode:
        """Tagged, or bare where that leaves no doubt."""
        inner = {branch.tag: self.of(branch) for branch in of.types if branch is not NULL}
        certain = {branch.tag: (branch.tag, inner[branch.tag]) for branch in certain_tags(of)}
        only = next(iter(inner)) if len(inner) == 1 else None
        nullable = NULL in of.types
        choose = self.choice(of)

        def decode(x: Any) -> Any:
            if x is None and nullable:
                return None
            if only is not None and type(x) in _NO_TAGS:
                return (only, inner[only](x))
            if type(x) is dict and len(x) == 1:
                (key,) = x
                known = certain.get(key)
                if known is not None:
                    return (known[0], known[1](x[key]))
            found = choose(x)
            if len(found) != 1:
                raise Unfit
            branch, value = found[0]
            return (branch.tag, inner[branch.tag](value))

        return decode


def record_source(of: Record, decoders: list[Decode]) -> Decode:
    """Reads a record: Python source, since records are what most documents take."""
    lines = [
        "def decode(x):",
        " if type(x) is not dict: x = as_dict(x)",
        f" if len(x) != {len(decoders)}: x = whole(x)",
    ]
    names: dict[str, Any] = {"as_dict": as_dict, "Unfit": Unfit, "whole": _whole(of)}
    for at, (name, kind) in enumerate(of.types.items()):
        lines.append(f" try: v{at} = x[{name!a}]")
        lines.append(f" except KeyError: v{at} = whole(x)[{name!a}]")
        names[f"d{at}"] = decoders[at]
        quick = _CLASSES.get(kind)
        if quick:
            lines.append(f" if type(v{at}) is not {quick.__name__}: v{at} = d{at}(v{at})")
        else:
            lines.append(f" v{at} = d{at}(v{at})")
    lines.append(f" return {{{', '.join(f'{name!a}: v{at}' for at, name in enumerate(of.types))}}}")
    exec("\n".join(lines), names)  # noqa: S102 - our own source: of the schema there are quoted names of fields only
    decode: Decode = names["decode"]
    return decode


def _whole(of: Record) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Fills in the defaults of fields that are not there. What the type does not know is passed over: records are
    accepted that have more."""
    defaults = {field.name: field.default for field in of.fields if field.default is not NO_DEFAULT}
    known = of.types.keys()

    def fill(x: dict[str, Any]) -> dict[str, Any]:
        filled = {**defaults, **x}
        if not known <= filled.keys():
            raise Unfit
        return filled

    return fill


def as_dict(x: Any) -> dict[str, Any]:
    """A mapping that is no dict, as one."""
    if isinstance(x, Mapping):
        return dict(x)
    raise Unfit


def number(x: Any) -> float:
    """A floating number of 64 bits; whole numbers are taken too."""
    if type(x) is float:
        return x
    if isinstance(x, (int, float, np.integer, np.floating)) and not isinstance(x, (bool, np.timedelta64)):
        try:
            return float(x)
        except OverflowError:
            raise Unfit from None
    raise Unfit


def worded(x: Any) -> float:
    """Likewise, or a word for what JSON cannot write."""
    if type(x) is float:
        return x
    if isinstance(x, str) and x in _WORDS:
        return _WORDS[x]
    return number(x)


def _whole_number(low: int, high: int) -> Decode:
    def decode(x: Any) -> int:
        if type(x) is not int:
            if not isinstance(x, (int, np.integer)) or isinstance(x, (bool, np.timedelta64)):
                raise Unfit
            x = int(x)
        value: int = x
        if low <= value <= high:
            return value
        raise Unfit

    return decode


def _nothing(x: Any) -> None:
    if x is not None:
        raise Unfit


def _truth(x: Any) -> bool:
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    raise Unfit


def _string(x: Any) -> str:
    if isinstance(x, str):
        return str(x)
    raise Unfit


def _bytes(x: Any) -> bytes:
    """Bytes, or text with a character for each."""
    if isinstance(x, (bytes, bytearray, memoryview)):
        return bytes(x)
    if isinstance(x, str):
        try:
            return x.encode("latin-1")
        except UnicodeEncodeError:
            raise Unfit from None
    raise Unfit


_PLAIN: Final[dict[Type, Decode]] = {
    NULL: _nothing,
    BOOLEAN: _truth,
    INT: _whole_number(INT_MIN, INT_MAX),
    LONG: _whole_number(LONG_MIN, LONG_MAX),
    BYTES: _bytes,
    STRING: _string,
}


def _leaf(of: Type, double: Callable[[Any], float]) -> Decode:
    """What reads a type that holds no other types; `double` reads numbers of 64 bits."""
    if of is DOUBLE:
        return double
    if of is FLOAT:
        return lambda x: float32(double(x))
    if isinstance(of, Fixed):
        return _sized(of.size)
    if isinstance(of, Enum):
        return _symbol(of)
    if of in _PLAIN:
        return _PLAIN[of]
    raise TypeError(f"{of!r} is no type of values")


def _sized(size: int) -> Decode:
    def decode(x: Any) -> bytes:
        value = _bytes(x)
        if len(value) != size:
            raise Unfit
        return value

    return decode


def _symbol(of: Enum) -> Decode:
    known = {symbol: symbol for symbol in of.symbols}

    def decode(x: Any) -> str:
        found = known.get(x) if isinstance(x, str) else None
        if found is None:
            raise Unfit
        return found

    return decode


def _array(item: Decode, items: Type) -> Decode:
    quick = _CLASSES.get(items)

    def decode(x: Any) -> list[Any]:
        if type(x) is not list:
            if isinstance(x, np.ndarray):
                x = x.tolist()
            if not isinstance(x, (list, tuple)):
                raise Unfit
        if quick is not None and set(map(type, x)) == {quick}:
            return x.copy() if type(x) is list else list(x)
        return [item(one) for one in x]

    return decode


def _map(value: Decode) -> Decode:
    def decode(x: Any) -> dict[str, Any]:
        if type(x) is not dict:
            x = as_dict(x)
        return {key if type(key) is str else _string(key): value(one) for key, one in x.items()}

    return decode
