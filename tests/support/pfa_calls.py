"""Library functions called without a document: by their names, with the types of the arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from salver.formats.pfa.avro.types import DOUBLE, STRING, Array, Enum, Field, Record, Type, Union
from salver.formats.pfa.errors import PFARuntimeError
from salver.formats.pfa.library.known import KnownFunction, Param
from salver.formats.pfa.library.registry import UNKNOWN, Call, Implementation
from salver.formats.pfa.library.table import find
from salver.formats.pfa.library.unify import match

VECTOR = Array(DOUBLE)


def made(name: str, *types: Type, constants: Sequence[Any] = ()) -> Implementation:
    """The implementation of a call with arguments of these types; `constants` are those that never change."""
    known = find(name)
    assert known is not None, name
    for place, signature in enumerate(known.signatures):
        matched = match(signature, types)
        if matched is not None:
            return known.make(Call(matched.letters, matched.params, matched.ret, tuple(constants), place))
    raise AssertionError(f"{name} does not take {types}")


def fixed(place: int, value: Any, *others: Any) -> list[Any]:
    """Arguments of which the one at a place, and those that follow it, never change."""
    return [UNKNOWN] * place + [value, *others]


def fails(code: int, act: Callable[[], Any]) -> None:
    """Expects a runtime error of a code."""
    with pytest.raises(PFARuntimeError) as caught:
        act()
    assert caught.value.code == code


def record(name: str, **fields: Type) -> Record:
    """A record type."""
    return Record(name, [Field(key, of) for key, of in fields.items()])


def tree_type(datum: Record, value: Type, *leaves: Type) -> Record:
    """The type of the nodes of trees over a datum."""
    tree = Record("TreeNode")
    onward = Union([tree, *leaves])
    fields = [Field("field", Enum("Fields", list(datum.types))), Field("operator", STRING), Field("value", value)]
    tree.fields = (*fields, Field("pass", onward), Field("fail", onward), Field("missing", onward))
    return tree


def between(name: str, *numbers: float, similarity: bool = False) -> KnownFunction:
    """What is known of a function of x and y that calls another one with them."""
    before = (("fcn", "metric.absDiff"),) if similarity else ()
    return KnownFunction(params=("x", "y"), body=(name, *before, Param("x"), Param("y"), *numbers))
