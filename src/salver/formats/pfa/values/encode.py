"""Writes values of a type as plain Python in Avro's JSON: unions are tagged."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from salver.formats.pfa.avro.types import BYTES, FLOATING, Array, Fixed, Map, Record, Type, Union

Encode = Callable[[Any], Any]


def encoder(of: Type, *, bytes_as: str = "raw", words: bool = False) -> Encode:
    """What writes a value of a type.

    `bytes_as`: "raw" leaves bytes as they are, "text" makes Avro's text of them (a character a byte), "base64" base64.
    `words`: numbers that JSON cannot write become "nan", "inf" and "-inf"."""
    return _Encoders(bytes_as, words=words).of(of) or (lambda x: x)


class _Encoders:
    """Makes encoders that know each other; None stands for one that would change nothing. What holds other values is
    always copied: whoever gets it may do with it what he likes."""

    def __init__(self, bytes_as: str, *, words: bool) -> None:
        self._bytes = _BYTES[bytes_as]
        self._double = _worded if words else None
        self._known: dict[str, list[Encode]] = {}

    def of(self, of: Type) -> Encode | None:
        if of in FLOATING:
            return self._double
        if of is BYTES or isinstance(of, Fixed):
            return self._bytes
        if isinstance(of, Array):
            return _array(self.of(of.items))
        if isinstance(of, Map):
            return _map(self.of(of.values))
        if isinstance(of, Union):
            return self._union(of)
        if isinstance(of, Record):
            return self._record(of)
        return None

    def _union(self, of: Union) -> Encode:
        inner = {branch.tag: self.of(branch) for branch in of.types}

        def encode(x: Any) -> Any:
            if x is None:
                return None
            tag, value = x
            step = inner[tag]
            return {tag: value if step is None else step(value)}

        return encode

    def _record(self, of: Record) -> Encode:
        if of.tag in self._known:
            made = self._known[of.tag]
            return lambda x: made[0](x)
        made = self._known[of.tag] = []
        steps = {name: step for name, kind in of.types.items() if (step := self.of(kind)) is not None}
        made.append((lambda x: {**x, **{name: step(x[name]) for name, step in steps.items()}}) if steps else dict)
        return made[0]


def _array(step: Encode | None) -> Encode:
    return list if step is None else lambda items: [step(one) for one in items]


def _map(step: Encode | None) -> Encode:
    return dict if step is None else lambda values: {key: step(one) for key, one in values.items()}


def _worded(x: float) -> float | str:
    if x - x == 0.0:
        return x
    return "nan" if x != x else "inf" if x > 0 else "-inf"


_BYTES: dict[str, Encode | None] = {
    "raw": None,
    "text": lambda x: x.decode("latin-1"),
    "base64": lambda x: base64.b64encode(x).decode("ascii"),
}
