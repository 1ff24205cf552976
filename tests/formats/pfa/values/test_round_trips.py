"""Values of random types are written as JSON and read again."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    NULL,
    STRING,
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.errors import PFAInputError
from salver.formats.pfa.values.decode import decoder
from salver.formats.pfa.values.encode import encoder

NAMES = count()
some = settings(max_examples=30, deadline=None)
SIMPLE: dict[Type, st.SearchStrategy[Any]] = {
    NULL: st.none(),
    BOOLEAN: st.booleans(),
    INT: st.integers(-(2**31), 2**31 - 1),
    LONG: st.integers(-(2**63), 2**63 - 1),
    FLOAT: st.floats(width=32),
    DOUBLE: st.floats(),
    BYTES: st.binary(max_size=5),
    STRING: st.text(max_size=5),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["int", "map"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "map", "array", "int", "double", "x"]), inner, max_size=2)
    ),
    max_leaves=8,
)


def new_name(kind: str) -> str:
    return f"{kind}{next(NAMES)}"


def record(types: list[Type], *, holds_itself: bool) -> Record:
    made = Record(new_name("Record"), (), "org.example")
    fields = [Field(name, of) for name, of in zip("abc", types, strict=False)]
    made.fields = (*fields, Field("next", Union([NULL, made]))) if holds_itself else tuple(fields)
    return made


def union(types: list[Type]) -> Type:
    return Union(list({one.tag: one for one in types if not isinstance(one, Union)}.values()) or [NULL])


TYPES = st.recursive(
    st.sampled_from(list(SIMPLE))
    | st.integers(0, 4).map(lambda size: Fixed(new_name("Fixed"), size))
    | st.sets(st.sampled_from("abcd"), min_size=1).map(lambda words: Enum(new_name("Enum"), sorted(words))),
    lambda inner: (
        inner.map(Array)
        | inner.map(Map)
        | st.lists(inner, min_size=1, max_size=4).map(union)
        | st.builds(record, st.lists(inner, max_size=3), holds_itself=st.booleans())
    ),
    max_leaves=6,
)


def values(of: Type, known: dict[str, st.SearchStrategy[Any]] | None = None) -> st.SearchStrategy[Any]:
    """Values of a type, as they are inside. `known`: those of the records that it may be inside of."""
    known = {} if known is None else known
    if isinstance(of, Array):
        return st.lists(values(of.items, known), max_size=3)
    if isinstance(of, Map):
        return st.dictionaries(st.text(max_size=4), values(of.values, known), max_size=3)
    if isinstance(of, Fixed):
        return st.binary(min_size=of.size, max_size=of.size)
    if isinstance(of, Enum):
        return st.sampled_from(of.symbols)
    if isinstance(of, Union):
        return st.one_of([st.none() if one is NULL else tagged(one, known) for one in of.types])
    if isinstance(of, Record):
        if of.tag not in known:
            known[of.tag] = st.deferred(
                lambda: st.tuples(*fields).map(lambda given: dict(zip(names, given, strict=True)))
            )
            names, fields = list(of.types), [values(kind, known) for kind in of.types.values()]
        return known[of.tag]
    return SIMPLE[of]


def tagged(of: Type, known: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    return values(of, known).map(lambda value: (of.tag, value))


TYPED = TYPES.flatmap(lambda of: st.tuples(st.just(of), values(of)))


@some
@given(TYPED)
def test_what_is_written_as_json_is_read_as_it_was(typed: tuple[Type, Any]) -> None:
    of, value = typed
    text = json.dumps(encoder(of, bytes_as="text", words=True)(value), allow_nan=False)
    assert repr(decoder(of, words=True)(json.loads(text))) == repr(value)


@some
@given(TYPED)
def test_what_is_written_for_python_is_read_as_it_was(typed: tuple[Type, Any]) -> None:
    of, value = typed
    assert repr(decoder(of)(encoder(of)(value))) == repr(value)


@some
@given(TYPES, JSON)
def test_whatever_comes_is_read_or_refused(of: Type, value: Any) -> None:
    read = decoder(of, "input")
    try:
        found = read(value)
    except PFAInputError:
        return
    assert repr(read(encoder(of)(found))) == repr(found)
