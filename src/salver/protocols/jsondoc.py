"""JSON documents as servers of models meet them: mostly numbers, sometimes hostile.

Reading follows TensorFlow Serving's dialect (rapidjson): `NaN`, `Inf` and `Infinity` are numbers, a byte order mark
and bytes after the document are ignored, the first of equal keys wins. Large rectangular arrays of numbers come
back as NumPy arrays (int64, uint64 or float64) and never exist as Python objects. Writing keeps the same dialect.
"""

from __future__ import annotations

import json
import re
import threading
from itertools import chain
from math import prod
from typing import Any, Final, NoReturn

import numpy as np
import orjson
import simdjson

from salver.core.errors import BadInput

_LARGE_BYTES: Final = 8192
"""From this size on, finding the number arrays pays for itself."""
_MANY_STRINGS: Final = 5_000
_DENSE_BYTES: Final = 100
"""With a quote in fewer bytes than this the pieces between them are short enough to be split off."""
_KEPT_BYTES: Final = 16_000_000
"""What a parser needs for a text up to this size is worth keeping: about as much again."""
_KEPT: Final = threading.local()
_NUMBER_BYTES: Final = b"0123456789+-.eE \t\r\n"
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_INF: Final = re.compile(r'("(?:[^"\\]|\\.)*")|(?<![A-Za-z])Inf(?![A-Za-z])', re.DOTALL)


class NotJson(BadInput):
    """The body is no JSON document; `offset` counts bytes."""

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(f"JSON Parse error: {reason}" + ("" if offset is None else f" at offset: {offset}"))
        self.offset = offset


def read(body: bytes) -> Any:
    """The value a body holds. Raises NotJson; never recurses deeper than Python allows."""
    if len(body) >= _LARGE_BYTES:
        value = _read_with_arrays(body)
        if value is not None:
            return value
    try:
        value = orjson.loads(body)
        colons = body.count(b":")
        if type(value) is dict and len(value) == colons:
            return value
        if _keys(value) == colons or not _has_twins(body, value):
            return value
    except (orjson.JSONDecodeError, RecursionError):
        pass
    return _read_leniently(body)


