"""a: arrays in another order. The order of values is that of Avro (values/order.py), or what a function says."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cmp_to_key
from typing import Any

from salver.formats.pfa.avro.types import FLOATING, Type
from salver.formats.pfa.library.identity import may_hold_nan
from salver.formats.pfa.library.registry import Call, Implementation, function, typed
from salver.formats.pfa.values.order import nan_last, sort_key

Values = list[Any]
Less = Callable[[Any, Any], bool]


def ranks(of: Type) -> Callable[[Values], Sequence[Any]]:
    """What gives, for each of some values of a type, what Python compares as Avro would. Raises NoOrder."""
    if of in FLOATING:
        return lambda a: list(map(nan_last, a)) if may_hold_nan(a) else a
    key = sort_key(of)
    return (lambda a: a) if key is None else (lambda a: list(map(key, a)))


def ranks_by(less: Less) -> Callable[[Any], Any]:
    """The key to sort by where a function says which of two comes first."""
    return cmp_to_key(lambda x, y: -1 if less(x, y) else 0)


def sorter(of: Type) -> Callable[[Values], Values]:
    """What sorts values of a type; equal ones stay in their order. Raises NoOrder."""
    if of in FLOATING:
        return lambda a: sorted(a, key=nan_last) if may_hold_nan(a) else sorted(a)
    key = sort_key(of)
    return sorted if key is None else (lambda a: sorted(a, key=key))


@typed("a.sort", "(a: array(any A)) -> array(A)")
def _sort(call: Call) -> Implementation:
    return sorter(call.letters["A"])


@function("a.sortLT", "(a: array(any A), lessThan: fcn(A, A) -> boolean) -> array(A)")
def sort_by(a: Values, less: Less) -> Values:
    """The values in the order that a function says; equal ones stay in theirs."""
    return sorted(a, key=ranks_by(less))


@function("a.shuffle", "(a: array(any A)) -> array(A)", needs=("random",))
def shuffle(chance: random.Random, a: Values) -> Values:
    """The values in an order picked by chance."""
    return chance.sample(a, len(a))
