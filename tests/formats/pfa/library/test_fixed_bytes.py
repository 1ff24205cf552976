import pytest
from pfa_calls import made

from salver.formats.pfa.avro.types import BYTES, Fixed

SIZED = Fixed("Sized", 4)


def test_the_bytes_are_all_there() -> None:
    assert made("fixed.toBytes", SIZED)(b"abcd") == b"abcd"


@pytest.mark.parametrize(("replacement", "found"), [(b"", b"abcd"), (b"XY", b"XYcd"), (b"UVWXYZ", b"UVWX")])
def test_other_bytes_stand_at_the_beginning(replacement: bytes, found: bytes) -> None:
    assert made("fixed.fromBytes", SIZED, BYTES)(b"abcd", replacement) == found
