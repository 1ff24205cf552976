"""cast: one of some choices as an array with a place for each, of which one says yes ("one-hot").

Choices are the symbols of an enum, the words of a dictionary, or the whole numbers from a least up to a greatest, which
is no choice itself. Where the caller wants it, a last place says whether it was none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from salver.formats.pfa.avro.types import Enum
from salver.formats.pfa.errors import PFARuntimeError
from salver.formats.pfa.library.registry import UNKNOWN, Call, Implementation, fail, typed

_MOST: Final = 10_000_000
"""How many places there may be: two numbers must not fill the memory."""


def _register(kind: str, code: int, no: Any, yes: Any) -> None:
    """Registers the function that says so with values of one type."""

    @typed(
        f"cast.fanout{kind.capitalize()}",
        f"(x: enum A) -> array({kind})",
        f"(x: string, dictionary: array(string), outOfRange: boolean) -> array({kind})",
        f"(x: int, minimum: int, maximum: int, outOfRange: boolean) -> array({kind})",
        errors={code: "non-distinct values in dictionary"},
    )
    def make(call: Call) -> Implementation:
        of = call.letters.get("A")
        if isinstance(of, Enum):
            answers = {symbol: _hot(len(of.symbols), place, no, yes) for symbol, place in of.ranks.items()}
            return answers.__getitem__
        return _numbers(no, yes) if call.signature == 2 else _words(call, code, no, yes)


def _hot(size: int, place: int, no: Any, yes: Any) -> list[Any]:
    """An array that says yes at one place; nowhere, where that is not in it."""
    found = [no] * size
    if 0 <= place < size:
        found[place] = yes
    return found


def _words(call: Call, code: int, no: Any, yes: Any) -> Implementation:
    def numbered(dictionary: Sequence[str]) -> dict[str, int]:
        places = {word: place for place, word in enumerate(dictionary)}
        return places if len(places) == len(dictionary) else fail(code)

    def fan_out(x: str, places: dict[str, int], out_of_range: bool) -> list[Any]:
        size = len(places)
        return _hot(size + out_of_range, places.get(x, size), no, yes)

    known = call.constant(1)
    if known is not UNKNOWN and len(set(known)) == len(known):
        places = numbered(known)
        return lambda x, _dictionary, out_of_range: fan_out(x, places, out_of_range)
    return lambda x, dictionary, out_of_range: fan_out(x, numbered(dictionary), out_of_range)


def _numbers(no: Any, yes: Any) -> Implementation:
    def fan_out(x: int, minimum: int, maximum: int, out_of_range: bool) -> list[Any]:
        size = max(0, maximum - minimum)
        if size > _MOST:
            raise PFARuntimeError(0, f"a fanout has at most {_MOST} places, not {size}")
        place = x - minimum if minimum <= x < maximum else size
        return _hot(size + out_of_range, place, no, yes)

    return fan_out


_register("boolean", 17060, False, True)
_register("int", 17070, 0, 1)
_register("long", 17080, 0, 1)
_register("float", 17090, 0.0, 1.0)
_register("double", 17100, 0.0, 1.0)