def write(value: Any, *, nulls: bool = False) -> bytes:
    """A document from dicts, lists, scalars and NumPy arrays; floats in their shortest form that reads back equal.

    Values that are not finite are written as the bare words NaN, Infinity and -Infinity. With `nulls` the caller has
    put `word`s in their place: every null is meant, and none is looked for.
    """
    try:
        body = orjson.dumps(value, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY)
        if not nulls and b"null" in body:
            return orjson.dumps(_worded(value), default=_plain, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError:  # integers beyond 64 bits, lone surrogates, deep nesting: orjson will not, the slow way will
        return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return body


def _worded(value: Any) -> Any:
    """The value with the bare words in place of floats that are not finite, where orjson writes null."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return _worded_array(np.ascontiguousarray(value)) if not np.isfinite(value).all() else value
    if isinstance(value, (float, np.floating)) and not np.isfinite(value):
        return word(value)
    if isinstance(value, (list, tuple)):
        return [_worded(item) for item in value]
    if isinstance(value, dict):
        return {key: _worded(item) for key, item in value.items()}
    return value


def _worded_array(array: np.ndarray[Any, Any]) -> orjson.Fragment:
    pieces = orjson.dumps(array, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY).split(b"null")
    words = [*map(_word, array[~np.isfinite(array)].tolist()), b""]
    return orjson.Fragment(b"".join(chain.from_iterable(zip(pieces, words, strict=True))))


def word(value: Any) -> orjson.Fragment:
    """A float that is not finite, as `write` takes it and writes it in any case."""
    return _FRAGMENTS.get(value, _NAN)


def _word(value: Any) -> bytes:
    return b"NaN" if value != value else b"Infinity" if value > 0 else b"-Infinity"


_NAN: Final = orjson.Fragment(b"NaN")
_FRAGMENTS: Final = {float(text): orjson.Fragment(text.encode()) for text in ("Infinity", "-Infinity")}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.ndim and not value.flags.c_contiguous and value.dtype != object:
        return np.ascontiguousarray(value)  # keeps float32 as short as it is
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    for number, fragment in _FRAGMENTS.items():  # on the slow way
        if value is fragment:
            return number
    raise TypeError(f"{type(value).__name__} has no place in JSON")


# Equal keys. orjson keeps the last of them, so it may only be trusted where there are none: when there are as many
# colons outside strings as keys in the result.


def _keys(value: Any) -> int:
    if type(value) is dict:
        return len(value) + sum(map(_keys, value.values()))
    if type(value) is list and value and type(value[0]) in (dict, list):
        return sum(map(_keys, value))
    return 0


def _has_twins(body: bytes, value: Any) -> bool:
    outside = _STRING.sub("", body.decode()) if b"\\" in body else b"".join(body.split(b'"')[::2]).decode()
    return outside.count(":") != _keys(value)


# Large number arrays. Without backslashes every quote ends or begins a string, so the long pieces between strings
# can only be numbers; each is parsed where it stands, straight into memory, and a name that no client can write
# stands in its place (an escaped NUL: the client's body holds no backslash) while the small rest is parsed. What
# must not be done with megabytes is copy them: fresh memory costs more than the parser.


def _read_with_arrays(body: bytes) -> Any:
    spans = _array_spans(body)
    if not spans:
        return None
    skeleton = body.translate(None, _NUMBER_BYTES)
    view = memoryview(body)
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    rest: list[bytes] = []
    done = at = 0
    for number, (start, end) in enumerate(spans):
        between = body[done:start]
        at += len(between.translate(None, _NUMBER_BYTES))
        array = _numbers_in(view[start:end])
        if array is None or not skeleton.startswith(_skeleton(array.shape), at):
            return None
        at += len(_skeleton(array.shape))
        arrays[f"\0{number}"] = array
        rest += between, b'"\\u0000%d"' % number
        done = end
    rest.append(body[done:])
    return _read_rest(b"".join(rest), arrays)


def _read_rest(rest: bytes, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    try:
        value = orjson.loads(rest)
        return None if _has_twins(rest.replace(b"\\", b""), value) else _put_back(value, arrays)
    except (orjson.JSONDecodeError, RecursionError):
        return None


def _array_spans(body: bytes) -> list[tuple[int, int]]:
    """Where the long pieces between strings hold arrays. (`find` runs at memory speed, `split` does not.)"""
    if b"\\" in body:
        return []
    if body.count(b'"') > len(body) // _DENSE_BYTES and max(map(len, body.split(b'"'))) < _LARGE_BYTES // 2:
        return []
    spans = []
    start = strings = 0
    while start <= len(body):
        end = body.find(b'"', start)
        end = len(body) if end < 0 else end
        if end - start >= _LARGE_BYTES // 2:
            spans.append(_array_span(body, start, end))
        start = body.find(b'"', end + 1) + 1 or len(body) + 1
        strings += 1
        if strings > _MANY_STRINGS:
            return []
    return spans


def _array_span(body: bytes, start: int, end: int) -> tuple[int, int]:
    """From the first bracket to the last one that closes before anything else does."""
    start = max(body.find(b"[", start, end), start)
    brace = body.find(b"}", start, end)
    return start, max(body.rfind(b"]", start, end if brace < 0 else brace) + 1, start)


def _put_back(value: Any, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    if type(value) is str:
        return arrays.get(value, value)
    if type(value) is dict:
        return {key: _put_back(item, arrays) for key, item in value.items()}
    if type(value) is list:
        return [_put_back(item, arrays) for item in value]
    return value


def _numbers_in(text: memoryview) -> np.ndarray[Any, Any] | None:
    """The numbers of an array as int64 (uint64 where needed) or float64, None for anything else. They come in the
    shape of the first elements: whether the others have it, the skeleton tells."""
    try:
        document = _parser(len(text)).parse(text)
        shape = _shape(document)
        if shape is None or prod(shape) > len(text):
            return None
        return _numbers(document).reshape(shape)
    except (ValueError, RuntimeError, TypeError):
        return None


def _parser(text_bytes: int) -> Any:
    """A parser to use at once: the thread's own, which keeps its memory, or for a very large text a passing one."""
    if text_bytes > _KEPT_BYTES:
        return simdjson.Parser()
    if not hasattr(_KEPT, "parser"):
        _KEPT.parser = simdjson.Parser()
    return _KEPT.parser


def _shape(document: Any) -> tuple[int, ...] | None:
    shape: list[int] = []
    while isinstance(document, simdjson.Array):
        shape.append(len(document))
        if shape[-1] == 0 or len(shape) > 32:
            return None
        document = document[0]
    return tuple(shape) or None


def _skeleton(shape: tuple[int, ...]) -> bytes:
    """What is left of a rectangular array's text when the numbers are taken out."""
    text = b""
    for size in reversed(shape):
        text = b"[%s]" % b",".join([text] * size)
    return text


def _numbers(document: Any) -> np.ndarray[Any, Any]:
    for kind, dtype in (("i", np.int64), ("u", np.uint64)):
        try:
            return np.frombuffer(document.as_buffer(of_type=kind), dtype)
        except (ValueError, TypeError):
            continue
    return np.frombuffer(document.as_buffer(of_type="d"), np.float64)


# The careful way, for what orjson refuses or may have misread.


def _read_leniently(body: bytes) -> Any:
    try:
        text = body.decode("utf-8-sig").lstrip(" \t\r\n")
    except UnicodeDecodeError as error:
        raise NotJson("Invalid UTF-8.", error.start) from None
    if not text:
        raise NotJson("The document is empty")
    skipped = len(body) - len(text.encode())
    if "Inf" in text:
        text = _INF.sub(lambda found: found.group(1) or "Infinity", text)
    try:
        value = _DECODER.raw_decode(text)[0]
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except UnicodeEncodeError:
        raise NotJson("The surrogate pair in string is invalid.") from None
    except json.JSONDecodeError as error:
        raise NotJson("Invalid value.", skipped + len(text[: error.pos].encode())) from None
    except RecursionError:
        raise NotJson("The document is nested too deeply.") from None
    except ValueError:
        raise NotJson("Number too big to be stored.") from None


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        members.setdefault(key, value)
    return members


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        _too_big()
    return number


def _too_big() -> NoReturn:
    raise ValueError("Number too big to be stored in double.")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_first_wins, parse_float=_float)
