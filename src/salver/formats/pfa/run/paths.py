"""The way into nested values, and changed copies of them (PFA 0.8.1, "Attributes", "Cell", "Pool").

Index -1 is the last item, as both Hadrian and Titus have it for reading; a changed copy wants an index that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from salver.formats.pfa.errors import MESSAGES, PFARuntimeError

ATTR: Final = (2000, 2001)
ATTR_TO: Final = (2002, 2003)
CELL: Final = (2004, 2005)
CELL_TO: Final = (2006, 2007)
POOL: Final = (2008, 2009)
POOL_TO: Final = (2010, 2011)
"""The codes of each form: for an index of an array, for a key of a map."""

for _array, _map in (ATTR, ATTR_TO, CELL, CELL_TO, POOL, POOL_TO):
    MESSAGES[_array] = "array index not found"
    MESSAGES[_map] = "map key not found"


def item(array: list[Any], index: int, code: int) -> Any:
    """An item of an array."""
    try:
        return array[index]
    except IndexError:
        raise PFARuntimeError(code) from None


def missing(code: int) -> Any:
    """Raises the error of that code; stands where a value would."""
    raise PFARuntimeError(code)


def changed(value: Any, steps: Sequence[Any], change: Callable[[Any], Any], codes: tuple[int, int]) -> Any:
    """A copy of a value in which what lies at the end of `steps` has been changed."""
    if not steps:
        return change(value)
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        if not 0 <= step < len(value):
            raise PFARuntimeError(codes[0])
        copy: Any = value.copy()
    else:
        if step not in value:
            raise PFARuntimeError(codes[1])
        copy = {**value}
    copy[step] = changed(value[step], rest, change, codes)
    return copy


def replaced(value: Any, steps: Sequence[Any], new: Any, codes: tuple[int, int]) -> Any:
    """A copy of a value in which `new` lies at the end of `steps`."""
    return changed(value, steps, lambda _old: new, codes)
