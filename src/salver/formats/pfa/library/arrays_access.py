"""a: what is at a place of an array, and arrays with something put in or taken out there."""

from __future__ import annotations

from typing import Any, Final

from salver.formats.pfa.library.registry import fail, function

Values = list[Any]
_PART: Final = "(a: array(any A)) -> array(A)"
_OUTSIDE: Final = "index out of range"

function("a.len", "(a: array(any A)) -> int")(len)


@function("a.subseq", "(a: array(any A), start: int, end: int) -> array(A)")
def subseq(a: Values, start: int, end: int) -> Values:
    """The values from a place up to another one. A negative place counts from the end."""
    return a[start:end]


@function("a.head", "(a: array(any A)) -> A", errors={15020: "empty array"})
def head(a: Values) -> Any:
    """The first value."""
    return a[0] if a else fail(15020)


@function("a.tail", _PART, errors={15030: "empty array"})
def tail(a: Values) -> Values:
    """All but the first."""
    return a[1:] if a else fail(15030)


@function("a.last", "(a: array(any A)) -> A", errors={15040: "empty array"})
def last(a: Values) -> Any:
    """The last value."""
    return a[-1] if a else fail(15040)


@function("a.init", _PART, errors={15050: "empty array"})
def init(a: Values) -> Values:
    """All but the last."""
    return a[:-1] if a else fail(15050)


@function("a.subseqto", "(a: array(any A), start: int, end: int, replacement: array(A)) -> array(A)")
def subseqto(a: Values, start: int, end: int, replacement: Values) -> Values:
    """The array with something else in place of that part."""
    changed = a.copy()
    changed[start:end] = replacement
    return changed


@function("a.concat", "(a: array(any A), b: array(A)) -> array(A)")
def concat(a: Values, b: Values) -> Values:
    """One array after the other."""
    return a + b


@function("a.append", "(a: array(any A), item: A) -> array(A)")
def append(a: Values, item: Any) -> Values:
    """The array with a value behind."""
    return [*a, item]


@function("a.cycle", "(a: array(any A), item: A, maxLength: int) -> array(A)", errors={15150: "maxLength out of range"})
def cycle(a: Values, item: Any, max_length: int) -> Values:
    """The array with a value behind, of which only so many of the last stay."""
    if max_length < 0:
        fail(15150)
    return [*a, item][-max_length:] if max_length else []


def _place(a: Values, index: int, code: int) -> int:
    """The place that an index means, from the end where it is negative. It must be that of a value."""
    size = len(a)
    return index % size if -size <= index < size else fail(code)


@function("a.insert", "(a: array(any A), index: int, item: A) -> array(A)", errors={15160: _OUTSIDE})
def insert(a: Values, index: int, item: Any) -> Values:
    """The array with a value more, before the one there."""
    place = _place(a, index, 15160)
    return [*a[:place], item, *a[place:]]


@function("a.replace", "(a: array(any A), index: int, item: A) -> array(A)", errors={15170: _OUTSIDE})
def replace(a: Values, index: int, item: Any) -> Values:
    """The array with another value there."""
    place = _place(a, index, 15170)
    changed = a.copy()
    changed[place] = item
    return changed


@function(
    "a.remove",
    "(a: array(any A), start: int, end: int) -> array(A)",
    "(a: array(any A), index: int) -> array(A)",
    errors={15180: _OUTSIDE},
)
def remove(a: Values, start: int, end: int | None = None) -> Values:
    """The array without a part, or without one value, which must be there."""
    if end is None:
        start = _place(a, start, 15180)
        return a[:start] + a[start + 1 :]
    left = a.copy()
    del left[start:end]
    return left


@function("a.rotate", "(a: array(any A), steps: int) -> array(A)", errors={15190: "steps out of range"})
def rotate(a: Values, steps: int) -> Values:
    """The array with so many values moved from its beginning to its end."""
    if steps < 0:
        fail(15190)
    place = steps % len(a) if a else 0
    return a[place:] + a[:place]


@function("a.reverse", _PART)
def reverse(a: Values) -> Values:
    """The values from last to first."""
    return a[::-1]


@function("a.flatten", "(a: array(array(any A))) -> array(A)")
def flatten(a: list[Values]) -> Values:
    """The values of all arrays in an array, in order."""
    return [value for part in a for value in part]
