"""re: regular expressions, in texts and in bytes. They are POSIX extended ones: see `posix_syntax.py`. Places are
counted in characters, not in bytes of some coding; groups that took no part in a match are left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from salver.formats.pfa.avro.types import BYTES, STRING
from salver.formats.pfa.library.posix_patterns import Pattern, pattern_of
from salver.formats.pfa.library.registry import UNKNOWN, Call, Clock, Implementation, fail, typed
from salver.formats.pfa.library.sizes import bounded

_TAKES: Final = "(haystack: {0}, pattern: {0}) -> {1}"
_CHANGES: Final = "(haystack: {0}, pattern: {0}, replacement: {0}) -> {0}"

Find = Callable[..., Any]
"""Gets the pattern, the clock, the haystack, and for some what is put in its place."""


def _finding(name: str, code: int, ret: str) -> Callable[[Find], Find]:
    """Registers what a pattern finds. In `ret`, {} is the type of what is searched."""
    return _registering(name, code, [_TAKES.format(kind, ret.format(kind)) for kind in ("string", "bytes")])


def _changing(name: str, code: int) -> Callable[[Find], Find]:
    """Registers what puts something in the place of what a pattern finds."""
    return _registering(name, code, [_CHANGES.format(kind) for kind in ("string", "bytes")])


def _registering(name: str, code: int, signatures: list[str]) -> Callable[[Find], Find]:
    def register(find: Find) -> Find:
        @typed(f"re.{name}", *signatures, errors={code: "bad pattern"}, needs=("clock",))
        def make(call: Call) -> Implementation:
            constant = call.constant(1)
            known = None if constant is UNKNOWN else pattern_of(constant)
            if known is not None:
                return lambda clock, haystack, _pattern, *more: find(known, clock, haystack, *more)
            return lambda clock, haystack, pattern, *more: find(_good(pattern, code), clock, haystack, *more)

        return find

    return register


def _good(pattern: str | bytes, code: int) -> Pattern:
    return pattern_of(pattern) or fail(code)


def _last(pattern: Pattern, clock: Clock, haystack: Any) -> Any:
    """The last match, or None."""
    return next(iter(deque(pattern.all(clock, haystack), maxlen=1)), None)


def _places(match: Any) -> list[list[int]]:
    """Where the match is, and its groups."""
    return [[begin, end] for begin, end in match.regs if begin >= 0]


def _parts(match: Any) -> list[Any]:
    """The match and its groups."""
    return [match.string[begin:end] for begin, end in match.regs if begin >= 0]


@_finding("index", 35000, "array(int)")
def _index(pattern: Pattern, clock: Clock, haystack: Any) -> list[int]:
    match = pattern.first(clock, haystack)
    return [] if match is None else list(match.span())


@_finding("contains", 35010, "boolean")
def _contains(pattern: Pattern, clock: Clock, haystack: Any) -> bool:
    return pattern.is_in(clock, haystack)


@_finding("count", 35020, "int")
def _count(pattern: Pattern, clock: Clock, haystack: Any) -> int:
    return sum(1 for _ in pattern.all(clock, haystack))


@_finding("rindex", 35030, "array(int)")
def _rindex(pattern: Pattern, clock: Clock, haystack: Any) -> list[int]:
    match = _last(pattern, clock, haystack)
    return [] if match is None else list(match.span())


@_finding("groups", 35040, "array(array(int))")
def _groups(pattern: Pattern, clock: Clock, haystack: Any) -> list[list[int]]:
    match = pattern.first(clock, haystack)
    return [] if match is None else _places(match)


@_finding("indexall", 35050, "array(array(int))")
def _indexall(pattern: Pattern, clock: Clock, haystack: Any) -> list[list[int]]:
    return [list(match.span()) for match in pattern.all(clock, haystack)]


@_finding("findall", 35060, "array({})")
def _findall(pattern: Pattern, clock: Clock, haystack: Any) -> list[Any]:
    return [match.group() for match in pattern.all(clock, haystack)]


@_finding("findfirst", 35070, "union({}, null)")
def _findfirst(pattern: Pattern, clock: Clock, haystack: Any) -> tuple[str, Any] | None:
    match = pattern.first(clock, haystack)
    return None if match is None else ((STRING if isinstance(haystack, str) else BYTES).tag, match.group())


@_finding("findgroupsfirst", 35080, "array({})")
def _findgroupsfirst(pattern: Pattern, clock: Clock, haystack: Any) -> list[Any]:
    match = pattern.first(clock, haystack)
    return [] if match is None else _parts(match)


@_finding("findgroupsall", 35090, "array(array({}))")
def _findgroupsall(pattern: Pattern, clock: Clock, haystack: Any) -> list[list[Any]]:
    return [_parts(match) for match in pattern.all(clock, haystack)]


@_finding("groupsall", 35100, "array(array(array(int)))")
def _groupsall(pattern: Pattern, clock: Clock, haystack: Any) -> list[list[list[int]]]:
    return [_places(match) for match in pattern.all(clock, haystack)]


def _with(haystack: Any, match: Any, replacement: Any) -> Any:
    """The haystack with something in the place of a match; as it is without one."""
    if match is None:
        return haystack
    begin, end = match.span()
    bounded(len(haystack) + len(replacement))
    return haystack[:begin] + replacement + haystack[end:]


@_changing("replacefirst", 35110)
def _replacefirst(pattern: Pattern, clock: Clock, haystack: Any, replacement: Any) -> Any:
    return _with(haystack, pattern.first(clock, haystack), replacement)


@_changing("replacelast", 35120)
def _replacelast(pattern: Pattern, clock: Clock, haystack: Any, replacement: Any) -> Any:
    return _with(haystack, _last(pattern, clock, haystack), replacement)


def _between(pattern: Pattern, clock: Clock, haystack: Any) -> list[Any]:
    """What is before, between and after the matches."""
    parts, end = [], 0
    for match in pattern.all(clock, haystack):
        begin, next_end = match.span()
        parts.append(haystack[end:begin])
        end = next_end
    return [*parts, haystack[end:]]


@_finding("split", 35130, "array({})")
def _split(pattern: Pattern, clock: Clock, haystack: Any) -> list[Any]:
    """Nothing comes before a match at the beginning, and nothing after one at the end."""
    parts = _between(pattern, clock, haystack)
    if len(parts) == 1:
        return parts
    return parts[not parts[0] : len(parts) - (not parts[-1])]


@_changing("replaceall", 35140)
def _replaceall(pattern: Pattern, clock: Clock, haystack: Any, replacement: Any) -> Any:
    parts = _between(pattern, clock, haystack)
    bounded(len(haystack) + len(parts) * len(replacement))
    return replacement.join(parts)
