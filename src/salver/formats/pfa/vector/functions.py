"""The functions of the library that are known for many rows at once. Each gives the very bits that its plain form
gives: sums go from left to right, and what is no plain arithmetic is done number by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from salver.formats.pfa.avro.types import DOUBLE
from salver.formats.pfa.library.registry import Call
from salver.formats.pfa.library.table import find
from salver.formats.pfa.library.unify import match
from salver.formats.pfa.vector.values import Matrix, Rowwise

_ARITHMETIC: Final = {"+": np.add, "-": np.subtract, "*": np.multiply}
_BY_NUMBER: Final = frozenset(("m.link.logit", "m.exp", "m.sqrt", "m.tanh"))


def combined(name: str, given: Sequence[Rowwise]) -> Rowwise | None:
    """A function of these; None for one that is not known here, or not for such values."""
    ranks = tuple(one.rank for one in given)
    if name in _ARITHMETIC and ranks == (0, 0):
        compute, first, second = _ARITHMETIC[name], given[0].compute, given[1].compute
        return Rowwise(0, lambda x: compute(first(x), second(x)))
    if name == "a.sum" and ranks == (1,):
        inner = given[0].compute
        return Rowwise(0, given[0].added or (lambda x: summed(inner(x))))
    if name == "la.scale" and ranks == (1, 0):
        vector, factor = given[0].compute, given[1].compute
        return Rowwise(1, lambda x: vector(x) * factor(x)[:, None])
    if name in _BY_NUMBER and ranks == (0,):
        return _by_number(name, given[0])
    return None


def summed(values: Matrix) -> Matrix:
    """The sums along axis 1, from left to right, beginning with nought. (Of two rows or more: NumPy adds the numbers of
    a single one in pairs.)"""
    sums: Matrix = np.add.reduce(np.ascontiguousarray(np.moveaxis(values, 1, 0)), axis=0, initial=0.0)
    return sums


def added_up(values: Rowwise) -> Rowwise | None:
    """What reducing a list of lists by adding them gives: the sums from left to right."""
    inner = values.compute
    return Rowwise(1, lambda x: np.add.reduce(np.ascontiguousarray(np.moveaxis(inner(x), 1, 0)), axis=0))


def _by_number(name: str, given: Rowwise) -> Rowwise | None:
    known = find(name)
    signatures = known.signatures if known is not None else ()
    matches = ((at, match(signature, [DOUBLE])) for at, signature in enumerate(signatures))
    at, matched = next(((at, found) for at, found in matches if found is not None), (0, None))
    if known is None or matched is None or known.needs:
        return None
    call = Call(matched.letters, matched.params, matched.ret, signature=at)
    function, inner = known.make(call), given.compute
    return Rowwise(0, lambda x: np.array([function(one) for one in inner(x).tolist()], np.float64))
