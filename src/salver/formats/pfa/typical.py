"""A datum that a document takes, made up: for the banner's curl, for the first error a newcomer gets."""

from __future__ import annotations

import time
from typing import Any, Final

from salver.formats.pfa.avro.types import NULL, NUMBERS, Array, Enum, Fixed, Map, Record, Type, Union
from salver.formats.pfa.engine import Engine
from salver.formats.pfa.errors import PFAError

_PLAIN: Final[dict[str, Any]] = {
    "null": None,
    "boolean": True,
    "int": 1,
    "long": 1,
    "float": 1.0,
    "double": 1.0,
    "string": "text",
    "bytes": "text",
}
_MAX_LENGTH: Final = 1024
_MAX_S: Final = 0.01


def typical(of: Type, known: frozenset[str] = frozenset()) -> Any:
    """A small value of a type, in Avro's JSON."""
    if isinstance(of, Array):
        return [typical(of.items, known)] if of.items.tag not in known else []
    if isinstance(of, Map):
        return {"key": typical(of.values, known)} if of.values.tag not in known else {}
    if isinstance(of, Union):
        branch = next((one for one in of.types if one is not NULL and one.tag not in known), NULL)
        return None if branch is NULL and NULL in of.types else {branch.tag: typical(branch, known)}
    if isinstance(of, Record):
        return {name: typical(kind, known | {of.tag}) for name, kind in of.types.items()}
    if isinstance(of, Enum):
        return of.symbols[0] if of.symbols else ""
    return "0" * of.size if isinstance(of, Fixed) else _PLAIN[of.tag]


def typical_datum(engine: Engine) -> Any:
    """A datum for a document. One that takes a list of numbers mostly wants a certain count of them: it is tried out, a
    moment long, where nothing else comes of an answer."""
    of = engine.prepared.program.input
    datum = typical(of)
    if not engine.pure or not isinstance(of, Array) or of.items not in NUMBERS:
        return datum
    until = time.monotonic() + _MAX_S
    for length in range(1, _MAX_LENGTH):
        try:
            engine.action(datum * length)
        except PFAError:
            if time.monotonic() > until:
                break
            continue
        return datum * length
    return datum
