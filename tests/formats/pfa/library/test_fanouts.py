import pytest
from pfa_calls import fails, fixed, made

from salver.formats.pfa.avro.types import BOOLEAN, INT, STRING, Array, Enum
from salver.formats.pfa.errors import PFARuntimeError

KINDS = [
    ("Boolean", 17060, False, True),
    ("Int", 17070, 0, 1),
    ("Long", 17080, 0, 1),
    ("Float", 17090, 0.0, 1.0),
    ("Double", 17100, 0.0, 1.0),
]
WORDS = (STRING, Array(STRING), BOOLEAN)
NUMBERS = (INT, INT, INT, BOOLEAN)


@pytest.mark.parametrize(("kind", "code", "no", "yes"), KINDS)
def test_one_place_says_yes(kind: str, code: int, no: object, yes: object) -> None:
    name = f"cast.fanout{kind}"
    found = made(name, Enum("E", ["a", "b", "c"]))("b")
    assert found == [no, yes, no]
    assert {type(one) for one in found} == {type(no)}
    words = made(name, *WORDS)
    assert words("c", ["a", "b", "c"], False) == [no, no, yes]
    assert words("z", ["a", "b", "c"], False) == [no, no, no]
    assert words("z", ["a", "b", "c"], True) == [no, no, no, yes]
    assert words("a", ["a", "b", "c"], True) == [yes, no, no, no]
    numbers = made(name, *NUMBERS)
    assert numbers(11, 10, 13, False) == [no, yes, no]
    assert numbers(13, 10, 13, True) == [no, no, no, yes]
    assert numbers(9, 10, 13, True) == [no, no, no, yes]
    assert numbers(9, 10, 13, False) == [no, no, no]
    fails(code, lambda: words("a", ["a", "b", "a"], False))


def test_there_may_be_nothing_to_choose_from() -> None:
    assert made("cast.fanoutInt", *WORDS)("a", [], True) == [1]
    assert made("cast.fanoutInt", *NUMBERS)(5, 10, 0, True) == [1]
    assert made("cast.fanoutInt", *NUMBERS)(5, 10, 0, False) == []


def test_a_dictionary_that_never_changes_answers_as_any_other() -> None:
    known = ["a", "b"]
    words = made("cast.fanoutInt", *WORDS, constants=fixed(1, known))
    assert words("b", known, True) == [0, 1, 0]
    assert words("z", known, True) == [0, 0, 1]
    twice = made("cast.fanoutInt", *WORDS, constants=fixed(1, ["a", "a"]))
    fails(17070, lambda: twice("a", ["a", "a"], True))


def test_two_numbers_do_not_fill_the_memory() -> None:
    with pytest.raises(PFARuntimeError, match="at most"):
        made("cast.fanoutInt", *NUMBERS)(5, -(2**31), 2**31 - 1, True)
