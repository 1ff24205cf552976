from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from salver.formats.pfa.avro.types import (
    BYTES,
    DOUBLE,
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
from salver.formats.pfa.values.explain import inside, short

POINT = Record("Point", [Field("x", DOUBLE), Field("y", INT, "none")])
ROW = Record(
    "Row",
    [
        Field("points", Array(Record("Place", [Field("at", Map(Union([NULL, DOUBLE, STRING])))]))),
        Field("kind", Enum("Kind", ["a", "b"])),
    ],
)


@pytest.mark.parametrize(
    ("of", "given", "path", "message"),
    [
        (INT, "3", "input", "wanted a whole number of 32 bits, not '3'"),
        (LONG, True, "input", "wanted a whole number of 64 bits, not True"),
        (DOUBLE, None, "input", "wanted a number, not None"),
        (Fixed("Key", 2), b"abc", "input", "wanted 2 bytes, not b'abc'"),
        (BYTES, 3, "input", "wanted bytes, or text with a character for each, not 3"),
        (Array(INT), [1, 2, "x"], "input[2]", "wanted a whole number of 32 bits, not 'x'"),
        (Map(INT), {"a b": None}, "input['a b']", "wanted a whole number of 32 bits, not None"),
        (Map(INT), {1: 1}, "input", "the keys of a map are text, not 1"),
        (POINT, {"y": 1}, "input", "the field 'x' (a number) is not there"),
        (POINT, {"z": 3}, "input", "the field 'x' (a number) is not there; there is 'z', which Point does not know"),
        (POINT, {"x": 1.0}, "input.y", "wanted a whole number of 32 bits, not 'none'"),
        (POINT, 3, "input", "wanted an object, a record Point, not 3"),
        (ROW, {"points": [], "kind": "c"}, "input.kind", "wanted one of a, b, not 'c'"),
        (
            ROW,
            {"points": [{"at": {}}, {"at": {"x": {"double": "y"}}}], "kind": "a"},
            "input.points[1].at.x.double",
            "wanted a number, not 'y'",
        ),
        (
            ROW,
            {"points": [{"at": {"x": []}}], "kind": "a"},
            "input.points[0].at.x",
            "wanted one of null, double, string, as {tag: value}, not a list of 0",
        ),
        (Union([NULL, POINT]), {"x": "1", "y": 2}, "input.x", "wanted a number, not '1'"),
        (
            Union([STRING, Enum("Kind", ["a"])]),
            "a",
            "input",
            "'a' could be string, Kind; say which, as {'string': ...}",
        ),
        (Array(DOUBLE), np.array(["a"]), "input[0]", "wanted a number, not 'a'"),
    ],
)
def test_a_refusal_says_where_and_what_was_wanted(of: Type, given: Any, path: str, message: str) -> None:
    with pytest.raises(PFAInputError) as refused:
        decoder(of, "input")(given)
    assert (refused.value.path, refused.value.message) == (path, message)


def test_values_are_shortened() -> None:
    assert short("x" * 1000) == "'" + "x" * 56 + "..."
    assert short([1, 2, 3]) == "a list of 3"
    assert short({"a": 1, "b": 2}) == "an object with 'a', 'b'"
    assert len(short({str(key) * 50: key for key in range(100)})) < 130
    assert short({}) == "an object with no keys"
    assert short(object()) == "a object"
    assert short(10**5000) == "a whole number of more than 40 digits"
    assert short({10**5000: 1}) == "an object with a whole number of more than 40 digits"


def test_the_place_of_a_key_is_shortened_too() -> None:
    assert inside("input", "x") == "input.x"
    assert inside("input", "a.b") == "input['a.b']"
    assert len(inside("input", "x" * 10_000)) < 80


def test_one_wrong_value_among_many_is_found_quickly() -> None:
    """No decoder is made for each of the values: that would take seconds."""
    union = Union([NULL, POINT, ROW])
    values: list[Any] = [{"Point": {"x": 1.0, "y": 1}}] * 500
    with pytest.raises(PFAInputError) as refused:
        decoder(Array(union), "input")([*values, 3])
    assert refused.value.path == "input[500]"
