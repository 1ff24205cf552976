import math

from salver.formats.pfa.avro.types import DOUBLE, NULL, STRING, Union
from salver.formats.pfa.library.set_keys import set_key


def test_keys_are_the_binary_encoding_as_base64() -> None:
    assert set_key(STRING)("foo") == "BmZvbw=="
    assert set_key(DOUBLE)(1.0) == "AAAAAAAA8D8="
    assert set_key(Union([NULL, STRING]))(("string", "foo")) == "AgZmb28="


def test_values_that_are_the_same_have_the_same_key() -> None:
    key = set_key(DOUBLE)
    assert key(math.nan) == key(float("nan"))
    assert key(1.0) != key(-1.0)
