from pfa_calls import made

from salver.formats.pfa.avro.types import Enum

SIZE = Enum("Size", ["small", "large"])


def test_symbols_are_text_and_have_numbers() -> None:
    assert made("enum.toString", SIZE)("large") == "large"
    assert made("enum.toInt", SIZE)("small") == 0
    assert made("enum.toInt", SIZE)("large") == 1
    assert made("enum.numSymbols", SIZE)("small") == 2
